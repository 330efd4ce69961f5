"""What dbt needs to know of one company: its vars, its package, and where the warehouse is."""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import os
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import yaml

from rapport import environ
from rapport.company import thresholds
from rapport.settings import Settings
from rapport.systems import has_several, shipped_systems

# Vars that change from build to build; all others are fixed when the project is parsed.
RUN_VARS = ("as_of", "build_id", "rules")

# PostgreSQL takes what is left of a staging view's versions for a handful of rows, and would
# compare each row of two such views with each; and takes an aggregate that is joined for a handful,
# and would merge it by the first of the keys, each row with all that share that one. It is to hash,
# which uses all keys. Compiling a query to machine code takes longer than most of ours.
PLANNER = "-c enable_nestloop=off -c enable_mergejoin=off -c jit=off -c work_mem=64MB"


def company_vars(settings: Settings, extra_vars: Mapping[str, Any]) -> dict[str, Any]:
    """The vars that are fixed when the project is parsed, with those of `extra_vars` that are."""
    company = settings.company
    # Where a company has one source of a system at most, a var names it to the shipped models.
    sources = {
        f"{source.system}_source": name
        for name, source in company.sources.items()
        if source.system in shipped_systems() and not has_several(source.system)
    }
    fixed = {
        **company.vars,
        "business_timezone": company.business_timezone,
        "reporting_currency": company.reporting_currency,
        "history_start": company.history_start.isoformat(),
        "company_name": company.name,
        "systems": sorted({source.system for source in company.sources.values()}),
        "feeds": company.feeds,
        "targets": {kpi: entry["target"] for kpi, entry in company.targets.items()},
        **sources,
    }
    return {**fixed, **{k: v for k, v in extra_vars.items() if k not in RUN_VARS}}


def written(all_vars: Mapping[str, Any]) -> str:
    """Vars as dbt reads them, which is YAML: it refuses an emoji as the pair that JSON writes."""
    text: str = yaml.safe_dump(dict(all_vars), default_flow_style=True, width=math.inf)
    return text


def rules(settings: Settings) -> str:
    """What changes with the SQL of any model, seed or macro, and with any var but the build's own.

    Descriptions and tests do not count: they change no figure.
    """
    project = settings.project_dir / "dbt_project"
    digest = hashlib.sha256()
    for folder in (project, settings.company_dir):
        for path in sorted(
            path
            for part in ("models", "macros", "seeds")
            for path in (folder / part).rglob("*")
            if path.suffix in (".sql", ".csv")
        ):
            digest.update(path.relative_to(folder).as_posix().encode() + b"\0")
            digest.update(path.read_bytes())
    values = {**thresholds.defaults(settings.project_dir), **company_vars(settings, {})}
    digest.update(json.dumps(values, sort_keys=True, default=str).encode())
    return digest.hexdigest()[:16]


@contextlib.contextmanager
def environment(settings: Settings) -> Iterator[None]:
    """The process environment that `dbt_project/` reads: paths, target, connection."""
    _link_company(settings)
    ours = {
        "RAPPORT_COMPANY": str(settings.company_dir),
        "RAPPORT_DBT_PACKAGES": str(settings.dbt_dir / "packages"),
        "DBT_TARGET_PATH": str(settings.dbt_dir / "target"),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DO_NOT_TRACK": "1",
        "PGTZ": "UTC",
        **_connection(settings),
    }
    # dbt reads its connection and paths from the process environment and from nowhere else.
    with environ.having(ours):
        yield


def database(settings: Settings) -> tuple[str, str]:
    """Engine and name of the database, as dbt's relations have it."""
    if settings.engine == "duckdb":
        return "duckdb", settings.warehouse_path.stem
    return "postgres", urlsplit(settings.warehouse_url).path.lstrip("/")


def _connection(settings: Settings) -> dict[str, str]:
    if settings.engine == "duckdb":
        settings.warehouse_path.parent.mkdir(parents=True, exist_ok=True)
        return {
            "RAPPORT_DBT_TARGET": "duckdb",
            "RAPPORT_DBT_DUCKDB_PATH": str(settings.warehouse_path),
        }
    url = urlsplit(settings.warehouse_url)
    return {
        "RAPPORT_DBT_TARGET": "postgres",
        "RAPPORT_DBT_PG_HOST": url.hostname or "localhost",
        "RAPPORT_DBT_PG_PORT": str(url.port or 5432),
        "RAPPORT_DBT_PG_USER": unquote(url.username or ""),
        "DBT_ENV_SECRET_RAPPORT_PG_PASSWORD": unquote(url.password or ""),
        "RAPPORT_DBT_PG_DATABASE": database(settings)[1],
        "PGOPTIONS": settings.environ.get("PGOPTIONS", PLANNER),
    }


def _link_company(settings: Settings) -> None:
    """Install the company's package, at one stroke, into the company's own folder.

    This is what `dbt deps` does with a local package. dbt deps itself writes a lock file into the
    project folder, which processes of other companies share and a server mounts read-only.
    """
    folder = settings.dbt_dir / "packages"
    folder.mkdir(parents=True, exist_ok=True)
    link = folder / "company"
    with contextlib.suppress(OSError):
        if Path(os.readlink(link)) == settings.company_dir:
            return
    fresh = folder / f".company-{os.getpid()}-{threading.get_ident()}"
    fresh.symlink_to(settings.company_dir, target_is_directory=True)
    os.replace(fresh, link)

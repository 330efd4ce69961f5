"""Run the dbt project for one company: as a library call, without dbt's own state between companies.

dbt parses the project once with what the company fixes (feeds, systems, thresholds) and keeps that
on disk; what changes with each build (as-of, build id) is given when the models run. So a build
never pays for a full parse, which dbt would do whenever a var changes.
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from rapport import log, warehouses
from rapport.errors import RapportError
from rapport.settings import Settings

# The models up to the input of the identity step; `exclude` them to run all that comes after it.
BEFORE_IDENTITY = ("+int_identity_records",)
FAILED = ("error", "fail", "runtime error")
# Vars that change from build to build; all others are fixed when the project is parsed.
RUN_VARS = ("as_of", "build_id", "optional_sources_stale")
SHOWN_ROWS = 5

_lock = threading.RLock()
_manifests: dict[tuple[str, str], Any] = {}


def run(
    settings: Settings,
    select: Sequence[str],
    as_of: datetime | str,
    extra_vars: Mapping[str, Any] | None = None,
    exclude: Sequence[str] = (),
    full_refresh: bool = False,
) -> list[dict[str, Any]]:
    """Build models, seeds and their data tests in the order of their dependencies.

    Args:
        select: dbt selectors; empty means all.
        as_of: exclusive instant of the build; text is UTC.
        extra_vars: dbt vars beside those of the company, such as `build_id` or `schema_suffix`.
        exclude: dbt selectors to leave out.
        full_refresh: build incremental models from nothing.

    Returns:
        one dict a node: model, kind, status, seconds, rows (of a model, where the engine tells;
        of a test, the failing ones) and message.

    Raises:
        RapportError: `models-failed`, naming the models and tests that failed and why;
            `dbt-unusable` when the project cannot be parsed or the warehouse not be opened.
    """
    arguments = ["build", "--exclude-resource-type", "unit_test"]
    arguments += ["--indirect-selection", "buildable"]
    for flag, selectors in (("--select", select), ("--exclude", exclude)):
        if selectors:
            arguments += [flag, *selectors]
    if full_refresh:
        arguments.append("--full-refresh")
    return _invoke(settings, arguments, {**(extra_vars or {}), "as_of": _instant(as_of)})


def unit_tests(settings: Settings, select: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Run dbt's unit tests; the models they read must have been built once."""
    wanted = [f"{name},test_type:unit" for name in select] or ["test_type:unit"]
    return _invoke(settings, ["test", "--select", *wanted], {})


def parse(settings: Settings) -> None:
    """Read the whole project and the company's models.

    Raises:
        RapportError: `dbt-unusable` with dbt's own words on what is wrong where.
    """
    with _lock, environment(settings):
        _manifest(settings, _company_vars(settings, {}))


def forget_parsed() -> None:
    """Forget what this process has parsed, after project files were edited under it."""
    with _lock:
        _manifests.clear()


def project_vars(settings: Settings, extra_vars: Mapping[str, Any] | None = None) -> str:
    """The company's dbt vars as JSON, for a dbt command typed by hand."""
    return json.dumps({**_company_vars(settings, {}), **(extra_vars or {})}, sort_keys=True)


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
    before = {name: os.environ.get(name) for name in ours}
    os.environ.update(ours)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


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
        "RAPPORT_DBT_PG_DATABASE": url.path.lstrip("/"),
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


def _company_vars(settings: Settings, extra_vars: Mapping[str, Any]) -> dict[str, Any]:
    company = settings.company
    sources = {f"{source.system}_source": name for name, source in company.sources.items()}
    fixed = {
        **company.vars,
        "business_timezone": company.business_timezone,
        "reporting_currency": company.reporting_currency,
        "history_start": company.history_start.isoformat(),
        "company_name": company.name,
        "systems": sorted({source.system for source in company.sources.values()}),
        "feeds": company.feeds,
        "targets": {kpi: entry["target"] for kpi, entry in company.targets.items()},
        **{name: source for name, source in sources.items() if name.startswith(_KNOWN)},
    }
    return {**fixed, **{k: v for k, v in extra_vars.items() if k not in RUN_VARS}}


_KNOWN = ("hubspot_", "segment_", "snowplow_")


def _instant(as_of: datetime | str) -> str:
    if isinstance(as_of, datetime):
        moment = as_of.astimezone(UTC) if as_of.tzinfo else as_of
        return moment.strftime("%Y-%m-%d %H:%M:%S")
    return as_of.replace("T", " ").removesuffix("Z")


def _invoke(
    settings: Settings, arguments: list[str], extra_vars: dict[str, Any]
) -> list[dict[str, Any]]:
    from dbt.cli.main import dbtRunner

    with _lock, environment(settings):
        fixed = _company_vars(settings, extra_vars)
        manifest = _manifest(settings, fixed)
        try:
            outcome = dbtRunner(manifest=manifest).invoke(
                [*arguments, *_flags(settings, {**fixed, **extra_vars})]
            )
        finally:
            _let_go(settings)
        if outcome.exception is not None:
            raise _unusable(settings, outcome.exception)
        results = list(getattr(outcome.result, "results", None) or [])
        rows = [_row(result) for result in results]
        log.get(step="dbt").info(
            " ".join(arguments[:1]),
            nodes=len(rows),
            seconds=round(sum(row["seconds"] for row in rows), 1),
            failed=[row["model"] for row in rows if row["status"] in FAILED],
        )
        if any(row["status"] in FAILED for row in rows):
            raise _failed(settings, results)
        return rows


def _manifest(settings: Settings, fixed: dict[str, Any]) -> Any:
    """The parsed project. Within a process it is kept; on disk dbt keeps what it can use again."""
    from dbt.cli.main import dbtRunner

    key = (str(settings.dbt_dir), json.dumps(fixed, sort_keys=True))
    if key not in _manifests:
        outcome = dbtRunner().invoke(["parse", *_flags(settings, fixed)])
        _let_go(settings)
        if not outcome.success:
            raise _unusable(settings, outcome.exception)
        _manifests[key] = outcome.result
    manifest = _manifests[key]
    for node in manifest.nodes.values():
        # What a run with another as-of has compiled must not be taken for done.
        if "extra_ctes_injected" in vars(node):
            node.compiled, node.extra_ctes, node.extra_ctes_injected = False, [], False
    return manifest


def _flags(settings: Settings, all_vars: dict[str, Any]) -> list[str]:
    project = settings.project_dir / "dbt_project"
    return [
        "--project-dir",
        str(project),
        "--profiles-dir",
        str(project),
        "--log-path",
        str(settings.dbt_dir / "logs"),
        "--no-use-colors",
        "--log-level",
        "none",
        "--log-level-file",
        "info",
        "--vars",
        json.dumps(all_vars, sort_keys=True),
    ]


def _let_go(settings: Settings) -> None:
    """Close dbt's connections: on DuckDB it would hold the file until the process ends."""
    from dbt.adapters.factory import reset_adapters

    reset_adapters()
    if settings.engine == "duckdb":
        from dbt.adapters.duckdb.connections import DuckDBConnectionManager

        if DuckDBConnectionManager._ENV is not None:
            DuckDBConnectionManager._ENV.close()
        DuckDBConnectionManager.close_all_connections()


def _row(result: Any) -> dict[str, Any]:
    response = result.adapter_response or {}
    affected = response.get("rows_affected")
    return {
        "model": result.node.name,
        "kind": str(result.node.resource_type),
        "status": str(result.status),
        "seconds": round(result.execution_time, 3),
        "rows": result.failures if result.failures is not None else affected,
        "message": result.message,
    }


def _failed(settings: Settings, results: list[Any]) -> RapportError:
    """One sentence a failed node; a failed test shows rows that broke it."""
    bad = [result for result in results if str(result.status) in FAILED]
    parts = []
    for result in bad[:10]:
        said = " ".join(str(result.message or result.status).split())
        if str(result.status) == "fail" and result.node.resource_type == "test":
            said = f"{result.failures} rows break this test{_examples(settings, result.node)}"
        parts.append(f"{result.node.name}: {said[:600]}")
    skipped = sum(str(result.status) == "skipped" for result in results)
    more = f"; {len(bad) - 10} more" if len(bad) > 10 else ""
    return RapportError(
        "models-failed",
        f"{len(bad)} of {len(results)} models and tests failed, {skipped} were skipped: "
        + "; ".join(parts)
        + more,
        f"{settings.company.name}, {settings.dbt_dir / 'logs' / 'dbt.log'}",
        "read the rows or the message named, mend the data or the model, and build again; "
        "the published marts are unchanged",
    )


def _examples(settings: Settings, node: Any) -> str:
    try:
        with warehouses.open(settings) as warehouse:
            found = warehouse.read(
                f"select * from ({node.compiled_code}) as failing limit {SHOWN_ROWS}"
            )
    except Exception as error:  # an example is a courtesy: the failure itself must come through
        log.get(step="dbt").warning("no example of a failed test", reason=str(error))
        return ""
    lines = [", ".join(f"{k}={v}" for k, v in row.items()) for row in found.to_pylist()]
    return f", such as [{'] ['.join(lines)}]"


def _unusable(settings: Settings, error: BaseException | None) -> RapportError:
    return RapportError(
        "dbt-unusable",
        " ".join(str(error or "dbt gave no reason").split()),
        f"{settings.project_dir / 'dbt_project'} with {settings.company_dir}",
        "mend the file named; if the warehouse cannot be opened, see that no other process "
        "holds it and that RAPPORT_WAREHOUSE is right",
    )

"""The one module that reads the environment and the company folder; all else is handed values."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import Field, ValidationError

from rapport import mailserver, names, thresholds, variables
from rapport.company import Company, Described, Source
from rapport.errors import RapportError
from rapport.mailserver import Smtp
from rapport.systems import connection_options, described, has_several, known_systems

REPO = Path(__file__).resolve().parents[2]


class Settings(Described):
    """All that a step needs to know. Paths are absolute; `environ` serves `secret` only.

    Attributes:
        unsubscribe_url: page (https) where a reader ends a subscription; else it is asked for by
            mail to the owner.
        task_retries: tries of an Airflow task after the first, `task_retry_seconds` apart at
            first, then twice as long each time.
        ingest_until: no interval that starts after this day is scheduled; the demo sets it, since
            its simulated company ends there.
        keep_logs_days, keep_metadata_days: age at which logs, and Airflow's records of runs, go.
        keep_backups: how many backups of the state store are kept.
        airflow_database: Airflow's own database, for cleaning it; tasks are not told otherwise.
    """

    project_dir: Path
    company_dir: Path
    company: Company
    var_dir: Path
    landing_url: str
    state_url: str = Field(repr=False)
    warehouse_url: str = Field(repr=False)
    smtp: Smtp
    unsubscribe_url: str | None = None
    publications_keep: int = 5
    task_retries: int = 3
    task_retry_seconds: int = 60
    ingest_until: date | None = None
    keep_logs_days: int = 30
    keep_metadata_days: int = 90
    keep_backups: int = 14
    keep_replaced_days: int = 400
    archive_url: str = ""
    airflow_database: str | None = Field(default=None, repr=False)
    environ: Mapping[str, str] = Field(repr=False, exclude=True)

    @property
    def engine(self) -> Literal["duckdb", "postgres"]:
        """The warehouse engine that `warehouse_url` names."""
        return "duckdb" if self.warehouse_url.startswith("duckdb:") else "postgres"

    @property
    def warehouse_path(self) -> Path:
        """The private DuckDB file (DuckDB only)."""
        return Path(self.warehouse_url.removeprefix("duckdb:///"))

    @property
    def marts_path(self) -> Path:
        """The published DuckDB file, beside the private one (DuckDB only)."""
        return self.warehouse_path.parent / "marts.duckdb"

    @property
    def archive_dir(self) -> Path:
        """Where the copies of sent reports stand."""
        return self.var_dir / "archive"

    @property
    def gate_docs(self) -> Path:
        """First page of what the raw gates found in the latest deliveries."""
        return self.var_dir / "gate_docs" / "index.html"

    @property
    def dbt_dir(self) -> Path:
        """dbt's own files (target, packages) of this company and warehouse."""
        return self.var_dir / "dbt" / f"{self.company.slug}_{self.engine}"

    def secret(self, name: str) -> str:
        """The value of environment variable `name`.

        Raises:
            RapportError: `secret-missing` when it is unset or empty.
        """
        value = self.environ.get(name, "")
        if not value:
            raise RapportError(
                "secret-missing",
                f"The environment variable {name} is not set",
                str(self.company_dir / "company.yml"),
                f"set {name} for this process (for Airflow: for its scheduler and workers)",
            )
        return value

    def connection(self, source: Source) -> dict[str, Any]:
        """The source's connection with every `env:NAME` replaced by the variable's value."""
        return {
            key: self.secret(value[4:]) if str(value).startswith("env:") else value
            for key, value in source.connection.items()
        }

    def without_secrets(self, text: str) -> str:
        """A text of somebody else's making with the values of `env:NAME` taken out."""
        for source in self.company.sources.values():
            for value in map(str, source.connection.values()):
                if value.startswith("env:") and (secret := self.environ.get(value[4:])):
                    text = text.replace(secret, f"<{value[4:]}>")
        return text

    def source(self, name: str) -> Source:
        """The source called `name`, or RapportError `source-unknown`."""
        if name not in self.company.sources:
            known = ", ".join(sorted(self.company.sources))
            raise RapportError(
                "source-unknown",
                f"{self.company.name} has no source called {name!r}",
                str(self.company_dir / "company.yml"),
                f"use one of: {known}",
            )
        return self.company.sources[name]


def load(
    company_dir: Path | str | None = None, environ: Mapping[str, str] | None = None
) -> Settings:
    """Read environment and company folder.

    Args:
        company_dir: the company folder; default `RAPPORT_COMPANY`, else `companies/demo`.
        environ: environment to read, default that of the process.

    Raises:
        RapportError: `company-invalid` naming file and field, `settings-invalid` naming the
            variable.
    """
    env = dict(os.environ if environ is None else environ)
    folder = Path(company_dir or env.get("RAPPORT_COMPANY") or REPO / "companies" / "demo")
    folder = (folder if folder.is_absolute() else REPO / folder).resolve()
    var = Path(env.get("RAPPORT_VAR") or REPO / "var").resolve()
    return Settings(
        project_dir=REPO,
        company_dir=folder,
        company=_company(folder),
        var_dir=var,
        landing_url=variables.landing(env, "RAPPORT_LANDING") or f"file://{var / 'landing'}",
        state_url=variables.database(env, "RAPPORT_STATE", "sqlite")
        or f"sqlite:///{var / 'state.sqlite'}",
        warehouse_url=variables.database(env, "RAPPORT_WAREHOUSE", "duckdb")
        or f"duckdb:///{var / 'warehouse.duckdb'}",
        smtp=mailserver.read(env),
        unsubscribe_url=variables.page(env, "RAPPORT_UNSUBSCRIBE_URL", "https"),
        publications_keep=variables.number(env, "RAPPORT_PUBLICATIONS_KEEP", 5, least=1),
        keep_logs_days=variables.number(env, "RAPPORT_KEEP_LOGS_DAYS", 30),
        keep_metadata_days=variables.number(env, "RAPPORT_KEEP_METADATA_DAYS", 90),
        keep_backups=variables.number(env, "RAPPORT_KEEP_BACKUPS", 14, least=1),
        keep_replaced_days=variables.number(env, "RAPPORT_KEEP_REPLACED_DAYS", 400),
        archive_url=variables.page(env, "RAPPORT_ARCHIVE_URL", "https", "http") or "",
        airflow_database=env.get("RAPPORT_AIRFLOW_DATABASE") or None,
        task_retries=variables.number(env, "RAPPORT_TASK_RETRIES", 3),
        task_retry_seconds=variables.number(env, "RAPPORT_TASK_RETRY_SECONDS", 60),
        ingest_until=variables.day(env, "RAPPORT_INGEST_UNTIL"),
        environ=env,
    )


def _company(folder: Path) -> Company:
    path = folder / "company.yml"
    raw = _yaml(path)
    sources: dict[str, Any] = {}
    for name, source in _block(raw.get("sources") or {}, "sources", path).items():
        # Of its own: where one source is an alias of another in the file, both are one object.
        sources[name] = {**_block(source, f"sources.{name}", path), "name": name}
        source = sources[name]
        _known_system(name, source.get("system"), path)
        _known_options(name, source, path)
    _check_names({name: source["system"] for name, source in sources.items()}, path)
    for name, source in sources.items():
        source["entities"] = _entities(folder, name, source)
    try:
        company = Company(**{"slug": names.short(folder.name), **raw, "sources": sources})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise RapportError(
            "company-invalid",
            f"{where}: {first['msg']}",
            str(path),
            "correct the field; docs/company-folder.md lists all of them",
        ) from None
    thresholds.check(company.vars, REPO, folder)
    return company


def _block(part: Any, where: str, path: Path) -> dict[str, Any]:
    """A part of a file that must be keys and values; a line that is indented too little is not."""
    if isinstance(part, dict) and all(isinstance(key, str) for key in part):
        return part
    raise RapportError(
        "company-invalid",
        f"{where} is no block of keys and values",
        str(path),
        "write `key: value` lines, indented by two spaces; docs/company-folder.md shows all",
    )


def _check_names(systems: Mapping[str, str], path: Path) -> None:
    """Shipped models read one source of a system, or all of one that may have several."""
    for name, system in systems.items():
        others = [n for n, s in systems.items() if s == system and n != name]
        if others and system not in ("sql", "files") and not has_several(system):
            raise RapportError(
                "company-invalid",
                f"sources.{name} and sources.{others[0]} are both of {system}; its models read one",
                str(path),
                "connect the second as `sql` or `files` with models of its own, or leave it out",
            )
        if name != system and name in systems.values() and has_several(name):
            raise RapportError(
                "company-invalid",
                f"sources.{name} is called like the system {name} but is of {system}",
                str(path),
                "give the source another name: the system's raw tables have that one",
            )


def _known_system(source: str, system: object, path: Path) -> None:
    if system not in known_systems():
        raise RapportError(
            "company-invalid",
            f"sources.{source}.system is {system!r}, which is no system known here",
            str(path),
            f"use one of: {', '.join(known_systems())}",
        )


def _known_options(source: str, described: Mapping[str, Any], path: Path) -> None:
    known = connection_options(described["system"])
    where = f"sources.{source}.connection"
    for option in _block(described.get("connection") or {}, where, path):
        if option not in known:
            raise RapportError(
                "company-invalid",
                f"{where} has no option {option!r}",
                str(path),
                f"use one of: {', '.join(known)}",
            )


def _entities(folder: Path, name: str, source: dict[str, Any]) -> dict[str, Any]:
    """Entities of the known system, overlaid by `sources/<name>.yml`, cut to those asked for."""
    own = folder / "sources" / f"{name}.yml"
    entities: dict[str, Any] = dict(described(source["system"]).get("entities", {}))
    described_here = (_yaml(own).get("entities") or {}) if own.exists() else {}
    for entity, spec in _block(described_here, "entities", own).items():
        spec = _block(spec or {}, f"entities.{entity}", own)
        entities[entity] = _overlaid(entities.get(entity, {}), spec)
    wanted = source.get("entities")
    if wanted is not None and not isinstance(wanted, list):
        raise RapportError(
            "company-invalid",
            f"sources.{name}.entities is no list",
            str(folder / "company.yml"),
            f"write entities: [{', '.join(sorted(entities)[:2])}], or leave it out for all",
        )
    if wanted is not None:
        missing = [entity for entity in wanted if entity not in entities]
        if missing:
            raise RapportError(
                "company-invalid",
                f"sources.{name}.entities names {missing[0]!r}, which is not described",
                str(folder / "company.yml"),
                f"describe it in {own}, or use one of: {', '.join(sorted(entities))}",
            )
        entities = {entity: entities[entity] for entity in wanted}
    return {key: {**spec, "name": key} for key, spec in entities.items()}


def _overlaid(shipped: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """A company adds columns, or changes one, without repeating all the others."""
    parts = {
        part: {**shipped[part], **own.get(part, {})}
        for part in ("fetch", "columns")
        if part in shipped
    }
    return {**shipped, **own, **parts}


def _yaml(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RapportError(
            "company-invalid",
            "The file does not exist",
            str(path),
            "set RAPPORT_COMPANY to a folder that holds company.yml",
        ) from None
    except (yaml.YAMLError, ValueError) as error:  # the latter of a day that there is not
        raise RapportError(
            "company-invalid", f"Not valid YAML: {error}", str(path), "mend the line named"
        ) from None
    return _block(content or {}, "The file", path)

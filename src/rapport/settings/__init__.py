"""What a step needs to know, from environment and company folder; all else is handed values."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from rapport import mailserver
from rapport.company import Company, Described, Entity, Source, thresholds
from rapport.company.folder import read as read_company
from rapport.errors import RapportError
from rapport.mailserver import Smtp
from rapport.settings import variables

REPO = Path(__file__).resolve().parents[3]


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

    def threshold(self, name: str) -> Any:
        """A company's threshold, else the default of dbt_project.yml, where all of them stand."""
        if name in self.company.vars:
            return self.company.vars[name]
        return thresholds.defaults(self.project_dir)[name]

    def connection(self, source: Source) -> dict[str, Any]:
        """The source's connection with every `env:NAME` replaced by the variable's value."""
        return {
            key: self.secret(value[4:]) if str(value).startswith("env:") else value
            for key, value in source.connection.items()
        }

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

    def entity(self, source: str, name: str) -> Entity:
        """The entity of a source, or RapportError `source-unknown`, `entity-unknown`."""
        known = self.source(source).entities
        if name not in known:
            raise RapportError(
                "entity-unknown",
                f"The source {source} has no entity {name!r}",
                str(self.company_dir / "company.yml"),
                f"use one of: {', '.join(known)}",
            )
        return known[name]


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
        company=read_company(folder, REPO),
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

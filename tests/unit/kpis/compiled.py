"""The KPI models as dbt compiles them, run on a small company within one process.

dbt is started once for an engine; its SQL is then run for each company. Facts are given by name of
table, with the columns that matter; the types of marts are those of their contracts.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import psycopg2

from rapport import transform
from rapport.settings import REPO, Settings
from rapport.transform.project import company_vars, written

FOLDERS = (
    "models/intermediate/attribution/int_spend_by_channel",
    "models/intermediate/kpis",
    "models/marts/kpis",
    "models/marts/finance/rpt_",
    "models/marts/growth",
    "models/marts/identity/rpt_identity_sensitivity",
    "models/marts/service/rpt_",
)
MORE = ("int_order_days", "int_stage_stays")
AS_OF = "2026-01-01 00:00:00"
HISTORY_START = date(2024, 1, 1)
DATABASE = "by_hand"
# What the models read that has no contract.
INTERMEDIATE = {
    "int_invoice_payments": "invoice_id text, paid_date date, paid_reporting numeric(18, 4)",
    "int_parties_identified": "record_key text, person_id text, customer_id text,"
    " source_role text, created_at timestamp, email text, full_name text, birth_date date,"
    " postal_code text",
    "int_orders_placed": "order_id text, buyer_key text, customer_id text, order_date date,"
    " is_order boolean, delivered_at timestamp, freight_amount numeric(18, 4), currency text",
    "int_exchange_rates_dated": "currency text, rate_date date, rate numeric(18, 8)",
    "int_lifecycle_profiles": "customer_id text, profile_kind text",
    "stg_rapport__identity_links": "left_key text, right_key text, rule text, is_cut boolean",
    "stg_rapport__record_keys": "record_key text, email_normalised text, phone_e164 text",
    "stg_rapport__review_pairs": "left_key text, right_key text, kind text",
    "stg_rapport__scenario_customers": "scenario text, record_key text, customer_id text",
    "stg_rapport__shared_keys": "key_value text",
    "stg_rapport__value_customers": "customer_id text, value_12_months double precision,"
    " value_tier text",
    "stg_rapport__value_tier_months": "customer_id text, month_end date, value_tier text",
}
Facts = dict[str, list[dict[str, Any]]]


class DuckDb:
    """One in memory."""

    def __init__(self) -> None:
        self.connection = duckdb.connect()
        self.connection.execute(f"attach ':memory:' as {DATABASE}")
        self.connection.execute(f"use {DATABASE}")
        self.connection.execute("set TimeZone = 'UTC'")

    def execute(self, sql: str) -> None:
        self.connection.execute(sql)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql).fetchall()


class Postgres:
    """One database of a server."""

    def __init__(self, url: str) -> None:
        self.connection = psycopg2.connect(url)
        self.connection.autocommit = True
        self.cursor = self.connection.cursor()
        self.cursor.execute("set timezone = 'UTC'")
        self.cursor.execute("set client_min_messages = warning")

    def execute(self, sql: str) -> None:
        self.cursor.execute(sql)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        self.cursor.execute(sql)
        return self.cursor.fetchall()


Database = DuckDb | Postgres


@dataclass(frozen=True)
class Compiled:
    """Inputs: relation and columns. Models in the order in which they need each other."""

    inputs: dict[str, str]
    models: list[tuple[str, str]]

    def run(self, database: Database, facts: Facts) -> None:
        """Load the facts of a company and build every model on them."""
        relations = [*self.inputs, *(relation for relation, _ in self.models)]
        for schema in sorted({relation.split(".")[0] for relation in relations}):
            database.execute(f"drop schema if exists {schema} cascade")
            database.execute(f"create schema {schema}")
        for relation, columns in self.inputs.items():
            database.execute(f"create table {relation} ({columns})")
            for row in facts.get(relation.split(".")[1], []):
                values = ", ".join(_literal(value) for value in row.values())
                database.execute(f"insert into {relation} ({', '.join(row)}) values ({values})")
        for relation, sql in self.models:
            database.execute(f"create table {relation} as {sql}")


def compile_models(settings: Settings, thresholds: dict[str, Any]) -> Compiled:
    """Have dbt compile the KPI models for the engine of the settings.

    Args:
        settings: of an empty company; `var_dir` is a scratch folder.
        thresholds: dbt vars other than the defaults.
    """
    company_dir = settings.var_dir / "company"
    company_dir.mkdir()
    (company_dir / "dbt_project.yml").write_text(
        'name: company\nversion: "0.1.0"\nconfig-version: 2\n'
    )
    company = settings.company.model_copy(
        update={"history_start": HISTORY_START, "vars": thresholds}
    )
    own = settings.model_copy(update={"company_dir": company_dir, "company": company})
    project = str(REPO / "dbt_project")
    command = [
        sys.executable, "-c", "from dbt.cli.main import cli; cli()", "--quiet", "compile",
        "--project-dir", project, "--profiles-dir", project,
        "--vars", written({**company_vars(own, {}), "as_of": AS_OF}),
        "--select", "path:models/intermediate", "path:models/marts",
    ]  # fmt: skip
    with transform.environment(own):
        done = subprocess.run(
            command, cwd=settings.var_dir, capture_output=True, text=True, check=False
        )
    assert done.returncode == 0, done.stdout + done.stderr
    target = own.dbt_dir / "target"
    nodes = json.loads((target / "manifest.json").read_text())["nodes"]
    wanted = {
        key: node
        for key, node in nodes.items()
        if node["resource_type"] == "model"
        and (node["original_file_path"].startswith(FOLDERS) or node["name"] in MORE)
    }
    parents = {
        nodes[parent]["name"]: nodes[parent]
        for node in wanted.values()
        for parent in node["depends_on"]["nodes"]
        if parent not in wanted
    }
    return Compiled(
        {f"{node['schema']}.{name}": _columns(name, node) for name, node in parents.items()},
        [
            (f"{wanted[key]['schema']}.{wanted[key]['name']}", _sql(target, wanted[key]))
            for key in _in_order(wanted)
        ],
    )


def _columns(name: str, node: dict[str, Any]) -> str:
    if name in INTERMEDIATE:
        return INTERMEDIATE[name]
    return ", ".join(
        f"{column['name']} {column['data_type']}" for column in node["columns"].values()
    )


def _sql(target: Path, node: dict[str, Any]) -> str:
    return (target / "compiled" / "rapport" / node["original_file_path"]).read_text()


def _in_order(nodes: dict[str, dict[str, Any]]) -> Iterable[str]:
    ordered: list[str] = []

    def visit(key: str) -> None:
        for parent in nodes[key]["depends_on"]["nodes"]:
            if parent in nodes:
                visit(parent)
        if key not in ordered:
            ordered.append(key)

    for key in sorted(nodes):
        visit(key)
    return ordered


def _literal(value: Any) -> str:
    if value is None:
        return "null"
    return str(value) if isinstance(value, bool | int | float) else f"'{value}'"

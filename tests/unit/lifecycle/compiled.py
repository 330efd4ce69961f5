"""The lifecycle's models as dbt compiles them, run on histories within one process.

dbt is started once; its SQL is then run for each history with that history's as-of and time zone
in place of the ones it was compiled for. A whole run takes a fifth of a second.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from rapport import transform
from rapport.settings import REPO, Settings
from rapport.transform.project import company_vars, written
from tests.unit.lifecycle.histories import HISTORY_START, History, Touch

FOLDERS = ("models/intermediate/lifecycle", "models/marts/lifecycle")
AS_OF = "2031-07-13 11:17:00"
TIMEZONE = "Pacific/Chatham"
DATABASE = "histories"
SCHEMAS = ("intermediate", "candidate")
INPUTS = {
    "intermediate.int_profiles_collected": "customer_id text, profile_kind text, "
    "first_seen_at timestamp",
    "intermediate.int_orders_placed": "customer_id text, order_date date, is_quote boolean, "
    "quote_completed_at timestamp, cancelled_at timestamp",
    "candidate.fct_identity_changes": "customer_id text, as_of timestamp",
    "candidate.fct_orders": "order_id text, customer_id text, order_date date",
    "candidate.fct_order_lines": "customer_id text, revenue_date date, "
    "net_amount_reporting numeric(18, 4)",
    "candidate.fct_touchpoints": "touchpoint_id text, customer_id text, touch_date date, "
    "touchpoint_kind text, "
    "is_intent boolean, is_form boolean, is_product_view boolean, is_answered_outreach boolean",
    "intermediate.int_session_signal_days": "session_id text, signal_date date, "
    "is_intent boolean, is_form boolean, is_product_view boolean",
    "candidate.fct_deals": "customer_id text, created_at timestamp, closed_at timestamp",
}


class Database(Protocol):
    """What is needed of an engine."""

    def execute(self, sql: str) -> None: ...
    def insert(self, table: str, rows: list[tuple[Any, ...]]) -> None: ...
    def rows(self, sql: str) -> list[tuple[Any, ...]]: ...


@dataclass(frozen=True)
class Compiled:
    """Models in the order in which they need each other: relation, SQL."""

    models: list[tuple[str, str]]

    def run(self, database: Database, history: History) -> None:
        """Load a history and build every model on it."""
        for schema in SCHEMAS:
            database.execute(f"drop schema if exists {schema} cascade")
            database.execute(f"create schema {schema}")
        for table, columns in INPUTS.items():
            database.execute(f"create table {table} ({columns})")
        for table, rows in _facts(history).items():
            database.insert(table, rows)
        as_of = history.as_of.strftime("%Y-%m-%d %H:%M:%S")
        for relation, sql in self.models:
            own = sql.replace(AS_OF, as_of).replace(TIMEZONE, history.timezone)
            database.execute(f"create table {relation} as {own}")


def compile_models(settings: Settings, thresholds: dict[str, Any]) -> Compiled:
    """Have dbt compile the lifecycle's models for the engine of the settings.

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
        update={
            "business_timezone": TIMEZONE,
            "history_start": HISTORY_START,
            "vars": thresholds,
        }
    )
    own = settings.model_copy(update={"company_dir": company_dir, "company": company})
    project = str(REPO / "dbt_project")
    command = [
        sys.executable, "-c", "from dbt.cli.main import cli; cli()", "--quiet", "compile",
        "--project-dir", project, "--profiles-dir", project,
        "--vars", written({**company_vars(own, {}), "as_of": AS_OF}),
        "--select", *(f"path:{name}" for name in FOLDERS),
    ]  # fmt: skip
    with transform.environment(own):
        done = subprocess.run(
            command, cwd=settings.var_dir, capture_output=True, text=True, check=False
        )
    assert done.returncode == 0, done.stdout + done.stderr
    target = own.dbt_dir / "target"
    return Compiled(_in_order(json.loads((target / "manifest.json").read_text()), target))


def _in_order(manifest: dict[str, Any], target: Path) -> list[tuple[str, str]]:
    nodes = {
        key: node
        for key, node in manifest["nodes"].items()
        if node["resource_type"] == "model"
        and node["original_file_path"].startswith(FOLDERS)
        and node["name"] != "dim_lifecycle_stages"  # reads a seed, and no history
    }
    ordered: list[str] = []

    def visit(key: str) -> None:
        for parent in nodes[key]["depends_on"]["nodes"]:
            if parent in nodes:
                visit(parent)
        if key not in ordered:
            ordered.append(key)

    for key in sorted(nodes):
        visit(key)
    folder = target / "compiled" / "rapport"
    return [
        (
            f"{nodes[key]['schema']}.{nodes[key]['name']}",
            (folder / nodes[key]["original_file_path"]).read_text(),
        )
        for key in ordered
    ]


def _facts(history: History) -> dict[str, list[tuple[Any, ...]]]:
    def utc(at: datetime | None) -> datetime | None:
        return None if at is None else at.astimezone(UTC).replace(tzinfo=None)

    day = history.day
    # The marts have the orders that stand at the as-of.
    orders = [order for order in history.orders if order.cancelled_at is None]
    later = defaultdict(list)  # what sessions signalled on the day after
    for touch in history.touches:
        later[touch.session].append(touch)
    by_id = {touch.touch_id: touch for touch in history.touches}
    return {
        "intermediate.int_profiles_collected": [
            (customer, kind, utc(seen)) for customer, kind, seen in history.profiles
        ],
        "candidate.fct_identity_changes": [
            (customer, utc(history.as_of)) for customer, _, _ in history.profiles
        ],
        # A quote is closed by an order or withdrawn, in turn.
        "intermediate.int_orders_placed": [
            (
                quote.customer_id,
                day(quote.opened_at),
                True,
                utc(quote.closed_at) if number % 2 else None,
                None if number % 2 else utc(quote.closed_at),
            )
            for number, quote in enumerate(history.quotes)
        ]
        + [
            (order.customer_id, day(order.at), False, None, utc(order.cancelled_at))
            for order in history.orders
        ],
        "candidate.fct_orders": [
            (f"o{number}", order.customer_id, day(order.at))
            for number, order in enumerate(orders)
        ],
        "candidate.fct_order_lines": [
            (order.customer_id, day(order.at), 10 + order.at.toordinal() % 7) for order in orders
        ],
        "candidate.fct_touchpoints": [
            (
                touch.touch_id, touch.customer_id, day(touch.at), touch.kind,
                *_signals(touch, *later[touch.touch_id]), touch.is_answered_outreach,
            )
            for touch in history.touches
            if touch.kind != "signal"
        ],
        "intermediate.int_session_signal_days": [
            (session.removeprefix("session|"), day(touch.at), *_signals(touch))
            for session, signals in later.items()
            if session
            for touch in (by_id[session], *signals)
            if any(_signals(touch))
        ],
        "candidate.fct_deals": [
            (deal.customer_id, utc(deal.opened_at), utc(deal.closed_at)) for deal in history.deals
        ],
    }  # fmt: skip


def _signals(*touches: Touch) -> tuple[bool, bool, bool]:
    """Whether any of them is an intent, a form, a product view."""
    return (
        any(touch.is_intent for touch in touches),
        any(touch.is_form for touch in touches),
        any(touch.is_product_view for touch in touches),
    )

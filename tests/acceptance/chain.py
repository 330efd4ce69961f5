"""The steps of the command line, called as it calls them, and the figures that came out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Any

from sqlalchemy import select

from rapport import build, ingest, settings, warehouses
from rapport.report import commands
from rapport.settings import Settings
from rapport.state import store, tables


@dataclass(frozen=True)
class Mailbox:
    """Where the local mail server puts what it receives, and its URL."""

    folder: Path
    url: str

    def mails(self, recipient: str) -> list[EmailMessage]:
        """All mails that this address received, by file name."""
        read = BytesParser(policy=policy.default).parsebytes
        mails = [read(path.read_bytes()) for path in sorted(self.folder.glob("*.eml"))]
        return [mail for mail in mails if recipient in str(mail["To"])]


def company(folder: Path, var: Path, mailbox: Mailbox, **environ: str) -> Settings:
    """Settings of a company folder with all that it writes under `var`."""
    ours = {"RAPPORT_VAR": str(var), "RAPPORT_SMTP_URL": mailbox.url}
    return settings.load(folder, {**ours, **environ})


def ingest_interval(loaded: Settings, sources: Iterable[str], start: date, end: date) -> None:
    """One interval, [start, end) in UTC days, of each source."""
    for source in sources:
        ingest.interval(loaded, source, _midnight(start), _midnight(end))


def ingest_days(loaded: Settings, source: str, start: date, end: date) -> None:
    """Each day of [start, end) as an interval of its own, in order."""
    day = start
    while day < end:
        ingest_interval(loaded, [source], day, day + timedelta(days=1))
        day += timedelta(days=1)


def build_and_publish(loaded: Settings) -> dict[str, Any]:
    """A build of what was ingested; returns its ticket."""
    ticket = build.run(loaded)
    assert ticket is not None, "there was something new to build"
    return ticket


def send_report(loaded: Settings) -> Any:
    """The executive report to its recipients."""
    return commands.send(loaded, "executive")


def published(loaded: Settings, **queries: str) -> dict[str, list[dict[str, Any]]]:
    """The answers of the published marts to several queries, all of one publication."""
    with warehouses.open_marts(loaded) as marts:
        return {name: marts.query(sql) for name, sql in queries.items()}


def headline(loaded: Settings) -> dict[str, Any]:
    """The figures that every acceptance company is asserted on."""
    answers = published(
        loaded,
        customers="select count(*) as n from marts.dim_customers where is_customer",
        orders="""
            select
                count(*) as n,
                sum(case when customer_id is null then 1 else 0 end) as anonymous
            from marts.fct_orders
        """,
        lines="""
            select
                sum(net_amount_reporting) as net,
                sum(case when line_kind = 'sale' then net_amount_reporting else 0 end) as gross,
                sum(
                    case when line_kind = 'return' then -net_amount_reporting else 0 end
                ) as returned,
                sum(case when customer_id is null then net_amount_reporting else 0 end) as anonymous
            from marts.fct_order_lines
        """,
    )
    lines = answers["lines"][0]
    return {
        "customers": answers["customers"][0]["n"],
        "orders": answers["orders"][0]["n"],
        "anonymous_orders": answers["orders"][0]["anonymous"],
        "net_revenue": Decimal(lines["net"]),
        "gross_sales": Decimal(lines["gross"]),
        "returns": Decimal(lines["returned"]),
        "anonymous_revenue": Decimal(lines["anonymous"]),
    }


def deliveries(loaded: Settings) -> list[dict[str, Any]]:
    """The record of every delivery."""
    with store.open(loaded).begin() as connection:
        return [dict(row) for row in connection.execute(select(tables.deliveries)).mappings()]


def totals(rows: Iterable[dict[str, Any]]) -> dict[str, int]:
    """Rows received and what became of them."""
    names = ("received", "loaded", "quarantined", "superseded", "duplicates")
    found = list(rows)
    return {name: sum(row[name] for row in found) for name in names}


def quarantined_by_rule(rows: Iterable[dict[str, Any]]) -> dict[str, int]:
    """Quarantined rows by rule, over deliveries."""
    found: dict[str, int] = {}
    for row in rows:
        for rule, count in (row["rules"] or {}).items():
            found[rule] = found.get(rule, 0) + count
    return found


def check_accounts(loaded: Settings) -> None:
    """received = loaded + quarantined + superseded + exact duplicates, to the row, everywhere."""
    for row in deliveries(loaded):
        assert row["status"] == "loaded", row
        told = row["loaded"] + row["quarantined"] + row["superseded"] + row["duplicates"]
        assert row["received"] == told, row


def raw_rows(loaded: Settings, table: str) -> int:
    """Rows of a raw table as the warehouse shows them."""
    with warehouses.open(loaded) as warehouse:
        return int(warehouse.read(f"select count(*) as n from raw.{table}")["n"][0].as_py())


def warehouse_rows(loaded: Settings, sql: str) -> list[dict[str, Any]]:
    """Rows of a query on the private warehouse: what staging and intermediate models say."""
    with warehouses.open(loaded) as warehouse:
        return list(warehouse.read(sql).to_pylist())


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)

"""A shop with an ERP in a real SQLite file, whose orders change as a test goes on."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import select

from rapport import ingest, settings, warehouses
from rapport.settings import Settings
from rapport.state import store, tables

DAY = timedelta(days=1)
ORDERS: dict[str, Any] = {
    "key": ["order_no"],
    "cursor": "updated_at",
    "version_by": "updated_at",
    "event_time": "ordered_at",
    "required": True,
    "columns": {
        "order_no": "text",
        "status": "text",
        "ordered_at": "timestamp",
        "removed_at": "timestamp",
        "updated_at": "timestamp",
    },
}


def march(number: int) -> datetime:
    """Start of a day of March 2024."""
    return datetime(2024, 3, number, tzinfo=UTC)


class Erp:
    """An ERP's orders, and a company folder that has it as its one source."""

    def __init__(self, folder: Path, warehouse: str | None = None, **entity: Any) -> None:
        self.folder = folder
        self.file = folder / "erp.sqlite"
        self.warehouse = warehouse
        with sqlite3.connect(self.file) as database:
            database.execute(
                "create table orders (order_no text, status text, ordered_at text, "
                "removed_at text, updated_at text)"
            )
        self.describe(**entity)

    def describe(self, also: dict[str, Any] | None = None, **entity: Any) -> None:
        """Write the company folder, with these parts of the entity's description changed.

        Args:
            also: further entities.
        """
        company = self.folder / "company"
        (company / "sources").mkdir(parents=True, exist_ok=True)
        source = {"system": "sql", "kind": "erp", "required": True}
        (company / "company.yml").write_text(
            yaml.safe_dump(
                {
                    "name": "Shop Ltd",
                    "business_timezone": "UTC",
                    "reporting_currency": "EUR",
                    "history_start": "2024-01-01",
                    "sources": {"erp": {**source, "connection": {"url": "env:ERP_URL"}}},
                    "feeds": {},
                }
            )
        )
        described = {"entities": {"orders": {**ORDERS, **entity}, **(also or {})}}
        (company / "sources" / "erp.yml").write_text(yaml.safe_dump(described))
        environ = {"RAPPORT_VAR": str(self.folder / "var"), "ERP_URL": f"sqlite:///{self.file}"}
        if self.warehouse:
            environ["RAPPORT_WAREHOUSE"] = self.warehouse
        self.settings: Settings = settings.load(company, environ)

    def put(self, order_no: str, status: str, updated: str, removed: str | None = None) -> None:
        """Add or change an order; times are `YYYY-MM-DD HH:MM:SS`."""
        with sqlite3.connect(self.file) as database:
            database.execute("delete from orders where order_no = ?", [order_no])
            database.execute(
                "insert into orders values (?, ?, '2024-03-01 00:00:00', ?, ?)",
                [order_no, status, removed, updated],
            )

    def remove(self, order_no: str) -> None:
        """Delete an order for good, as an ERP's clean-up does."""
        with sqlite3.connect(self.file) as database:
            database.execute("delete from orders where order_no = ?", [order_no])

    def ingest(self, first: int, last: int | None = None) -> dict[str, Any]:
        """All steps over [first, last) of March 2024, a day by default."""
        return ingest.interval(self.settings, "erp", march(first), march(last or first + 1))

    def rows(self, columns: str = "order_no, status") -> list[tuple[Any, ...]]:
        """Rows of the raw table, sorted."""
        state = store.open(self.settings)
        with warehouses.open(self.settings) as warehouse:
            warehouse.refresh_raw(ingest.raw_tables(self.settings, state))
            table = warehouse.read(f"select {columns} from raw.erp__orders order by {columns}")
        return [tuple(row.values()) for row in table.to_pylist()]

    def deliveries(self) -> list[dict[str, Any]]:
        """The record of every delivery, in the order of their intervals and coming."""
        with store.open(self.settings).begin() as connection:
            table = tables.deliveries
            order = (table.c.interval_start, table.c.recorded_at, table.c.status)
            return [
                dict(row) for row in connection.execute(select(table).order_by(*order)).mappings()
            ]

    def spans(self) -> list[str]:
        """The gated intervals as `first-last` days of March."""
        with store.open(self.settings).begin() as connection:
            gated = tables.gated_intervals.c
            rows = connection.execute(
                select(gated.interval_start, gated.interval_end).order_by(gated.interval_start)
            )
            return [f"{start[8:10]}-{end[8:10]}" for start, end in rows]

    def check_accounts(self) -> None:
        """received = loaded + quarantined + superseded + duplicates, of every delivery."""
        for row in self.deliveries():
            told = sum(row[n] for n in ("loaded", "quarantined", "superseded", "duplicates"))
            assert row["status"] not in ("loaded", "superseded") or row["received"] == told, row


@pytest.fixture
def erp(tmp_path: Path) -> Erp:
    """The ERP, empty."""
    return Erp(tmp_path)

"""A small shop whose files, database and API a test can spoil, and the check that rows add up."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import select

from rapport import ingest, settings, warehouses
from rapport.gates import rejects
from rapport.landing.zone import Interval, Zone
from rapport.settings import Settings
from rapport.state import store, tables

HEADER = "order_no,customer,amount,ordered_at\n"
COMPANY: dict[str, Any] = {
    "name": "Spoilt Ltd",
    "business_timezone": "UTC",
    "reporting_currency": "EUR",
    "history_start": "2024-01-01",
    "sources": {
        "shop": {
            "system": "files",
            "kind": "erp",
            "required": True,
            "connection": {"path": "env:SHOP_FOLDER"},
        },
    },
    "feeds": {},
}
ORDERS: dict[str, Any] = {
    "key": ["order_no"],
    "required": True,
    "quarantine_max_pct": 40.0,  # two of five rows may be bad in these tests, three may not
    "fetch": {"pattern": "{date}.csv", "format": "csv"},
    "columns": {
        "order_no": "text",
        "customer": "text",
        "amount": "decimal",
        "ordered_at": "timestamp",
    },
}
EVENTS: dict[str, Any] = {
    "key": ["event_id"],
    "required": True,
    "fetch": {"pattern": "{date}.jsonl.gz", "format": "jsonl"},
    "columns": {"event_id": "text", "kind": "text"},
}


def day(number: int) -> datetime:
    """Start of a day of March 2024."""
    return datetime(2024, 3, number, tzinfo=UTC)


def orders(*numbers: int, amount: str = "10.00") -> str:
    """A day's file with these order numbers."""
    rows = (f"{number},Ann,{amount},2024-03-01 12:00:00\n" for number in numbers)
    return HEADER + "".join(rows)


def events(*numbers: int) -> bytes:
    """A day's compressed file of JSON lines with these event ids."""
    lines = (json.dumps({"event_id": f"e{number}", "kind": "page"}) + "\n" for number in numbers)
    return gzip.compress("".join(lines).encode(), mtime=0)


class Shop:
    """One company folder with one source of one entity, and what became of its deliveries."""

    def __init__(self, folder: Path, entity: str, spec: dict[str, Any]) -> None:
        self.files, self.entity = folder / "files", entity
        self.files.mkdir(parents=True)
        company = folder / "company"
        (company / "sources").mkdir(parents=True)
        self.company_file = company / "company.yml"
        self.company_file.write_text(yaml.safe_dump(COMPANY), encoding="utf-8")
        (company / "sources" / "shop.yml").write_text(
            yaml.safe_dump({"entities": {entity: spec}}), encoding="utf-8"
        )
        environ = {"RAPPORT_VAR": str(folder / "var"), "SHOP_FOLDER": str(self.files)}
        self.settings: Settings = settings.load(company, environ)

    def deliver(self, number: int, content: str | bytes, ending: str = "csv") -> None:
        """Put the file of a day of March 2024 into the shop's folder."""
        data = content.encode() if isinstance(content, str) else content
        (self.files / f"2024-03-{number:02d}.{ending}").write_bytes(data)

    def ingest(self, number: int) -> dict[str, Any]:
        """All steps for one day."""
        return ingest.interval(self.settings, "shop", day(number), day(number) + timedelta(days=1))

    def deliveries(self) -> list[dict[str, Any]]:
        """The record of every delivery, in the order of their days and coming."""
        with store.open(self.settings).begin() as connection:
            table = tables.deliveries
            order = (table.c.interval_start, table.c.recorded_at, table.c.status)
            return [
                dict(row) for row in connection.execute(select(table).order_by(*order)).mappings()
            ]

    def gated_days(self) -> list[str]:
        """The days that count as gated."""
        with store.open(self.settings).begin() as connection:
            starts = connection.execute(select(tables.gated_intervals.c.interval_start)).scalars()
            return sorted(start[:10] for start in starts)

    def loaded(self, column: str | None = None) -> list[Any]:
        """One column of the raw table as the warehouse shows it (default: the key), sorted."""
        key = column or ("order_no" if self.entity == "orders" else "event_id")
        state = store.open(self.settings)
        with warehouses.open(self.settings) as warehouse:
            warehouse.refresh_raw(ingest.raw_tables(self.settings, state))
            table = warehouse.read(f"select {key} from raw.shop__{self.entity} order by 1")
        return list(table[key].to_pylist())

    def quarantined(self, number: int) -> list[dict[str, Any]]:
        """The quarantined rows of a day: file, row, rules, original."""
        zone = Zone(self.settings.landing_url)
        place = Interval("shop", self.entity, day(number), day(number) + timedelta(days=1))
        outcome = zone.gate_result(place)
        assert outcome is not None
        return list(rejects.read(zone, outcome).to_pylist())

    def check_accounts(self) -> None:
        """received = loaded + quarantined + superseded + duplicates, and the table agrees."""
        settled = [row for row in self.deliveries() if row["status"] in ("loaded", "superseded")]
        for row in settled:
            told = sum(row[n] for n in ("loaded", "quarantined", "superseded", "duplicates"))
            assert row["received"] == told, row
        assert len(self.loaded()) == sum(row["loaded"] for row in settled)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """A shop that delivers a CSV of orders a day."""
    return Shop(tmp_path, "orders", ORDERS)


@pytest.fixture
def web(tmp_path: Path) -> Shop:
    """A shop that delivers a compressed file of JSON lines a day."""
    return Shop(tmp_path, "events", EVENTS)

"""A source of one entity whose deliveries a test writes itself: landed, gated, loaded for true."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import select

from rapport import ingest, warehouses
from rapport.company import Entity, Source
from rapport.landing.zone import Interval, Zone
from rapport.settings import Settings
from rapport.state import deliveries, store, tables
from tests.conftest import bare_settings

COLUMNS = {"id": "text", "city": "text", "amount": "decimal", "changed_at": "timestamp"}
ORDERS: dict[str, Any] = {
    "name": "orders",
    "columns": COLUMNS,
    "key": ["id"],
    "cursor": "changed_at",
    "version_by": "changed_at",
    "quarantine_max_pct": 50,
}


def day(number: int) -> datetime:
    """Start of a day of March 2024."""
    return datetime(2024, 3, 1, tzinfo=UTC) + timedelta(days=number - 1)


def row(id: str, amount: str = "1", at: str = "01 12:00", city: str = "Bonn") -> str:
    """A line of CSV; `at` is a time of March 2024."""
    return f"{id},{city},{amount},2024-03-{at}"


class Lab:
    """Deliveries of the entities of one source, and what the warehouse shows of them."""

    def __init__(
        self, folder: Path, *entities: Mapping[str, Any], landing: str | None = None
    ) -> None:
        specs = {spec["name"]: Entity(**spec) for spec in entities or [ORDERS]}
        self.entity = next(iter(specs))
        source = Source(name="shop", system="files", kind="erp", entities=specs)
        plain = bare_settings(folder, f"duckdb:///{folder / 'warehouse.duckdb'}")
        company = plain.company.model_copy(update={"sources": {"shop": source}})
        self.settings: Settings = plain.model_copy(
            update={"company": company, "landing_url": landing or plain.landing_url}
        )
        self.zone = Zone(self.settings.landing_url)
        self.state = store.open(self.settings)

    def interval(self, number: int, entity: str | None = None) -> Interval:
        """A day of March 2024."""
        return Interval("shop", entity or self.entity, day(number), day(number + 1))

    def land(
        self,
        number: int,
        rows: Iterable[str],
        keys: Iterable[str] | None = None,
        entity: str | None = None,
    ) -> None:
        """Deliver lines of CSV, and the keys that the source holds."""
        place = self.interval(number, entity)
        spec = self.settings.source("shop").entities[place.entity]
        header = io.StringIO()
        csv.writer(header, lineterminator="\n").writerow(spec.columns)
        with self.zone.receive(place) as delivery:
            lines = list(rows)
            with delivery.file("rows.csv", "csv") as stream:
                stream.write((header.getvalue() + "".join(f"{r}\n" for r in lines)).encode())
            delivery.columns, delivery.rows = list(spec.columns), len(lines)
            if keys is not None:
                with delivery.file("keys.parquet", "keys") as stream:
                    pq.write_table(pa.table({"id": pa.array(list(keys), pa.string())}), stream)
        with self.state.begin() as connection:
            manifest = self.zone.manifest(place)
            assert manifest is not None
            deliveries.landed(connection, place, manifest)

    def gate(self, number: int, entity: str | None = None) -> dict[str, Any]:
        """Gate a day's delivery."""
        place = self.interval(number, entity)
        return ingest.gate(self.settings, "shop", place.entity, place.start, place.end)

    def load(self, number: int, entity: str | None = None) -> None:
        """Load a day's delivery."""
        place = self.interval(number, entity)
        ingest.load(self.settings, "shop", place.entity, place.start, place.end)

    def bring(
        self, number: int, *rows: str, keys: Iterable[str] | None = None, entity: str | None = None
    ) -> dict[str, Any]:
        """Land, gate and load a day."""
        self.land(number, rows, keys, entity)
        outcome = self.gate(number, entity)
        self.load(number, entity)
        return outcome

    def raw(self, columns: str = "id, amount", where: str = "true") -> list[tuple[Any, ...]]:
        """Rows of the raw table as the warehouse shows it."""
        with warehouses.open(self.settings) as warehouse:
            warehouse.refresh_raw(ingest.raw_tables(self.settings, self.state))
            table = warehouse.read(
                f"select {columns} from raw.shop__{self.entity} where {where} order by all"
            )
        return [tuple(row.values()) for row in table.to_pylist()]

    def check_accounts(self) -> None:
        """received = loaded + quarantined + superseded + duplicates, and the table agrees."""
        with self.state.begin() as connection:
            rows = connection.execute(
                select(tables.deliveries).where(
                    tables.deliveries.c.entity == self.entity,
                    tables.deliveries.c.status.in_(("loaded", "superseded")),
                )
            ).mappings()
            told = [dict(found) for found in rows]
        for found in told:
            parts = ("loaded", "quarantined", "superseded", "duplicates")
            assert found["received"] == sum(found[part] for part in parts), found
        received_rows = self.raw("count(*)", "_row_number > 0")
        assert received_rows == [(sum(found["loaded"] for found in told),)]

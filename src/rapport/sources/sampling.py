"""Rows of a source to look at: fetched into a throw-away landing zone and read as the gate does."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from rapport import clock, connectors, log
from rapport.company import Checks, Entity, Source
from rapport.connectors.files import listing
from rapport.errors import RapportError
from rapport.gates import raw, rejects
from rapport.gates.scratch import parquet
from rapport.landing.types import ARROW_TYPES
from rapport.landing.zone import Interval, Zone
from rapport.settings import Settings
from rapport.state import deliveries, store
from rapport.warehouses.base import quote
from rapport.warehouses.duckdb import count

_EVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Sample:
    """What was fetched of an entity.

    Attributes:
        rows: the rows that the gate would accept, with the entity's columns, typed.
        quarantined: the others: file, row, rules, original.
        received: rows fetched; with a limit the source may hold more.
        held: why the gate would hold the whole entity; None where it would not.
    """

    interval: Interval
    rows: pa.Table
    quarantined: pa.Table
    received: int
    held: str | None

    @property
    def loss(self) -> str:
        """How many rows would be quarantined, with the first reason; empty where none would."""
        if not len(self.quarantined):
            return ""
        (first,) = self.quarantined.slice(0, 1).to_pylist()
        return (
            f"{len(self.quarantined)} of {self.received} rows would be quarantined, the first for: "
            f"{'; '.join(first['rules'])}"
        )


def take(
    settings: Settings, source: Source, entity: Entity, limit: int, day: date | None = None
) -> Sample:
    """Fetch about `limit` rows and gate them; neither landing zone nor state store is touched.

    Args:
        source: need not stand in company.yml yet.
        day: the UTC day to fetch; default all days, for a file a day the newest that is there.

    Raises:
        RapportError: what the connector or the reader says of the source.
    """
    with log.quiet(), tempfile.TemporaryDirectory(prefix="rapport-sample-") as folder:
        trial = _apart(settings, source, entity, Path(folder))
        connection = trial.connection(source)
        interval = Interval(source.name, entity.name, *_span(connection, entity, day))
        zone = Zone(trial.landing_url)
        with zone.receive(interval, limit) as delivery:
            connectors.of(source).fetch(connection, entity, interval, delivery)
        outcome = raw.run(trial, zone, interval)
        return Sample(
            interval=interval,
            rows=_half(zone, outcome, "accepted", _schema(entity)),
            quarantined=_half(zone, outcome, "quarantine", rejects.SCHEMA),
            received=int(outcome["received"]),
            held=outcome["reason"],
        )


def _apart(settings: Settings, source: Source, entity: Entity, folder: Path) -> Settings:
    """The settings with everything that is written under `folder`, and rules about sets off.

    A sample is no delivery: its volume, its age and its share of bad rows say nothing.
    """
    alone = entity.model_copy(
        update={"quarantine_max_pct": 100.0, "checks": Checks(volume=None), "deletes": "none"}
    )
    changed = source.model_copy(update={"entities": {entity.name: alone}})
    sources = {**settings.company.sources, source.name: changed}
    return settings.model_copy(
        update={
            "company": settings.company.model_copy(update={"sources": sources}),
            "var_dir": folder,
            "landing_url": f"file://{folder / 'landing'}",
            "state_url": f"sqlite:///{folder / 'state.sqlite'}",
        }
    )


def _schema(entity: Entity) -> pa.Schema:
    return pa.schema([(name, ARROW_TYPES[c.type]) for name, c in entity.columns.items()])


def _half(zone: Zone, outcome: dict[str, Any], half: str, schema: pa.Schema) -> pa.Table:
    """One half of what the gate wrote, which it does even where the entity would be held."""
    files = sorted(Path(zone.root, outcome["folder"], half).glob("*.parquet"))
    tables = [pq.read_table(file, columns=schema.names) for file in files]
    return pa.concat_tables(tables) if tables else schema.empty_table()


def _span(
    connection: dict[str, Any], entity: Entity, day: date | None
) -> tuple[datetime, datetime]:
    """The day asked for; else the newest day with a file, or all time where days are not files."""
    if day is None and listing.has_date(str(entity.fetch.get("pattern", ""))):
        with listing.explained(connection):
            days = listing.by_day(*listing.opened(connection), listing.pattern_of(entity))
        day = max(days, default=clock.now().date())
    if day is None:
        return _EVER, clock.now() + timedelta(days=1)
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return start, start + timedelta(days=1)


@dataclass(frozen=True)
class Data:
    """What a table made by `put` holds.

    Attributes:
        used, total: rows in it, and rows there are (None where only a part was fetched).
        origin: `loaded` or `preview`.
        loss: of fetched rows, how many would be quarantined and why.
    """

    used: int
    total: int | None
    origin: str
    loss: str = ""


def put(
    settings: Settings,
    database: duckdb.DuckDBPyConnection,
    table: str,
    source: Source,
    entity: Entity,
    rows: int,
    fetched: int | None = None,
) -> Data:
    """Make a table with at most `rows` rows of the entity, always the same ones.

    The rows are those loaded, picked by a hash of their load and number; where nothing is loaded
    yet they are fetched from the source, at most `fetched` of them (default `rows`).

    Raises:
        RapportError: nothing is loaded and the source cannot be read.
    """
    zone = Zone(settings.landing_url)
    with store.open(settings).begin() as connection:
        loaded = deliveries.loaded_files(connection).get((source.name, entity.name))
    if loaded:
        if not (zone.is_local or database.filesystem_is_registered(zone.url.split("://")[0])):
            database.register_filesystem(zone.fs)
        scan = parquet(zone, loaded)
        there = {row[0] for row in database.execute(f"describe select * from {scan}").fetchall()}
        columns = ", ".join(quote(column) for column in entity.columns if column in there)
        total = count(database, scan)
        picked = f" order by hash(_load_id, _row_number), _row_number limit {int(rows)}"
        database.execute(
            f"create or replace temp table {table} as select {columns} from {scan}"
            f"{picked if total > rows else ''}"
        )
        return Data(min(rows, total), total, "loaded")
    rows = fetched or rows
    sample = take(settings, source, entity.model_copy(update={"gate": None}), rows)
    if sample.held:
        raise RapportError(
            "entity-held",
            f"The gate would hold {source.name}.{entity.name}: {sample.held}",
            str(sample.interval),
            f"correct the entity in sources/{source.name}.yml",
        )
    database.register("fetched", sample.rows)
    database.execute(
        f"create or replace temp table {table} as select * from fetched limit {int(rows)}"
    )
    database.unregister("fetched")
    known = sample.received if sample.received < rows else None
    return Data(min(rows, len(sample.rows)), known, "preview", sample.loss)

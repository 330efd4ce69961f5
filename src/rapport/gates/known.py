"""What is known of an entity before a delivery is judged: rows loaded, usual volumes, mends."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, select

from rapport import clock
from rapport.company import Entity
from rapport.landing.zone import Interval
from rapport.state.deliveries import interval_of
from rapport.state.tables import deliveries, mends

_COLUMNS = [
    deliveries.c[name]  # without the checks, which weigh more than all the rest
    for name in (
        *("source", "entity", "interval_start", "interval_end"),
        *("version", "status", "received", "files"),
    )
]


@dataclass(frozen=True)
class Known:
    """What the gate compares a delivery with. Files are paths inside the landing zone.

    Attributes:
        own: accepted files of the same interval's delivery that is loaded now.
        own_version: content version of that delivery.
        earlier: accepted files of loaded deliveries of other intervals in the look-back window.
        history: accepted files of all loaded intervals, in their order; None where the delivery
            says nothing about what is gone (no `deletes: compare`, or a later one is loaded).
        referenced: accepted files of the entities that the delivery refers to, by entity.
        volumes: rows received on the same weekdays before, over intervals of the same length.
        before: folder of the latest loaded interval that starts before this one.
        mends: mended rows as JSON, by the SHA-256 of the original.
    """

    own: Sequence[str] = ()
    own_version: str | None = None
    earlier: Sequence[str] = ()
    history: Sequence[str] | None = None
    referenced: Mapping[str, Sequence[str]] = field(default_factory=dict)
    volumes: Sequence[int] = ()
    before: str | None = None
    mends: Mapping[str, str] = field(default_factory=dict)


def of(connection: Connection, interval: Interval, entity: Entity) -> Known:
    """Read what the state store knows for the gate of an interval."""
    start = clock.iso(interval.start)
    loaded = _deliveries(connection, interval.source, entity.name)
    own = next((row for row in loaded if _is(row, interval)), None)
    is_newest = all(row["interval_start"] <= start for row in loaded)
    before = [row for row in loaded if row["interval_start"] < start]
    return Known(
        own=_files([own]) if own else (),
        own_version=own["version"] if own else None,
        earlier=_in_window(loaded, interval, entity),
        history=_files(loaded) if entity.deletes == "compare" and is_newest else None,
        referenced=_referenced(connection, interval, entity),
        volumes=_volumes(loaded, interval, entity),
        before=interval_of(before[-1]).folder if before else None,
        mends=_mends(connection, interval),
    )


def _mends(connection: Connection, interval: Interval) -> dict[str, str]:
    rows = connection.execute(
        select(mends.c.original_sha256, mends.c.mended).where(
            mends.c.source == interval.source, mends.c.entity == interval.entity
        )
    )
    return {digest: json.dumps(mended, sort_keys=True) for digest, mended in rows}


def _deliveries(connection: Connection, source: str, entity: str) -> list[Any]:
    """Loaded deliveries of an entity, in the order of their intervals."""
    return list(
        connection.execute(
            select(*_COLUMNS)
            .where(
                deliveries.c.source == source,
                deliveries.c.entity == entity,
                deliveries.c.status == "loaded",
            )
            .order_by(deliveries.c.interval_start, deliveries.c.interval_end)
        ).mappings()
    )


def _in_window(loaded: list[Any], interval: Interval, entity: Entity) -> list[str]:
    if not entity.key or not entity.lookback_days:
        return []
    since = clock.iso(interval.start - timedelta(days=entity.lookback_days))
    until = clock.iso(interval.end)
    return _files(
        row
        for row in loaded
        if row["interval_start"] < until and row["interval_end"] > since and not _is(row, interval)
    )


def _referenced(connection: Connection, interval: Interval, entity: Entity) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for reference in entity.checks.references.values():
        target = reference.to.partition(".")[0]
        rows = connection.execute(
            select(*_COLUMNS).where(
                deliveries.c.source == interval.source,
                deliveries.c.entity == target,
                deliveries.c.status.in_(("loaded", "gated")),
            )
        ).mappings()
        found[target] = _files(
            row for row in rows if row["status"] == "loaded" or _is(row, interval)
        )
    return found


def _volumes(loaded: list[Any], interval: Interval, entity: Entity) -> list[int]:
    """Rows received over intervals of the same weekday and length in the weeks before."""
    if entity.checks.volume is None:
        return []
    since = interval.start - timedelta(weeks=entity.checks.volume.weeks)
    found = []
    for row in loaded:
        start, end = clock.parse(row["interval_start"]), clock.parse(row["interval_end"])
        is_alike = (
            start.weekday() == interval.start.weekday()
            and end - start == interval.end - interval.start
        )
        if since <= start < interval.start and is_alike:
            found.append(int(row["received"]))
    return found


def _files(rows: Any) -> list[str]:
    return [path for row in rows for path in row["files"] or []]


def _is(row: Any, interval: Interval) -> bool:
    span = (row["interval_start"], row["interval_end"])
    return span == (clock.iso(interval.start), clock.iso(interval.end))

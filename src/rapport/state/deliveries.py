"""The record of deliveries and of gated intervals: what came, what became of it, what counts.

A delivery is one content of one interval. While a newer content of the same interval is held by
its gate, the older one stays loaded; it is superseded at the moment the newer one is loaded.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, delete, insert, select, update
from sqlalchemy.sql.elements import ColumnElement

from rapport import clock
from rapport.landing.zone import Interval
from rapport.state import loads
from rapport.state.tables import deliveries, gated_intervals


def place(interval: Interval) -> dict[str, str]:
    """The columns that name an interval."""
    return {
        "source": interval.source,
        "entity": interval.entity,
        "interval_start": clock.iso(interval.start),
        "interval_end": clock.iso(interval.end),
    }


def interval_of(row: Any) -> Interval:
    """The interval that these columns of a row name."""
    span = (clock.parse(row["interval_start"]), clock.parse(row["interval_end"]))
    return Interval(row["source"], row["entity"], *span)


def find(connection: Connection, interval: Interval, version: str) -> dict[str, Any] | None:
    """The delivery with this content, if it was recorded."""
    row = connection.execute(select(deliveries).where(_is(interval, version))).mappings().first()
    return dict(row) if row else None


def landed(connection: Connection, interval: Interval, manifest: dict[str, Any]) -> None:
    """Note a delivery; one that is known and still counts is left as it is."""
    known = find(connection, interval, manifest["version"])
    if known and known["status"] != "superseded":
        return
    if known:
        connection.execute(delete(deliveries).where(_is(interval, manifest["version"])))
    connection.execute(
        insert(deliveries).values(
            delivery_id=uuid.uuid4().hex,
            version=manifest["version"],
            received=manifest["rows"],
            bytes=manifest["bytes"],
            status="landed",
            recorded_at=clock.iso(clock.now()),
            **place(interval),
        )
    )


def gated(connection: Connection, interval: Interval, outcome: dict[str, Any]) -> None:
    """Note what the gate made of it.

    What is loaded stays so until `loaded` puts this outcome in its place, also where the same
    content is held under a stricter rule: only what the gate found is noted then.
    """
    known = find(connection, interval, outcome["version"]) or {}
    values = {"reason": outcome["reason"], "checks": outcome["checks"]}
    if known.get("status") != "loaded":
        values |= {**_counts(outcome), "status": outcome["status"]}
    connection.execute(update(deliveries).where(_is(interval, outcome["version"])).values(**values))


def loaded(connection: Connection, interval: Interval, outcome: dict[str, Any]) -> None:
    """The gate's outcome counts from now on; other contents of the interval are superseded by it.

    Rows of other contents that stay with this one (`carried`) go on counting as loaded there.
    """
    version = outcome["version"]
    connection.execute(
        update(deliveries)
        .where(_is(interval, version))
        .values(**_counts(outcome), status="loaded", reason=None)
    )
    others = select(deliveries.c.version).where(_is(interval), deliveries.c.version != version)
    for other in connection.execute(others).scalars().all():
        stays = outcome["carried"].get(other, 0)
        settled = deliveries.c.received - deliveries.c.quarantined - deliveries.c.duplicates
        connection.execute(
            update(deliveries)
            .where(_is(interval, other))
            .values(status="superseded", superseded=settled - stays, loaded=stays)
        )
    loads.note(connection, place(interval), outcome["accepted_files"])


def _counts(outcome: dict[str, Any]) -> dict[str, Any]:
    """What became of the rows, and the files that hold those that passed."""
    return {
        "received": outcome["received"],
        "loaded": outcome["accepted"],
        "quarantined": outcome["quarantined"],
        "superseded": outcome["superseded"],
        "duplicates": outcome["duplicates"],
        "rules": outcome["rules"],
        "files": outcome["accepted_files"],
    }


def loaded_files(connection: Connection) -> dict[tuple[str, str], list[str]]:
    """Accepted files that count, by (source, entity), in order of their intervals."""
    rows = connection.execute(
        select(deliveries.c.source, deliveries.c.entity, deliveries.c.files)
        .where(deliveries.c.status == "loaded")
        .order_by(deliveries.c.interval_start, deliveries.c.interval_end)
    )
    found: dict[tuple[str, str], list[str]] = {}
    for source, entity, files in rows:
        found.setdefault((source, entity), []).extend(files or [])
    return found


def loaded_intervals(connection: Connection) -> list[tuple[Interval, list[str]]]:
    """The intervals that are loaded, with their accepted files."""
    rows = connection.execute(select(deliveries).where(deliveries.c.status == "loaded")).mappings()
    return [(interval_of(row), row["files"] or []) for row in rows]


def latest_gated(connection: Connection) -> dict[tuple[str, str], dict[str, Any]]:
    """The latest delivery of each (source, entity) that went through its gate."""
    gated = (
        select(deliveries)
        .where(deliveries.c.status.in_(("loaded", "held", "gated")))
        .order_by(deliveries.c.interval_end, deliveries.c.recorded_at)
    )
    return {
        (row["source"], row["entity"]): dict(row) for row in connection.execute(gated).mappings()
    }


def record_gated(
    connection: Connection,
    source: str,
    start: datetime,
    end: datetime,
    versions: dict[str, str],
    held: Iterable[str],
) -> None:
    """Note that the interval passed; its revision rises when its content has changed.

    Args:
        versions: content version of each loaded entity.
        held: optional entities that did not pass.
    """
    key = {
        "source": source,
        "interval_start": clock.iso(start),
        "interval_end": clock.iso(end),
    }
    where = and_(*(gated_intervals.c[name] == value for name, value in key.items()))
    known = connection.execute(select(gated_intervals).where(where)).mappings().first()
    held = sorted(held)
    if known and known["loaded"] == versions and known["held"] == held:
        return
    connection.execute(delete(gated_intervals).where(where))
    connection.execute(
        insert(gated_intervals).values(
            revision=known["revision"] + 1 if known else 1,
            loaded=versions,
            held=held,
            recorded_at=clock.iso(clock.now()),
            **key,
        )
    )


def _is(interval: Interval, version: str | None = None) -> ColumnElement[bool]:
    where = [deliveries.c[name] == value for name, value in place(interval).items()]
    if version is not None:
        where.append(deliveries.c.version == version)
    return and_(*where)


def contiguous_end(connection: Connection, source: str) -> datetime | None:
    """How far the source's gated intervals reach without a gap, from the first one on."""
    return reach(connection, source)[0]


def reach(connection: Connection, source: str) -> tuple[datetime | None, datetime | None]:
    """The contiguous end, and where what is gated goes on after a gap; None where there is none."""
    rows = connection.execute(
        select(gated_intervals.c.interval_start, gated_intervals.c.interval_end)
        .where(gated_intervals.c.source == source)
        .order_by(gated_intervals.c.interval_start, gated_intervals.c.interval_end)
    ).all()
    end: str | None = None
    for start, stop in rows:
        if end is not None and start > end:
            return clock.parse(end), clock.parse(start)
        end = stop if end is None else max(end, stop)
    return clock.parse(end) if end else None, None


def gated_spans(connection: Connection, source: str) -> set[tuple[datetime, datetime]]:
    """The source's intervals that are gated whole: none of their entities is held."""
    rows = connection.execute(
        select(
            gated_intervals.c.interval_start, gated_intervals.c.interval_end, gated_intervals.c.held
        ).where(gated_intervals.c.source == source)
    )
    return {(clock.parse(start), clock.parse(end)) for start, end, held in rows if not held}


def fingerprint(connection: Connection, before: datetime) -> str:
    """Changes when an interval that starts before the instant is gated, or with other content."""
    rows = connection.execute(
        select(
            gated_intervals.c.source,
            gated_intervals.c.interval_start,
            gated_intervals.c.interval_end,
            gated_intervals.c.loaded,
        )
        .where(gated_intervals.c.interval_start < clock.iso(before))
        .order_by(*gated_intervals.primary_key)
    )
    text = json.dumps([list(row) for row in rows], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]

"""The intervals of a source never overlap, so that no row is held by two of them.

A request for any stretch of time is answered by the recorded intervals that it touches, whole, and
by the gaps between them. A day that is asked for again inside a first load by months therefore
runs its month again; a month that is asked for over days runs those days and what was missing.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import Connection, select

from rapport import clock
from rapport.errors import RapportError
from rapport.landing.zone import Interval
from rapport.state.tables import deliveries

Span = tuple[datetime, datetime]
Chunk = Literal["day", "week", "month"]


def touched(
    connection: Connection, source: str, start: datetime, end: datetime, chunk: Chunk | None = None
) -> list[Span]:
    """The intervals that answer a request for [start, end), in order of time.

    Args:
        chunk: where gaps are cut: at UTC midnights, at Mondays or at the first of the month, so
            that a first load is done in bounded pieces. None leaves a gap whole.

    Raises:
        RapportError: `interval-invalid` when it is empty or not over yet: its rows would go on
            coming in, and the interval would never be asked for again.
    """
    if start >= end or end > clock.now():
        raise RapportError(
            "interval-invalid",
            f"{clock.iso(start)} to {clock.iso(end)} "
            + ("is empty" if start >= end else "is not over yet"),
            source,
            "give a start before the end, and an end that has passed; intervals are [start, end) "
            "in UTC",
        )
    spans: list[Span] = []
    reached = start
    for known in recorded(connection, source, start, end):
        if known[0] > reached:
            spans += _cut(reached, known[0], chunk)
        spans.append(known)
        reached = max(reached, known[1])
    if reached < end:
        spans += _cut(reached, end, chunk)
    return spans


def recorded(connection: Connection, source: str, start: datetime, end: datetime) -> list[Span]:
    """The intervals of which the source has delivered something and that overlap [start, end)."""
    rows = connection.execute(
        select(deliveries.c.interval_start, deliveries.c.interval_end)
        .where(
            deliveries.c.source == source,
            deliveries.c.interval_start < clock.iso(end),
            deliveries.c.interval_end > clock.iso(start),
        )
        .distinct()
        .order_by(deliveries.c.interval_start, deliveries.c.interval_end)
    )
    return [(clock.parse(first), clock.parse(last)) for first, last in rows]


def claim(connection: Connection, interval: Interval) -> None:
    """Make sure, in the transaction that records a delivery, that its interval is one of its own.

    Raises:
        RapportError: `interval-overlaps` when another run has recorded an overlapping interval
            of the source since this one was planned.
    """
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("lock table deliveries in share row exclusive mode")
    mine = (interval.start, interval.end)
    known = recorded(connection, interval.source, *mine)
    if known and mine not in known:
        first, last = known[0]
        raise RapportError(
            "interval-overlaps",
            f"The source has delivered {clock.iso(first)} to {clock.iso(last)}, which overlaps it",
            str(interval),
            "run it by `rapport ingest`, which takes the recorded intervals whole; where another "
            "run has just recorded that one, run this again (Airflow does by itself)",
        )


def _cut(start: datetime, end: datetime, chunk: Chunk | None) -> list[Span]:
    spans = []
    while start < end:
        stop = min(_next(start, chunk), end) if chunk else end
        spans.append((start, stop))
        start = stop
    return spans


def _next(moment: datetime, chunk: Chunk) -> datetime:
    """The first boundary after the moment."""
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    if chunk == "day":
        return midnight + timedelta(days=1)
    if chunk == "week":
        return midnight + timedelta(days=7 - midnight.weekday())
    return (midnight.replace(day=1) + timedelta(days=32)).replace(day=1)

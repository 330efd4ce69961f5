"""Every load of an interval in its order, so that what was known at an earlier moment can be read.

A load is replaced when the interval is loaded again. Its files stay for `keep_replaced_days`.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from rapport import clock
from rapport.errors import RapportError
from rapport.state.tables import deliveries, loads

_PLACE = ("source", "entity", "interval_start", "interval_end")


def note(connection: Connection, place: dict[str, str], files: list[str]) -> None:
    """Note that these accepted files are the interval's from now on.

    Args:
        place: source, entity and bounds, see `deliveries.place`.
    """
    if connection.dialect.name == "postgresql":  # loads of several entities come at one time
        connection.exec_driver_sql("lock table loads in share row exclusive mode")
    here = [loads.c[name] == value for name, value in place.items()]
    present = connection.execute(
        select(loads.c.load_no, loads.c.files).where(*here, loads.c.replaced_at.is_(None))
    ).first()
    if present and present.files == files:
        return
    now = clock.iso(clock.now())
    if present:
        connection.execute(
            update(loads).where(loads.c.load_no == present.load_no).values(replaced_at=now)
        )
    connection.execute(
        insert(loads).values(load_no=last(connection) + 1, files=files, loaded_at=now, **place)
    )


def last(connection: Connection, by: str | None = None) -> int:
    """Number of the latest load, or of the latest by an instant (ISO text); 0 before any."""
    query = select(func.coalesce(func.max(loads.c.load_no), 0))
    if by is not None:
        query = query.where(loads.c.loaded_at <= by)
    return int(connection.execute(query).scalar_one())


def files(connection: Connection, until: int) -> dict[tuple[str, str], list[str]]:
    """Accepted files as of the load with this number, by (source, entity), as `loaded_files`.

    Raises:
        RapportError: `past-not-kept` when some were removed since.
    """
    rows = connection.execute(
        select(loads).where(loads.c.load_no <= until).order_by(loads.c.load_no)
    ).mappings()
    latest: dict[tuple[str, ...], Any] = {tuple(row[n] for n in _PLACE): row for row in rows}
    found: dict[tuple[str, str], list[str]] = {}
    for place, row in sorted(latest.items(), key=lambda item: (item[0][2], item[0][3])):
        if row["files"] is None:
            raise RapportError(
                "past-not-kept",
                f"What was loaded until {row['replaced_at']} has been removed since",
                f"{place[0]}.{place[1]} {place[2]} to {place[3]}",
                "ask for a later moment; RAPPORT_KEEP_REPLACED_DAYS says how long it is kept",
            )
        found.setdefault((place[0], place[1]), []).extend(row["files"])
    return found


def kept_files(connection: Connection, since: str) -> set[str]:
    """Files of all loads that count or were replaced at or after an instant (ISO text)."""
    rows = connection.execute(
        select(loads.c.files).where(
            loads.c.files.is_not(None),
            loads.c.replaced_at.is_(None) | (loads.c.replaced_at >= since),
        )
    )
    return {path for (paths,) in rows for path in paths or []}


def forget(connection: Connection, before: str) -> None:
    """Note that the files of loads replaced before an instant (ISO text) are not kept."""
    connection.execute(update(loads).where(loads.c.replaced_at < before).values(files=None))


def begin(connection: Connection) -> None:
    """Version 4 of the store: what is loaded now begins the record; earlier loads are unknown."""
    rows = connection.execute(
        select(deliveries)
        .where(deliveries.c.status == "loaded")
        .order_by(deliveries.c.recorded_at, *(deliveries.c[name] for name in _PLACE))
    ).mappings()
    found = [
        {
            "load_no": number,
            "files": row["files"],
            "loaded_at": row["recorded_at"],
            **{name: row[name] for name in _PLACE},
        }
        for number, row in enumerate(rows, start=1)
    ]
    if found:
        connection.execute(insert(loads), found)

"""Which accepted files each interval of a raw table holds, noted beside the rows on PostgreSQL.

A database that was restored from an older backup thereby says itself what it lacks.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import psycopg2.extensions as pgx

from rapport import clock
from rapport.warehouses.base import Loads, names

TABLE = "raw._loads"


def held(cursor: pgx.cursor) -> Loads | None:
    """What the raw tables hold; None where nobody has kept account yet."""
    if not _is_there(cursor):
        return None
    cursor.execute(
        f"select raw_table, source, interval_start, interval_end, files from {TABLE} "
        "where cardinality(files) > 0"
    )
    return {
        (table, source, start.replace(tzinfo=UTC), end.replace(tzinfo=UTC)): files
        for table, source, start, end, files in cursor
    }


def adopt(cursor: pgx.cursor, loads: Loads) -> None:
    """Begin to keep account, with what is loaded now."""
    cursor.execute(
        f"create table {TABLE} (raw_table text, source text, interval_start timestamp, "
        "interval_end timestamp, files text[] not null, "
        "primary key (raw_table, source, interval_start, interval_end))"
    )
    for place, files in loads.items():
        note(cursor, *place, files)


def note(
    cursor: pgx.cursor,
    table: str,
    source: str,
    start: datetime,
    end: datetime,
    files: Sequence[str],
) -> None:
    """Note what an interval holds from now on, where account is kept."""
    if _is_there(cursor):
        cursor.execute(
            f"insert into {TABLE} values (%s, %s, %s, %s, %s) on conflict "
            "(raw_table, source, interval_start, interval_end) "
            "do update set files = excluded.files",
            [
                table,
                source,
                *map(clock.naive, (start, end)),
                names(files),
            ],
        )


def _is_there(cursor: pgx.cursor) -> bool:
    cursor.execute("select to_regclass(%s) is not null", [TABLE])
    row = cursor.fetchone()
    return bool(row and row[0])

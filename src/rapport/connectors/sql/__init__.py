"""Tables, views and queries of a relational database, streamed as text into Parquet.

Every value lands as the text that the gate casts, and the database writes that text itself where
its driver would lose something: numbers keep all their digits, times with a zone are given in UTC,
bytes are hexadecimal, arrays and composite values JSON, and what no type of ours can hold
(`infinity`, `0000-00-00`) comes as it is, for the gate to judge.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy as sa

from rapport.company import Entity
from rapport.connectors.sql.check import check
from rapport.connectors.sql.databases import Database, opened
from rapport.connectors.sql.discover import discover
from rapport.connectors.sql.statements import Statements
from rapport.errors import RapportError
from rapport.landing.zone import Delivery, Interval

__all__ = ["check", "discover", "fetch"]


def fetch(
    connection: dict[str, Any], entity: Entity, interval: Interval, delivery: Delivery
) -> None:
    """Fetch the rows whose cursor lies in the interval, or all rows where there is no cursor.

    `connection.url` is a SQLAlchemy URL. All is read in one read-only snapshot, a bounded batch at
    a time, ordered by the key, so that the same rows always land as the same file. Options of
    `fetch` are described in docs/systems/sql.md.

    Raises:
        RapportError: `source-down`, `source-unauthorised`, `source-forbidden`, `table-missing`,
            `column-missing`, `cursor-empty`, `query-invalid`, `driver-missing`; nothing landed.
    """
    where = str(interval)
    with opened(connection, where) as database, database.snapshot(entity, where):
        statements = Statements(database, entity, interval.start, interval.end, where)
        if entity.cursor and delivery.limit is None:
            _refuse_empty_cursors(database, statements, where)
        rows = statements.rows(delivery.limit)
        columns = [column.name for column in statements.columns]
        with (
            delivery.file("part-00000.parquet", "parquet") as file,
            closing(_written(database, rows, columns, file)) as batches,
        ):
            for written in batches:
                delivery.rows += written
                if delivery.is_full:
                    break
        if entity.deletes == "compare" and entity.cursor and delivery.limit is None:
            with delivery.file("keys.parquet", "keys") as file:
                for _ in _written(database, statements.keys(), entity.key, file):
                    pass
    delivery.columns = columns
    delivery.cursor = entity.cursor


def _written(
    database: Database, statement: sa.Select[Any], columns: list[str], file: Any
) -> Generator[int, None, None]:
    """Write a statement's rows as Parquet, a row group a batch; yields the rows of each."""
    schema = pa.schema([(column, pa.string()) for column in columns])
    # Without dictionaries it is faster to write, and with zstd no larger.
    with pq.ParquetWriter(file, schema, compression="zstd", use_dictionary=False) as writer:
        for batch in database.batches(statement):
            writer.write_table(pa.Table.from_arrays(batch.columns, schema=schema))
            yield len(batch)


def _refuse_empty_cursors(database: Database, statements: Statements, where: str) -> None:
    """A row that lies in no interval would never be fetched, and nobody would know."""
    count = statements.count_in_no_interval()
    if count is None or not (found := database.number(count)):
        return
    raise RapportError(
        "cursor-empty",
        f"{found} rows have no time in {statements.cursor_names}: no interval would fetch them",
        where,
        "name a column that is filled where the cursor is not (`fetch.cursor_else`, often the "
        "time of creation), or have such rows fetched with every interval "
        "(`fetch.cursor_empty: always`)",
    )

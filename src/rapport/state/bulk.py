"""Many rows in and out of the state store, inside the caller's transaction.

PostgreSQL takes them by COPY, SQLite by its own driver: a first build writes millions of rows,
for which a statement a row, or a dictionary a row, would take minutes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
from sqlalchemy import BigInteger, Column, Connection, Float, Integer, MetaData, Table

from rapport.warehouses import pg_copy

CHUNK_ROWS = 100_000


def read(connection: Connection, table: Table) -> pa.Table:
    """A whole table as Arrow: whole numbers int64, all else text."""
    return _read(connection, table, "")


def read_keys(connection: Connection, table: Table, keys: pa.Array) -> pa.Table:
    """The rows with these values of the first column of the primary key."""
    (key, *_) = table.primary_key
    asked = Table(f"asked_{table.name}", MetaData(), Column("asked", key.type))
    connection.exec_driver_sql(f"create temp table {asked.name} (asked text primary key)")
    append(connection, asked, pa.table({"asked": keys}))
    found = _read(connection, table, f" where {key.name} in (select asked from {asked.name})")
    connection.exec_driver_sql(f"drop table {asked.name}")
    return found


def append(connection: Connection, table: Table, rows: pa.Table) -> None:
    """Insert rows whose keys are new; columns by name."""
    _insert(connection, table.name, rows, "insert")


def replace(connection: Connection, table: Table, rows: pa.Table) -> None:
    """Insert rows, or put them in the place of those with the same primary key.

    Args:
        rows: all columns of the table, by name; distinct keys.
    """
    if connection.dialect.name != "postgresql":
        _insert(connection, table.name, rows, "insert or replace")
        return
    staged = f"replaced_{table.name}"
    names = ", ".join(rows.column_names)
    same = " and ".join(f"t.{column.name} = s.{column.name}" for column in table.primary_key)
    run = connection.exec_driver_sql
    run(f"create temp table {staged} (like {table.name}) on commit drop")
    _insert(connection, staged, rows, "insert")
    run(f"analyze {staged}")
    run(f"delete from {table.name} as t using {staged} as s where {same}")
    run(f"insert into {table.name} ({names}) select {names} from {staged}")
    run(f"drop table {staged}")


def _read(connection: Connection, table: Table, where: str) -> pa.Table:
    kinds = pa.schema([(column.name, _kind(column.type)) for column in table.columns])
    listed = ", ".join(kinds.names)
    statement = f"select {listed} from {table.name}{where}"
    if connection.dialect.name == "postgresql":
        return pg_copy.copy_out(_cursor(connection), statement).cast(kinds)
    cursor = _cursor(connection).execute(statement)
    batches = []
    while rows := cursor.fetchmany(CHUNK_ROWS):
        columns = [
            pa.array(values, field.type)
            for values, field in zip(zip(*rows, strict=True), kinds, strict=True)
        ]
        batches.append(pa.record_batch(columns, schema=kinds))
    return pa.Table.from_batches(batches, schema=kinds)


def _insert(connection: Connection, target: str, rows: pa.Table, verb: str) -> None:
    if not len(rows):
        return
    batches = rows.to_batches(max_chunksize=CHUNK_ROWS)
    if connection.dialect.name == "postgresql":
        pg_copy.copy_in(_cursor(connection), target, iter(batches))
        return
    places = ", ".join("?" * len(rows.column_names))
    statement = f"{verb} into {target} ({', '.join(rows.column_names)}) values ({places})"
    cursor = _cursor(connection)
    for batch in batches:
        cursor.executemany(statement, _tuples(batch))


def _tuples(batch: pa.RecordBatch) -> Iterator[Sequence[Any]]:
    return zip(*(column.to_pylist() for column in batch.columns), strict=True)


def _cursor(connection: Connection) -> Any:
    """The driver's cursor, in the transaction that SQLAlchemy has begun."""
    return connection.connection.cursor()


def _kind(kind: Any) -> pa.DataType:
    if isinstance(kind, BigInteger | Integer):
        return pa.int64()
    return pa.float64() if isinstance(kind, Float) else pa.string()

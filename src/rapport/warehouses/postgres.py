"""The server warehouse: PostgreSQL, raw as tables filled by COPY one interval at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import fsspec
import psycopg2
import psycopg2.errors
import psycopg2.extensions
import pyarrow as pa
import pyarrow.parquet as pq

from rapport import clock
from rapport.errors import RapportError
from rapport.landing.types import ARROW_TYPES
from rapport.warehouses import pg_copy, pg_loads
from rapport.warehouses.base import (
    Loads,
    MartsReader,
    RawTable,
    Warehouse,
    mask,
    normalise_arrow,
    quote,
)

SQL_TYPES = {
    "text": "text",
    "integer": "bigint",
    "decimal": "numeric(18,4)",
    "double": "double precision",
    "boolean": "boolean",
    "date": "date",
    "timestamp": "timestamp without time zone",
}
BATCH_ROWS = 100_000


class PostgresWarehouse(Warehouse):
    """One PostgreSQL database: schemas raw, staging, ..., candidate, marts."""

    engine = "postgres"

    def __init__(self, url: str, read_only: bool = False) -> None:
        self.url, self.read_only = url, read_only
        self._connection: psycopg2.extensions.connection | None = None

    @property
    def connection(self) -> psycopg2.extensions.connection:
        """The open connection."""
        if self._connection is None:
            self.connect()
        assert self._connection is not None
        return self._connection

    def connect(self) -> None:
        if self._connection is None:
            self._connection = connect(self.url)
            self._connection.set_session(readonly=self.read_only)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    @contextmanager
    def transaction(self) -> Iterator[psycopg2.extensions.cursor]:
        """One transaction with its cursor: committed at the end, rolled back on an exception."""
        with self.connection, self.connection.cursor() as cursor:
            yield cursor

    def refresh_raw(self, tables: Sequence[RawTable], schema: str = "raw") -> None:
        with self.transaction() as cursor:
            create_schema(cursor, schema)
            for raw in tables:
                if schema == "raw":
                    self._stand(cursor, raw)
                else:
                    self._fill(cursor, raw, schema)

    def _fill(self, cursor: psycopg2.extensions.cursor, raw: RawTable, schema: str) -> None:
        """Make a table of the rows of the files; the views on what stood there go with it."""
        table = f"{quote(schema)}.{quote(raw.name)}"
        columns = ", ".join(
            f"{quote(name)} {SQL_TYPES[kind]}" for name, kind in raw.all_columns.items()
        )
        cursor.execute(f"drop table if exists {table} cascade")
        cursor.execute(f"create table {table} ({columns})")
        for file in raw.files:
            pg_copy.copy_in(cursor, table, _typed(file, raw.all_columns, {}))
        cursor.execute(f"analyze {table}")

    def _stand(self, cursor: psycopg2.extensions.cursor, raw: RawTable) -> None:
        """Create the raw table, or add to the standing one the columns that came new.

        One that is created holds all that is loaded: the database may be another than before.
        """
        # Every loader of a new source may come here first; one at a time creates.
        cursor.execute("select pg_advisory_xact_lock(hashtext(%s))", [f"raw.{raw.name}"])
        standing = table_columns(cursor, "raw", raw.name)
        wanted = {name: SQL_TYPES[kind] for name, kind in raw.all_columns.items()}
        table = f"raw.{quote(raw.name)}"
        if not standing:
            columns = ", ".join(f"{quote(name)} {kind}" for name, kind in wanted.items())
            cursor.execute(f"create table {table} ({columns})")
            cursor.execute(f"create index on {table} (_interval_start, _interval_end)")
            for file in raw.files:
                pg_copy.copy_in(cursor, table, _typed(file, raw.all_columns, {}))
            return
        for name, kind in wanted.items():
            if name not in standing:
                cursor.execute(f"alter table {table} add column {quote(name)} {kind}")
            elif standing[name] != kind:
                raise RapportError(
                    "raw-column-changed",
                    f"Column {name} is {standing[name]} in the warehouse and {kind} in the "
                    "entity's description",
                    table,
                    f"drop table {table} and load its intervals again from the landing zone, "
                    "or give the column back its former type",
                )

    def load_interval(
        self,
        raw: RawTable,
        source: str,
        interval_start: datetime,
        interval_end: datetime,
        files: Sequence[str],
        load_id: str,
    ) -> int:
        loaded = 0
        with self.transaction() as cursor:
            create_schema(cursor, "raw")
            self._stand(cursor, raw)
            cursor.execute(
                f"delete from raw.{quote(raw.name)} "
                "where _source = %s and _interval_start = %s and _interval_end = %s",
                [source, clock.naive(interval_start), clock.naive(interval_end)],
            )
            fixed = {
                "_source": source,
                "_interval_start": clock.naive(interval_start),
                "_interval_end": clock.naive(interval_end),
                "_load_id": load_id,
            }
            for file in files:
                loaded += pg_copy.copy_in(
                    cursor, f"raw.{quote(raw.name)}", _typed(file, raw.all_columns, fixed)
                )
            pg_loads.note(cursor, raw.name, source, interval_start, interval_end, files)
        return loaded

    def loaded_files(self, wanted: Loads) -> Loads:
        with self.transaction() as cursor:
            held = pg_loads.held(cursor)
            if held is None:
                pg_loads.adopt(cursor, wanted)
        return wanted if held is None else held

    def write(self, schema: str, table: str, data: pa.Table) -> None:
        data = normalise_arrow(data)
        target = f"{quote(schema)}.{quote(table)}"
        wanted = {field.name: pg_copy.sql_type(field.type) for field in data.schema}
        with self.transaction() as cursor:
            create_schema(cursor, schema)
            if table_columns(cursor, schema, table) == wanted:
                cursor.execute(f"truncate {target}")  # leaves the views that hang on it alone
            else:
                cursor.execute(f"drop table if exists {target} cascade")
                columns = ", ".join(f"{quote(name)} {kind}" for name, kind in wanted.items())
                cursor.execute(f"create table {target} ({columns})")
            pg_copy.copy_in(cursor, target, iter(data.to_batches(max_chunksize=BATCH_ROWS)))
            cursor.execute(f"analyze {target}")

    def patch(self, schema: str, table: str, key: str, gone: pa.Array, data: pa.Table) -> None:
        target = f"{quote(schema)}.{quote(table)}"
        values = normalise_arrow(pa.table({"gone": gone}))
        data = normalise_arrow(data)
        with self.transaction() as cursor:
            kind = pg_copy.sql_type(values.schema.field("gone").type)
            cursor.execute(f"create temp table gone (gone {kind}) on commit drop")
            pg_copy.copy_in(cursor, "gone", iter(values.to_batches(max_chunksize=BATCH_ROWS)))
            cursor.execute(f"delete from {target} using gone where {quote(key)} = gone.gone")
            pg_copy.copy_in(cursor, target, iter(data.to_batches(max_chunksize=BATCH_ROWS)))

    def read(self, sql: str, params: Sequence[Any] = ()) -> pa.Table:
        with self.transaction() as cursor:
            return pg_copy.copy_out(cursor, sql, params)

    def execute(self, sql: str, params: Sequence[Any] = ()) -> None:
        with self.transaction() as cursor:
            cursor.execute(*pg_copy.bind(sql, params))

    def columns(self, schema: str, table: str) -> dict[str, str]:
        with self.transaction() as cursor:
            return table_columns(cursor, schema, table)

    def tables(self, schema: str) -> list[str]:
        with self.transaction() as cursor:
            return tables(cursor, schema)


class PostgresMarts(MartsReader):
    """Schema `marts` in one REPEATABLE READ transaction: its snapshot is taken on opening."""

    def __init__(self, url: str) -> None:
        self._connection = connect(url)
        self._connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
        self._cursor = self._connection.cursor()
        if not table_columns(self._cursor, "marts", "ops_publication"):
            self.close()
            raise RapportError(
                "marts-missing",
                "Nothing has been published yet",
                "schema marts",
                "run `rapport build`, or wait for the DAG build_customers to publish",
            )

    def arrow(self, sql: str, params: Sequence[Any] = ()) -> pa.Table:
        return pg_copy.copy_out(self._cursor, sql, params)

    def tables(self) -> list[str]:
        return tables(self._cursor, "marts")

    def close(self) -> None:
        self._connection.close()


def connect(url: str) -> psycopg2.extensions.connection:
    """Open a connection in UTC.

    Raises:
        RapportError: `warehouse-unreachable`; the password never appears in it.
    """
    plain = url.replace("postgresql+psycopg2://", "postgresql://", 1)
    try:
        return psycopg2.connect(
            plain,
            connect_timeout=10,
            application_name="rapport",
            options="-c timezone=UTC -c datestyle=ISO -c extra_float_digits=1",
        )
    except psycopg2.OperationalError as error:
        raise RapportError(
            "warehouse-unreachable",
            f"PostgreSQL does not let us in: {mask(str(error).strip(), plain)}",
            mask(plain, plain),
            "check that the server runs and that RAPPORT_WAREHOUSE names host, port, database, "
            "user and password rightly",
        ) from None


def create_schema(cursor: psycopg2.extensions.cursor, schema: str) -> None:
    """Create a schema unless it stands; several processes may ask at the same moment."""
    cursor.execute("select 1 from pg_namespace where nspname = %s", [schema])
    if cursor.fetchone() is None:
        # `create schema if not exists` alone fails when two sessions create it together.
        cursor.execute("select pg_advisory_xact_lock(hashtext(%s))", [f"schema {schema}"])
        cursor.execute(f"create schema if not exists {quote(schema)}")


def tables(cursor: psycopg2.extensions.cursor, schema: str) -> list[str]:
    """Tables and views of a schema, sorted by bytes."""
    cursor.execute(
        "select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace "
        "where n.nspname = %s and c.relkind in ('r', 'p', 'v', 'm')",
        [schema],
    )
    return sorted(name for (name,) in cursor.fetchall())


def table_columns(cursor: psycopg2.extensions.cursor, schema: str, table: str) -> dict[str, str]:
    """Columns in their order, with types as Postgres writes them (`numeric(18,4)`)."""
    cursor.execute(
        "select a.attname, format_type(a.atttypid, a.atttypmod) from pg_attribute a "
        "join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace "
        "where n.nspname = %s and c.relname = %s and a.attnum > 0 and not a.attisdropped "
        "order by a.attnum",
        [schema, table],
    )
    return dict(cursor.fetchall())


def _typed(file: str, columns: dict[str, str], fixed: dict[str, Any]) -> Iterator[pa.RecordBatch]:
    """Batches of a Parquet file with exactly `columns`; absent ones are null or as `fixed`."""
    schema = pa.schema([(name, ARROW_TYPES[kind]) for name, kind in columns.items()])
    with fsspec.open(file, "rb") as stream:
        for batch in pq.ParquetFile(stream).iter_batches(batch_size=BATCH_ROWS):
            arrays = []
            for field in schema:
                if field.name in batch.schema.names:
                    arrays.append(batch.column(field.name).cast(field.type))
                else:
                    value = pa.scalar(fixed.get(field.name), field.type)
                    arrays.append(pa.repeat(value, len(batch)))
            yield pa.RecordBatch.from_arrays(arrays, schema=schema)

"""The embedded warehouse: one private DuckDB file, raw as views over the landing zone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import fsspec
import pyarrow as pa

from rapport.errors import RapportError
from rapport.warehouses.base import (
    MartsReader,
    RawTable,
    Warehouse,
    literal,
    normalise_arrow,
    quote,
)

SQL_TYPES = {
    "text": "VARCHAR",
    "integer": "BIGINT",
    "decimal": "DECIMAL(18,4)",
    "double": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
}
_LOCK_HOLDER = re.compile(r"held in (.*?)\s*\(PID (\d+)\)")


class DuckDBWarehouse(Warehouse):
    """A DuckDB file that one process at a time may open."""

    engine = "duckdb"

    def __init__(self, path: Path, read_only: bool = False) -> None:
        self.path, self.read_only = path, read_only
        self._connection: duckdb.DuckDBPyConnection | None = None

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The open connection."""
        if self._connection is None:
            self.connect()
        assert self._connection is not None
        return self._connection

    def connect(self) -> None:
        if self._connection is None:
            if self.read_only and not self.path.exists():
                self._connection = duckdb.connect(":memory:")
                return
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = connect(self.path, self.read_only)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def refresh_raw(self, tables: Sequence[RawTable], schema: str = "raw") -> None:
        self._register_filesystems(file for raw in tables for file in raw.files)
        self.connection.execute(f"create schema if not exists {quote(schema)}")
        for raw in tables:
            view = f"{quote(schema)}.{quote(raw.name)}"
            self.connection.execute(f"create or replace view {view} as {self._raw_select(raw)}")

    def _raw_select(self, raw: RawTable) -> str:
        wanted = {name: SQL_TYPES[kind] for name, kind in raw.all_columns.items()}
        if not raw.files:
            columns = ", ".join(f"null::{kind} as {quote(name)}" for name, kind in wanted.items())
            return f"select {columns} where false"
        files = ", ".join(literal(file) for file in raw.files)
        scan = f"read_parquet([{files}], union_by_name = true)"
        found = {
            name: kind
            for name, kind, *_ in self.connection.execute(f"describe from {scan}").fetchall()
        }
        columns = ", ".join(
            _as_type(quote(name), kind, found.get(name)) for name, kind in wanted.items()
        )
        return f"select {columns} from {scan}"

    def _register_filesystems(self, files: Iterable[str]) -> None:
        """Teach this connection the object stores that the files lie in."""
        for protocol in sorted({file.split("://", 1)[0] for file in files if "://" in file}):
            if protocol != "file" and not self.connection.filesystem_is_registered(protocol):
                self.connection.register_filesystem(fsspec.filesystem(protocol))

    def load_interval(
        self,
        raw: RawTable,
        source: str,
        interval_start: datetime,
        interval_end: datetime,
        files: Sequence[str],
        load_id: str,
    ) -> int:
        return 0  # the views of `refresh_raw` read the accepted files where they lie

    def write(self, schema: str, table: str, data: pa.Table) -> None:
        connection = self.connection
        connection.register("_arrow_to_write", normalise_arrow(data))
        try:
            connection.execute("begin")
            connection.execute(f"create schema if not exists {quote(schema)}")
            connection.execute(
                f"create or replace table {quote(schema)}.{quote(table)} as from _arrow_to_write"
            )
            connection.execute("commit")
        except BaseException:
            connection.execute("rollback")
            raise
        finally:
            connection.unregister("_arrow_to_write")

    def patch(self, schema: str, table: str, key: str, gone: pa.Array, data: pa.Table) -> None:
        connection, target = self.connection, f"{quote(schema)}.{quote(table)}"
        connection.register("_arrow_to_write", normalise_arrow(data))
        connection.register("_arrow_gone", pa.table({"gone": gone}))
        try:
            connection.execute("begin")
            connection.execute(f"delete from {target} where {quote(key)} in (from _arrow_gone)")
            connection.execute(f"insert into {target} by name from _arrow_to_write")
            connection.execute("commit")
        except BaseException:
            connection.execute("rollback")
            raise
        finally:
            connection.unregister("_arrow_to_write")
            connection.unregister("_arrow_gone")

    def read(self, sql: str, params: Sequence[Any] = ()) -> pa.Table:
        return fetch(self.connection, sql, params)

    def execute(self, sql: str, params: Sequence[Any] = ()) -> None:
        self.connection.execute(sql, list(params))

    def columns(self, schema: str, table: str) -> dict[str, str]:
        rows = self.connection.execute(
            "select column_name, data_type from duckdb_columns() where database_name = "
            "current_database() and schema_name = ? and table_name = ? order by column_index",
            [schema, table],
        ).fetchall()
        return dict(rows)

    def tables(self, schema: str) -> list[str]:
        rows = self.connection.execute(
            "select table_name from information_schema.tables where table_catalog = "
            "current_database() and table_schema = ? order by 1",
            [schema],
        ).fetchall()
        return sorted(name for (name,) in rows)


class DuckDBMarts(MartsReader):
    """The published file, read-only.

    Its tables stand in the file's default schema: opened by whatever client, the file
    `marts.duckdb` is a catalog called `marts`, so that `marts.<table>` means the same on every
    engine. (A schema `marts` inside it would make that name ambiguous: DuckDB refuses it.)
    """

    def __init__(self, path: Path) -> None:
        if not path.exists():
            raise RapportError(
                "marts-missing",
                "Nothing has been published yet",
                str(path),
                "run `rapport build`, or wait for the DAG build_customers to publish",
            )
        self._connection = duckdb.connect(":memory:")
        self._connection.execute("set TimeZone = 'UTC'")
        try:
            self._connection.execute(f"attach {literal(str(path))} as marts (read_only)")
        except duckdb.Error as error:
            self._connection.close()
            raise _explained(error, path) from None

    def arrow(self, sql: str, params: Sequence[Any] = ()) -> pa.Table:
        return fetch(self._connection, sql, params)

    def tables(self) -> list[str]:
        rows = self._connection.execute(
            "select table_name from duckdb_tables() where database_name = 'marts'"
        ).fetchall()
        return sorted(name for (name,) in rows)

    def close(self) -> None:
        self._connection.close()


def connect(path: Path, read_only: bool = False) -> duckdb.DuckDBPyConnection:
    """Open a DuckDB file.

    Raises:
        RapportError: `warehouse-locked` when another process has it, `warehouse-unreadable`.
    """
    try:
        connection = duckdb.connect(str(path), read_only=read_only)
    except duckdb.Error as error:
        raise _explained(error, path) from None
    connection.execute("set TimeZone = 'UTC'")
    return connection


def fetch(connection: duckdb.DuckDBPyConnection, sql: str, params: Sequence[Any]) -> pa.Table:
    """Run a query and give its rows as Arrow in the types that all engines share."""
    table = connection.execute(sql, list(params)).fetch_arrow_table()
    return normalise_arrow(table)


def count(connection: duckdb.DuckDBPyConnection, relation: str) -> int:
    """Rows of a table, of a part of it (`t where ...`), or of a query in brackets."""
    return int(connection.execute(f"select count(*) from {relation}").fetchall()[0][0])


def _as_type(column: str, wanted: str, found: str | None) -> str:
    if found is None:
        return f"null::{wanted} as {column}"
    return column if found == wanted else f"cast({column} as {wanted}) as {column}"


def _explained(error: duckdb.Error, path: Path) -> RapportError:
    holder = _LOCK_HOLDER.search(str(error))
    if holder or "Could not set lock" in str(error):
        who = f" by process {holder[2]} ({Path(holder[1]).name})" if holder else ""
        return RapportError(
            "warehouse-locked",
            f"The DuckDB file is open{who}, and DuckDB admits one process at a time",
            str(path),
            "wait for that process to end or close the client that has the file open; people "
            "and BI tools should open marts.duckdb read-only, never the private warehouse",
        )
    if "different configuration" in str(error):
        return RapportError(
            "warehouse-locked",
            "This process has the DuckDB file open already, with other options",
            str(path),
            "close that connection first",
        )
    return RapportError(
        "warehouse-unreadable",
        f"The DuckDB file cannot be opened: {error}",
        str(path),
        "check disk space and permissions; the private warehouse can be removed and built anew "
        "from the landing zone by `rapport build`",
    )

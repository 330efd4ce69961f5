"""SQLite by ADBC: types of values, not of columns, and text that is not always what it says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import adbc_driver_sqlite.dbapi as adbc
import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from rapport.connectors.sql import databases
from rapport.connectors.sql.databases import Database, Found
from rapport.errors import RapportError

READ_ROWS = 1_000  # at a time, however long they are
SMALL = 1_000_000_000  # up to it, a double's text is that of the same whole number
WHOLE, FLOATING, TEXT, MIXED = "whole", "floating", "text", "mixed"
# By the alphabetically first and last name of the types that a column's first values have.
_KINDS = {
    ("integer", "integer"): WHOLE,
    ("integer", "real"): FLOATING,
    ("real", "real"): FLOATING,
    ("text", "text"): TEXT,
}
# The driver refuses numbers in binary columns, text in those of numbers, fractions in whole ones.
_TYPES = {
    WHOLE: [pa.int64()],
    FLOATING: [pa.float64()],
    TEXT: [pa.binary()],
    MIXED: [pa.string(), pa.float64()],
}
_OF_TYPE = {pa.int64(): "0", pa.float64(): "0.0", pa.binary(): "x''", pa.string(): "''"}


class SQLite(Database):
    """A file, read only, in one transaction; SQLAlchemy is asked for descriptions only."""

    has_times = False

    def __init__(self, url: sa.URL) -> None:
        super().__init__(url)
        self._adbc: Any = None

    def connect_args(self) -> dict[str, Any]:
        path = Path(self.url.database or "")
        if (
            not str(path).startswith("file:") and not path.is_file()
        ):  # SQLite would make an empty one
            raise RapportError(
                "source-down",
                f"There is no database file {path.name}",
                str(path.parent),
                "correct the path in `connection.url`, or have the file put there",
            )
        return {}

    def prepare(self, session: sa.Connection) -> None:
        session.exec_driver_sql("pragma query_only = on")

    def end(self) -> None:
        if self._adbc is not None:
            self._adbc.close()
            self._adbc = None
        super().end()

    def found(self, name: str, declared: sa.types.TypeEngine[Any]) -> Found:
        found = super().found(name, declared)
        return replace(found, kind="text") if found.kind in ("date", "timestamp") else found

    @property
    def reader(self) -> Any:
        """The connection that reads, in the snapshot's transaction.

        It has an SQLite of its own. Only one may have the file open at a time: to the system the
        locks of both are the same, and what one of them unlocks the other believes to hold.
        """
        if self._adbc is None:
            path = self.session.exec_driver_sql("pragma database_list").all()[0][2]
            self.session.close()
            self.engine.dispose()
            self._session = None
            self._adbc = adbc.connect(f"{Path(path).as_uri()}?mode=rw")
            with self._adbc.cursor() as cursor:
                cursor.execute("pragma query_only = on")
                cursor.execute("pragma busy_timeout = 5000")
        return self._adbc

    def number(self, statement: sa.Select[Any]) -> int:
        with self.reader.cursor() as cursor:
            cursor.execute(self.sql(statement))
            return int(cursor.fetchone()[0])

    def batches(self, statement: sa.Select[Any]) -> Iterator[pa.Table]:
        kinds, done = self._kinds(statement), 0
        try:
            for batch in self._texts(statement, kinds):
                yield batch
                done += len(batch)
        except (_UnexpectedValue, sa.exc.DBAPIError):  # an error of another cause comes again
            # From here on every column is read as mixed; the snapshot gives the same rows.
            for batch in self._texts(statement, dict.fromkeys(kinds, MIXED)):
                if len(batch) > done:
                    yield batch.slice(done)
                done = max(0, done - len(batch))

    def _kinds(self, statement: sa.Select[Any]) -> dict[str, str]:
        """What the values of each column likely are, by those of its first rows.

        Of a query, which may be costly, that is not asked.
        """
        names = [column.name for column in statement.selected_columns]
        if isinstance(statement.get_final_froms()[0], sa.Subquery):
            return dict.fromkeys(names, MIXED)
        # The first in order: the same rows are always read the same way, into the same batches.
        first = statement.limit(READ_ROWS).subquery()
        types = [sa.func.nullif(sa.func.typeof(column), "null") for column in first.c]
        ends = [end(type_) for type_ in types for end in (sa.func.min, sa.func.max)]
        with self.reader.cursor() as cursor:
            cursor.execute("pragma encoding")
            if cursor.fetchone()[0] != "UTF-8":  # binary columns would be in that one
                return dict.fromkeys(names, MIXED)
            cursor.execute(self.sql(sa.select(*ends)))
            found = cursor.fetchone()
        return {
            name: _KINDS.get(pair, MIXED)
            for name, pair in zip(names, zip(found[::2], found[1::2], strict=True), strict=True)
        }

    def _texts(self, statement: sa.Select[Any], kinds: dict[str, str]) -> Iterator[pa.Table]:
        """Batches of the rows as text."""
        parts: list[pa.RecordBatch] = []
        rows = size = 0
        for read in self._read(statement, kinds):
            parts.append(read)
            rows, size = rows + len(read), size + read.nbytes
            if rows >= databases.MOST_ROWS or size >= databases.BATCH_BYTES:
                yield _text_of(parts, kinds)
                parts, rows, size = [], 0, 0
        if rows:
            yield _text_of(parts, kinds)

    def _read(self, statement: sa.Select[Any], kinds: dict[str, str]) -> Iterator[pa.RecordBatch]:
        """The rows, a mixed column as two: its floating-point numbers, and all else as text."""
        columns: list[sa.ColumnElement[Any]] = []
        for column in statement.selected_columns:
            columns += _mixed(column) if kinds[column.name] == MIXED else [column]
        texts = (column for column in statement.selected_columns if kinds[column.name] == TEXT)
        is_blob = sa.or_(sa.false(), *(column >= sa.literal_column("x''") for column in texts))
        rows = statement.with_only_columns(*columns, is_blob)
        if rows._limit_clause is None:
            rows = rows.limit(-1)  # the order of a part without limit would be free
        # The driver takes a column's type from its first values, which may all be null.
        types = [type_ for kind in kinds.values() for type_ in _TYPES[kind]] + [pa.int64()]
        first = ", ".join(_OF_TYPE[type_] for type_ in types)
        with self.reader.cursor() as cursor:
            cursor.adbc_statement.set_options(**{"adbc.sqlite.query.batch_rows": str(READ_ROWS)})
            cursor.execute(f"select {first} union all select * from ({self.sql(rows)})")
            reader, skipped = cursor.fetch_record_batch(), 1
            if reader.schema.types != types:
                raise _UnexpectedValue
            for batch in databases.streamed(reader):
                if pc.max(batch.columns[-1]).as_py():
                    raise _UnexpectedValue
                yield batch.slice(skipped)
                skipped = 0


class _UnexpectedValue(Exception):
    """A column holds another kind of value than its first rows do, or bytes that are no UTF-8."""


def _mixed(column: sa.ColumnElement[Any]) -> list[sa.ColumnElement[Any]]:
    """A column in two: its floating-point numbers as they are, all else as text."""
    is_real, is_blob = (sa.func.typeof(column) == name for name in ("real", "blob"))
    hexadecimal = sa.func.lower(sa.func.hex(column))
    others = sa.case((is_real, None), (is_blob, hexadecimal), else_=column)
    return [others, sa.case((is_real, column))]


def _text_of(parts: list[pa.RecordBatch], kinds: dict[str, str]) -> pa.Table:
    columns = iter(pa.Table.from_batches(parts).columns)
    return pa.table({name: _text(kind, columns) for name, kind in kinds.items()})


def _text(kind: str, columns: Iterator[pa.ChunkedArray]) -> pa.ChunkedArray:
    """A column as text; bytes that are no UTF-8 visibly (`\\xe9`)."""
    found = next(columns)
    if kind == FLOATING and (pc.max(pc.abs(found)).as_py() or 0) > SMALL:
        raise _UnexpectedValue
    if kind in (WHOLE, FLOATING):
        return found.cast(pa.string())
    found = found.cast(pa.binary())  # what the driver calls a string it has not looked at
    try:
        texts = found.cast(pa.string())
    except pa.ArrowInvalid:
        if kind == TEXT:
            raise _UnexpectedValue from None
        visible = (
            value if value is None else value.decode("utf-8", "backslashreplace")
            for value in found.to_pylist()
        )
        texts = pa.chunked_array([list(visible)], pa.string())
    return texts if kind == TEXT else pc.coalesce(texts, next(columns).cast(pa.string()))

"""Arrow in and out of PostgreSQL by COPY, a batch at a time."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from typing import Any

import psycopg2
import psycopg2.extensions
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from rapport.warehouses.base import normalise_arrow

_PLACEHOLDERS = re.compile(r"('(?:[^']|'')*')|(\?)|(%)")
_WRITE = pacsv.WriteOptions(include_header=False)
_ARROW_BY_OID = {
    16: pa.bool_(),
    20: pa.int64(),
    21: pa.int64(),
    23: pa.int64(),
    700: pa.float64(),
    701: pa.float64(),
    1082: pa.date32(),
    1114: pa.timestamp("us"),
    1184: pa.timestamp("us", tz="UTC"),
}
_NUMERIC = 1700


def bind(sql: str, params: Sequence[Any]) -> tuple[str, Sequence[Any] | None]:
    """Statement and parameters as psycopg2 takes them, from the `?` of all engines."""
    if not params:
        return sql, None

    def translate(found: re.Match[str]) -> str:
        if found[1]:
            return found[1].replace("%", "%%")
        return "%s" if found[2] else "%%"

    return _PLACEHOLDERS.sub(translate, sql), list(params)


def sql_type(kind: pa.DataType) -> str:
    """The Postgres type of an Arrow type, spelled as `format_type` spells it."""
    if pa.types.is_decimal(kind):
        return f"numeric({kind.precision},{kind.scale})"
    for test, name in (
        (pa.types.is_integer, "bigint"),
        (pa.types.is_floating, "double precision"),
        (pa.types.is_boolean, "boolean"),
        (pa.types.is_date, "date"),
        (pa.types.is_timestamp, "timestamp without time zone"),
    ):
        if test(kind):
            return name
    return "text"


class _Feed(io.RawIOBase):
    """CSV of record batches as the readable file that COPY asks for; one batch in memory."""

    def __init__(self, batches: Iterator[pa.RecordBatch]) -> None:
        self.batches, self.rows, self.rest = batches, 0, memoryview(b"")
        self.error: Exception | None = None

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        while not self.rest:
            try:
                batch = next(self.batches, None)
                if batch is None:
                    return b""
                self.rows += len(batch)
                self.rest = memoryview(_csv(batch))
            except Exception as error:
                self.error = error  # psycopg2 would reduce it to a text
                raise
        piece = self.rest if size < 0 else self.rest[:size]
        self.rest = self.rest[len(piece) :]
        return bytes(piece)


def _csv(batch: pa.RecordBatch) -> bytes:
    sink = pa.BufferOutputStream()
    # Arrow quotes every text and leaves nulls bare, which is how COPY tells '' from null.
    pacsv.write_csv(batch, sink, _WRITE)
    data: bytes = sink.getvalue().to_pybytes()
    # Postgres text cannot hold the zero byte; dropping it loses nothing that could be read.
    return data.replace(b"\x00", b"") if b"\x00" in data else data


def copy_in(
    cursor: psycopg2.extensions.cursor, target: str, batches: Iterator[pa.RecordBatch]
) -> int:
    """Append batches to a table, columns by name.

    Returns:
        rows copied.
    """
    first = next(batches, None)
    if first is None:
        return 0
    names = ", ".join('"' + name.replace('"', '""') + '"' for name in first.schema.names)

    def all_batches() -> Iterator[pa.RecordBatch]:
        yield first
        yield from batches

    feed = _Feed(all_batches())
    try:
        # Small pieces: the server works while the next ones are made.
        cursor.copy_expert(f"copy {target} ({names}) from stdin (format csv)", feed, size=1 << 16)
    except psycopg2.Error:
        if feed.error is not None:
            raise feed.error from None
        raise
    return feed.rows


def copy_out(cursor: psycopg2.extensions.cursor, sql: str, params: Sequence[Any] = ()) -> pa.Table:
    """The result of one query as Arrow."""
    statement = cursor.mogrify(*bind(sql, params)).decode()
    cursor.execute(f"select * from ({statement}) as shape limit 0")
    description = cursor.description or ()
    names = [column.name for column in description]
    # Numeric is read as text first: without a declared scale only the values tell it.
    types = [_ARROW_BY_OID.get(column.type_code, pa.string()) for column in description]
    data = io.BytesIO()
    cursor.copy_expert(f"copy ({statement}) to stdout (format csv)", data, size=1 << 20)
    if not data.tell():
        table = pa.schema(zip(map(str, range(len(names))), types, strict=True)).empty_table()
    else:
        table = _parse(data, types)
    arrays = []
    for array, column in zip(table.columns, description, strict=True):
        if column.type_code == _NUMERIC:
            array = _numeric(array, column.precision, column.scale)
        arrays.append(array)
    return normalise_arrow(pa.table(arrays, names=names))


def _parse(data: io.BytesIO, types: list[pa.DataType]) -> pa.Table:
    # Columns by position: a query may give the same name twice.
    positions = [str(i) for i in range(len(types))]
    data.seek(0)
    return pacsv.read_csv(
        data,
        read_options=pacsv.ReadOptions(column_names=positions, block_size=16 << 20),
        parse_options=pacsv.ParseOptions(newlines_in_values=True),
        convert_options=pacsv.ConvertOptions(
            column_types=dict(zip(positions, types, strict=True)),
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            true_values=["t"],
            false_values=["f"],
        ),
    )


def _numeric(array: pa.ChunkedArray, precision: int | None, scale: int | None) -> pa.ChunkedArray:
    """Numeric text as decimal128; without declared scale, of the finest scale that occurs.

    Sums of whole numbers, which Postgres gives as numeric, become int64.
    """
    if precision is not None and precision <= 38 and scale is not None:
        return array.cast(pa.decimal128(precision, scale))
    finest = pc.max(pc.utf8_length(pc.replace_substring_regex(array, r"^[^.]*\.?", ""))).as_py()
    if not finest:
        return array.cast(pa.int64())
    if finest > 18:
        return array.cast(pa.float64())  # a ratio, not money
    return array.cast(pa.decimal128(38, finest))

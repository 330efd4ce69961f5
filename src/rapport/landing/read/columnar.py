"""Parquet: columns as they are typed, or picked out of nested ones by their paths."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from rapport.company import Entity
from rapport.landing.read import paths
from rapport.landing.read.lines import json_rows
from rapport.landing.read.numbering import BATCH_ROWS, ROW, Malformed
from rapport.landing.read.streams import Opener, explained


def batches(
    open_file: Opener, name: str, entity: Entity, malformed: list[Malformed]
) -> Iterator[pa.Table]:
    """Rows of a Parquet file; see `rapport.landing.read.batches`."""
    del malformed  # a Parquet file is sound as a whole or not at all
    wanted = _wanted(entity)
    with explained(open_file, name, "parquet", entity), open_file() as stream:
        file = pq.ParquetFile(stream)
        roots = [field.name for field in file.schema_arrow if field.name in wanted]
        first = 1
        for batch in file.iter_batches(BATCH_ROWS, columns=roots if wanted else None):
            table = pa.Table.from_batches([batch])
            numbered = table.append_column(ROW, pa.arange(first, first + len(table)))
            first += len(table)
            yield _picked(numbered, entity) if wanted else numbered


def facts(open_file: Opener, name: str, entity: Entity) -> tuple[int, list[str]]:
    """Rows and columns of a Parquet file, read through once."""
    with explained(open_file, name, "parquet", entity), open_file() as stream:
        # A damaged page is only seen by reading it.
        rows = sum(batch.num_rows for batch in pq.ParquetFile(stream).iter_batches(BATCH_ROWS))
    return rows, columns(open_file, name, entity)


def columns(open_file: Opener, name: str, entity: Entity) -> list[str]:
    """Columns of a Parquet file, out of its footer.

    A nested path counts as a column where the column that it starts from is there.
    """
    with explained(open_file, name, "parquet", entity), open_file() as stream:
        found = pq.ParquetFile(stream).schema_arrow.names
    nested = [
        path for name, c in entity.columns.items() for path in c.paths(name)
        if paths.is_nested(path)
    ]  # fmt: skip
    return [*found, *(path for path in nested if paths.root(path) in found)]


def _wanted(entity: Entity) -> set[str]:
    """The columns to read when some are picked out of nested ones; empty: all, as they are."""
    found = [path for name, c in entity.columns.items() for path in c.paths(name)]
    return {paths.root(path) for path in found} if any(map(paths.is_nested, found)) else set()


def _picked(table: pa.Table, entity: Entity) -> pa.Table:
    """Nested columns by way of JSON, so that a path means the same in Parquet and JSON lines."""
    names = [name for name in table.column_names if name != ROW]
    document = ", ".join(f"'{name}': \"{name}\"" for name in names)
    with duckdb.connect() as database:
        database.register("found", table)
        database.execute(
            f"create view lines as select to_json({{{document}}})::varchar as line, {ROW} "
            "from found"
        )
        rows = database.execute(json_rows(entity)).fetch_arrow_table()
    return rows.drop_columns(["_line", "_reason"])

"""Cast landed text to the entity's types, and settle repeats and versions inside a delivery.

DuckDB does both, vectorised: a value that cannot be cast names its row and column instead of
stopping the batch.
"""

from __future__ import annotations

from pathlib import Path
from typing import IO, Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from rapport.company import Entity
from rapport.landing.read import ROW
from rapport.landing.types import ARROW_TYPES, META_COLUMNS

ROW_NUMBER = "_row_number"
FILE = "_file"
_SQL = {
    "text": "varchar",
    "integer": "bigint",
    "decimal": "decimal(18,4)",
    "double": "double",
    "boolean": "boolean",
    "date": "date",
    "timestamp": "timestamp",
}


def schema(entity: Entity) -> pa.Schema:
    """Arrow schema of the typed rows of an entity, with `_row_number`."""
    fields = [(name, ARROW_TYPES[column.type]) for name, column in entity.columns.items()]
    return pa.schema([*fields, (ROW_NUMBER, pa.int64())])


def cast(
    database: duckdb.DuckDBPyConnection, batch: pa.Table, entity: Entity
) -> tuple[pa.Table, pa.Table]:
    """Cast one batch.

    Args:
        database: a scratch DuckDB.
        batch: rows as read, with `_file`, `_file_row` and `_row_number`.

    Returns:
        the typed rows, and the rejected ones (file, row, rules, original).
    """
    is_text = "path" if _by_path(batch, entity) else "name"
    columns, reasons = [], []
    for name, column in entity.columns.items():
        found = column.path if is_text == "path" and column.path else name
        if found not in batch.column_names:
            columns.append(f"cast(null as {_SQL[column.type]}) as {_q(name)}")
            continue
        value = _q(found)
        typed = f"try_cast({value} as {_SQL[column.type]})"
        columns.append(f"{typed} as {_q(name)}")
        if column.type != "text":
            reasons.append(
                f"case when {value} is not null and {typed} is null "
                f"then {_s(f'{name}: is no {column.type}')} end"
            )
        if name in entity.key:
            reasons.append(f"case when {value} is null then {_s(f'{name}: key is empty')} end")
    rules = f"list_filter([{', '.join(reasons)}], reason -> reason is not null)"
    database.register("batch", batch)
    database.execute(
        f"create or replace temp table typed as select {', '.join(columns)}, "
        f"{ROW_NUMBER}, {rules if reasons else '[]::varchar[]'} as rules from batch"
    )
    names = ", ".join(_q(name) for name in entity.columns)
    good = database.execute(
        f"select {names}, {ROW_NUMBER} from typed where len(rules) = 0 order by {ROW_NUMBER}"
    ).fetch_arrow_table()
    bad = database.execute(
        f"select {_original(batch)}, rules from typed join batch using ({ROW_NUMBER}) "
        f"where len(rules) > 0 order by {ROW_NUMBER}"
    ).fetch_arrow_table()
    return good.cast(schema(entity)), bad


def originals(database: duckdb.DuckDBPyConnection, batch: pa.Table, numbers: pa.Array) -> pa.Table:
    """File, row and original content of rows of a batch, given by their `_row_number`."""
    database.register("batch", batch)
    database.register("wanted", pa.table({ROW_NUMBER: numbers}))
    return database.execute(
        f"select {_original(batch)} from wanted join batch using ({ROW_NUMBER}) "
        f"order by {ROW_NUMBER}"
    ).fetch_arrow_table()


def _original(batch: pa.Table) -> str:
    """Select list: file, row in file, and the row as it came, as JSON."""
    names = [name for name in batch.column_names if name not in (FILE, ROW, ROW_NUMBER)]
    content = ", ".join(f"{_s(name)}: batch.{_q(name)}" for name in names)
    return f"{FILE} as file, {ROW} as row, cast(to_json({{{content}}}) as varchar) as original"


def rank(database: duckdb.DuckDBPyConnection, staged: Path, entity: Entity) -> dict[str, int]:
    """Mark repeats and older versions; leaves a view `settled` with the rows that stay.

    Returns:
        counts: accepted, superseded, duplicates.
    """
    database.execute(f"create view staged as select * from read_parquet({_s(str(staged))})")
    names = [_q(name) for name in entity.columns]
    total, distinct = _sizes(database, names, entity)
    if total == distinct:
        database.execute("create view settled as select * from staged")
        return {"accepted": total, "superseded": 0, "duplicates": 0}
    key = [_q(name) for name in entity.key] or names
    version = f"{_q(entity.version_by)} desc nulls last, " if entity.version_by else ""
    database.execute(
        f"create temp table marked as select *, row_number() over (partition by "
        f"{', '.join(names)} order by {ROW_NUMBER} desc) as copy_no from staged"
    )
    database.execute(
        f"create temp table settled_rows as select * exclude (version_no, copy_no) from ("
        f"select *, row_number() over (partition by {', '.join(key)} order by {version}"
        f"{ROW_NUMBER} desc) as version_no from marked where copy_no = 1) where version_no = 1"
    )
    database.execute("create view settled as select * from settled_rows")
    duplicates = _count(database, "marked where copy_no > 1")
    accepted = _count(database, "settled")
    return {
        "accepted": accepted,
        "superseded": total - duplicates - accepted,
        "duplicates": duplicates,
    }


def _sizes(
    database: duckdb.DuckDBPyConnection, names: list[str], entity: Entity
) -> tuple[int, int]:
    total = _count(database, "staged")
    if not entity.key and entity.exact_duplicates == "keep":
        return total, total
    key = [_q(name) for name in entity.key] or names
    return total, _count(database, f"(select distinct {', '.join(key)} from staged)")


def write_accepted(
    database: duckdb.DuckDBPyConnection, entity: Entity, extra: dict[str, str], stream: IO[bytes]
) -> int:
    """Write the view `settled` with the load's columns as Parquet; returns its bytes."""
    literals = ", ".join(
        f"cast({_s(extra[name])} as {_SQL[META_COLUMNS[name]]}) as {name}" for name in extra
    )
    names = ", ".join(_q(name) for name in entity.columns)
    reader = database.execute(
        f"select {names}, {literals}, {ROW_NUMBER}, {_deleted(entity)} as _is_deleted "
        f"from settled order by {ROW_NUMBER}"
    ).fetch_record_batch(100_000)
    fields = [(name, ARROW_TYPES[type_]) for name, type_ in raw_columns(entity).items()]
    target = pa.schema(fields)
    with pq.ParquetWriter(stream, target, compression="zstd") as writer:
        for batch in reader:
            writer.write_table(pa.Table.from_batches([batch]).cast(target))
    return stream.tell()


def _deleted(entity: Entity) -> str:
    """Whether the row itself says that its key is gone at the source."""
    if entity.deleted_by is None:
        return "false"
    column = _q(entity.deleted_by)
    if entity.columns[entity.deleted_by].type == "boolean":
        return f"coalesce({column}, false)"
    return f"{column} is not null"


def raw_columns(entity: Entity) -> dict[str, str]:
    """Columns of the entity's raw table and their types, in order."""
    columns: dict[str, str] = {name: column.type for name, column in entity.columns.items()}
    return {**columns, **META_COLUMNS}


def _by_path(batch: pa.Table, entity: Entity) -> bool:
    """Tabular files have the source's names (a column's `path`); JSON lines are named already."""
    return any(
        column.path and column.path in batch.column_names and name not in batch.column_names
        for name, column in entity.columns.items()
    )


def _count(database: duckdb.DuckDBPyConnection, relation: str) -> int:
    row: tuple[Any, ...] | None = database.execute(f"select count(*) from {relation}").fetchone()
    return int(row[0]) if row else 0


def _q(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _s(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"

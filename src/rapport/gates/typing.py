"""Cast landed values to the entity's types: a value that is none names its row and column.

DuckDB does it, vectorised, and nothing is guessed: what could be read in two ways (`1,234.50`,
`12.7` for a whole number, `infinity`) is rejected.
"""

from __future__ import annotations

import duckdb
import pyarrow as pa

from rapport.company import Entity
from rapport.landing.read import ROW, customs
from rapport.landing.types import ARROW_TYPES, META_COLUMNS
from rapport.warehouses.base import literal, quote

ROW_NUMBER = "_row_number"
FILE = "_file"
SQL_TYPES = {
    "text": "varchar",
    "integer": "bigint",
    "decimal": "decimal(18,4)",
    "double": "double",
    "boolean": "boolean",
    "date": "date",
    "timestamp": "timestamp",
}
_WRITTEN = {
    "integer": r"^\s*[+-]?[0-9]+(\.0*)?\s*$",
    "decimal": r"^\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\s*$",
}


def schema(entity: Entity) -> pa.Schema:
    """Arrow schema of the typed rows of an entity, with `_row_number`."""
    fields = [(name, ARROW_TYPES[column.type]) for name, column in entity.columns.items()]
    return pa.schema([*fields, (ROW_NUMBER, pa.int64())])


def raw_columns(entity: Entity) -> dict[str, str]:
    """Columns of the entity's raw table and their types, in order."""
    columns: dict[str, str] = {name: column.type for name, column in entity.columns.items()}
    return {**columns, **META_COLUMNS}


def cast(
    database: duckdb.DuckDBPyConnection, batch: pa.Table, entity: Entity
) -> tuple[pa.Table, pa.Table]:
    """Cast one batch.

    Args:
        database: a scratch DuckDB whose time zone is UTC.
        batch: rows as read, with `_file`, `_file_row` and `_row_number`.

    Returns:
        the typed rows, and the rejected ones (file, row, original, _row_number, rules).
    """
    columns, reasons = [], []
    names_landed = landed_names(batch.column_names, entity)
    for name, landed in names_landed.items():
        type_ = entity.columns[name].type
        if landed is None:
            columns.append(f"cast(null as {SQL_TYPES[type_]}) as {quote(name)}")
            reasons += [literal(_no_key(name))] if name in entity.key else []
            continue
        value = f"batch.{quote(landed)}"
        cell = typed(value, type_, batch.schema.field(landed).type)
        columns.append(f"{cell} as {quote(name)}")
        if type_ != "text":
            reasons.append(
                f"case when {value} is not null and {cell} is null "
                f"then {literal(_no_type(name, entity))} end"
            )
        if name in entity.key:
            key = f"nullif({value}, '')" if type_ == "text" else value
            reasons.append(f"case when {key} is null then {literal(_no_key(name))} end")
    rules = f"list_filter([{', '.join(reasons)}], reason -> reason is not null)"
    database.register("batch", customs.plain(batch, entity, names_landed))
    database.execute(
        f"create or replace temp table typed as select {', '.join(columns)}, "
        f"{ROW_NUMBER}, {rules if reasons else '[]::varchar[]'} as rules from batch"
    )
    database.register("batch", batch)  # the originals are told as they were received
    names = ", ".join(quote(name) for name in entity.columns)
    good = database.execute(
        f"select {names}, {ROW_NUMBER} from typed where len(rules) = 0 order by {ROW_NUMBER}"
    ).fetch_arrow_table()
    bad = database.execute(
        f"select {_original(batch)}, rules from typed join batch using ({ROW_NUMBER}) "
        f"where len(rules) > 0 order by {ROW_NUMBER}"
    ).fetch_arrow_table()
    return good.cast(schema(entity)), bad


def rounded(
    database: duckdb.DuckDBPyConnection, batch: pa.Table, entity: Entity
) -> dict[str, tuple[int, str]]:
    """Decimal columns whose values have more digits than a decimal keeps.

    Two digits more are looked at: beyond them binary fractions tell of the processor. A value that
    is rounded to nothing counts however small it is.

    Returns:
        by column: how many of its values were rounded, and one of them.
    """
    names_landed = landed_names(batch.column_names, entity)
    parts = []
    for name, landed in names_landed.items():
        if landed is None or entity.columns[name].type != "decimal":
            continue
        value = f"batch.{quote(landed)}"
        cell = typed(value, "decimal", batch.schema.field(landed).type)
        # Of texts hardly any is long enough: casting each of them would take longer than all else.
        is_long = (
            f"(length({value}) - strpos({value}, '.') > 4 and strpos({value}, '.') > 0"
            f" or contains(lower({value}), 'e'))"
            if _is_text(batch.schema.field(landed).type)
            else "true"
        )
        loses = (
            f"try_cast({value} as decimal(24,6)) <> {cell}"
            f" or ({cell} = 0 and try_cast({value} as double) <> 0)"
        )
        parts.append(
            f"select {literal(name)}, count(*), min(cast({value} as varchar)) from batch "
            f"where {is_long} and ({loses})"
        )
    if not parts:
        return {}
    database.register("batch", customs.plain(batch, entity, names_landed))
    found = database.execute(" union all ".join(parts)).fetchall()
    return {name: (count, example) for name, count, example in found if count}


def rules(entity: Entity) -> list[str]:
    """The rules that the description itself makes of an entity's rows: types and keys."""
    typed_columns = (name for name, column in entity.columns.items() if column.type != "text")
    return [*(_no_type(name, entity) for name in typed_columns), *map(_no_key, entity.key)]


def _no_type(name: str, entity: Entity) -> str:
    return f"{name}: is no {entity.columns[name].type}"


def _no_key(name: str) -> str:
    return f"{name}: key is empty"


def typed(value: str, type_: str, landed: pa.DataType) -> str:
    """SQL for the value as its type; null where it is none."""
    is_text = _is_text(landed)
    cell = f"try_cast({value} as {SQL_TYPES[type_]})"
    if type_ in _WRITTEN and is_text:  # else `12.7` would be the whole number 13
        return f"case when regexp_matches({value}, {literal(_WRITTEN[type_])}) then {cell} end"
    if type_ == "timestamp" and is_text:  # else an offset would be cut off, not counted
        cell = f"cast(try_cast({value} as timestamptz) as timestamp)"
    if type_ == "double":
        return f"case when isfinite({cell}) then {cell} end"
    if type_ in ("date", "timestamp"):  # other years are more than Python and pandas can hold
        return f"case when {cell} >= '0001-01-01' and {cell} < '10000-01-01' then {cell} end"
    return cell


def _is_text(landed: pa.DataType) -> bool:
    return bool(pa.types.is_string(landed) or pa.types.is_large_string(landed))


def landed_names(found: list[str], entity: Entity) -> dict[str, str | None]:
    """For each column of the entity the name it has in what was read, None where it is absent.

    Tabular files have the source's names (a column's `path`); JSON lines are named already.
    """
    by_path = any(
        name not in found and any(path in found for path in column.paths(name))
        for name, column in entity.columns.items()
    )
    names = {
        name: column.paths(name) if by_path else [name] for name, column in entity.columns.items()
    }
    return {
        name: next((place for place in places if place in found), None)
        for name, places in names.items()
    }


def originals(database: duckdb.DuckDBPyConnection, batch: pa.Table, numbers: pa.Array) -> pa.Table:
    """File, row, original content and number of rows of a batch, given by their `_row_number`."""
    database.register("batch", batch)
    database.register("wanted", pa.table({ROW_NUMBER: numbers}))
    return database.execute(
        f"select {_original(batch)} from wanted join batch using ({ROW_NUMBER}) "
        f"order by {ROW_NUMBER}"
    ).fetch_arrow_table()


def _original(batch: pa.Table) -> str:
    """Select list: file, row in file, the row as it came (as JSON), and its number."""
    names = [name for name in batch.column_names if name not in (FILE, ROW, ROW_NUMBER)]
    content = ", ".join(f"{literal(name)}: batch.{quote(name)}" for name in names)
    row = f"cast(to_json({{{content}}}) as varchar) as original"
    return f"{FILE} as file, {ROW} as row, {row}, {ROW_NUMBER}"

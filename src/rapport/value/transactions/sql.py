"""Names and texts in DuckDB's SQL, and the first row that a condition finds."""

from __future__ import annotations

from typing import Any


def name(column: str) -> str:
    """A column's name, quoted."""
    return '"' + column.replace('"', '""') + '"'


def quoted(text: str) -> str:
    """A text as a literal."""
    return "'" + text.replace("'", "''") + "'"


def first(database: Any, table: str, column: str, condition: str) -> tuple[int, Any] | None:
    """The first line of a table that meets a condition, and its value in a column."""
    found: tuple[int, Any] | None = database.execute(
        f"select line, {column} from {table} where {condition} order by line limit 1"
    ).fetchone()
    return found

"""The tables and views of a database, described as entities as far as it can be found out."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine.reflection import ObjectKind

from rapport import names
from rapport.connectors.columns import CHANGED, first, has_many_digits
from rapport.connectors.sql.databases import kind_of, opened

_CREATED = (
    "createdat|created|createdate|createddate|createdon|creationdate|datecreated|dateadd|"
    "insertedat|ctime|createtime"
).split("|")
_EVENTS = (
    "orderedat|orderdate|invoicedat|invoicedate|saledate|paidat|paymentdate|returnedat|occurredat|"
    "eventtime|eventat|timestamp|date"
).split("|")
_TIMES = ("date", "timestamp", "zoned")
_TYPES = {
    **{kind: kind for kind in ("text", "integer", "decimal", "double", "boolean", "date")},
    "timestamp": "timestamp",
    "zoned": "timestamp",
}
_INNER = ("information_schema", "pg_catalog", "pg_toast")


def discover(connection: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Every table and view that the user may see, as it would stand in `sources/<source>.yml`.

    Returns:
        by entity name (the table's, with its schema in front where that is not the default, and
        a number behind where another table has the plain name): key, cursor, version_by,
        event_time, fetch and columns, each only where it is known.

    Raises:
        RapportError: `source-down`, `source-unauthorised`, `driver-missing`, `company-invalid`.
    """
    entities: dict[str, dict[str, Any]] = {}
    with opened(connection, "discover") as database:
        inspector = sa.inspect(database.session)
        default = inspector.default_schema_name
        schemas: list[str | None] = [None]
        if database.name == "postgresql":
            others = inspector.get_schema_names()
            schemas += [name for name in others if name not in (default, *_INNER)]
        for schema in schemas:
            found = inspector.get_multi_columns(schema=schema, kind=ObjectKind.ANY)
            keys = inspector.get_multi_pk_constraint(schema=schema, kind=ObjectKind.ANY)
            for (place, table), columns in sorted(found.items(), key=lambda item: item[0][1]):
                described = keys.get((place, table))
                key = described["constrained_columns"] if described else []
                name = names.free(f"{schema}_{table}" if schema else table, entities)
                entities[name] = _described(table, schema, list(columns), list(key))
    return entities


def _described(
    table: str, schema: str | None, columns: list[Any], key: list[str]
) -> dict[str, Any]:
    """One entity; names of columns are made plain, with the source's own as their path."""
    plain: dict[str, str] = {}
    for column in columns:
        plain[column["name"]] = names.free(column["name"], plain.values())
    times = {column["name"] for column in columns if kind_of(column["type"]) in _TIMES}
    nullable = {column["name"] for column in columns if column["nullable"]}
    cursor = first(CHANGED, times)
    created = first(_CREATED, times)
    event = first(_EVENTS, times) or created
    fetch: dict[str, Any] = {"table": table}
    if schema:
        fetch["schema"] = schema
    if cursor in nullable and created:
        fetch["cursor_else"] = created
    spec: dict[str, Any] = {"key": [plain[column] for column in key]} if key else {}
    if cursor:
        spec |= {"cursor": cursor, "version_by": plain[cursor]}
    if event:
        spec["event_time"] = plain[event]
    described = {plain[column["name"]]: _column(column, plain) for column in columns}
    return {**spec, "fetch": fetch, "columns": described}


def _column(column: Any, plain: dict[str, str]) -> Any:
    declared, name = column["type"], column["name"]
    type_ = _TYPES.get(kind_of(declared), "text")
    if type(declared).__name__ == "TINYINT" and getattr(declared, "display_width", 0) == 1:
        type_ = "boolean"  # what MariaDB makes of BOOLEAN
    if type_ == "decimal" and (has_many_digits(name) or (declared.scale or 0) > 6):
        type_ = "double"
    return type_ if plain[name] == name else {"type": type_, "path": name}

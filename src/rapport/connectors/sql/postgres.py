"""PostgreSQL by ADBC: the server writes the text, COPY brings it, Arrow holds a batch of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import adbc_driver_postgresql.dbapi as adbc
import pyarrow as pa
import sqlalchemy as sa

from rapport.company import Entity
from rapport.connectors.sql.databases import CONNECT_SECONDS, Database, Found, streamed, table_of

UNDEFINED_TABLE = "42P01"
STRUCTURED = "array or row"
_KINDS = {
    **dict.fromkeys(("int2", "int4", "int8", "oid"), "integer"),
    **dict.fromkeys(("float4", "float8"), "double"),
    **dict.fromkeys(("numeric", "money"), "decimal"),
    **dict.fromkeys(("json", "jsonb"), "json"),
    **dict.fromkeys(("text", "varchar", "bpchar", "name", "uuid", "citext"), "text"),
    "bool": "boolean",
    "date": "date",
    "timestamp": "timestamp",
    "timestamptz": "zoned",
    "bytea": "bytes",
}
_SESSION = (
    "set transaction isolation level repeatable read, read only",
    "set local timezone = 'UTC'",
    "set local datestyle = 'ISO'",
    "set local extra_float_digits = 1",
)


class Postgres(Database):
    """One ADBC connection in one snapshot; SQLAlchemy is asked for descriptions only."""

    def __init__(self, url: sa.URL) -> None:
        super().__init__(url)
        self._adbc: Any = None

    def connect_args(self) -> dict[str, Any]:
        # A connection whose other end has gone is given up after a minute, not after hours.
        wanted = {"connect_timeout": CONNECT_SECONDS, "tcp_user_timeout": 60_000}
        return {key: value for key, value in wanted.items() if key not in self.url.query}

    def begin(self) -> None:
        options = {key: str(value) for key, value in self.connect_args().items()}
        url = self.url.set(drivername="postgresql").update_query_dict(options)
        address, mark, query = url.render_as_string(hide_password=False).partition("?")
        # SQLAlchemy writes a space as +, which libpq takes as it stands.
        self._adbc = adbc.connect(f"{address}{mark}{query.replace('+', '%20')}")
        with self._adbc.cursor() as cursor:
            for setting in _SESSION:
                cursor.execute(setting)

    def end(self) -> None:
        if self._adbc is not None:
            self._adbc.close()
            self._adbc = None
        super().end()

    def estimated_rows(self, entity: Entity) -> int | None:
        if "query" in entity.fetch:
            return None
        name, schema = table_of(entity)
        found = self.session.execute(
            sa.text(
                "select reltuples::int8 from pg_class c join pg_namespace n "
                "on n.oid = relnamespace where relname = :name and relkind in ('r', 'p', 'm') "
                "and nspname = coalesce(:schema, current_schema())"
            ),
            {"name": name, "schema": schema},
        ).scalar()
        return None if found is None or found < 0 else int(found)  # -1: never analysed

    def now(self) -> datetime | None:
        found: datetime = self.session.execute(sa.text("select clock_timestamp()")).scalar_one()
        return found

    def columns(self, entity: Entity, relation: sa.FromClause, where: str) -> list[Found]:
        try:
            described = self.described(relation)
        except sa.exc.ProgrammingError as error:
            if "query" in entity.fetch or getattr(error.orig, "pgcode", "") != UNDEFINED_TABLE:
                raise
            self.session.rollback()
            raise self.table_missing(entity, where) from None
        types = self._types([column.type_code for column in described])
        self.session.rollback()  # it would hold a snapshot of its own while the rows come
        return [Found(column.name, *types[column.type_code]) for column in described]

    def _types(self, oids: list[int]) -> dict[int, tuple[str, str]]:
        """Kind and name of types by their oid; arrays and rows are told as such."""
        found = self.session.execute(
            sa.text(
                "select oid::int8, typname, typcategory = 'A' or typtype = 'c', typtype = 'e' "
                "from pg_type where oid = any(:oids)"
            ),
            {"oids": oids},
        )
        return {
            oid: ("json", STRUCTURED)
            if is_structured
            else (_KINDS.get(name, "text" if is_enum else "other"), name)
            for oid, name, is_structured, is_enum in found
        }

    def text(self, found: Found, column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        if found.type == STRUCTURED:
            column = sa.func.to_json(column)
        elif found.type == "bytea":
            column = sa.func.encode(column, "hex")
        elif found.type == "timestamptz":
            column = sa.func.timezone("UTC", column)
        elif found.type == "money":  # its own text depends on the server's language
            column = sa.cast(column, sa.Numeric)
        return sa.cast(column, sa.Text)

    def in_no_interval(self, cursor: sa.ColumnElement[Any], kind: str) -> sa.ColumnElement[bool]:
        if kind in ("date", "timestamp", "zoned"):
            return sa.or_(cursor.is_(None), cursor == "infinity", cursor == "-infinity")
        return super().in_no_interval(cursor, kind)

    def number(self, statement: sa.Select[Any]) -> int:
        with self._adbc.cursor() as cursor:
            cursor.execute(self.sql(statement))
            return int(cursor.fetchone()[0])

    def batches(self, statement: sa.Select[Any]) -> Iterator[pa.RecordBatch]:
        with self._adbc.cursor() as cursor:
            cursor.execute(self.sql(statement))
            yield from streamed(cursor.fetch_record_batch())

"""MariaDB and MySQL by pymysql: values as the server writes them, not as Python reads them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pymysql
import pymysql.cursors
import sqlalchemy as sa
from pymysql.connections import TEXT_TYPES
from pymysql.constants import FIELD_TYPE

from rapport.company import Entity
from rapport.connectors.sql import arrays, databases, packets
from rapport.connectors.sql.databases import CONNECT_SECONDS, Database, Found, table_of

READ_SECONDS = 600  # the longest silence of a server that works on a query
BINARY = 63  # the character set of what is no text


class MariaDB(Database):
    """One connection with an unbuffered cursor; rows stay at the server until they are read."""

    def connect_args(self) -> dict[str, Any]:
        wanted = {"connect_timeout": CONNECT_SECONDS, "read_timeout": READ_SECONDS}
        return {key: value for key, value in wanted.items() if key not in self.url.query}

    def prepare(self, session: sa.Connection) -> None:
        # A slow landing zone must not make the server hang up on us.
        session.exec_driver_sql("set time_zone = '+00:00', net_write_timeout = 600")

    def begin(self) -> None:
        self.session.exec_driver_sql("set session transaction isolation level repeatable read")
        self.session.exec_driver_sql("start transaction with consistent snapshot, read only")

    def columns(self, entity: Entity, relation: sa.FromClause, where: str) -> list[Found]:
        if "query" not in entity.fetch:
            return super().columns(entity, relation, where)
        return [
            Found(name, _KINDS.get(code, "text"), "float" if code == FIELD_TYPE.FLOAT else "")
            for name, code, *_ in self.described(relation)
        ]

    def text(self, found: Found, column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        # The server writes a 4-byte float with 6 digits, but its exact value as a double.
        return column + sa.literal_column("0e0") if found.type == "float" else column

    def estimated_rows(self, entity: Entity) -> int | None:
        name, schema = table_of(entity)
        found = self.session.execute(
            sa.text(
                "select table_rows from information_schema.tables "
                "where table_name = :name and table_schema = coalesce(:schema, database())"
            ),
            {"name": name, "schema": schema},
        ).scalar()
        return None if "query" in entity.fetch or found is None else int(found)

    def now(self) -> datetime | None:
        found: datetime = self.session.execute(sa.text("select utc_timestamp(6)")).scalar_one()
        return found.replace(tzinfo=UTC)

    def in_no_interval(self, cursor: sa.ColumnElement[Any], kind: str) -> sa.ColumnElement[bool]:
        if kind in ("date", "timestamp"):
            return sa.or_(cursor.is_(None), cursor < "0001-01-01")  # 0000-00-00
        return super().in_no_interval(cursor, kind)

    def batches(self, statement: sa.Select[Any]) -> Iterator[pa.Table]:
        driver: Any = self.session.connection.driver_connection
        cursor = driver.cursor(pymysql.cursors.SSCursor)
        try:
            cursor.execute(self.sql(statement))
            names = [field.name for field in cursor._result.fields]
            for batch in packets.columns(cursor, databases.MOST_ROWS, databases.BATCH_BYTES):
                texts = map(_text, batch, cursor._result.fields)
                yield pa.table(list(texts), names=names)
        except pymysql.Error:
            if not driver.open:
                self.session.invalidate()  # there is nothing left to roll back
            raise
        finally:
            cursor.close()


def _text(values: pa.Array, field: Any) -> pa.Array:
    """One column of a batch as text."""
    if field.type_code == FIELD_TYPE.BIT:
        whole = (None if v is None else str(int.from_bytes(v, "big")) for v in values.to_pylist())
        return pa.array(list(whole), pa.string())
    if field.type_code in TEXT_TYPES and field.charsetnr == BINARY:
        return arrays.as_text(tuple(values.to_pylist()))
    return values.cast(pa.string())


_KINDS: dict[int, str] = {
    **dict.fromkeys((FIELD_TYPE.TINY, FIELD_TYPE.SHORT, FIELD_TYPE.LONG), "integer"),
    **dict.fromkeys((FIELD_TYPE.LONGLONG, FIELD_TYPE.INT24, FIELD_TYPE.BIT), "integer"),
    **dict.fromkeys((FIELD_TYPE.FLOAT, FIELD_TYPE.DOUBLE), "double"),
    **dict.fromkeys((FIELD_TYPE.DECIMAL, FIELD_TYPE.NEWDECIMAL), "decimal"),
    **dict.fromkeys((FIELD_TYPE.DATE, FIELD_TYPE.NEWDATE), "date"),
    **dict.fromkeys((FIELD_TYPE.DATETIME, FIELD_TYPE.TIMESTAMP), "timestamp"),
}

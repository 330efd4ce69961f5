"""Tables of a relational database, streamed by a server-side cursor into Parquet."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from rapport.company import Entity
from rapport.errors import RapportError
from rapport.landing.zone import Delivery, Interval

BATCH_ROWS = 50_000


def fetch(
    connection: dict[str, Any], entity: Entity, interval: Interval, delivery: Delivery
) -> None:
    """Fetch the rows whose cursor lies in the interval, or the whole table where it has none.

    `connection.url` is a SQLAlchemy URL; `fetch.table` the table (default: the entity's name),
    `fetch.schema` its schema. Every column of the table is fetched, so that a new one is seen.
    Values are landed as text where the database has no exact Arrow type; the gate casts them.

    Raises:
        RapportError: `source-down` when the database cannot be reached or read,
            `table-missing`, `column-missing` when the cursor column is gone.
    """
    engine = sa.create_engine(str(connection["url"]))
    where = str(interval)
    try:
        table = _table(engine, entity, where)
        # NullType hands over what the driver gives: SQLAlchemy's own parsing stops at bad values.
        query = sa.select(*(sa.type_coerce(c, sa.types.NullType()).label(c.name) for c in table.c))
        if entity.cursor:
            cursor = _cursor(table, entity.cursor, where)
            start, end = _bounds(cursor, interval, engine.dialect.name)
            query = query.where(cursor >= start, cursor < end)
        keys = [table.c[key] for key in entity.key if key in table.c]
        _stream(engine, query.order_by(*keys), list(table.c.keys()), delivery)
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or type(error).__name__).split("\n")[0]
        raise RapportError(
            "source-down",
            f"The database cannot be read: {reason}",
            where,
            "check that it runs, that its address and credentials are right, and that the user "
            "may read this table; the task is retried by itself",
        ) from None
    finally:
        engine.dispose()
    delivery.cursor = entity.cursor


def _table(engine: sa.Engine, entity: Entity, where: str) -> sa.Table:
    name = str(entity.fetch.get("table", entity.name))
    try:
        return sa.Table(
            name, sa.MetaData(), schema=entity.fetch.get("schema"), autoload_with=engine
        )
    except sa.exc.NoSuchTableError:
        known = ", ".join(sa.inspect(engine).get_table_names(entity.fetch.get("schema"))[:20])
        raise RapportError(
            "table-missing",
            f"The database has no table {name}",
            where,
            f"correct `fetch.table` of the entity; tables there: {known}",
        ) from None


def _cursor(table: sa.Table, name: str, where: str) -> sa.Column[Any]:
    if name not in table.c:
        raise RapportError(
            "column-missing",
            f"The cursor column {name} is not in the table",
            where,
            f"correct `cursor:` of the entity; columns there: {', '.join(table.c.keys())}",
        )
    return table.c[name]


def _bounds(cursor: sa.Column[Any], interval: Interval, dialect: str) -> tuple[Any, Any]:
    """The bounds in the cursor's own type; text (all that SQLite has) is compared as ISO text."""
    start, end = interval.start, interval.end
    if dialect == "sqlite":
        return f"{start:%Y-%m-%d %H:%M:%S}", f"{end:%Y-%m-%d %H:%M:%S}"
    if isinstance(cursor.type, sa.Date):
        return start.date(), end.date()
    if isinstance(cursor.type, sa.DateTime):
        if getattr(cursor.type, "timezone", False):
            return start, end
        return start.replace(tzinfo=None), end.replace(tzinfo=None)
    return f"{start:%Y-%m-%d %H:%M:%S}", f"{end:%Y-%m-%d %H:%M:%S}"


def _stream(
    engine: sa.Engine, query: sa.Select[Any], columns: list[str], delivery: Delivery
) -> None:
    schema = pa.schema([(column, pa.string()) for column in columns])
    with (
        engine.connect().execution_options(stream_results=True) as database,
        delivery.file("part-00000.parquet", "parquet") as file,
        pq.ParquetWriter(file, schema, compression="zstd") as writer,
    ):
        result = database.execute(query)
        while rows := result.fetchmany(BATCH_ROWS):
            arrays = [_array(values) for values in zip(*rows, strict=True)]
            writer.write_table(pa.table(arrays, schema=schema))
            delivery.rows += len(rows)
    delivery.columns = columns


def _array(values: tuple[Any, ...]) -> pa.Array:
    """A column of driver values as the text that the gate casts; zoned times in UTC."""
    try:
        return pa.array(values).cast(pa.string())
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
        # Databases without strict types (SQLite) mix types in a column; others have exotic ones.
        return pa.array([None if value is None else str(value) for value in values], pa.string())

"""Databases that can be read: one class a way of reading, the same snapshot and batches of each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from rapport.company import Entity
from rapport.connectors.sql import arrays
from rapport.connectors.sql.explain import explained, parse_url, suggestion
from rapport.errors import RapportError

CONNECT_SECONDS = 10
BATCH_BYTES = 32 << 20
FIRST_ROWS, MOST_ROWS = 1_000, 50_000


@dataclass(frozen=True)
class Found:
    """A column as the database describes it.

    Attributes:
        kind: text, integer, decimal, double, boolean, date, timestamp, zoned (a timestamp with
            its zone), bytes, json or other.
        type: its type in the database's own words.
    """

    name: str
    kind: str
    type: str = ""


class Database:
    """Any database that SQLAlchemy reaches; driver values are turned to text here.

    Attributes:
        has_times: whether it has a type for times (SQLite keeps text).
    """

    has_times = True

    def __init__(self, url: sa.URL) -> None:
        self.url = url
        self.engine = sa.create_engine(url, connect_args=self.connect_args())
        self._session: sa.Connection | None = None

    @property
    def name(self) -> str:
        """The dialect: sqlite, postgresql, mysql, mariadb, ..."""
        return self.engine.dialect.name

    def connect_args(self) -> dict[str, Any]:
        """What the driver is told besides the URL."""
        return {}

    @property
    def session(self) -> sa.Connection:
        """The connection; inside `snapshot` it is in its transaction."""
        if self._session is None:
            self._session = self.engine.connect()
            self.prepare(self._session)
        return self._session

    def prepare(self, session: sa.Connection) -> None:
        """Set up a new session: UTC, and read only where the database knows that."""

    @contextmanager
    def snapshot(self, entity: Entity, where: str) -> Iterator[None]:
        """One read-only transaction that sees the database as it stood at one instant."""
        with explained(self.url, where, relation_name(entity)):
            self.begin()
            try:
                yield
            finally:
                self.end()

    def begin(self) -> None:
        """Open the transaction of a snapshot."""
        self.session.execution_options(stream_results=True)

    def end(self) -> None:
        """End the transaction of a snapshot."""
        if self._session is not None and not self._session.invalidated:
            self._session.rollback()

    def close(self) -> None:
        """Let go of the database."""
        if self._session is not None:
            self._session.close()
        self.engine.dispose()

    def columns(self, entity: Entity, relation: sa.FromClause, where: str) -> list[Found]:
        """The relation's columns; of a query only the names are known."""
        if "query" in entity.fetch:
            return [Found(column[0], "other") for column in self.described(relation)]
        name, schema = table_of(entity)
        try:
            reflected = sa.inspect(self.session).get_columns(name, schema)
        except sa.exc.NoSuchTableError:
            reflected = []
        if not reflected:
            raise self.table_missing(entity, where)
        return [self.found(column["name"], column["type"]) for column in reflected]

    def described(self, relation: sa.FromClause) -> list[Any]:
        """A relation's columns in the words of the driver."""
        result = self.session.execute(sa.select(sa.text("*")).select_from(relation).limit(0))
        return list(result.cursor.description)

    def table_missing(self, entity: Entity, where: str) -> RapportError:
        """The error of a table that is not there, naming those that are."""
        name, schema = table_of(entity)
        inspector = sa.inspect(self.session)
        known = [*inspector.get_table_names(schema), *inspector.get_view_names(schema)]
        return RapportError(
            "table-missing",
            f"The database has no table {relation_name(entity)}",
            where,
            f"correct `fetch.table` of the entity; {suggestion(name, known)}",
        )

    def found(self, name: str, declared: sa.types.TypeEngine[Any]) -> Found:
        """A column by the type that SQLAlchemy sees."""
        return Found(name, kind_of(declared), type(declared).__name__.lower())

    def text(self, found: Found, column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """SQL that gives a column as it lands."""
        # NullType hands over what the driver gives: SQLAlchemy's own parsing stops at bad values.
        return sa.type_coerce(column, sa.types.NullType())

    def estimated_rows(self, entity: Entity) -> int | None:
        """About how many rows the entity's table has; None where the database does not say."""
        return None

    def now(self) -> datetime | None:
        """What the database's clock says; None where it has none that could differ from ours."""
        return None

    def in_no_interval(self, cursor: sa.ColumnElement[Any], kind: str) -> sa.ColumnElement[bool]:
        """Whether a cursor's value can lie in no interval."""
        if kind in ("text", "other"):
            return sa.or_(cursor.is_(None), sa.not_(cursor.like("____-__-__%")))
        return cursor.is_(None)

    def sql(self, statement: sa.Select[Any]) -> str:
        """A statement as text with all values in it, for drivers that are given no parameters."""
        dialect = self.engine.dialect
        sql = str(statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
        # With the paramstyles that know %s, SQLAlchemy has doubled every other %.
        return sql.replace("%%", "%") if "format" in dialect.paramstyle else sql

    def number(self, statement: sa.Select[Any]) -> int:
        """The one number that a statement gives."""
        return int(self.session.execute(statement).scalar_one())

    def batches(self, statement: sa.Select[Any]) -> Iterator[pa.Table | pa.RecordBatch]:
        """The rows of a statement as text, batches of about `BATCH_BYTES` whatever a row weighs."""
        result = self.session.execute(statement)
        names, size = list(result.keys()), FIRST_ROWS
        while rows := result.fetchmany(size):
            columns = [arrays.as_text(values) for values in zip(*rows, strict=True)]
            batch = pa.RecordBatch.from_arrays(columns, names=names)
            yield batch
            size = max(1, min(MOST_ROWS, BATCH_BYTES * len(rows) // max(batch.nbytes, 1)))


@contextmanager
def opened(connection: dict[str, Any], where: str) -> Iterator[Database]:
    """The database at `connection.url`, closed at the end of the block.

    Raises:
        RapportError: `company-invalid`, `driver-missing`; what the block raises, explained.
    """
    from rapport.connectors.sql.mariadb import MariaDB
    from rapport.connectors.sql.postgres import Postgres
    from rapport.connectors.sql.sqlite import SQLite

    known = {"postgresql": Postgres, "sqlite": SQLite}
    url = parse_url(str(connection["url"]), where)
    kind = MariaDB if url.drivername.endswith("+pymysql") else known.get(url.get_backend_name())
    with explained(url, where):
        database = (kind or Database)(url)
        try:
            yield database
        finally:
            database.close()


def streamed(reader: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
    """The batches of an ADBC result; what the database says in mid-stream as a driver's error."""
    while True:
        try:
            batch = reader.read_next_batch()
        except StopIteration:
            return
        except (pa.ArrowException, OSError) as error:
            raise sa.exc.DBAPIError(None, None, error) from None
        yield batch


def table_of(entity: Entity) -> tuple[str, str | None]:
    """Table and schema that an entity is fetched from."""
    return str(entity.fetch.get("table", entity.name)), entity.fetch.get("schema")


def relation_name(entity: Entity) -> str:
    """The table as a person writes it, for messages; empty for a query."""
    if "query" in entity.fetch:
        return ""
    name, schema = table_of(entity)
    return f"{schema}.{name}" if schema else name


_KINDS: list[tuple[type[sa.types.TypeEngine[Any]], str]] = [
    (sa.types.Boolean, "boolean"),
    (sa.types.Integer, "integer"),
    (sa.types.Float, "double"),
    (sa.types.Numeric, "decimal"),
    (sa.types.Date, "date"),
    (sa.types.JSON, "json"),
    (sa.types.LargeBinary, "bytes"),
    (sa.types._Binary, "bytes"),
    (sa.types.String, "text"),
    (sa.types.Uuid, "text"),
]


def kind_of(declared: sa.types.TypeEngine[Any]) -> str:
    """The kind of a SQLAlchemy type, see `Found`."""
    if type(declared).__name__ == "BIT":  # MariaDB's, a number
        return "integer"
    if isinstance(declared, sa.types.DateTime):
        return "zoned" if getattr(declared, "timezone", False) else "timestamp"
    return next((kind for type_, kind in _KINDS if isinstance(declared, type_)), "other")

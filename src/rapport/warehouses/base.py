"""What every warehouse engine can do, and the column types they share."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Any, Self
from urllib.parse import unquote, urlsplit

import pyarrow as pa

from rapport.landing.types import META_COLUMNS


@dataclass(frozen=True)
class RawTable:
    """One landed entity as the warehouse shows it.

    Attributes:
        name: table name in schema `raw`: `<source>__<entity>`, or `<system>__<entity>` with the
            rows of all sources of a system that a company may have several of.
        columns: the entity's columns with their types (keys of `ARROW_TYPES`), without the
            `_...` columns, which are added to every table.
        files: all accepted Parquet files, as local paths or fsspec URLs. DuckDB shows exactly
            these; Postgres holds what `load_interval` was given, and looks here only when it makes
            the table.
    """

    name: str
    columns: Mapping[str, str]
    files: Sequence[str] = field(default=())

    @property
    def all_columns(self) -> dict[str, str]:
        """The entity's columns followed by those that landing adds."""
        return {**self.columns, **META_COLUMNS}


# Raw table, source, and bounds of the interval -> names of its accepted files.
Loads = Mapping[tuple[str, str, datetime, datetime], list[str]]


def names(files: Iterable[str]) -> list[str]:
    """Files by their place below the interval's folder, wherever the landing zone lies."""
    return ["/".join(file.split("/")[-4:]) for file in files]


class Warehouse(ABC):
    """The private warehouse of one company; a context manager that holds one connection.

    Hold it only while working: on DuckDB it locks the file against every other process.
    SQL parameters are written `?` on all engines.
    """

    engine: str

    def __enter__(self) -> Self:
        self.connect()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @abstractmethod
    def connect(self) -> None:
        """Open the connection; RapportError when that is impossible."""

    @abstractmethod
    def close(self) -> None:
        """Close the connection; harmless when it is closed already."""

    @abstractmethod
    def refresh_raw(self, tables: Sequence[RawTable], schema: str = "raw") -> None:
        """Make schema `raw` show these tables, with exactly their columns and types or more.

        Args:
            schema: another one shows the rows of `RawTable.files` on every engine (past readings).
        """

    @abstractmethod
    def load_interval(
        self,
        raw: RawTable,
        source: str,
        interval_start: datetime,
        interval_end: datetime,
        files: Sequence[str],
        load_id: str,
    ) -> int:
        """Replace a source's rows of one interval, [start, end) in UTC, by the accepted files.

        Args:
            load_id: stands in `_load_id` of the rows where the files have none.

        Returns:
            the number of rows loaded (0 on DuckDB, which reads the files in place).
        """

    def loaded_files(self, wanted: Loads) -> Loads:
        """Names of the accepted files whose rows the raw tables hold.

        Args:
            wanted: what they should hold; it is the answer where the files are read in place, and
                where nobody has kept account yet, which begins then.
        """
        return wanted

    @abstractmethod
    def write(self, schema: str, table: str, data: pa.Table) -> None:
        """Replace a whole table by `data` in one transaction; schema and table are created."""

    @abstractmethod
    def patch(self, schema: str, table: str, key: str, gone: pa.Array, data: pa.Table) -> None:
        """Take out rows of a standing table and append others, in one transaction.

        Args:
            key: column by which rows are taken out.
            gone: its values in these rows.
            data: rows to append, with all columns of the table.
        """

    @abstractmethod
    def read(self, sql: str, params: Sequence[Any] = ()) -> pa.Table:
        """The result of one query as Arrow: whole numbers int64, timestamps naive UTC."""

    @abstractmethod
    def execute(self, sql: str, params: Sequence[Any] = ()) -> None:
        """Run one statement in a transaction of its own."""

    @abstractmethod
    def columns(self, schema: str, table: str) -> dict[str, str]:
        """Columns of a table or view with the engine's own type names; empty if there is none."""

    @abstractmethod
    def tables(self, schema: str) -> list[str]:
        """Tables and views of a schema, sorted."""


class MartsReader(ABC):
    """Reads the published marts, all from one publication, as `marts.<table>`.

    A context manager; a publication that comes while it is open is not seen.
    """

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def publication(self) -> dict[str, Any]:
        """The one row of `ops_publication`."""
        return self.query("select * from marts.ops_publication")[0]

    def query(self, sql: str, params: Sequence[Any] = ()) -> list[dict[str, Any]]:
        """Rows of one query; parameters are written `?`."""
        rows: list[dict[str, Any]] = self.arrow(sql, params).to_pylist()
        return rows

    @abstractmethod
    def arrow(self, sql: str, params: Sequence[Any] = ()) -> pa.Table:
        """The result of one query as Arrow."""

    @abstractmethod
    def tables(self) -> list[str]:
        """Names of the published tables, sorted."""

    @abstractmethod
    def close(self) -> None:
        """Let go of the snapshot."""


def quote(name: str) -> str:
    """An identifier, quoted for any engine."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text literal, quoted for any engine."""
    return "'" + text.replace("'", "''") + "'"


def mask_url(url: str) -> str:
    """The URL with its password replaced by `***`."""
    return re.sub(r"(://[^:/@]*):.*@", r"\1:***@", url)


def mask(text: str, url: str) -> str:
    """`text` without the password that `url` holds, in whatever spelling."""
    password = urlsplit(url).password
    for secret in {password, unquote(password)} if password else ():
        text = text.replace(secret, "***")
    return mask_url(text)


def normalise_arrow(table: pa.Table) -> pa.Table:
    """One Arrow type a kind: int64, string, date32, timestamp[us] without zone (UTC)."""
    fields, columns = [], []
    for column, spec in zip(table.columns, table.schema, strict=True):
        wanted = _plain_type(spec.type)
        columns.append(column if spec.type.equals(wanted) else column.cast(wanted))
        fields.append(pa.field(spec.name, wanted))
    return pa.table(columns, schema=pa.schema(fields))


def _plain_type(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_integer(kind) or kind == pa.decimal128(38, 0):  # the latter: a sum of integers
        return pa.int64()
    if pa.types.is_float16(kind) or pa.types.is_float32(kind):
        return pa.float64()
    if pa.types.is_timestamp(kind):
        return pa.timestamp("us")
    if pa.types.is_date(kind):
        return pa.date32()
    if pa.types.is_dictionary(kind):
        return _plain_type(kind.value_type)
    if pa.types.is_null(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return pa.string()
    return kind

"""Where the rows go: SQLite files, PostgreSQL, Parquet. Whole tables in, no row objects built."""

from __future__ import annotations

import io
import sqlite3
from pathlib import Path
from typing import Protocol

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import sqlalchemy as sa
from sqlalchemy.schema import CreateIndex, CreateTable

from rapport.errors import RapportError
from rapport.simulate import schema
from rapport.simulate.reference import crm_campaigns, crm_owners
from rapport.simulate.world import World

BATCH = 50_000


class Sink(Protocol):
    """A database that takes whole tables."""

    def append(self, table: str, rows: pa.Table) -> None:
        """Add the rows."""

    def close(self) -> None:
        """Build the indexes and commit."""


class SqliteFile:
    """A new SQLite file; journal and sync are off while it is being made."""

    def __init__(self, path: Path, create: list[str], indexes: list[str]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        self.connection = sqlite3.connect(path, isolation_level=None)
        self.indexes = indexes
        for statement in ("pragma journal_mode=off", "pragma synchronous=off", *create, "begin"):
            self.connection.execute(statement)

    def append(self, table: str, rows: pa.Table) -> None:
        """Add the rows, which name their columns."""
        names = ", ".join(f'"{name}"' for name in rows.column_names)
        marks = ", ".join("?" * rows.num_columns)
        statement = f'insert into "{table}" ({names}) values ({marks})'
        for batch in rows.to_batches(max_chunksize=BATCH):
            columns = [column.to_pylist() for column in batch.columns]
            self.connection.executemany(statement, zip(*columns, strict=True))

    def close(self) -> None:
        """Build the indexes and commit."""
        for statement in (*self.indexes, "commit", "analyze"):
            self.connection.execute(statement)
        self.connection.close()


class PostgresErp:
    """The ERP in PostgreSQL: tables are dropped and made anew, rows go in by COPY."""

    def __init__(self, url: str) -> None:
        self.metadata = schema.erp()
        self.engine = sa.create_engine(url)
        try:
            with self.engine.begin() as connection:
                self.metadata.drop_all(connection)
                self.metadata.create_all(connection)
        except sa.exc.OperationalError as error:
            raise RapportError(
                "simulate-erp",
                "The database for the simulated ERP cannot be reached",
                self.engine.url.render_as_string(hide_password=True),
                "Start the database, or leave the URL out to get a SQLite file.",
            ) from error

    def append(self, table: str, rows: pa.Table) -> None:
        """Add the rows by COPY."""
        buffer = io.BytesIO()
        options = pyarrow.csv.WriteOptions(include_header=False, quoting_style="needed")
        pyarrow.csv.write_csv(rows, buffer, options)
        buffer.seek(0)
        names = ", ".join(f'"{name}"' for name in rows.column_names)
        raw = self.engine.raw_connection()
        try:
            raw.cursor().copy_expert(
                f'copy "{table}" ({names}) from stdin with (format csv)', buffer
            )
            raw.commit()
        finally:
            raw.close()

    def close(self) -> None:
        """Let the database know its new sizes."""
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(sa.text("analyze"))
        self.engine.dispose()


def erp(out: Path, url: str | None) -> Sink:
    """The ERP's database: `out`/erp/erp.sqlite, or the one at `url`."""
    if url and not url.startswith("sqlite"):
        return PostgresErp(url)
    path = Path(sa.make_url(url).database or "") if url else out / "erp" / "erp.sqlite"
    dialect = sa.create_engine("sqlite://").dialect
    tables = schema.erp().sorted_tables
    create = [str(CreateTable(table).compile(dialect=dialect)) for table in tables]
    indexes = [
        str(CreateIndex(index).compile(dialect=dialect)) for t in tables for index in t.indexes
    ]
    return SqliteFile(path, create, indexes)


def crm(out: Path, world: World) -> SqliteFile:
    """The data behind the CRM's API: a table per object type, associations and owners."""
    create, indexes = [], []
    for kind, names in schema.CRM.items():
        columns = ", ".join(f'"{name}" text' for name in names)
        create.append(f'create table "{kind}" (id integer primary key, {columns})')
        moment = schema.modified_property(kind)
        indexes.append(f'create index "{kind}_modified" on "{kind}" ("{moment}", id)')
    create += [
        "create table associations (from_type text, from_id integer, to_type text, to_id integer)",
        'create table owners (id integer primary key, email text, "firstName" text, '
        '"lastName" text, "createdAt" text, "updatedAt" text)',
    ]
    indexes += [
        "create index associations_from on associations (from_type, to_type, from_id)",
        "create index associations_to on associations (to_type, from_type, to_id)",
    ]
    sink = SqliteFile(out / "crm" / "crm.sqlite", create, indexes)
    sink.append("owners", crm_owners(world))
    sink.append("campaigns", crm_campaigns(world))
    return sink


class TruthFiles:
    """Parquet files under truth/, appended to chunk by chunk."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self.folder = folder
        self.writers: dict[str, pq.ParquetWriter] = {}

    def append(self, name: str, rows: pa.Table) -> None:
        """Add the rows to `<name>.parquet`."""
        if name not in self.writers:
            self.writers[name] = pq.ParquetWriter(self.folder / f"{name}.parquet", rows.schema)
        self.writers[name].write_table(rows)

    def close(self) -> None:
        """Write the footers."""
        for writer in self.writers.values():
            writer.close()

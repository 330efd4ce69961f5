"""Open, migrate, back up and restore the state store (SQLite in WAL mode, or a Postgres schema)."""

from __future__ import annotations

import errno
import json
import os
import sqlite3
import tarfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event, insert, select, update

from rapport import clock
from rapport.errors import RapportError
from rapport.settings import Settings
from rapport.state import loads, tables

SCHEMA = "rapport_state"


class State:
    """A handle on the store. Hold no transaction while waiting for anything else."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine

    @contextmanager
    def begin(self) -> Iterator[sa.Connection]:
        """One transaction: committed at the end of the block, rolled back on an exception."""
        with self.engine.begin() as connection:
            yield connection

    @contextmanager
    def run(self, step: str, **fields: Any) -> Iterator[dict[str, Any]]:
        """Record one step in `runs`, whether it ends well or not.

        The block fills `rows` and `bytes` in the dictionary it is given.
        """
        facts: dict[str, Any] = {"rows": None, "bytes": None}
        started, began = clock.now(), time.perf_counter()
        status, detail = "ok", None
        try:
            yield facts
        except BaseException as error:
            status, detail = "failed", f"{type(error).__name__}: {error}"[:2000]
            raise
        finally:
            row = {
                "run_id": uuid.uuid4().hex,
                "step": step,
                "seconds": round(time.perf_counter() - began, 3),
                "status": status,
                "detail": detail,
                "started_at": clock.iso(started),
                **fields,
                **facts,
            }
            with self.begin() as connection:
                connection.execute(insert(tables.runs).values(**row))

    def close(self) -> None:
        """Give back all connections."""
        self.engine.dispose()


def open(settings: Settings) -> State:
    """The company's state store, created or migrated when needed; one handle a process.

    Raises:
        RapportError: `state-newer` when a later version of Rapport wrote it, `path-unusable` or
            `warehouse-unreachable` when its folder or its server cannot be used.
    """
    return _open(settings.state_url)


@lru_cache
def _open(url: str) -> State:
    state = State(_engine(url))
    try:
        _migrate(state)
    except sa.exc.OperationalError as error:
        if "unable to open database file" not in str(error):
            raise
        raise RapportError(
            "path-unusable",
            "The state store cannot be opened or made",
            url,
            "point RAPPORT_VAR or RAPPORT_STATE to a folder that this user may write to",
        ) from None
    return state


def _engine(url: str) -> sa.Engine:
    if url.startswith("sqlite:///"):
        Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
        engine = sa.create_engine(url, connect_args={"timeout": 60})

        @event.listens_for(engine, "connect")
        def _configure(connection: sqlite3.Connection, _: Any) -> None:
            connection.isolation_level = None  # SQLAlchemy's own BEGIN below, not pysqlite's
            connection.execute("pragma busy_timeout=60000")
            connection.execute("pragma journal_mode=wal")
            connection.execute("pragma synchronous=full")

        @event.listens_for(engine, "begin")
        def _begin(connection: sa.Connection) -> None:
            connection.exec_driver_sql("begin immediate")

        return engine
    url = url.replace("postgresql://", "postgresql+psycopg2://", 1)
    engine = sa.create_engine(url, connect_args={"options": f"-csearch_path={SCHEMA}"})
    try:
        with engine.begin() as connection:
            connection.exec_driver_sql("select pg_advisory_xact_lock(7270001)")
            connection.exec_driver_sql(f"create schema if not exists {SCHEMA}")
    except sa.exc.OperationalError as error:
        raise RapportError(
            "warehouse-unreachable",
            f"PostgreSQL does not let us into the state store: {str(error.orig).strip()}",
            engine.url.render_as_string(hide_password=True),
            "check that the server runs and that RAPPORT_STATE names host, port, database, user "
            "and password rightly",
        ) from None
    return engine


def _migrate(state: State) -> None:
    """Bring the store to `tables.VERSION`; later versions add their step to this function."""
    with state.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("select pg_advisory_xact_lock(7270001)")
        if sa.inspect(connection).has_table("schema_version"):
            found = connection.execute(select(tables.schema_version.c.version)).scalar_one()
            if found > tables.VERSION:
                raise RapportError(
                    "state-newer",
                    f"The state store has schema version {found}, this Rapport knows "
                    f"{tables.VERSION}",
                    todo="run the newer Rapport, or restore a backup made by this one",
                )
            if found < 2:
                tables.mends.create(connection)
            if found < 3:
                _remember_people(connection)
                tables.cluster_centroids.create(connection, checkfirst=True)
            if found < 4:
                tables.value_tier_moves.create(connection, checkfirst=True)
                tables.value_builds.create(connection, checkfirst=True)
                tables.loads.create(connection, checkfirst=True)
                loads.begin(connection)
            if found < 5:
                _tell_more_of_mails(connection)
            connection.execute(update(tables.schema_version).values(version=tables.VERSION))
            return
        tables.metadata.create_all(connection)
        connection.execute(insert(tables.schema_version).values(version=tables.VERSION))


def _tell_more_of_mails(connection: sa.Connection) -> None:
    """Version 5: editions, attempts and answers of mails, notices among them, held reports."""
    ledger = tables.mail_ledger
    known = {column["name"] for column in sa.inspect(connection).get_columns(ledger.name)}
    for column in (column for column in ledger.columns if column.name not in known):
        added = sa.schema.CreateColumn(column).compile(connection)
        connection.exec_driver_sql(f"alter table {ledger.name} add column {added}")
    connection.execute(update(ledger).values(first_at=ledger.c.updated_at))
    connection.execute(update(ledger).where(ledger.c.status != "failed").values(attempts=1))
    connection.execute(update(ledger).where(ledger.c.report == "alert").values(kind="alert"))
    tables.report_holds.create(connection, checkfirst=True)


def _remember_people(connection: sa.Connection) -> None:
    """Version 3: who had each record key last, decisions by hand, trained models."""
    generation = sa.schema.CreateColumn(tables.identity_records.c.generation).compile(connection)
    connection.exec_driver_sql(f"alter table identity_records add column {generation}")
    for table in (
        *(tables.identity_people, tables.identity_revision),
        *(tables.identity_models, tables.identity_decisions),
    ):
        table.create(connection)


def backup(settings: Settings, target: Path) -> Path:
    """Write all tables as JSON lines into one `.tar.gz`, read in one transaction."""
    if target.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(target))
    state = open(settings)
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(target.name + ".partial")
    try:
        with state.begin() as connection, tarfile.open(partial, "w:gz") as archive:
            for table in tables.metadata.sorted_tables:
                rows = connection.execute(select(table).order_by(*table.primary_key)).mappings()
                content = "".join(json.dumps(dict(row), ensure_ascii=False) + "\n" for row in rows)
                data = content.encode()
                entry = tarfile.TarInfo(f"{table.name}.jsonl")
                entry.size = len(data)
                archive.addfile(entry, BytesIO(data))
        return partial.rename(target)
    finally:
        partial.unlink(missing_ok=True)
        state.close()


def restore(settings: Settings, origin: Path) -> dict[str, int]:
    """Replace the whole store by a backup, in one transaction.

    Returns:
        rows restored by table.

    Raises:
        RapportError: `backup-unreadable`, before anything is changed.
    """
    try:
        with tarfile.open(origin, "r:gz") as archive:
            content = {
                member.name.removesuffix(".jsonl"): [
                    json.loads(line) for line in archive.extractfile(member) or []
                ]
                for member in archive.getmembers()
            }
    except (OSError, tarfile.TarError, EOFError, ValueError) as error:
        raise RapportError(
            "backup-unreadable",
            f"The backup cannot be read: {error}",
            str(origin),
            "use another backup; the store was left as it was",
        ) from None
    versions = [row["version"] for row in content.get("schema_version", [])]
    if versions != [tables.VERSION]:
        raise RapportError(
            "backup-unreadable",
            f"The backup has schema version {versions}, this Rapport knows {tables.VERSION}",
            str(origin),
            "restore it with the Rapport that wrote it, then run `rapport migrate`",
        )
    state = open(settings)
    with state.begin() as connection:
        for table in reversed(tables.metadata.sorted_tables):
            connection.execute(table.delete())
        for table in tables.metadata.sorted_tables:
            rows = content.get(table.name, [])
            if rows:
                connection.execute(insert(table), rows)
    state.close()
    return {name: len(rows) for name, rows in content.items()}


def version(state: State) -> int:
    """Schema version of the store."""
    with state.begin() as connection:
        return int(connection.execute(select(tables.schema_version.c.version)).scalar_one())

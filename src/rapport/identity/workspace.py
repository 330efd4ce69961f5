"""The workspace of identity: a DuckDB file with all that the next build need not compute again.

It is a cache. Everything in it comes from the records, the model, the decisions by hand and the
registry, so that it may be removed at any time: the next build then starts from nothing and ends
with the same customers. It is opened under the build lock only.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa

from rapport import log
from rapport.identity import registry
from rapport.identity.prepare import PREPARED_SCHEMA
from rapport.warehouses.duckdb import count

# Raise it with any change to what is derived from the same records by the same model.
CODE_VERSION = 2
# Leaves as much again for Arrow and Python within the 6 GB that a build may take; DuckDB spills
# to disk beyond it.
MEMORY_LIMIT = "3GB"
TABLES: Mapping[str, str] = {
    "facts": "name varchar, value varchar",
    "sources": "record_key varchar, content ubigint",
    "block_keys": "record_key varchar, rule utinyint, value ubigint",
    "kept": "left_key varchar, right_key varchar, rule varchar, weight double",
    "cuts": "left_key varchar, right_key varchar, rule varchar, weight double, reason varchar",
    "apart": "left_key varchar, right_key varchar, reason varchar",
    "members": "record_key varchar, component varchar, cluster varchar, stricter varchar, "
    "looser varchar",
    "hand": "left_key varchar, right_key varchar, kind varchar, words varchar",
    "customers": "record_key varchar, customer_id varchar",
}


class Workspace:
    """An open workspace; `connection` is DuckDB's."""

    def __init__(self, path: Path, connection: duckdb.DuckDBPyConnection) -> None:
        self.path = path
        self.connection = connection

    def fact(self, name: str) -> str:
        """A fact noted by `note`; empty when there is none."""
        row = self.connection.execute("select value from facts where name = ?", [name]).fetchone()
        return str(row[0]) if row else ""

    def note(self, **facts: str) -> None:
        """Note facts, in the place of those of the same name."""
        for name, value in facts.items():
            self.connection.execute("delete from facts where name = ?", [name])
            self.connection.execute("insert into facts values (?, ?)", [name, value])

    def clear(self) -> None:
        """Empty tables. Facts, decisions and registry stay: each build reads them anyway."""
        for name, columns in TABLES.items():
            if name not in ("facts", "hand"):
                self.connection.execute(f"create or replace table {name} ({columns})")
        self.connection.register("empty_prepared", PREPARED_SCHEMA.empty_table())
        self.connection.execute("create or replace table prepared as from empty_prepared")
        self.connection.unregister("empty_prepared")
        self.connection.execute("drop table if exists scored")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that happens in the block, or nothing of it."""
        self.connection.execute("begin")
        try:
            yield
        except BaseException:
            self.connection.execute("rollback")
            raise
        self.connection.execute("commit")

    def count(self, table: str) -> int:
        """Rows of a table."""
        return count(self.connection, table)

    def table(self, name: str, rows: pa.Table) -> None:
        """Make a temporary table of Arrow rows."""
        self.connection.register("rows_of_table", rows)
        self.connection.execute(f"create or replace temp table {name} as from rows_of_table")
        self.connection.unregister("rows_of_table")

    def decided(self, decisions: Sequence[tuple[str, str, str, str]]) -> None:
        """Make `hand` these; `identity_hand_news` has the records of what is new or ended.

        Args:
            decisions: left key, right key, link or unlink, and the words for the history.
        """
        names = ("left_key", "right_key", "kind", "words")
        columns = zip(*decisions, strict=True) if decisions else [()] * len(names)
        rows = {name: pa.array(c, pa.string()) for name, c in zip(names, columns, strict=True)}
        self.table("identity_hand", pa.table(rows))
        self.connection.execute(
            """
            create or replace temp table identity_hand_news as
            with news as (
                (from identity_hand except from hand) union all
                (from hand except from identity_hand)
            )
            select left_key as record_key from news union select right_key from news
            """
        )
        self.connection.execute("delete from hand")
        self.connection.execute("insert into hand from identity_hand")

    def close(self) -> None:
        """Let go of the file."""
        self.connection.close()


@contextmanager
def opened(path: Path, scratch: bool = False) -> Iterator[Workspace]:
    """Open the workspace; one that is torn is begun anew.

    Args:
        scratch: work on a copy that is removed afterwards (side builds).
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if scratch:
        copy = path.with_suffix(".scratch.duckdb")
        discard(copy)
        if path.exists():
            shutil.copyfile(path, copy)
        path = copy
    workspace = Workspace(path, _connected(path))
    try:
        yield workspace
    finally:
        workspace.close()
        if scratch:
            discard(path)


def discard(path: Path) -> None:
    """Remove a workspace; harmless when there is none."""
    for name in (path, path.with_name(f"{path.name}.wal")):
        name.unlink(missing_ok=True)
    shutil.rmtree(path.with_name(f"{path.name}.tmp"), ignore_errors=True)


def policy(
    max_records_per_key: int,
    default_country: str | None,
    one_per_source: Sequence[str],
) -> str:
    """Fingerprint of what decides besides records, model and decisions; another: from nothing."""
    parts = [
        CODE_VERSION,
        duckdb.__version__,  # block keys and contents are its hashes
        max_records_per_key,
        default_country,
        sorted(one_per_source),
    ]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def content(columns: list[str], before: date) -> str:
    """SQL of a number that changes with anything in a record that identity looks at.

    Args:
        columns: of `int_identity_records`, without its key.
        before: exclusive upper bound of birth dates; a date beyond it becomes valid later.
    """
    born = f"birth_date < date '{before}'" if "birth_date" in columns else "null"
    return f"hash({', '.join(sorted(columns))}, {born})"


def _connected(path: Path) -> duckdb.DuckDBPyConnection:
    try:
        return _prepared(duckdb.connect(str(path)))
    except duckdb.Error as error:
        if "lock" in str(error).lower():
            raise
        log.get().warning("identity workspace is torn and is begun anew", error=str(error))
        discard(path)
        return _prepared(duckdb.connect(str(path)))


def _prepared(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    connection.execute("set TimeZone = 'UTC'")
    connection.execute(f"set memory_limit = '{MEMORY_LIMIT}'")
    connection.execute("set preserve_insertion_order = false")
    known = {
        name for (name,) in connection.execute("select table_name from duckdb_tables()").fetchall()
    }
    if not {*TABLES, *registry.TABLES} <= known:
        for name in ("facts", "hand"):
            connection.execute(f"create or replace table {name} ({TABLES[name]})")
        Workspace(Path(), connection).clear()
        registry.create(connection)
    return connection

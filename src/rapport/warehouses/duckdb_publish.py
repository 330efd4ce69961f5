"""Publishing on DuckDB: a copy with the difference applied, moved over the published file."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import Any

import duckdb

from rapport.errors import RapportError
from rapport.warehouses.base import literal, quote
from rapport.warehouses.duckdb import DuckDBMarts, connect, count
from rapport.warehouses.publisher import PUBLICATION, Difference, Publisher, incomplete

# When most rows of a table changed, writing it anew is quicker than deleting row by row and
# leaves no holes in the file (measured: the two break even near one half).
REWRITE_SHARE = 0.5


class DuckDBPublisher(Publisher):
    """Publishes `<warehouse>` to `marts.duckdb` beside it.

    Args:
        warehouse: the private file.
        marts: the published file; readers open only this one.
        archive: folder of the kept copies, `<publication id>.duckdb`.
    """

    def __init__(self, warehouse: Path, marts: Path, archive: Path) -> None:
        self.warehouse, self.marts, self.archive = warehouse, marts, archive

    def current(self) -> dict[str, Any] | None:
        if not self.marts.exists():
            return None
        with DuckDBMarts(self.marts) as reader:
            return reader.publication

    def candidate(self, schema: str) -> dict[str, Any] | None:
        if not self.warehouse.exists():
            return None
        with connect(self.warehouse) as connection:
            if PUBLICATION not in _tables(connection, "current_database()", schema):
                return None
            found = connection.execute(f"from {quote(schema)}.{PUBLICATION}")
            names = [column[0] for column in found.description or []]
            row = found.fetchone()
            return dict(zip(names, row, strict=True)) if row else None

    def publish(self, schema: str, publication_id: int) -> Difference:
        copy = self._private_copy(self.marts)
        try:
            difference = self._fill(copy, schema, publication_id)
            self._keep(copy, publication_id)
            self._swap(copy)
        except BaseException:
            copy.unlink(missing_ok=True)
            raise
        return difference

    def _fill(self, copy: Path, schema: str, publication_id: int) -> Difference:
        with connect(self.warehouse) as connection:
            # The private file is opened and the copy attached, not the other way round: dbt may
            # have it open in this very process, and then only a second connection is allowed.
            connection.execute(f"attach {literal(str(copy))} as published")
            connection.execute("set wal_autocheckpoint = '1GB'")  # not after each table
            difference = _apply(connection, schema, publication_id)
            connection.execute("checkpoint published")
            connection.execute("detach published")
        _flush(copy)
        return difference

    def _keep(self, copy: Path, publication_id: int) -> None:
        self.archive.mkdir(parents=True, exist_ok=True)
        kept = self.archive / f"{publication_id}.duckdb"
        shutil.copyfile(copy, kept.with_suffix(".partial"))
        _flush(kept.with_suffix(".partial"))
        kept.with_suffix(".partial").replace(kept)

    def restore(self, publication_id: int) -> Difference:
        copy = self._private_copy(self.archive / f"{publication_id}.duckdb")
        _flush(copy)
        self._swap(copy)
        return Difference()

    def archives(self) -> list[int]:
        names = (path.stem for path in self.archive.glob("*.duckdb"))
        return sorted(int(name) for name in names if re.fullmatch(r"\d+", name))

    def drop_archive(self, publication_id: int) -> None:
        (self.archive / f"{publication_id}.duckdb").unlink(missing_ok=True)

    def _private_copy(self, origin: Path) -> Path:
        """A copy beside the published file, where `os.replace` is atomic."""
        for left in self.marts.parent.glob(f"{self.marts.name}.partial*"):
            left.unlink()  # of a publication that was killed
        copy = self.marts.with_name(f"{self.marts.name}.partial")
        if origin.exists():
            _refuse_full_disk(origin, copy.parent)
            shutil.copyfile(origin, copy)
        return copy

    def _swap(self, copy: Path) -> None:
        # A log left by somebody who wrote to the published file would be replayed on the new one.
        self.marts.with_name(f"{self.marts.name}.wal").unlink(missing_ok=True)
        os.replace(copy, self.marts)
        folder = os.open(self.marts.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _apply(connection: duckdb.DuckDBPyConnection, schema: str, publication_id: int) -> Difference:
    difference = Difference()
    wanted = _tables(connection, "current_database()", schema)
    for table in _tables(connection, "'published'", "main"):
        if table not in wanted:
            connection.execute(f"drop table published.main.{quote(table)}")
    for table in wanted:
        target = f"published.main.{quote(table)}"
        origin = f"from {quote(schema)}.{quote(table)}"
        if table == PUBLICATION:
            kind = _columns(connection, origin)["publication_id"]
            origin = (
                f"select * replace (cast({publication_id} as {kind}) as publication_id) {origin}"
            )
        difference.note(table, *_apply_table(connection, table, target, origin))
    return difference


def _apply_table(
    connection: duckdb.DuckDBPyConnection, table: str, target: str, origin: str
) -> tuple[int, int]:
    """Make the table at `target` equal to the query `origin`; rows deleted and inserted."""
    columns = _columns(connection, origin)
    expected = count(connection, f"({origin})")
    standing = _columns(connection, f"from {target}") if _exists(connection, table) else {}
    if list(standing.items()) != list(columns.items()):
        before = count(connection, target) if standing else 0
        connection.execute(f"create or replace table {target} as {origin}")
        return before, expected
    before = count(connection, target)
    gone, come = _compare(connection, target, origin)
    if gone > REWRITE_SHARE * before:
        connection.execute(f"create or replace table {target} as {origin}")
        return before, expected
    if gone or come:
        is_changed = "hash(line) in (select line_hash from temp.changed)"
        connection.execute(f"delete from {target} as line where {is_changed}")
        connection.execute(
            f"insert into {target} select line.* from ({origin}) as line where {is_changed}"
        )
    found = count(connection, target)
    if found != expected:
        raise incomplete(table, expected, found)
    return gone, come


def _compare(connection: duckdb.DuckDBPyConnection, target: str, origin: str) -> tuple[int, int]:
    """Note in `temp.changed` the hashes of rows that are not the same in number; how many rows
    of `target` go, how many of `origin` come.

    A row that changed to one of the same 64-bit hash is taken for the old one. `except all` would
    miss none, and takes four times as long (measured on 100,000 customers).
    """
    hashed = "select hash(line) as line_hash, count(*) as lines from {} as line group by all"
    connection.execute(f"""
        create or replace temp table changed as
        select line_hash, coalesce(standing.lines, 0) as before, coalesce(wanted.lines, 0) as after
        from ({hashed.format(target)}) as standing
        full join ({hashed.format(f"({origin})")}) as wanted using (line_hash)
        where standing.lines is distinct from wanted.lines
    """)
    row = connection.execute("""
        select coalesce(sum(greatest(before - after, 0)), 0)::bigint,
            coalesce(sum(greatest(after - before, 0)), 0)::bigint
        from temp.changed
    """).fetchone()
    assert row is not None
    return row[0], row[1]


def _tables(connection: duckdb.DuckDBPyConnection, catalog: str, schema: str) -> list[str]:
    rows = connection.execute(
        "select table_name from information_schema.tables "
        f"where table_catalog = {catalog} and table_schema = ?",
        [schema],
    ).fetchall()
    return sorted(name for (name,) in rows)


def _exists(connection: duckdb.DuckDBPyConnection, table: str) -> bool:
    return table in _tables(connection, "'published'", "main")


def _columns(connection: duckdb.DuckDBPyConnection, query: str) -> dict[str, str]:
    rows = connection.execute(f"describe {query}").fetchall()
    return {name: kind for name, kind, *_ in rows}


def _flush(path: Path) -> None:
    with path.open("rb+") as stream:
        os.fsync(stream.fileno())


def _refuse_full_disk(origin: Path, folder: Path) -> None:
    """Two copies are about to be made (the new file and the kept one), and they may grow."""
    needed, free = 3 * origin.stat().st_size, shutil.disk_usage(folder).free
    if free < needed:
        raise RapportError(
            "disk-full",
            f"Publishing needs {needed >> 20} MB free, there are {free >> 20} MB",
            str(folder),
            "free some space, or keep fewer publications (RAPPORT_PUBLICATIONS_KEEP); nothing "
            "was published",
        )

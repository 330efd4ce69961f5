"""Publishing on PostgreSQL: one transaction applies the difference to standing tables.

The tables of schema `marts` are never swapped: BI views hang on them, grants stand on them, and
a REPEATABLE READ reader would find a swapped table empty.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg2.errors
import psycopg2.extensions as pgx

from rapport import log
from rapport.errors import RapportError
from rapport.warehouses.base import quote
from rapport.warehouses.postgres import connect, create_schema, table_columns, tables
from rapport.warehouses.publisher import PUBLICATION, Difference, Publisher, incomplete

ADVISORY_LOCK = 7270002
LOCK_TIMEOUT = "10min"  # longer than any report reads, shorter than the publish task may take


class PostgresPublisher(Publisher):
    """Publishes to schema `marts`; kept copies are schemas `marts_<publication id>`."""

    def __init__(self, url: str) -> None:
        self.url = url

    @contextmanager
    def _transaction(self) -> Iterator[pgx.cursor]:
        connection = connect(self.url)
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(f"set local lock_timeout = '{LOCK_TIMEOUT}'")
                yield cursor
        except psycopg2.errors.LockNotAvailable:
            raise RapportError(
                "publish-blocked",
                f"Somebody has held a lock on the published tables for {LOCK_TIMEOUT}",
                "schema marts",
                "look in pg_stat_activity for a session that is idle in transaction and end it; "
                "then publish again",
            ) from None
        finally:
            connection.close()

    def current(self) -> dict[str, Any] | None:
        with self._transaction() as cursor:
            return _publication(cursor, "marts")

    def candidate(self, schema: str) -> dict[str, Any] | None:
        with self._transaction() as cursor:
            return _publication(cursor, schema)

    def publish(self, schema: str, publication_id: int) -> Difference:
        with self._transaction() as cursor:
            cursor.execute("select pg_advisory_xact_lock(%s)", [ADVISORY_LOCK])
            create_schema(cursor, "marts")
            difference = _apply(cursor, schema, publication_id)
            self._keep(cursor, publication_id, tables(cursor, schema))
        return difference

    def restore(self, publication_id: int) -> Difference:
        with self._transaction() as cursor:
            cursor.execute("select pg_advisory_xact_lock(%s)", [ADVISORY_LOCK])
            return _apply(cursor, f"marts_{publication_id}", publication_id)

    def archives(self) -> list[int]:
        with self._transaction() as cursor:
            cursor.execute("select nspname from pg_namespace where nspname like 'marts%'")
            found = (re.fullmatch(r"marts_(\d+)", name) for (name,) in cursor.fetchall())
            return sorted(int(match[1]) for match in found if match)

    def drop_archive(self, publication_id: int) -> None:
        with self._transaction() as cursor:
            cursor.execute(f"drop schema if exists marts_{publication_id} cascade")

    def _keep(self, cursor: pgx.cursor, publication_id: int, published: list[str]) -> None:
        schema = f"marts_{publication_id}"
        cursor.execute(f"drop schema if exists {schema} cascade")
        cursor.execute(f"create schema {schema}")
        for table in published:
            cursor.execute(
                f"create table {schema}.{quote(table)} as select * from marts.{quote(table)}"
            )


def _publication(cursor: pgx.cursor, schema: str) -> dict[str, Any] | None:
    if not table_columns(cursor, schema, PUBLICATION):
        return None
    cursor.execute(f"select * from {quote(schema)}.{PUBLICATION}")
    names = [column.name for column in cursor.description or ()]
    row = cursor.fetchone()
    return dict(zip(names, row, strict=True)) if row else None


def _standing(cursor: pgx.cursor) -> list[str]:
    """Tables of schema `marts` that a kept publication had; any other is somebody else's."""
    cursor.execute(
        "select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace "
        "where n.nspname = 'marts' and c.relkind in ('r', 'p') and exists (select 1 "
        "from pg_class k join pg_namespace m on m.oid = k.relnamespace "
        "where m.nspname ~ '^marts_[0-9]+$' and k.relname = c.relname)"
    )
    return sorted(name for (name,) in cursor.fetchall())


def _apply(cursor: pgx.cursor, schema: str, publication_id: int) -> Difference:
    difference = Difference()
    wanted = tables(cursor, schema)
    for table in _standing(cursor):
        if table not in wanted:
            _drop_table(cursor, table)
    for table in wanted:
        columns = table_columns(cursor, schema, table)
        _align(cursor, table, columns)
        origin = f"{quote(schema)}.{quote(table)}"
        if table == PUBLICATION:
            cast = f"{publication_id}::{columns['publication_id']}"
            picked = ", ".join(
                f"{cast} as publication_id" if name == "publication_id" else quote(name)
                for name in columns
            )
            origin = f"(select {picked} from {origin})"
        difference.note(table, *_apply_table(cursor, table, origin, list(columns)))
    return difference


def _align(cursor: pgx.cursor, table: str, columns: dict[str, str]) -> None:
    """Give the standing table the candidate's columns, without ever recreating it."""
    target = f"marts.{quote(table)}"
    standing = table_columns(cursor, "marts", table)
    if not standing:
        listed = ", ".join(f"{quote(name)} {kind}" for name, kind in columns.items())
        cursor.execute(f"create table {target} ({listed})")
        return
    for name, kind in columns.items():
        if name not in standing:
            cursor.execute(f"alter table {target} add column {quote(name)} {kind}")
        elif standing[name] != kind:
            # Not `alter column type`: it rewrites the table, and readers with an older snapshot
            # would then see it empty.
            if not _drop_column(cursor, table, name):
                raise RapportError(
                    "publish-blocked",
                    f"Column {name} changes from {standing[name]} to {kind}, but views depend "
                    "on it",
                    target,
                    "drop those views (psql: \\d+ shows them), publish, and create them again",
                )
            cursor.execute(f"alter table {target} add column {quote(name)} {kind}")
    for name in set(standing) - set(columns):
        if not _drop_column(cursor, table, name):
            cursor.execute(
                f"update {target} set {quote(name)} = null where {quote(name)} is not null"
            )
            log.get(table=table).warning("column kept empty: views depend on it", column=name)


def _drop_column(cursor: pgx.cursor, table: str, column: str) -> bool:
    return _unless_needed(cursor, f"alter table marts.{quote(table)} drop column {quote(column)}")


def _drop_table(cursor: pgx.cursor, table: str) -> None:
    if not _unless_needed(cursor, f"drop table marts.{quote(table)}"):
        cursor.execute(f"delete from marts.{quote(table)}")
        log.get(table=table).warning("table kept empty: views depend on it")


def _unless_needed(cursor: pgx.cursor, statement: str) -> bool:
    """Run a DROP; False, and nothing done, when other objects depend on what it drops."""
    cursor.execute("savepoint dropping")
    try:
        cursor.execute(statement)
    except psycopg2.errors.DependentObjectsStillExist:
        cursor.execute("rollback to savepoint dropping")
        return False
    cursor.execute("release savepoint dropping")
    return True


def _apply_table(
    cursor: pgx.cursor, table: str, origin: str, columns: list[str]
) -> tuple[int, int]:
    """Make the standing table equal to `origin`; rows deleted and inserted."""
    target = f"marts.{quote(table)}"
    listed = ", ".join(quote(name) for name in columns)
    if not origin.startswith("("):
        cursor.execute(f"analyze {origin}")  # the candidate is new: the planner knows nothing
    if _is_key(cursor, origin, columns[0]):
        deleted, inserted = _by_key(cursor, target, origin, columns)
    else:
        deleted, inserted = _by_content(cursor, target, origin, listed)
    expected, found = _count(cursor, origin), _count(cursor, target)
    if expected != found:
        raise incomplete(table, expected, found)
    if deleted or inserted:
        cursor.execute(f"analyze {target}")
    return deleted, inserted


def _is_key(cursor: pgx.cursor, origin: str, column: str) -> bool:
    name = quote(column)
    cursor.execute(
        f"select exists (select 1 from {origin} as c group by {name} "
        f"having count(*) > 1 or {name} is null)"
    )
    row = cursor.fetchone()
    return row is not None and not row[0]


def _by_key(cursor: pgx.cursor, target: str, origin: str, columns: list[str]) -> tuple[int, int]:
    """The difference by the first column, which names a row."""
    key, listed = quote(columns[0]), ", ".join(quote(name) for name in columns)
    old, new = (", ".join(f"{side}.{quote(name)}" for name in columns) for side in ("m", "c"))
    cursor.execute(
        f"delete from {target} as m where not exists (select 1 from {origin} as c "
        f"where c.{key} = m.{key} and row({old}) is not distinct from row({new}))"
    )
    deleted = cursor.rowcount
    cursor.execute(
        f"insert into {target} ({listed}) select {new} from {origin} as c "
        f"where not exists (select 1 from {target} as m where m.{key} = c.{key})"
    )
    return deleted, cursor.rowcount


def _by_content(cursor: pgx.cursor, target: str, origin: str, listed: str) -> tuple[int, int]:
    """The difference of tables whose first column does not name a row, equal rows counted.

    The text of a whole row joins by hash where its columns, being null now and then, would not.
    """
    content = f"row({listed})::text"
    numbered = f"{content} as content, row_number() over (partition by {content}) as copy"
    cursor.execute(
        f"delete from {target} as m using (select ctid as place, {numbered} from {target}) as o "
        f"where m.ctid = o.place and not exists (select 1 from (select {numbered} "
        f"from {origin} as c) as n where n.content = o.content and n.copy = o.copy)"
    )
    deleted = cursor.rowcount
    cursor.execute(
        f"insert into {target} ({listed}) select {listed} from (select *, {numbered} "
        f"from {origin} as c) as n where not exists (select 1 from (select {numbered} "
        f"from {target}) as o where n.content = o.content and n.copy = o.copy)"
    )
    return deleted, cursor.rowcount


def _count(cursor: pgx.cursor, relation: str) -> int:
    cursor.execute(f"select count(*) from {relation} as counted")
    row = cursor.fetchone()
    assert row is not None
    return int(row[0])

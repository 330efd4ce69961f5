"""What the state store keeps of identity: the registry, its revision, and trained models."""

from __future__ import annotations

import hashlib

import duckdb
import pyarrow as pa
from sqlalchemy import Connection, delete, func, insert, select, update

from rapport.errors import RapportError
from rapport.identity import registry
from rapport.state import bulk, tables

_TABLES = {
    "records": tables.identity_records,
    "customers": tables.identity_customers,
    "changes": tables.identity_changes,
}
_WRITTEN = {**_TABLES, "people": tables.identity_people}
ASK_AT_MOST = 100_000  # of more keys than this the whole table is read quicker


def revision(state: Connection) -> str:
    """What the registry's content is called; empty before the first build."""
    return state.execute(select(tables.identity_revision.c.revision)).scalar() or ""


def load(connection: duckdb.DuckDBPyConnection, state: Connection) -> None:
    """Fill the workspace's registry tables from the state store."""
    registry.create(connection)
    for kind, table in _TABLES.items():
        rows = bulk.read(state, table)
        connection.register("registry_rows", rows)
        connection.execute(f"insert into registry_{kind} by name from registry_rows")
        connection.unregister("registry_rows")


def remember(
    connection: duckdb.DuckDBPyConnection, state: Connection, nothing: bool = False
) -> None:
    """Make `identity_remembered`: who had the record keys of `identity_seen` when last seen.

    Args:
        nothing: leave it empty; of an earlier moment it is not known.
    """
    (seen,) = connection.execute("select count(*) from identity_seen").fetchone() or (0,)
    table = tables.identity_people
    if nothing:
        rows = bulk.read_keys(state, table, pa.chunked_array([[]], pa.string()))
    elif seen > ASK_AT_MOST:
        rows = bulk.read(state, table)
    else:
        asked = connection.execute("select record_key from identity_seen").fetch_arrow_table()
        rows = bulk.read_keys(state, table, asked["record_key"])
    connection.register("remembered_rows", rows)
    connection.execute("create or replace temp table identity_remembered as from remembered_rows")
    connection.unregister("remembered_rows")


def save(connection: duckdb.DuckDBPyConnection, state: Connection, before: str) -> str:
    """Write what `registry.assign` found to be written.

    Args:
        before: the revision that the workspace's registry has.

    Returns:
        the revision afterwards: the same for the same rows written to the same registry.

    Raises:
        RapportError: `lock-lost` when somebody else has written the registry meanwhile.
    """
    if revision(state) != before:
        raise RapportError(
            "lock-lost",
            "Another run has written the registry of customers meanwhile",
            "identity_revision",
            "run the step again; builds hold the lock `build` so that this cannot happen",
        )
    facts = [
        connection.execute(
            f"select count(*), bit_xor(hash(written)) from written_{kind} as written"
        ).fetchone()
        for kind in _WRITTEN
    ]
    if not any(fact and fact[0] for fact in facts):
        return before
    for kind, table in _WRITTEN.items():
        rows = connection.execute(f"from written_{kind}").fetch_arrow_table()
        is_empty = state.execute(select(table).limit(1)).first() is None
        if kind == "changes" or is_empty:
            bulk.append(state, table, rows)
        else:
            bulk.replace(state, table, rows)
    after = hashlib.sha256(f"{before} {facts}".encode()).hexdigest()[:16]
    state.execute(delete(tables.identity_revision))
    state.execute(insert(tables.identity_revision).values(revision=after))
    return after


def active_model(state: Connection) -> tuple[str, str, str] | None:
    """The model in use as JSON, the as-of of the build that trained it, and why it did."""
    table = tables.identity_models
    row = state.execute(
        select(table.c.model, table.c.as_of, table.c.reason).where(table.c.status == "active")
    ).first()
    return (row[0], row[1], row[2]) if row else None


def last_change(state: Connection) -> int:
    """Number of the latest change of identity; 0 before the first."""
    table = tables.identity_changes
    return int(state.execute(select(func.coalesce(func.max(table.c.change_no), 0))).scalar_one())


def model(state: Connection, model_id: str) -> tuple[str, str, str] | None:
    """As `active_model`, of a model in use at some time."""
    table = tables.identity_models
    row = state.execute(
        select(table.c.model, table.c.as_of, table.c.reason).where(table.c.model_id == model_id)
    ).first()
    return (row[0], row[1], row[2]) if row else None


def save_model(state: Connection, model_id: str, model: str, as_of: str, reason: str) -> None:
    """Put a model in the place of the one in use, which is kept as retired.

    Args:
        model: as JSON.
        as_of: of the build that trained it, ISO text.
        reason: why it was trained.
    """
    table = tables.identity_models
    state.execute(update(table).values(status="retired"))
    state.execute(delete(table).where(table.c.model_id == model_id))
    state.execute(
        insert(table).values(
            model_id=model_id, as_of=as_of, status="active", model=model, reason=reason
        )
    )

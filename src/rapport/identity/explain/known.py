"""What is known of records and customers, read in one short look that changes nothing.

A build that runs is left alone: its DuckDB file is not opened, because an open reader would
block it. Everything is taken out at once, and the file is closed before anything is computed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

import duckdb
import pyarrow as pa
from sqlalchemy import func, or_, select

from rapport import clock
from rapport.errors import RapportError
from rapport.identity import decisions, store
from rapport.identity.decisions import Decision
from rapport.identity.explain.look import existing_in, marks, no_build, opened
from rapport.identity.linkage.model import Model
from rapport.identity.prepare import prepare
from rapport.identity.step import COLUMNS
from rapport.settings import Settings
from rapport.state.store import State
from rapport.state.tables import builds, identity_changes, identity_customers
from rapport.warehouses import Warehouse

# Nobody reads more; a customer of more records is a hub that should be looked at as such.
MOST_RECORDS = 200
PROPOSED = 3  # keys like an unknown one


@dataclass(frozen=True)
class Link:
    """A row of `identity.identity_links`."""

    left_key: str
    right_key: str
    rule: str
    evidence: str | None
    weight: float
    is_cut: bool
    reason: str | None


@dataclass(frozen=True)
class Change:
    """A line of the history of ids."""

    as_of: str
    kind: str
    customer_id: str
    record_key: str | None
    previous_customer_id: str | None
    reason: str


@dataclass(frozen=True)
class Side:
    """What was asked for: a record or, with `record_key` empty, a customer."""

    name: str
    customer_id: str
    record_key: str


@dataclass(frozen=True)
class Known:
    """All that an explanation stands on, as the last build left it.

    Attributes:
        sides: what was asked for, one or two.
        members: customer by record key, of the customers asked for; at most `MOST_RECORDS` each.
        sizes: number of records by customer.
        typed: records as their sources have them, by key.
        prepared: the same brought to one form.
        links: links and cuts with at least one side in `members`.
        shared: by kind of key the values that too many records share, with their number.
        decided: decisions by hand about any of the records, each with its worth.
        history: of the customers asked for, oldest first.
        model: in use.
    """

    sides: tuple[Side, ...]
    members: Mapping[str, str]
    sizes: Mapping[str, int]
    typed: Mapping[str, Mapping[str, Any]]
    prepared: pa.Table
    links: tuple[Link, ...]
    shared: Mapping[str, Mapping[str, int]]
    decided: tuple[tuple[Decision, str], ...]
    history: tuple[Change, ...]
    model: Model


def read(settings: Settings, state: State, names: Sequence[str]) -> Known:
    """Read what is known of one or two records or customers.

    Args:
        names: record keys or customer ids, former ones too.

    Raises:
        RapportError: `record-unknown` with the keys that are most like it, `identity-missing`
            before the first build, `build-running`, `warehouse-locked`.
    """
    with state.begin() as connection:
        saved = store.active_model(connection)
        before = connection.execute(
            select(func.max(builds.c.as_of)).where(builds.c.is_side == 0)
        ).scalar()
    with opened(settings, state) as warehouse:
        sides = [_side(warehouse, name) for name in names]
        ids = sorted({side.customer_id for side in sides})
        of_these = f"customer_id in ({marks(ids)})"
        rows = _rows(
            warehouse,
            f"select record_key, customer_id from identity.record_customers where {of_these}",
            ids,
        )
        members, sizes = _some(rows, {side.record_key for side in sides})
        keys = sorted(members, key=str.encode)
        there = warehouse.columns("intermediate", "int_identity_records")
        typed = warehouse.read(
            f"select {', '.join(name for name in COLUMNS if name in there)} "
            f"from intermediate.int_identity_records where record_key in ({marks(keys)})",
            keys,
        )
        links = _rows(
            warehouse,
            "select left_key, right_key, rule, evidence, weight, is_cut, reason "
            f"from identity.identity_links where left_key in ({marks(keys)}) "
            f"or right_key in ({marks(keys)})",
            [*keys, *keys],
        )
        shared: dict[str, dict[str, int]] = {}
        for row in _rows(
            warehouse, "select * from identity.shared_keys where key_value is not null"
        ):
            shared.setdefault(row["key_kind"], {})[row["key_value"]] = int(row["records"])
        decided = tuple(
            (decision, worth)
            for decision, worth in decisions.listed(state, partial(existing_in, warehouse))
            if decision.left_key in members or decision.right_key in members
        )
    if saved is None:
        raise no_build()
    return Known(
        sides=tuple(sides),
        members=members,
        sizes=sizes,
        typed={row["record_key"]: row for row in typed.to_pylist()},
        prepared=prepare(
            typed,
            clock.parse(before).date() if before else date.max,
            settings.threshold("identity_default_country"),
        ),
        links=tuple(
            sorted((Link(**row) for row in links), key=lambda one: (one.left_key, one.right_key))
        ),
        shared=shared,
        decided=decided,
        history=_history(state, ids),
        model=Model.from_json(saved[0]),
    )


def _side(warehouse: Warehouse, name: str) -> Side:
    """A record's key, a customer's id, or an id that a merge has made an alias."""
    for column, table in (
        ("record_key", "record_customers"),
        ("customer_id", "record_customers"),
        ("alias_id", "customer_aliases"),
    ):
        found = warehouse.read(
            f"select min(customer_id) as customer_id from identity.{table} where {column} = ?",
            [name],
        ).to_pylist()
        if found and found[0]["customer_id"]:
            record = name if column == "record_key" else ""
            return Side(name, found[0]["customer_id"], record)
    like = ", ".join(_like(warehouse, name)) or "none"
    raise RapportError(
        "record-unknown",
        f"The last build knows no record and no customer called {name!r}",
        "identity.record_customers",
        f"name a record as source|id, or a customer_id; most like it: {like}",
    )


def _like(warehouse: Warehouse, name: str) -> list[str]:
    """Existing keys most like one: of the same number, then by edits."""
    keys = warehouse.read("select record_key from identity.record_customers")
    with duckdb.connect() as connection:
        connection.register("known", keys)
        found = connection.execute(
            """
            select record_key from known
            order by
                split_part(record_key, '|', 2) = regexp_replace($name, '^.*[^0-9A-Za-z]', '') desc,
                damerau_levenshtein(lower(record_key), lower($name)),
                record_key
            limit $most
            """,
            {"name": name, "most": PROPOSED},
        ).fetchall()
    return [key for (key,) in found]


def _some(
    rows: Sequence[Mapping[str, Any]], wanted: Collection[str]
) -> tuple[dict[str, str], dict[str, int]]:
    """Customer by record, the wanted ones and the first of the others; sizes by customer."""
    members: dict[str, str] = {}
    sizes: dict[str, int] = {}
    for row in sorted(
        rows, key=lambda r: (r["record_key"] not in wanted, r["record_key"].encode())
    ):
        customer = row["customer_id"]
        sizes[customer] = sizes.get(customer, 0) + 1
        if sizes[customer] <= MOST_RECORDS:
            members[row["record_key"]] = customer
    return members, sizes


def _history(state: State, ids: Sequence[str]) -> tuple[Change, ...]:
    """Changes of customers, and of those that became theirs."""
    table, customers = identity_changes, identity_customers
    with state.begin() as connection:
        aliases = connection.execute(
            select(customers.c.customer_id).where(customers.c.alias_of.in_(ids))
        ).scalars()
        wanted = [*ids, *aliases]
        rows = connection.execute(
            select(
                table.c.as_of,
                table.c.change_kind,
                table.c.customer_id,
                table.c.record_key,
                table.c.previous_customer_id,
                table.c.reason,
            )
            .where(or_(table.c.customer_id.in_(wanted), table.c.previous_customer_id.in_(ids)))
            .order_by(table.c.change_no)
        ).all()
    return tuple(Change(*row) for row in rows)


def _rows(warehouse: Warehouse, sql: str, params: Sequence[Any] = ()) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = warehouse.read(sql, params).to_pylist()
    return rows

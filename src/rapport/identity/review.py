"""The queue of pairs whose decision matters most to revenue, and what a decision will change."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, select

from rapport import warehouses
from rapport.errors import RapportError
from rapport.identity import decisions
from rapport.identity.decisions import LINK, Decision
from rapport.identity.explain import look
from rapport.settings import Settings
from rapport.state.store import State
from rapport.state.tables import identity_customers, identity_records

QUEUE = "ops_identity_review"
# Where the warehouse cannot be asked, the registry tells as well, records that are gone included.
_CLOSED = {"build-running", "warehouse-locked", "identity-missing"}


def queue(settings: Settings, state: State, limit: int) -> tuple[list[dict[str, Any]], bool]:
    """Pairs to look at, the one that matters most first, without those decided since.

    Args:
        limit: at most so many.

    Returns:
        documents with left_key, right_key, is_linked, kind, probability (None where no model
        weighed the pair), revenue_at_stake (in reporting currency, None where it is unknown) and
        reason; and whether revenue is known. It is once the marts are published; before that the
        pairs come from the last build, those nearest to even odds first.

    Raises:
        RapportError: `identity-missing`, `build-running` or `warehouse-locked` where nothing is
            published and the last build cannot be asked.
    """
    with state.begin() as connection:
        decided = {(one.left_key, one.right_key) for one in decisions.in_force(connection)}
    found = _published(settings, limit + len(decided))
    is_valued = found is not None
    if found is None:
        found = _built(settings, state, limit + len(decided))
    found = [row for row in found if (row["left_key"], row["right_key"]) not in decided][:limit]
    # Of the registry: for the marts, all who act for one account are one customer.
    customers = _customers(
        state, {row[side] for row in found for side in ("left_key", "right_key")}
    )
    for row in found:
        one, other = customers.get(row["left_key"]), customers.get(row["right_key"])
        row["is_linked"] = one is not None and one == other
    return found, is_valued


def _published(settings: Settings, limit: int) -> list[dict[str, Any]] | None:
    """From the marts, which nobody needs to wait for; None where they have no queue yet."""
    try:
        with warehouses.open_marts(settings) as marts:
            if QUEUE not in marts.tables():
                return None
            return marts.query(
                "select left_key, right_key, kind, probability, "
                "revenue_at_stake_reporting as revenue_at_stake, reason "
                f"from marts.{QUEUE} where review_rank <= ? order by review_rank",
                [limit],
            )
    except RapportError as error:
        if error.code != "marts-missing":
            raise
        return None


def _built(settings: Settings, state: State, limit: int) -> list[dict[str, Any]]:
    with look.opened(settings, state) as warehouse:
        rows: list[dict[str, Any]] = warehouse.read(
            "select left_key, right_key, kind, probability, reason from identity.review_pairs"
        ).to_pylist()
    rows.sort(key=lambda row: (_certainty(row["probability"]), row["left_key"], row["right_key"]))
    return [{**row, "revenue_at_stake": None} for row in rows[:limit]]


def _certainty(probability: float | None) -> float:
    return abs((0.5 if probability is None else probability) - 0.5)


def there(settings: Settings, state: State, keys: set[str]) -> set[str]:
    """Which record keys exist; works while a build runs, too."""
    try:
        return look.existing(settings, state, keys)
    except RapportError as error:
        if error.code not in _CLOSED:
            raise
    table = identity_records
    with state.begin() as connection:
        found = connection.execute(
            select(table.c.record_key).where(table.c.record_key.in_(sorted(keys)))
        ).scalars()
        return set(found)


def refuse_customers(state: State, *names: str) -> None:
    """Refuse a decision about customers: ids of customers may pass to others, records stay.

    Raises:
        RapportError: `decision-invalid`.
    """
    table = identity_customers
    with state.begin() as connection:
        found = connection.execute(
            select(table.c.customer_id).where(table.c.customer_id.in_(names))
        ).scalar()
    if found:
        raise RapportError(
            "decision-invalid",
            f"A decision is about records, and {found} is a customer",
            todo=f"rapport identity explain {found} lists its records; name one of each side",
        )


def consequence(state: State, decision: Decision, existing: set[str]) -> str:
    """What the next build will make of a decision, in a sentence or two."""
    left, right = decision.left_key, decision.right_key
    missing = [key for key in (left, right) if key not in existing]
    if missing:
        return f"The decision waits: no build has seen {' or '.join(missing)} yet."
    customers = _customers(state, (left, right))
    one, other = customers[left], customers[right]
    if decision.kind == LINK:
        if one == other:
            return f"They are one customer already, {one[2]}; now nothing will part them."
        kept, gone = sorted((one, other))
        return (
            f"At the next build they become one customer: {kept[2]}, the older id, stays, and "
            f"{gone[2]} becomes its alias."
        )
    if one != other:
        return (
            f"They are two customers already, {one[2]} and {other[2]}; now nothing will join them."
        )
    return (
        f"At the next build {one[2]} is parted: it keeps the side of {one[1]}, the record that it "
        "was made for; the other side gets an id of its own."
    )


def _customers(state: State, keys: Collection[str]) -> dict[str, tuple[str, str, str]]:
    """By record since when its customer is, from which record it was made, its id."""
    records, customers = identity_records, identity_customers
    columns = (customers.c.since_as_of, customers.c.minted_from, customers.c.customer_id)
    with state.begin() as connection:
        held = select(records.c.record_key, records.c.customer_id).where(
            records.c.record_key.in_(sorted(keys))
        )
        ids: dict[str, str] = dict(connection.execute(held).tuples().all())
        while used := _used(connection, ids.values()):
            ids = {key: used.get(customer, customer) for key, customer in ids.items()}
        known = {
            row.customer_id: (row.since_as_of, row.minted_from, row.customer_id)
            for row in connection.execute(
                select(*columns).where(customers.c.customer_id.in_(set(ids.values())))
            )
        }
    return {key: known[customer] for key, customer in ids.items()}


def _used(connection: Connection, ids: Collection[str]) -> dict[str, str]:
    """By alias among these the id that it stands for."""
    table = identity_customers
    aliases = select(table.c.customer_id, table.c.alias_of).where(
        table.c.customer_id.in_(set(ids)), table.c.alias_of.is_not(None)
    )
    return dict(connection.execute(aliases).tuples().all())

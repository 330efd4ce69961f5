"""The queue of pairs whose decision matters most to revenue, and what a decision will change."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from rapport import warehouses
from rapport.errors import RapportError
from rapport.identity import decisions
from rapport.identity.decisions import LINK, Decision
from rapport.identity.explain import known
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
    left = [row for row in found if (row["left_key"], row["right_key"]) not in decided]
    return left[:limit], is_valued


def _published(settings: Settings, limit: int) -> list[dict[str, Any]] | None:
    """From the marts, which nobody needs to wait for; None where they have no queue yet."""
    try:
        with warehouses.open_marts(settings) as marts:
            if QUEUE not in marts.tables():
                return None
            return marts.query(
                "select left_key, right_key, is_linked, kind, probability, "
                "revenue_at_stake_reporting as revenue_at_stake, reason "
                f"from marts.{QUEUE} where review_rank <= ? order by review_rank",
                [limit],
            )
    except RapportError as error:
        if error.code != "marts-missing":
            raise
        return None


def _built(settings: Settings, state: State, limit: int) -> list[dict[str, Any]]:
    with known.opened(settings, state) as warehouse:
        rows: list[dict[str, Any]] = warehouse.read(
            """
            select
                r.left_key,
                r.right_key,
                a.customer_id = b.customer_id as is_linked,
                r.kind,
                r.probability,
                r.reason
            from identity.review_pairs as r
            inner join identity.record_customers as a on a.record_key = r.left_key
            inner join identity.record_customers as b on b.record_key = r.right_key
            """
        ).to_pylist()
    rows.sort(key=lambda row: (_certainty(row["probability"]), row["left_key"], row["right_key"]))
    return [{**row, "revenue_at_stake": None} for row in rows[:limit]]


def _certainty(probability: float | None) -> float:
    return abs((0.5 if probability is None else probability) - 0.5)


def there(settings: Settings, state: State, keys: set[str]) -> set[str]:
    """Which record keys exist; works while a build runs, too."""
    try:
        return known.existing(settings, state, keys)
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
    one, other = _customers(state, left, right)
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


def _customers(state: State, *keys: str) -> list[tuple[str, str, str]]:
    """Since when, made from which record, id: of each record's customer, aliases followed."""
    records = identity_records
    found = []
    with state.begin() as connection:
        for key in keys:
            customer = connection.execute(
                select(records.c.customer_id).where(records.c.record_key == key)
            ).scalar_one()
            row = connection.execute(_customer(customer)).one()
            while row.alias_of:
                row = connection.execute(_customer(row.alias_of)).one()
            found.append((row.since_as_of, row.minted_from, row.customer_id))
    return found


def _customer(customer_id: str) -> Any:
    table = identity_customers
    return select(
        table.c.since_as_of, table.c.minted_from, table.c.customer_id, table.c.alias_of
    ).where(table.c.customer_id == customer_id)

"""Who was moved from which value tier to which and when: no rebuild can give that back."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
from sqlalchemy import Connection, delete, func, insert, select

from rapport.state import bulk
from rapport.state.tables import value_tier_moves, value_tiers_seen
from rapport.value.tiers import Held

KEPT_SEEN = (
    10  # as-ofs of which it is kept what was seen: a build may be made again some days later
)


@dataclass(frozen=True)
class Known:
    """What builds before an as-of decided.

    Args:
        moves: customer, as-of and tier of each move, by as-of and customer.
        seen: what the last of them saw and did not count.
    """

    moves: list[tuple[str, str, str]]
    seen: dict[str, str]

    def held(self) -> dict[str, str]:
        """Tier of each customer."""
        return {customer_id: tier for customer_id, _, tier in self.moves}


def before(connection: Connection, as_of: str) -> Known:
    """What is known before an as-of: a build that is made again starts from the same."""
    table, looks = value_tier_moves, value_tiers_seen
    moves = connection.execute(
        select(table.c.customer_id, table.c.as_of, table.c.tier)
        .where(table.c.as_of < as_of)
        .order_by(table.c.as_of, table.c.customer_id)
    )
    last = select(func.max(looks.c.as_of)).where(looks.c.as_of < as_of).scalar_subquery()
    seen = connection.execute(select(looks.c.seen).where(looks.c.as_of == last)).scalar()
    return Known([(row[0], row[1], row[2]) for row in moves], seen or {})


def save(connection: Connection, as_of: str, held: Held) -> None:
    """Put what an as-of decided in the place of what was known of it."""
    forget(connection, as_of)
    connection.execute(insert(value_tiers_seen), [{"as_of": as_of, "seen": held.seen}])
    if held.moved:
        bulk.append(
            connection,
            value_tier_moves,
            pa.table(
                {
                    "customer_id": list(held.moved),
                    "as_of": [as_of] * len(held.moved),
                    "tier": list(held.moved.values()),
                }
            ),
        )
    dates = select(value_tiers_seen.c.as_of).order_by(value_tiers_seen.c.as_of.desc())
    kept = connection.execute(dates.limit(KEPT_SEEN)).scalars().all()
    connection.execute(delete(value_tiers_seen).where(value_tiers_seen.c.as_of < min(kept)))


def forget(connection: Connection, as_of: str) -> None:
    """An as-of without any tiers decided nothing."""
    for table in (value_tier_moves, value_tiers_seen):
        connection.execute(delete(table).where(table.c.as_of == as_of))

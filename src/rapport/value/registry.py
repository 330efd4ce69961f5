"""Who was moved from which value tier to which and when: no rebuild can give that back."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
from sqlalchemy import Connection, delete, func, insert, select

from rapport.state import bulk
from rapport.state.tables import value_builds, value_tier_moves
from rapport.value.tiers import Held

KEPT_BUILDS = 10  # a build may be made again some days later, from what was known before it


@dataclass(frozen=True)
class Known:
    """What builds before an as-of decided.

    Args:
        moves: customer, as-of and tier of each move, by as-of and customer.
        model: of purchases, that the last of them chose.
        seen: what it saw and did not count.
    """

    moves: list[tuple[str, str, str]]
    model: str | None
    seen: dict[str, str]

    def held(self) -> dict[str, str]:
        """Tier of each customer."""
        return {customer_id: tier for customer_id, _, tier in self.moves}


def before(connection: Connection, as_of: str) -> Known:
    """What is known before an as-of: a build that is made again starts from the same."""
    table, looks = value_tier_moves, value_builds
    moves = connection.execute(
        select(table.c.customer_id, table.c.as_of, table.c.tier)
        .where(table.c.as_of < as_of)
        .order_by(table.c.as_of, table.c.customer_id)
    )
    last = select(func.max(looks.c.as_of)).where(looks.c.as_of < as_of).scalar_subquery()
    row = select(looks.c.model, looks.c.seen).where(looks.c.as_of == last)
    found = connection.execute(row).one_or_none()
    model, seen = (found.model, found.seen) if found else (None, {})
    return Known([(row[0], row[1], row[2]) for row in moves], model, seen)


def save(connection: Connection, as_of: str, model: str | None, held: Held) -> None:
    """Put what an as-of decided in the place of what was known of it."""
    for table in (value_tier_moves, value_builds):
        connection.execute(delete(table).where(table.c.as_of == as_of))
    row = {"as_of": as_of, "model": model, "seen": held.seen}
    connection.execute(insert(value_builds), [row])
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
    dates = select(value_builds.c.as_of).order_by(value_builds.c.as_of.desc())
    kept = connection.execute(dates.limit(KEPT_BUILDS)).scalars().all()
    connection.execute(delete(value_builds).where(value_builds.c.as_of < min(kept)))

"""Value tiers: who makes the first half of what is predicted, who the next three tenths, and on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rapport.value.compressed import Floats

TIERS = ("top", "core", "growth", "tail")
BOUNDS_PCT = (50, 80, 95)  # the contract's: of all predicted value, where each tier ends
_DIGITS = 10_000  # values are compared in ten-thousandths, so that no last bit moves anybody


@dataclass(frozen=True)
class Held:
    """Tiers after a build.

    Args:
        moved: customers whose tier it changes, with the new one.
        seen: customers seen in another tier than theirs for the first time.
    """

    moved: dict[str, str]
    seen: dict[str, str]


def assign(ids: NDArray[np.object_], value: Floats, margin: Floats) -> NDArray[np.object_]:
    """Tier of each customer, (n,); None where the value is not known.

    A tier has the fewest customers, the most valuable first, with whom its bound is reached. Who is
    worth nothing, or less, is in the last.

    Args:
        ids: in the order of their bytes.
        value: predicted of 12 months; NaN where not determined.
        margin: to date, which decides between equal values, the higher first; then the lower id.
    """
    known = np.flatnonzero(np.isfinite(value))
    worth = np.rint(np.maximum(value[known], 0) * _DIGITS).astype(np.int64)
    order = np.lexsort((np.arange(known.size), -np.rint(margin[known] * _DIGITS), -worth))
    before = np.cumsum(worth[order]) - worth[order]
    # Whole numbers: a customer is in a tier if those before did not reach its bound. The bounds are
    # rounded up and not the sums multiplied, which would overflow from 9e12 of a currency on.
    total = int(worth.sum())
    place = sum((before >= -(-bound * total // 100)).astype(int) for bound in BOUNDS_PCT)
    place = np.where(worth[order] > 0, place, len(TIERS) - 1)
    found = np.full(ids.size, None, dtype=object)
    found[known[order]] = np.array(TIERS, dtype=object)[place]
    return found


def hold(
    held: Mapping[str, str], seen: Mapping[str, str], ids: NDArray[np.object_], now: object
) -> Held:
    """Count a move when it is seen in two builds, one after the other.

    Args:
        held: the tier of each customer who has one.
        seen: what the last build saw and did not count yet.
        ids, now: customers, and the tier that they are seen in; None changes nothing.
    """
    moved, waiting = {}, {}
    for customer_id, tier in zip(ids.tolist(), np.asarray(now).tolist(), strict=True):
        current = held.get(customer_id)
        if tier is None or tier == current:
            continue
        if current is None or seen.get(customer_id) == tier:
            moved[customer_id] = tier
        else:
            waiting[customer_id] = tier
    return Held(moved, waiting)

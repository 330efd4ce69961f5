"""Numbers of clusters that stay: each new centre is the old one that it lies next to."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from rapport.segments.features import Floats


def numbers(
    centres: Floats, sizes: Sequence[int], before: Floats, before_numbers: Sequence[int], used: int
) -> list[int]:
    """The number of each centre.

    Old and new centres are paired so that the distances add up to least (Kuhn 1955). A pair counts
    only when it is closer than half the way from the old centre to its nearest neighbour: beyond
    that the old name would be put on other people's behaviour.

    Args:
        centres: new centres, shape (k, features).
        sizes: customers of each; of those without an old number the largest comes first.
        before: old centres in the same scale, with their numbers.
        used: highest number ever given; it is not given again.
    """
    given: dict[int, int] = {}
    if len(before):
        between = cdist(before, before)
        np.fill_diagonal(between, np.inf)
        reach = between.min(axis=1) / 2
        distance = cdist(before, centres)
        for old, new in zip(*linear_sum_assignment(distance), strict=True):
            if distance[old, new] < reach[old]:
                given[int(new)] = before_numbers[old]
    fresh = [new for new in range(len(centres)) if new not in given]
    fresh.sort(key=lambda new: (-sizes[new], tuple(centres[new])))
    given |= {new: used + place for place, new in enumerate(fresh, start=1)}
    return [given[new] for new in range(len(centres))]

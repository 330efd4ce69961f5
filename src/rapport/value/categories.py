"""What each customer buys next: the category likeliest in the next purchase, and whether it was."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rapport.value.baskets import Baskets
from rapport.value.compressed import Whole
from rapport.value.facts import Facts


def likeliest(baskets: Baskets) -> Whole:
    """Position of the category most likely in each customer's next purchase, (n,).

    Of equally likely ones the first by name; -1 where there are no categories.
    """
    count = baskets.facts.ids.size
    best, found = np.zeros(count), np.full(count, -1)
    for place, (shares, _) in enumerate(baskets.purchase_shares()):
        share = np.round(shares, 9)
        found = np.where(share > best, place, found)
        best = np.maximum(best, share)
    return found


def last(facts: Facts) -> Whole:
    """The naive rule: that of which the customer bought most at the last purchase, (n,).

    Of as much the first by name; -1 for whoever has bought nothing of any category.
    """
    rows = facts.bought
    customer, category = facts.customer[rows], facts.category[rows]
    order = np.lexsort((-category, facts.sales[rows], facts.day[rows], customer))
    found = np.full(facts.ids.size, -1)
    found[customer[order]] = category[order]  # the last one is written last
    return found


def borne_out(told: Whole, customers: Whole, later: Facts) -> NDArray[np.bool_]:
    """Whether the next purchase held what was told, of each of the customers who made one.

    Args:
        told: positions of categories, (n,).
        customers: positions of those to look at.
        later: what came after it was told.
    """
    rows = later.bought
    customer, day = later.customer[rows], later.day[rows]
    first = np.zeros(later.ids.size, dtype=np.int64)
    first[customer[::-1]] = day[::-1]  # the first one is written last
    is_next = day == first[customer]
    customer, category = customer[is_next], later.category[rows][is_next]
    came, held = (
        np.bincount(some, minlength=later.ids.size) > 0
        for some in (customer, customer[category == told[customer]])
    )
    return np.asarray(held[customers[came[customers]]])

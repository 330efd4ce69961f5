"""Purchase histories, compressed: customers with the same history are one row with a weight."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from rapport.errors import RapportError

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]


@dataclass(frozen=True)
class Histories:
    """Distinct purchase histories (x, t_x, T), in ascending order.

    Args:
        repeats: purchase days after the first, (n,).
        recency_days: days from the first to the last purchase, (n,); 0 without repeats.
        age_days: days from the first purchase to the end of observation, (n,).
        weight: customers with this history, (n,).
        position: row of each customer's history, (customers,).
    """

    repeats: Whole
    recency_days: Floats
    age_days: Floats
    weight: Floats
    position: Whole

    @classmethod
    def of(cls, repeats: object, recency_days: object, age_days: object) -> Histories:
        """Compress one row a customer into distinct histories.

        Raises:
            RapportError: `clv-history-invalid` for a value that is missing, negative, or a last
                purchase after the end.
        """
        x, recency, age = (
            np.ravel(np.asarray(part, dtype=np.float64))
            for part in (repeats, recency_days, age_days)
        )
        _check(x, recency, age)
        order = np.lexsort((age, recency, x))
        sorted_rows = [part[order] for part in (x, recency, age)]
        is_first = np.ones(x.size, dtype=bool)
        is_first[1:] = np.any([np.diff(part) != 0 for part in sorted_rows], axis=0)
        position = np.empty(x.size, dtype=np.int64)
        position[order] = np.cumsum(is_first) - 1
        x, recency, age = (part[is_first] for part in sorted_rows)
        weight = np.bincount(position, minlength=x.size).astype(np.float64)
        return cls(x.astype(np.int64), recency, age, weight, position)

    @property
    def customers(self) -> int:
        """How many customers there are."""
        return int(self.position.size)

    @property
    def purchases(self) -> int:
        """Repeat purchases of all customers."""
        return int(np.sum(self.weight * self.repeats))

    @property
    def repeaters(self) -> int:
        """Customers with at least one repeat purchase."""
        return int(self.weight[self.repeats > 0].sum())

    @property
    def longest_days(self) -> float:
        """Days from the first customer's first purchase to the end of observation."""
        return float(self.age_days.max(initial=0.0))

    @property
    def mean_age_days(self) -> float:
        """Days from the first purchase to the end of observation, mean over customers."""
        return float(np.sum(self.weight * self.age_days) / self.customers)

    @cached_property
    def counts(self) -> tuple[Whole, Whole]:
        """Distinct numbers of repeats, and which of them each row has.

        Gamma functions are taken of the former: a few dozen values instead of a million rows.
        """
        distinct, place = np.unique(self.repeats, return_inverse=True)
        return distinct, place

    @cached_property
    def ages(self) -> tuple[Histories, Whole]:
        """Distinct (x, T) whatever the recency, and which of them each row has.

        What a customer who is still alive will do depends on nothing else.
        """
        found = Histories.of(self.repeats, np.zeros(self.weight.size), self.age_days)
        return found, found.position

    def scaled(self, days: float) -> Histories:
        """The same with `days` as the unit of time."""
        return Histories(
            self.repeats, self.recency_days / days, self.age_days / days, self.weight, self.position
        )

    def thinned(self, customers: int) -> Histories:
        """Every k-th customer in the order of histories, at least `customers` of them.

        A systematic sample: no random numbers, the same for any order of the input.
        """
        step = self.customers // customers
        if step < 2:
            return self
        taken = np.diff(np.cumsum(self.weight) // step, prepend=0.0)
        kept = np.flatnonzero(taken)
        return Histories(
            self.repeats[kept],
            self.recency_days[kept],
            self.age_days[kept],
            taken[kept],
            np.repeat(np.arange(kept.size), taken[kept].astype(np.int64)),
        )


def summed(place: Whole, amounts: Floats, groups: int) -> Floats:
    """Sum of the amounts, (n,), that have each place, (groups,)."""
    return np.bincount(place, amounts, minlength=groups).astype(np.float64)


def _check(repeats: Floats, recency_days: Floats, age_days: Floats) -> None:
    if not repeats.size == recency_days.size == age_days.size:
        raise RapportError(
            "clv-history-invalid",
            f"repeats, recency and age have {repeats.size}, {recency_days.size} and "
            f"{age_days.size} values",
            todo="hand over one value of each for every customer",
        )
    is_bad = ~(
        np.isfinite(repeats)
        & np.isfinite(age_days)
        & (repeats >= 0)
        & (repeats == np.floor(repeats))
        & (recency_days >= 0)
        & (recency_days <= age_days)
        & ((repeats > 0) | (recency_days == 0))
    )
    if is_bad.any():
        row = int(np.flatnonzero(is_bad)[0])
        raise RapportError(
            "clv-history-invalid",
            f"{int(is_bad.sum())} customers have no possible history",
            f"row {row}: {repeats[row]} repeats, last after {recency_days[row]} days, "
            f"observed {age_days[row]} days",
            "repeats are whole numbers, and 0 <= recency <= age; without repeats recency is 0",
        )

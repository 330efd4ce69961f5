"""What a build knows of purchases, as arrays: histories as of any day, and what is in them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from rapport.value.compressed import Floats, Whole, summed
from rapport.value.transactions import Customers

_EPOCH = date(1970, 1, 1)
AMOUNTS = ("sales", "net_amount", "sales_with_cost", "margin")


@dataclass(frozen=True)
class Purchases:
    """One row a customer and day with an order, by customer and day, (p,) each.

    Args:
        customer: position of the customer.
        day: days since 1970.
        amount: what was sold that day, in reporting currency.
        orders: orders of the day.
    """

    customer: Whole
    day: Whole
    amount: Floats
    orders: Whole


@dataclass(frozen=True)
class Facts:
    """One row a customer, day and category, in this order, (rows,) each.

    Args:
        ids: customers in the order of their bytes, (n,).
        categories: names in the order of their bytes.
        customer: position of the customer in `ids`.
        day: days since 1970.
        category: position of the category; -1 where an order has no line.
        orders: orders of the day, in all categories; 0 on days with nothing but returns.
        sales, net_amount: what was sold, and that less what came back, in reporting currency.
        sales_with_cost, margin: of the lines whose cost is known.
    """

    ids: NDArray[np.object_]
    categories: tuple[str, ...]
    customer: Whole
    day: Whole
    category: Whole
    orders: Whole
    sales: Floats
    net_amount: Floats
    sales_with_cost: Floats
    margin: Floats

    @classmethod
    def of(cls, table: pa.Table) -> Facts:
        """From the rows of `int_purchase_days`, in any order."""
        ids, customer = _coded(table["customer_id"])
        names, category = _coded(table["category_name"])
        day = table["purchase_date"].cast(pa.date32()).cast(pa.int32()).to_numpy().astype(np.int64)
        order = np.lexsort((category, day, customer))
        return cls(
            ids=ids,
            categories=tuple(names.tolist()),
            customer=customer[order],
            day=day[order],
            category=category[order],
            orders=table["orders"].cast(pa.int64()).to_numpy()[order],
            **{
                name: table[f"{name}_reporting"].cast(pa.float64()).to_numpy()[order]
                for name in AMOUNTS
            },
        )

    def until(self, end: date) -> Facts:
        """Without what came after the day `end`; all customers keep their positions."""
        return self._only(self.day <= number(end))

    def within(self, start: date, end: date) -> Facts:
        """What came from the day `start` to the day `end`, both included."""
        return self._only((self.day >= number(start)) & (self.day <= number(end)))

    def _only(self, kept: NDArray[np.bool_]) -> Facts:
        rows = np.flatnonzero(kept)
        columns = ("customer", "day", "category", "orders", *AMOUNTS)
        return replace(self, **{name: getattr(self, name)[rows] for name in columns})

    @cached_property
    def purchases(self) -> Purchases:
        """The days on which customers bought."""
        rows = np.flatnonzero(self.orders > 0)
        customer, day = self.customer[rows], self.day[rows]
        is_first = np.ones(rows.size, dtype=bool)
        is_first[1:] = (np.diff(customer) != 0) | (np.diff(day) != 0)
        place = np.cumsum(is_first) - 1
        return Purchases(
            customer[is_first],
            day[is_first],
            summed(place, self.sales[rows], int(is_first.sum())),
            self.orders[rows][is_first],
        )

    @cached_property
    def first_day(self) -> Whole:
        """Day of each customer's first purchase, (n,); far ahead where there is none."""
        found = np.full(self.ids.size, np.iinfo(np.int64).max)
        bought = self.purchases
        found[bought.customer[::-1]] = bought.day[::-1]  # the first one is written last
        return found

    @cached_property
    def bought(self) -> Whole:
        """Rows of what was in a purchase, ascending; what only came back that day was not."""
        is_return = (self.sales == 0) & (self.net_amount < 0)
        return np.flatnonzero((self.orders > 0) & (self.category >= 0) & ~is_return)

    def buyers(self, end: date) -> Whole:
        """Positions of the customers who had bought by the day `end`, ascending."""
        return np.flatnonzero(self.first_day <= number(end))

    def customers(self, end: date, holdout_end: date | None = None) -> Customers:
        """Histories up to the day `end`, included, and purchases after it up to `holdout_end`.

        As `Transactions.customers`; a purchase's value is what was sold, since in a build what
        came back lowers margin and net revenue.
        """
        last, bought, buyers = number(end), self.purchases, self.buyers(end)
        period = number(holdout_end or end) - last
        first = self.first_day[bought.customer]
        is_repeat = (bought.day > first) & (bought.day <= last)
        is_spend = is_repeat & (bought.amount > 0)
        recent = np.zeros(self.ids.size, dtype=np.int64)
        is_seen = bought.day <= last
        recent[bought.customer[is_seen]] = bought.day[is_seen]  # the last one is written last
        spends = self._count(is_spend)[buyers]
        with np.errstate(invalid="ignore"):
            spend_mean = self._sum(is_spend)[buyers] / np.where(spends > 0, spends, np.nan)
        first_day = self.first_day[buyers]
        return Customers(
            ids=self.ids[buyers],
            repeats=self._count(is_repeat)[buyers],
            recency_days=(recent[buyers] - first_day).astype(np.float64),
            age_days=(last - first_day).astype(np.float64),
            spend_purchases=spends,
            spend_mean=spend_mean,
            later=self._count((bought.day > last) & (bought.day <= last + period))[buyers],
            before=self._count(is_repeat & (bought.day > last - period))[buyers],
            earlier=self._count(
                is_repeat & (bought.day > last - 2 * period) & (bought.day <= last - period)
            )[buyers],
        )

    def amounts(self, end: date, days: int) -> tuple[Floats, Floats, Floats]:
        """Sales after the day `end`, before it and earlier, as the counts of `customers`."""
        last, bought, buyers = number(end), self.purchases, self.buyers(end)
        is_repeat = bought.day > self.first_day[bought.customer]
        stretches = (last, last - days, last - 2 * days)
        later, before, earlier = (
            np.maximum(
                self._sum(is_repeat & (bought.day > start) & (bought.day <= start + days))[buyers],
                0.0,
            )
            for start in stretches
        )
        return later, before, earlier

    def total(self, name: str) -> Floats:
        """Sum of one of `AMOUNTS` of each customer, (n,)."""
        return summed(self.customer, getattr(self, name), self.ids.size)

    def _count(self, chosen: NDArray[np.bool_]) -> Whole:
        return np.bincount(self.purchases.customer[chosen], minlength=self.ids.size)

    def _sum(self, chosen: NDArray[np.bool_]) -> Floats:
        bought = self.purchases
        return summed(bought.customer[chosen], bought.amount[chosen], self.ids.size)


def number(day: date) -> int:
    """Days since 1970."""
    return (day - _EPOCH).days


def _coded(column: pa.ChunkedArray) -> tuple[NDArray[np.object_], Whole]:
    """Distinct texts in the order of their bytes, and the place of each row's; -1 for null."""
    coded = column.cast(pa.string()).combine_chunks().dictionary_encode()
    order = pc.sort_indices(coded.dictionary).to_numpy()
    place = np.empty(order.size + 1, dtype=np.int64)
    place[order], place[-1] = np.arange(order.size), -1
    found = np.array(coded.dictionary.take(pa.array(order)).to_pylist(), dtype=object)
    return found, place[coded.indices.fill_null(order.size).to_numpy()]

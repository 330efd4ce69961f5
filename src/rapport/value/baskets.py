"""What is in customers' purchases: categories, margin, what comes back; each shrunk toward all.

A customer's own share counts n / (n + k), n being what is known of him and k the weight of the
population: the mean of a beta (or Dirichlet) distribution whose prior is worth k observations.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import numpy as np

from rapport.value.compressed import Floats, Whole, summed
from rapport.value.facts import Facts

_MIX_DAYS = 365  # the assortment of the last year, each season once


@dataclass(frozen=True)
class Baskets:
    """Of all customers of `facts`.

    Args:
        facts: what may be looked at.
        margin_weight: purchases that the population's margin rate counts for against the own.
        category_weight: the same of the population's mix of categories.
    """

    facts: Facts
    margin_weight: float
    category_weight: float

    @classmethod
    def lately(
        cls, facts: Facts, end: date, margin_weight: float, category_weight: float
    ) -> Baskets:
        """Of the purchases of the year up to the day `end`."""
        recent = facts.within(end - timedelta(days=_MIX_DAYS - 1), end)
        return cls(recent, margin_weight, category_weight)

    @cached_property
    def purchase_value(self) -> float:
        """Mean sales of a purchase; NaN without any."""
        bought = self.facts.purchases
        return float(bought.amount.sum() / bought.amount.size) if bought.amount.size else np.nan

    @cached_property
    def margin_rate(self) -> Floats:
        """Margin by sales of each customer, (n,); NaN where no cost is known at all.

        Returns are in the margin, so that a customer who sends back much is worth less. The own
        rate is shrunk toward that of the categories bought, and theirs toward that of all.
        """
        facts = self.facts
        sales, margin = facts.sales_with_cost, facts.margin
        if not sales.sum() > 0:
            return np.full(facts.ids.size, np.nan)
        overall = float(margin.sum() / sales.sum())
        weight = self.margin_weight * self.purchase_value
        by_category = [self._by_category(each) for each in (sales, margin)]
        rates = (by_category[1] + weight * overall) / (np.maximum(by_category[0], 0) + weight)
        known = facts.category >= 0
        usual = summed(
            facts.customer[known], facts.sales[known] * rates[facts.category[known]], facts.ids.size
        )
        bought = facts.total("sales")
        prior = np.where(bought > 0, usual / np.where(bought > 0, bought, 1.0), overall)
        own = np.maximum(facts.total("sales_with_cost"), 0)
        return np.asarray((facts.total("margin") + weight * prior) / (own + weight))

    @cached_property
    def kept_share(self) -> Floats:
        """Net revenue by sales of each category: what does not come back, (categories,)."""
        facts = self.facts
        sales, net = self._by_category(facts.sales), self._by_category(facts.net_amount)
        overall = float(net.sum() / sales.sum()) if sales.sum() > 0 else 1.0
        weight = self.margin_weight * np.nan_to_num(self.purchase_value)
        with np.errstate(invalid="ignore"):
            found = (net + weight * overall) / (np.maximum(sales, 0) + weight)
        return np.asarray(np.clip(np.nan_to_num(found, nan=overall), 0.0, 1.0))

    def purchase_shares(self) -> Iterator[tuple[Floats, float]]:
        """Of each category in turn the share of purchases that hold it: of each customer, of all.

        Yields:
            (n,) and the share that is expected of somebody of whom nothing is known.
        """
        days = np.bincount(self.facts.purchases.customer, minlength=self.facts.ids.size)
        rows, _ = self._by_kind
        return self._shares(np.ones(rows.size), days.astype(np.float64), self.category_weight)

    def sales_shares(self) -> Iterator[tuple[Floats, float]]:
        """Of each category in turn its share of sales, likewise; the shares add up to 1."""
        rows, _ = self._by_kind
        amounts = np.maximum(self.facts.sales[rows], 0.0)
        base = summed(self.facts.customer[rows], amounts, self.facts.ids.size)
        weight = self.category_weight * max(np.nan_to_num(self.purchase_value), 1e-9)
        return self._shares(amounts, base, weight)

    @cached_property
    def _by_kind(self) -> tuple[Whole, Whole]:
        """Rows of what was bought by category, and where each category begins and ends."""
        facts = self.facts
        rows = facts.bought
        rows = rows[np.argsort(facts.category[rows], kind="stable")]
        edges = np.searchsorted(facts.category[rows], np.arange(len(facts.categories) + 1))
        return rows, edges

    def _by_category(self, amounts: Floats) -> Floats:
        known = self.facts.category >= 0
        return summed(self.facts.category[known], amounts[known], len(self.facts.categories))

    def _shares(
        self, counts: Floats, base: Floats, weight: float
    ) -> Iterator[tuple[Floats, float]]:
        """Of counts in the order of `_by_kind`, and what they are shares of, (n,)."""
        facts = self.facts
        rows, edges = self._by_kind
        everybody = max(float(base.sum()), 1e-300)
        for place in range(len(facts.categories)):
            own = slice(edges[place], edges[place + 1])
            counted = summed(facts.customer[rows[own]], counts[own], facts.ids.size)
            population = float(counts[own].sum()) / everybody
            yield (counted + weight * population) / (base + weight), population

"""What all customers together will order in the next weeks, in all and by category.

Those known today by their own forecasts, and those who are still to come by how many came lately:
the purchase models speak of nobody who has not bought yet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

import numpy as np

from rapport.value import intervals
from rapport.value.baskets import Baskets
from rapport.value.compressed import Floats, Histories, summed
from rapport.value.facts import Facts, number
from rapport.value.fits import Fit
from rapport.value.forecast import DEFAULT_TERMS, Forecast
from rapport.value.spend import SpendFit

MEASURES = ("orders", "revenue", "active_customers")
ARRIVAL_DAYS = 90  # as many came in the last quarter, so many will: the naive rule
_BLOCK_DAYS, _BLOCKS = 30, 12  # months of a year tell how unevenly customers come
_STEPS = 6  # newcomers come evenly over the horizon, so many dates of it stand for all


@dataclass(frozen=True)
class Sum:
    """A forecast sum; `category` None for all, `measure` of `MEASURES`, `days` the horizon.

    Args:
        known_variance: by what customers do and by how well the parameters are known.
        missed: relative variance by what the models do not know, see `backtest`.
    """

    days: int
    measure: str
    category: str | None
    expected: float
    known_variance: float
    missed: float

    @property
    def low(self) -> float:
        """Lower bound of the interval, at the level of all forecasts."""
        return self._total[1]

    @property
    def high(self) -> float:
        """Upper bound likewise."""
        return self._total[2]

    @property
    def _total(self) -> tuple[float, float, float]:
        level = DEFAULT_TERMS.level
        return intervals.total(self.expected, self.known_variance, self.missed, level)


@dataclass(frozen=True)
class Missed:
    """Relative variance of sums by what the models do not know: seasons, growth, a new rival.

    Args:
        overall: of the sums over all, by horizon and measure.
        by_category: of one category's revenue, by horizon.
    """

    overall: dict[tuple[int, str], float] = field(default_factory=dict)
    by_category: dict[int, float] = field(default_factory=dict)

    def of(self, days: int, measure: str, category: str | None) -> float:
        """Of one sum: a part in time or by category can be missed by more than all, not less."""
        found = [
            variance
            for (horizon, name), variance in self.overall.items()
            if horizon >= days and name == measure
        ]
        if category is not None:
            found += [one for horizon, one in self.by_category.items() if horizon >= days]
        return max(found, default=0.0)


@dataclass(frozen=True)
class Newcomers:
    """Customers who will buy for the first time within a horizon.

    Args:
        expected, variance: how many.
        purchases: of each of them within the horizon, the first one included.
    """

    expected: float
    variance: float
    purchases: float


@dataclass(frozen=True)
class Expected:
    """What customers will do within a horizon, one row each, (buyers,).

    Args:
        purchases, variance: expected purchases and their variance.
        buys: chance of at least one.
        uncertain: relative variance of all expected purchases by the parameters' uncertainty.
    """

    purchases: Floats
    variance: Floats
    buys: Floats
    uncertain: float


@dataclass(frozen=True)
class Known:
    """What is forecast of the customers known at the end of the facts.

    Args:
        facts: without anything after `end`.
        end: the last day seen.
        fit, spend: the models; without a spend model there is no revenue.
        spends: expected spend of each customer's next purchase, (buyers,); NaN where unknown.
        ahead: what `facts.buyers(end)` will do, by horizon in days.
        category_weight: purchases that the population's mix counts for against the customer's.
        margin_weight: the same of what comes back.
    """

    facts: Facts
    end: date
    fit: Fit
    spend: SpendFit | None
    spends: Floats
    ahead: dict[int, Expected]
    category_weight: float
    margin_weight: float

    @cached_property
    def baskets(self) -> Baskets:
        """What was in the purchases of the last year."""
        return Baskets.lately(self.facts, self.end, self.margin_weight, self.category_weight)


def expected(ahead: Forecast) -> dict[int, Expected]:
    """Of a forecast, by its horizons."""
    return {
        days: Expected(
            purchases,
            ahead.purchases_variance[days],
            ahead.buys[days],
            ahead.relative_variance[days],
        )
        for days, purchases in ahead.purchases.items()
    }


def ahead(fit: Fit, histories: Histories, days: int) -> Expected:
    """What the customers of `histories` will do in the next `days`, without a forecast of each."""
    alive, place = fit.alive_probability(histories), histories.position
    drawn = intervals.draw(fit, None, histories, days, DEFAULT_TERMS.seed).purchases
    return Expected(
        (alive * fit.purchases_if_alive(histories, days))[place],
        drawn.variance(alive)[place],
        drawn.any(alive)[place],
        intervals.relative_variance(fit, histories, days),
    )


def newcomers(facts: Facts, end: date, days: int, fit: Fit) -> Newcomers:
    """First purchases in the next `days`, from those of the last `ARRIVAL_DAYS`."""
    ages = number(end) - facts.first_day[facts.buyers(end)]
    recent = float((ages < ARRIVAL_DAYS).sum())
    share = days / ARRIVAL_DAYS
    blocks = min(_BLOCKS, int(ages.max(initial=0)) // _BLOCK_DAYS)
    counts = np.bincount(ages // _BLOCK_DAYS, minlength=blocks)[:blocks]
    is_uneven = blocks > 2 and counts.mean() > 0
    dispersion = max(1.0, counts.var(ddof=1) / counts.mean()) if is_uneven else 1.0
    one = Histories.of([0], [0.0], [0.0])
    left = [days * (step + 0.5) / _STEPS for step in range(_STEPS)]
    repeats = float(np.mean([fit.expected_purchases(one, each)[0] for each in left]))
    variance = dispersion * recent * share * (1 + share)  # theirs, and that of the rate taken
    return Newcomers(recent * share, variance, 1 + repeats)


def sums(known: Known, days: int, missed: Missed = Missed()) -> list[Sum]:
    """Orders, revenue and buying customers of the next `days`, in all and by category.

    Revenue is net of what comes back. A customer's purchases are split by the own mix, shrunk
    toward the population's, as if what is in one did not depend on what was in the last.
    """
    buyers, ahead = known.facts.buyers(known.end), known.ahead[days]
    likely, variance, buys = ahead.purchases, ahead.variance, ahead.buys
    new = newcomers(known.facts, known.end, days, known.fit)
    baskets = known.baskets
    per_purchase = _orders_per_purchase(known.facts)

    def total(
        measure: str, category: str | None, mean: float, own: float, of_new: float, more: float = 0
    ) -> Sum:
        """`of_new`: what one newcomer brings."""
        brought = new.expected * of_new
        unit = baskets.purchase_value if measure == "revenue" else 1.0
        spread = (
            own + mean**2 * (ahead.uncertain + more) + of_new**2 * new.variance + brought * unit
        )
        unknown = missed.of(days, measure, category)
        return Sum(days, measure, category, mean + brought, spread, unknown)

    found = [
        total(
            "orders", None, per_purchase * float(likely.sum()),
            per_purchase**2 * float(variance.sum()), per_purchase * new.purchases,
        ),
        total("active_customers", None, float(buys.sum()), float((buys * (1 - buys)).sum()), 1.0),
    ]  # fmt: skip
    rate = likely / np.maximum(buys, 1e-12)
    for name, (shares, usual) in zip(
        known.facts.categories, baskets.purchase_shares(), strict=True
    ):
        share = np.clip(shares[buyers], 0.0, 1.0)
        chance = buys * -np.expm1(rate * np.log1p(-np.minimum(share, 1 - 1e-12)))
        found += [
            total(
                "orders", name, per_purchase * float((likely * share).sum()),
                per_purchase**2
                * float((share**2 * variance + share * (1 - share) * likely).sum()),
                per_purchase * new.purchases * usual,
            ),
            total(
                "active_customers", name, float(chance.sum()),
                float((chance * (1 - chance)).sum()),
                -float(np.expm1(new.purchases * np.log1p(-min(usual, 1 - 1e-12)))),
            ),
        ]  # fmt: skip
    if known.spend is None or not np.isfinite(baskets.purchase_value):
        return found
    each = np.nan_to_num(known.spends, nan=baskets.purchase_value)
    worth, spread = likely * each, each**2 * (variance + likely / known.spend.values[0])
    more = known.spend.relative_variance()
    more = more if np.isfinite(more) else 0.0
    parts = zip(known.facts.categories, baskets.sales_shares(), baskets.kept_share, strict=True)
    means, owns, brought = 0.0, 0.0, 0.0
    for name, (shares, usual), kept in parts:
        share = shares[buyers]
        mean, own = kept * float((worth * share).sum()), kept**2 * float((spread * share).sum())
        of_new = kept * usual * new.purchases * baskets.purchase_value
        found.append(total("revenue", name, mean, own, of_new, more))
        means, owns, brought = means + mean, owns + own, brought + of_new
    found.append(total("revenue", None, means, owns, brought, more))
    return found


def actual(facts: Facts, start: date, end: date) -> dict[tuple[str, str | None], float]:
    """The same sums of days that are over, by measure and category; the latter for revenue only."""
    part = facts.within(start, end)
    known = part.category >= 0
    by_category: Floats = summed(
        part.category[known], part.net_amount[known], len(facts.categories)
    )
    return {
        ("orders", None): float(part.purchases.orders.sum()),
        ("active_customers", None): float(np.unique(part.purchases.customer).size),
        ("revenue", None): float(by_category.sum()),
        **{
            ("revenue", name): float(v)
            for name, v in zip(facts.categories, by_category, strict=True)
        },
    }


def by_key(found: Sequence[Sum]) -> dict[tuple[str, str | None], float]:
    """Expected sums by measure and category."""
    return {(one.measure, one.category): one.expected for one in found}


def _orders_per_purchase(facts: Facts) -> float:
    orders = facts.purchases.orders
    return float(orders.sum() / orders.size) if orders.size else 1.0

"""What each customer will buy and be worth, with intervals, and the same for all together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from rapport.value import intervals
from rapport.value.compressed import Floats, Histories
from rapport.value.fits import Fit
from rapport.value.intervals import Interval
from rapport.value.spend import SpendFit
from rapport.value.transactions import Customers

HORIZONS_DAYS = (30, 90, 365)
VALUE_DAYS = 365
_STEPS = 12  # of discounting: a month's purchases count as made in its middle


@dataclass(frozen=True)
class Terms:
    """What a company may set.

    Args:
        discount_rate_yearly: by which money a year away is worth less.
        margin_rate: share of spend that is margin; one number, or one a customer, (n,).
        level: share of customers whose figure should fall into their interval. 80 %: one in ten
            above, one in ten below; wider ones run from 0 to a multiple for almost everybody.
        seed: of the draws behind the intervals.
    """

    discount_rate_yearly: float = 0.10
    margin_rate: float | Floats = 1.0
    level: float = 0.8
    seed: int = 1


DEFAULT_TERMS = Terms()


@dataclass(frozen=True)
class Forecast:
    """One row a customer, in the order of `Customers`; amounts in the currency of the spend.

    Args:
        alive_probability: P(alive) now, (n,).
        purchases: expected purchases by horizon in days, (n,) each.
        purchases_between: their intervals.
        purchases_variance: their variances, (n,) each.
        buys: chance of at least one purchase, by horizon, (n,) each.
        relative_variance: of all expected purchases, by the parameters' uncertainty, by horizon.
        spend: expected spend of the next purchase, (n,); NaN where it is not determined.
        value: margin of the next 365 days, discounted, (n,); NaN likewise.
        value_between: its interval.
        total_purchases: expected purchases of all customers by horizon, with an interval.
        total_value: value of all customers, with an interval; customers without one are left out.
    """

    alive_probability: Floats
    purchases: dict[int, Floats]
    purchases_between: dict[int, Interval]
    purchases_variance: dict[int, Floats]
    buys: dict[int, Floats]
    relative_variance: dict[int, float]
    spend: Floats
    value: Floats
    value_between: Interval
    total_purchases: dict[int, tuple[float, float, float]]
    total_value: tuple[float, float, float]


def forecast(
    fit: Fit,
    spend: SpendFit | None,
    customers: Customers,
    terms: Terms = DEFAULT_TERMS,
    missed: float = 0.0,
) -> Forecast:
    """Forecast every customer; without a spend model all values are NaN.

    `missed` is the relative variance of totals by what the models do not know, see `backtest`.

    A discounted year follows Fader, Hardie, Lee (2005), "RFM and CLV", Journal of Marketing
    Research 42(4): expected purchases of each step times its discount, times expected spend; here
    over a year instead of for ever.
    """
    histories = customers.histories()
    place = histories.position
    alive = fit.alive_probability(histories)
    ahead = {days: alive * fit.purchases_if_alive(histories, days) for days in HORIZONS_DAYS}
    discounted = alive * _discounted_if_alive(fit, histories, terms.discount_rate_yearly)
    each = spend_of_each(spend, customers)
    worth = each * terms.margin_rate * discounted[place]
    # The draws are of whole purchases in multiples of expected spend; a year's discount on top.
    unit = each * terms.margin_rate * (discounted / np.maximum(ahead[VALUE_DAYS], 1e-300))[place]
    drawn = {
        days: intervals.draw(
            fit, spend if days == VALUE_DAYS else None, histories, days, terms.seed
        )
        for days in HORIZONS_DAYS
    }
    shares = {days: intervals.relative_variance(fit, histories, days) for days in HORIZONS_DAYS}
    unsure = {days: share + missed for days, share in shares.items()}
    year = drawn[VALUE_DAYS]
    between = year.spends.between(alive, terms.level)
    return Forecast(
        alive_probability=alive[place],
        purchases={days: values[place] for days, values in ahead.items()},
        purchases_between={
            days: found.purchases.between(alive, terms.level).at(place)
            for days, found in drawn.items()
        },
        purchases_variance={
            days: found.purchases.variance(alive)[place] for days, found in drawn.items()
        },
        buys={days: found.purchases.any(alive)[place] for days, found in drawn.items()},
        relative_variance=shares,
        spend=each,
        value=worth,
        value_between=between.at(place).times(unit),
        total_purchases={
            days: intervals.total(
                float(np.sum(histories.weight * ahead[days])),
                float(np.sum(histories.weight * found.purchases.variance(alive))),
                unsure[days],
                terms.level,
            )
            for days, found in drawn.items()
        },
        total_value=_total_value(
            worth,
            unit**2 * year.spends.variance(alive)[place],
            unsure[VALUE_DAYS] + spend.relative_variance() if spend else np.nan,
            terms.level,
        ),
    )


def value(
    fit: Fit, spend: SpendFit | None, customers: Customers, terms: Terms = DEFAULT_TERMS
) -> Floats:
    """The `value` of a forecast alone, without any draws, (n,)."""
    histories = customers.histories()
    alive = fit.alive_probability(histories)
    discounted = alive * _discounted_if_alive(fit, histories, terms.discount_rate_yearly)
    each = spend_of_each(spend, customers)
    return np.asarray(each * terms.margin_rate * discounted[histories.position])


def spend_of_each(spend: SpendFit | None, customers: Customers) -> Floats:
    """Expected spend of each customer's next purchase, (n,); NaN where it is not determined.

    The model is of purchases of positive value; all are expected to be as often free as they were.
    """
    if spend is None:
        return np.full(customers.ids.size, np.nan)
    share = customers.spend_purchases.sum() / max(customers.repeats.sum(), 1)
    return np.asarray(share * spend.expected(customers.spend_purchases, customers.spend_mean))


def _total_value(
    value: Floats, variance: Floats, relative: float, level: float
) -> tuple[float, float, float]:
    """Of the customers who have a value; NaN when none has."""
    is_known = np.isfinite(value)
    if not is_known.any():
        return (np.nan, np.nan, np.nan)
    own = float(variance[is_known].sum())
    return intervals.total(float(value[is_known].sum()), own, relative, level)


def table(customers: Customers, found: Forecast) -> pa.Table:
    """One row a customer, in ascending order; null where a figure is not determined."""
    columns: dict[str, Any] = {
        "customer_id": customers.ids,
        "repeat_purchases": customers.repeats,
        "recency_days": customers.recency_days,
        "age_days": customers.age_days,
        "alive_probability": found.alive_probability,
    }
    for days in HORIZONS_DAYS:
        columns[f"purchases_{days}_days"] = found.purchases[days]
        columns[f"purchases_{days}_days_low"] = found.purchases_between[days].low
        columns[f"purchases_{days}_days_high"] = found.purchases_between[days].high
    columns["spend"] = found.spend
    columns["value_12_months"] = found.value
    columns["value_12_months_low"] = found.value_between.low
    columns["value_12_months_high"] = found.value_between.high
    return pa.table({name: pa.array(part, from_pandas=True) for name, part in columns.items()})


def _discounted_if_alive(fit: Fit, histories: Histories, rate_yearly: float) -> Floats:
    """Expected purchases of the next year if alive, each discounted to today, (n,)."""
    distinct, place = histories.ages
    before, found = np.zeros(distinct.weight.size), np.zeros(distinct.weight.size)
    for step in range(_STEPS):
        end = VALUE_DAYS * (step + 1) / _STEPS
        until = fit.model.purchases_if_alive(fit.values, distinct, end)
        years = VALUE_DAYS / 365 * (step + 0.5) / _STEPS
        found += (until - before) * (1 + rate_yearly) ** -years
        before = until
    return found[place]

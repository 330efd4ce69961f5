"""Intervals of sums know what the models do not: they are as wide as past forecasts were off."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from rapport.value import backtest, fits, forecast, outlook
from rapport.value.facts import Facts, number
from rapport.value.outlook import Known, Missed
from rapport.value.purchases import MODELS
from rapport.value.spend import spend_model

FIRST, END = date(2022, 1, 1), date(2024, 12, 31)
WEIGHTS = (5.0, 3.0)
CUSTOMERS, DAYS_BETWEEN = 1500, 80.0


def shop(seed: int, unevenness: float, first: date = FIRST) -> Facts:
    """Customers come and buy more in some months than in others, all of them alike.

    Args:
        unevenness: standard deviation of the logarithm of a month's demand.
    """
    random = np.random.default_rng(seed)
    start, stop = number(first), number(END) + 91
    months = np.exp(unevenness * random.standard_normal((stop - start) // 30 + 1))
    days = np.arange(start, stop)
    demand = months[(days - start) // 30]
    born = random.choice(days, size=CUSTOMERS, p=demand / demand.sum())
    rate = random.gamma(0.8, 1 / DAYS_BETWEEN, CUSTOMERS)
    left = born + random.exponential(900, CUSTOMERS)
    drawn = random.poisson(rate * demand.max() * (stop - born))
    customer = np.repeat(np.arange(CUSTOMERS), drawn)
    day = born[customer] + (random.random(customer.size) * (stop - born)[customer]).astype(int)
    is_bought = random.random(customer.size) < demand[day - start] / demand.max()
    is_bought &= day < left[customer]
    customer = np.concatenate([np.arange(CUSTOMERS), customer[is_bought]])
    day = np.concatenate([born, day[is_bought]])
    customer, day = np.unique(np.stack([customer, day]), axis=1)
    usual = 90 / random.gamma(3.7, 1, CUSTOMERS)
    amount = random.gamma(6, 1 / 6, customer.size) * usual[customer]
    ids = np.array([f"c{place:05d}" for place in range(CUSTOMERS)], dtype=object)
    category = random.integers(0, 2, customer.size)
    ones = np.ones(customer.size, dtype=np.int64)
    return Facts(
        ids, ("books", "tea"), customer, day, category, ones, amount, amount, amount, amount
    )


def known(facts: Facts) -> Known:
    customers = facts.customers(END)
    fit = fits.fit(MODELS["pareto_nbd"], customers.histories())
    spend, _ = spend_model(customers)
    ahead = forecast.forecast(fit, spend, customers)
    return Known(facts, END, fit, spend, ahead.spend, outlook.expected(ahead), 3.0, 5.0)


def missed(facts: Facts) -> Missed:
    return backtest.missed(facts, END, MODELS["pareto_nbd"], (30, 90), WEIGHTS)


def share_held(whole: Facts, of: Missed) -> list[bool]:
    """Whether each sum of the days after END fell into its interval."""
    seen, found = known(whole.until(END)), []
    for days in (30, 90):
        came = outlook.actual(whole, END + timedelta(days=1), END + timedelta(days=days))
        for one in outlook.sums(seen, days, of):
            if (one.measure, one.category) in came:
                found.append(one.low <= came[one.measure, one.category] <= one.high)
    return found


def test_intervals_of_an_uneven_shop_hold_what_they_say() -> None:
    """What moves all customers at once no model of one customer knows: 80 % held a third."""
    held: list[bool] = []
    unaware: list[bool] = []
    for seed in range(10):
        whole = shop(seed, unevenness=0.25)
        held += share_held(whole, missed(whole.until(END)))
        unaware += share_held(whole, Missed())
    assert np.mean(unaware) < 0.5
    assert 0.7 <= np.mean(held) <= 0.95


def test_intervals_of_an_even_shop_are_hardly_wider() -> None:
    ratios = []
    for seed in range(3):
        seen = shop(seed, unevenness=0.0).until(END)
        told = outlook.sums(known(seen), 90, missed(seen))
        for one in told:
            narrow = replace(one, missed=0.0)
            ratios.append((one.high - one.low) / (narrow.high - narrow.low))
    assert 1.0 <= np.median(ratios) < 1.5


def test_the_totals_of_the_command_are_widened_likewise() -> None:
    """They have no newcomers and no categories, and were as narrow as those of a build."""
    model = MODELS["pareto_nbd"]
    seen = shop(2, unevenness=0.25).until(END)
    missed_by = backtest.purchases_missed(seen, END, model)
    assert 0.01 < missed_by < 0.5
    customers = seen.customers(END)
    fit = fits.fit(model, customers.histories())
    (_, low, high), (_, narrow_low, narrow_high) = (
        forecast.forecast(fit, None, customers, missed=by).total_purchases[90]
        for by in (missed_by, 0.0)
    )
    assert low < narrow_low < narrow_high < high
    assert backtest.purchases_missed(seen, FIRST + timedelta(days=100), model) == 0.0


def test_bounds_are_no_multiple_of_next_to_nothing() -> None:
    """Of a shop that was shut for years 1e-5 purchases were expected, and the upper bound of the
    year ahead was any power of ten.
    """
    whole = shop(4, unevenness=0.1)
    is_early = whole.day < number(END) - 900
    seen = whole._only(is_early | (np.cumsum(~is_early) <= 20))
    seen = replace(seen, day=np.where(seen.day < number(END) - 900, seen.day, number(END)))
    assert backtest.purchases_missed(seen, END, MODELS["pareto_nbd"]) < 10
    assert max(missed(seen).overall.values(), default=0.0) < 10


def test_a_part_is_missed_by_no_less_than_the_whole() -> None:
    found = Missed({(30, "orders"): 0.01, (90, "orders"): 0.04}, {30: 0.02, 90: 0.09})
    assert found.of(90, "orders", None) == found.of(30, "orders", None) == 0.04
    assert found.of(30, "orders", "tea") == 0.09
    assert found.of(90, "revenue", None) == 0.0


def test_one_look_back_widens_more_than_four() -> None:
    """Student's t: one square of 0.01 may well be the small one of many."""
    widths = [backtest._variance([0.01] * looks) ** 0.5 for looks in (1, 4)]
    assert widths == pytest.approx([0.1 * 3.0777 / 1.28155, 0.1 * 1.5332 / 1.28155], rel=1e-4)
    assert backtest._variance([-0.1, 0.05]) == backtest._variance([]) == 0.0


def test_a_new_category_makes_no_interval_endless() -> None:
    """Nothing was expected of it, and what came is any multiple of that."""
    whole = shop(1, unevenness=0.0)
    is_new = (whole.day > number(END) - 120) & (whole.customer % 2 == 0)
    named = ("books", "tea", "wine")
    facts = replace(whole, categories=named, category=np.where(is_new, 2, whole.category))
    found = missed(facts.until(END))
    assert max(found.by_category.values()) < 2


def test_a_short_history_is_looked_back_on_as_far_as_it_goes() -> None:
    facts = shop(3, unevenness=0.2, first=END - timedelta(days=200)).until(END)
    assert missed(facts).overall
    facts = shop(3, unevenness=0.2, first=END - timedelta(days=100)).until(END)
    assert not any(missed(facts).overall.values())

"""Forecasts and their intervals: what a customer does falls into them as often as they say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from rapport.value import fits, forecast, intervals, spend
from rapport.value.compressed import Histories
from rapport.value.forecast import Forecast, Terms
from rapport.value.purchases import MODELS
from tests.support.buyers import Buyers, simulate

NAMES = sorted(MODELS)


def _forecast(buyers: Buyers, name: str, terms: Terms | None = None) -> Forecast:
    customers = buyers.customers
    fit = fits.fit(MODELS[name], customers.histories())
    spends = spend.fit(customers.spend_purchases, customers.spend_mean)
    return forecast.forecast(fit, spends, customers, terms or Terms(discount_rate_yearly=0.0))


@pytest.mark.parametrize("name", NAMES)
def test_intervals_hold_what_they_say(name: str) -> None:
    """80 % of customers fall into 80 % intervals; a little more, purchases being whole numbers."""
    buyers = simulate(name, 4_000, seed=11)
    found = _forecast(buyers, name)
    between = found.purchases_between[365]
    later = buyers.customers.later
    assert 0.78 < np.mean((later >= between.low) & (later <= between.high)) < 0.92
    value = found.value_between
    spent = buyers.later_spend
    inside = (spent >= value.low - 1e-9) & (spent <= value.high + 1e-9)
    assert 0.78 < inside.mean() < 0.92
    is_active = found.alive_probability > 0.95  # where no lump at 0 makes it easy
    assert 0.76 < inside[is_active].mean() < 0.9


def test_totals_fall_into_their_intervals() -> None:
    """Of 24 sums 80 % should; 15 is the least that chance allows in 99 of 100 tries."""
    held = []
    for seed in range(12):
        for name in ("bg_nbd", "pareto_nbd"):
            customers = simulate(name, 1_000, seed=100 + seed).customers
            histories = customers.histories()
            fit = fits.fit(MODELS[name], histories)
            drawn = intervals.draw(fit, None, histories, 365, seed=1).purchases
            own = np.sum(histories.weight * drawn.variance(fit.alive_probability(histories)))
            mean = np.sum(histories.weight * fit.expected_purchases(histories, 365))
            share = intervals.relative_variance(fit, histories, 365)
            _, low, high = intervals.total(mean, own, share, 0.8)
            held.append(low <= customers.later.sum() <= high)
    assert 15 <= sum(held) < 24


@pytest.mark.parametrize("name", NAMES)
def test_drawn_purchases_have_the_mean_of_the_formula(name: str) -> None:
    """The draws and the closed forms are written independently of each other."""
    customers = simulate(name, 4_000, seed=12).customers
    histories = customers.histories()
    fit = fits.fit(MODELS[name], histories)
    still = intervals.draw(fit, None, histories, 365, seed=3).purchases
    drawn = still.drawn.mean(axis=1)[still.cell]
    expected = fit.purchases_if_alive(histories, 365)
    ratio = np.sum(drawn * histories.weight) / np.sum(expected * histories.weight)
    assert ratio == pytest.approx(1, abs=0.03)


@pytest.mark.parametrize("name", NAMES)
def test_the_newest_customers_of_an_old_shop_get_draws_of_their_own_age(name: str) -> None:
    """Their rate falls by the week: drawn at an age 80 days off it was up to three times theirs."""
    ages = np.arange(0.0, 3650.0, 10.0)
    histories = Histories.of(np.full(ages.size, 4), np.minimum(ages, 8.0), np.maximum(ages, 8.0))
    values = np.array([0.8, 30.0, 0.8, 80.0 if name == "pareto_nbd" else 3.0])
    fit = fits.Fit(MODELS[name], values, np.zeros((4, 4)), 0.0, 365, 1460, (), True, 0.0)
    drawn = intervals.draw(fit, None, histories, 90, seed=1).purchases
    ratio = drawn.drawn.mean(axis=1)[drawn.cell] / fit.purchases_if_alive(histories, 90)
    is_new = histories.age_days < 180
    assert ratio[is_new] == pytest.approx(1, abs=0.2)


def test_a_margin_and_a_discount_lower_the_value_as_they_say() -> None:
    """Half the margin is half the value; 10 % a year is about 5 % over a year's middle."""
    buyers = simulate("pareto_nbd", 1_500, seed=13)
    whole = _forecast(buyers, "pareto_nbd")
    half = _forecast(buyers, "pareto_nbd", Terms(discount_rate_yearly=0.0, margin_rate=0.5))
    later = _forecast(buyers, "pareto_nbd", Terms(discount_rate_yearly=0.1))
    assert half.value == pytest.approx(whole.value / 2)
    assert half.value_between.high == pytest.approx(whole.value_between.high / 2)
    ratio = later.total_value[0] / whole.total_value[0]
    assert 1.1**-0.5 - 0.01 < ratio < 1.1**-0.4


def test_free_purchases_lower_what_the_next_one_is_expected_to_be_worth() -> None:
    """The spend model knows positive values only: every second purchase free is half the value."""
    customers = simulate("pareto_nbd", 1_500, seed=13).customers
    random = np.random.default_rng(1)
    paid = random.binomial(customers.repeats, 0.5)
    some = replace(customers, spend_purchases=paid)
    found = spend.fit(some.spend_purchases, some.spend_mean)
    positive = found.expected(some.spend_purchases, some.spend_mean)
    share = paid.sum() / customers.repeats.sum()
    assert share == pytest.approx(0.5, abs=0.02)
    assert forecast.spend_of_each(found, some) == pytest.approx(share * positive)
    fit = fits.fit(MODELS["pareto_nbd"], some.histories())
    ahead = forecast.forecast(fit, found, some, Terms(discount_rate_yearly=0.0))
    assert ahead.value == pytest.approx(share * positive * ahead.purchases[365])


def test_a_negative_margin_keeps_bounds_in_order() -> None:
    """Some customers cost money; a lower bound above the upper one would be nonsense."""
    buyers = simulate("bg_nbd", 600, seed=14)
    margins = np.where(np.arange(600) % 2 == 0, -0.1, 0.3)
    found = _forecast(buyers, "bg_nbd", Terms(margin_rate=margins))
    assert (found.value_between.low <= found.value_between.high).all()
    assert (found.value[::2] <= 0).all() and (found.value[1::2] >= 0).all()


def test_without_a_spend_model_values_are_null_and_purchases_are_not() -> None:
    """Free samples have a future too, but no value is known of them."""
    customers = simulate("bg_nbd", 400, seed=15).customers
    fit = fits.fit(MODELS["bg_nbd"], customers.histories())
    rows = forecast.table(customers, forecast.forecast(fit, None, customers))
    assert rows.num_rows == 400
    assert rows["value_12_months"].null_count == rows["spend"].null_count == 400
    assert rows["purchases_365_days"].null_count == 0


def test_the_order_of_rows_and_a_second_run_change_nothing() -> None:
    """Draws are seeded and belong to histories, not to rows."""
    customers = simulate("pareto_nbd", 800, seed=16).customers
    order = np.random.default_rng(2).permutation(800)
    shuffled = type(customers)(**{name: part[order] for name, part in vars(customers).items()})
    fit = fits.fit(MODELS["pareto_nbd"], customers.histories())
    spends = spend.fit(customers.spend_purchases, customers.spend_mean)
    one = forecast.forecast(fit, spends, customers)
    again = forecast.forecast(fit, spends, customers)
    other = forecast.forecast(fit, spends, shuffled)
    assert (one.value_between.high == again.value_between.high).all()
    assert (one.value_between.high[order] == other.value_between.high).all()
    assert (one.value[order] == other.value).all()


@pytest.mark.parametrize("name", NAMES)
def test_ten_thousand_purchases_are_forecast(name: str) -> None:
    """A kiosk that buys all day must not overflow what all others get."""
    customers = simulate(name, 1_000, seed=17).customers
    fit = fits.fit(MODELS[name], customers.histories())
    heavy = Histories.of([10_000, 0], [3_000, 0], [3_000, 3_000])
    expected = fit.expected_purchases(heavy, 365)[heavy.position]
    assert 0 < expected[0] <= 10_001 / 3_000 * 365 * 1.01
    assert 0 <= expected[1] < 1

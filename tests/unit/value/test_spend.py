"""The spend model: who is in it, what it finds, and where it has no answer."""

from __future__ import annotations

import numpy as np
import pytest

from rapport.value import spend
from tests.support.buyers import SPEND, simulate


def test_a_fit_finds_the_parameters_that_spends_came_from() -> None:
    """Within four standard errors."""
    customers = simulate("bg_nbd", 20_000, seed=1).customers
    found = spend.fit(customers.spend_purchases, customers.spend_mean)
    errors = np.sqrt(np.diag(found.covariance))
    assert found.is_found and (errors < 0.1).all()
    assert (np.abs(np.log(found.values) - np.log(SPEND)) < 4 * errors).all()


def test_zero_negative_and_missing_spends_are_left_out_and_counted() -> None:
    """The model knows positive spends only; one zero would make the likelihood infinite."""
    customers = simulate("bg_nbd", 2_000, seed=2).customers
    purchases, mean = customers.spend_purchases, customers.spend_mean
    clean = spend.fit(purchases, mean)
    with_bad = spend.fit(
        np.concatenate([purchases, [2, 3, 1, 0]]), np.concatenate([mean, [0.0, -5.0, np.nan, 9.0]])
    )
    assert (with_bad.values == clean.values).all()
    assert (with_bad.buyers, with_bad.excluded) == (clean.buyers, clean.excluded + 3)


@pytest.mark.parametrize("unit", [0.001, 1e6])
def test_the_currency_changes_gamma_only(unit: float) -> None:
    """Rupiah or bitcoin: the same customers."""
    customers = simulate("bg_nbd", 2_000, seed=3).customers
    one = spend.fit(customers.spend_purchases, customers.spend_mean)
    other = spend.fit(customers.spend_purchases, customers.spend_mean * unit)
    assert other.values == pytest.approx(one.values * [1, 1, unit], rel=1e-5)


def test_expected_spend_lies_between_the_customer_and_the_population() -> None:
    """And nearer to the customer the more purchases there are."""
    customers = simulate("bg_nbd", 5_000, seed=4).customers
    found = spend.fit(customers.spend_purchases, customers.spend_mean)
    p, q, gamma = found.values
    all_of_them = p * gamma / (q - 1)
    counts = np.array([0, 1, 5, 100])
    own = np.full(4, all_of_them * 3)
    expected = found.expected(counts, own)
    assert expected[0] == pytest.approx(all_of_them)
    assert (np.diff(expected) > 0).all() and expected[-1] < own[-1]


def test_an_infinite_mean_is_no_number() -> None:
    """With q <= 1 the mean of a customer without repeats does not exist: null, never a guess."""
    customers = simulate("bg_nbd", 500, seed=5).customers
    found = spend.fit(customers.spend_purchases, customers.spend_mean)
    heavy = type(found)(**{**vars(found), "values": np.array([2.0, 0.8, 10.0])})
    expected = heavy.expected(np.array([0, 3]), np.array([np.nan, 20.0]))
    assert np.isnan(expected[0]) and expected[1] > 0


def test_one_price_for_all_is_the_expected_spend() -> None:
    """A subscription: nobody differs, so that the shapes run to their bounds."""
    purchases = np.arange(1, 301) % 20 + 1
    found = spend.fit(purchases, np.full(300, 9.99))
    assert found.is_found and set(found.on_bound) == {"p", "q"}
    assert found.expected(purchases, np.full(300, 9.99)) == pytest.approx(9.99, rel=1e-3)


def test_spends_that_differ_by_chance_alone_have_a_maximum() -> None:
    """All customers have one mean: q runs to its bound, or p and q along a ridge."""
    rng = np.random.default_rng(1)
    spends = np.array([rng.gamma(20, 7 / 20, 300).mean() for _ in range(300)])
    found = spend.fit(np.full(300, 300), spends)
    assert found.is_found
    assert found.expected(np.full(300, 300), spends) == pytest.approx(spends, rel=0.03)

"""The purchase models: limits, stability, and the parameters that simulated customers came from."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, special

from rapport.errors import RapportError
from rapport.value import fits, purchases
from rapport.value.compressed import Histories
from rapport.value.purchases import MODELS
from tests.support.buyers import TRUTH, simulate

NAMES = sorted(MODELS)
positive = st.floats(0.02, 50.0)
shapes = st.tuples(positive, st.floats(0.5, 500.0), positive, st.floats(0.05, 500.0))


def _one(repeats: float, recency_days: float, age_days: float) -> Histories:
    return Histories.of([repeats], [recency_days], [age_days])


@pytest.mark.parametrize("name", NAMES)
@given(
    values=shapes,
    repeats=st.integers(0, 10_000),
    age=st.floats(0, 10_000),
    share=st.floats(0, 1),
    days=st.floats(0.1, 1_000),
)
@settings(max_examples=60, deadline=None)
def test_no_history_gives_anything_but_a_probability(
    name: str, values: tuple[float, ...], repeats: int, age: float, share: float, days: float
) -> None:
    """Large x and T overflowed in the published forms; P(alive) stays in [0, 1]."""
    history = _one(repeats, share * age if repeats else 0.0, age)
    at = np.array(values)
    alive = purchases.alive_probability(MODELS[name], at, history)[0]
    assert 0 <= alive <= 1
    expected = MODELS[name].purchases_if_alive(at, history, days)[0]
    most = (at[0] + repeats) / (at[1] + age) * days  # who never leaves
    assert 0 <= expected <= most * (1 + 1e-9)
    value, by = purchases.rowwise(MODELS[name], at, history)
    assert np.isfinite(value).all() and np.isfinite(by).all()


@pytest.mark.parametrize("name", NAMES)
@given(values=shapes, repeats=st.integers(1, 200), age=st.floats(10, 1_000))
@settings(max_examples=40, deadline=None)
def test_a_longer_silence_never_makes_alive_more_likely(
    name: str, values: tuple[float, ...], repeats: int, age: float
) -> None:
    """The same purchases, the last of them longer ago: P(alive) falls."""
    recency = np.linspace(0.1, 1.0, 9) * age
    found = Histories.of(np.full(9, repeats), recency, np.full(9, age))
    alive = purchases.alive_probability(MODELS[name], np.array(values), found)[found.position]
    assert (np.diff(alive) >= -1e-9).all()


@pytest.mark.parametrize("name", NAMES)
@given(values=shapes, repeats=st.integers(0, 50), age=st.floats(10, 1_000))
@settings(max_examples=40, deadline=None)
def test_a_longer_horizon_never_expects_fewer_purchases(
    name: str, values: tuple[float, ...], repeats: int, age: float
) -> None:
    """Purchases of 30, 90 and 365 days rise."""
    history = _one(repeats, age / 2 if repeats else 0.0, age)
    found = [
        MODELS[name].purchases_if_alive(np.array(values), history, days)[0]
        for days in (30, 90, 365)
    ]
    assert (np.diff(found) >= -1e-12 * found[-1]).all()


def test_without_repeats_only_bg_nbd_holds_everybody_alive() -> None:
    """The known flaw of BG/NBD, and why it comes last in preference."""
    history = _one(0, 0, 365)
    alive = {
        name: purchases.alive_probability(MODELS[name], np.array(TRUTH[name]), history)[0]
        for name in NAMES
    }
    assert alive["bg_nbd"] == 1.0
    assert 0 < alive["mbg_nbd"] < 1 and 0 < alive["pareto_nbd"] < 1


@pytest.mark.parametrize("name", NAMES)
def test_who_bought_on_the_last_day_is_as_alive_as_can_be(name: str) -> None:
    """With t_x = T, Pareto/NBD has had no time to lose anybody."""
    alive = purchases.alive_probability(MODELS[name], np.array(TRUTH[name]), _one(3, 90, 90))[0]
    assert alive == 1.0 if name == "pareto_nbd" else 0.5 < alive < 1.0


@pytest.mark.parametrize("name", NAMES)
@given(values=shapes, repeats=st.integers(0, 60), age=st.floats(1, 1_000), share=st.floats(0, 1))
@settings(max_examples=30, deadline=None)
def test_slopes_are_those_of_the_likelihood(
    name: str, values: tuple[float, ...], repeats: int, age: float, share: float
) -> None:
    """A wrong derivative ends the search in the wrong place without a word."""
    history = _one(repeats, share * age if repeats else 0.0, age)
    at = np.array(values)
    _, by = purchases.rowwise(MODELS[name], at, history)
    for n in range(4):
        step = 1e-3 * at[n]  # wide: the integral itself is right to 1e-7
        move = np.eye(4)[n] * step
        up = purchases.rowwise(MODELS[name], at + move, history)[0][0]
        down = purchases.rowwise(MODELS[name], at - move, history)[0][0]
        slope = by[n, 0] * at[n]
        assert (up - down) / 2e-3 == pytest.approx(slope, rel=1e-3, abs=1e-4 * (1 + repeats))


@given(
    r=st.floats(0.05, 3),
    alpha=st.floats(1, 300),
    s=st.floats(0.05, 3),
    beta=st.floats(0.01, 3_000),
    repeats=st.integers(0, 300),
    age=st.floats(1, 2_000),
    share=st.floats(0, 0.99),
)
@settings(max_examples=60, deadline=None)
def test_the_pareto_integral_is_what_adaptive_quadrature_says(
    r: float, alpha: float, s: float, beta: float, repeats: int, age: float, share: float
) -> None:
    """A fixed number of nodes must do for all parameters that a fit may visit."""
    recency = share * age if repeats else 0.0
    terms = MODELS["pareto_nbd"].terms(np.array([r, alpha, s, beta]), _one(repeats, recency, age))
    highest = -(r + repeats) * np.log(alpha + recency) - (s + 1) * np.log(beta + recency)

    def integrand(u: float) -> float:
        t = np.exp(u) - min(alpha, beta)
        power = -(r + repeats) * np.log(alpha + t) - (s + 1) * np.log(beta + t) + u
        return float(np.exp(power - highest))

    low, high = np.log(min(alpha, beta) + np.array([recency, age]))
    wanted = integrate.quad(integrand, low, high, limit=500, epsabs=0, epsrel=1e-11)[0]
    found = terms.dead[0] - np.log(s) - s * np.log(beta) - highest
    assert found == pytest.approx(np.log(wanted), abs=1e-7)


@given(
    r=st.floats(0.1, 3),
    alpha=st.floats(5, 300),
    a=st.floats(1.05, 5),
    b=st.floats(0.5, 10),
    repeats=st.integers(0, 30),
    age=st.floats(1, 700),
)
@settings(max_examples=60, deadline=None)
def test_expected_purchases_are_the_published_formula(
    r: float, alpha: float, a: float, b: float, repeats: int, age: float
) -> None:
    """Equation 10 of Fader, Hardie, Lee (2005), where its digits hold (a well above 1)."""
    days, shape, later = 100.0, b + repeats, alpha + age + 100.0
    wanted = (a + shape - 1) / (a - 1) * (
        1
        - ((alpha + age) / later) ** (r + repeats)
        * special.hyp2f1(r + repeats, shape, a + shape - 1, days / later)
    )  # fmt: skip
    model, at = MODELS["bg_nbd"], np.array([r, alpha, a, b])
    found = model.purchases_if_alive(at, _one(repeats, age if repeats else 0, age), days)[0]
    assert found == pytest.approx(wanted, rel=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_a_fit_finds_the_parameters_that_customers_came_from(name: str) -> None:
    """Within four standard errors, and those small enough to say something."""
    histories = simulate(name, 20_000, seed=5).customers.histories()
    found = fits.fit(MODELS[name], histories)
    errors = np.sqrt(np.diag(found.covariance))
    assert found.is_found and found.on_bound == ()
    assert (errors < 0.35).all() and (errors > 1e-3).all()
    assert (np.abs(np.log(found.values) - np.log(TRUTH[name])) < 4 * errors).all()


@pytest.mark.parametrize("name", NAMES)
def test_the_unit_of_time_changes_names_not_the_fit(name: str) -> None:
    """Weeks read as days made values several times too high elsewhere."""
    customers = simulate(name, 1_500, seed=6).customers
    days = fits.fit(MODELS[name], customers.histories())
    weeks = Histories.of(customers.repeats, customers.recency_days / 7, customers.age_days / 7)
    other = fits.fit(MODELS[name], weeks)
    assert days.in_unit("week") == pytest.approx(
        {key.replace("days", "weeks"): value for key, value in other.in_unit("day").items()},
        rel=1e-4,
    )
    assert days.log_likelihood_in("week") == pytest.approx(other.log_likelihood, abs=1e-6)


def test_the_order_of_customers_changes_nothing() -> None:
    """The same to the last digit, whatever order a database answers in."""
    customers = simulate("pareto_nbd", 1_500, seed=7).customers
    order = np.random.default_rng(1).permutation(1_500)
    one = fits.fit(MODELS["pareto_nbd"], customers.histories())
    other = fits.fit(
        MODELS["pareto_nbd"],
        Histories.of(
            customers.repeats[order], customers.recency_days[order], customers.age_days[order]
        ),
    )
    assert (one.values == other.values).all() and one.log_likelihood == other.log_likelihood


@pytest.mark.parametrize("name", NAMES)
def test_customers_who_never_leave_end_on_a_bound_and_say_so(name: str) -> None:
    """Nothing diverges, and forecasts are those of the rate alone."""
    random = np.random.default_rng(8)
    age = random.integers(200, 401, 1_500).astype(float)
    repeats = random.poisson(random.gamma(2.0, 1 / 60, 1_500) * age)
    recency = np.where(repeats > 0, age * random.random(1_500) ** (1 / np.maximum(repeats, 1)), 0.0)
    histories = Histories.of(repeats, recency, age)
    found = fits.fit(MODELS[name], histories)
    assert found.is_found and np.isfinite(found.values).all()
    assert found.alive_probability(histories).mean() > 0.9
    total = (histories.weight * found.expected_purchases(histories, 365)).sum()
    assert total == pytest.approx(repeats.sum() / age.sum() * 365 * 1_500, rel=0.15)


def test_some_who_leave_at_once_are_not_taken_for_slow_buyers() -> None:
    """The search ended where nobody leaves, 6.6 below the maximum: one in twenty never came back,
    and nobody else ever left.
    """
    random = np.random.default_rng(9)
    age = random.integers(200, 730, 500).astype(float)
    rate = random.gamma(3.0, 1 / 200, 500)
    repeats = np.where(random.random(500) < 0.06, 0, random.poisson(rate * age))
    recency = np.where(
        repeats > 0, np.ceil(age * random.random(500) ** (1 / np.maximum(repeats, 1))), 0.0
    )
    histories = Histories.of(repeats, recency, age)
    found = fits.fit(MODELS["pareto_nbd"], histories)
    at_once = np.array([2.725, 177.2, 0.0065, 0.0475])
    rows, _ = purchases.rowwise(MODELS["pareto_nbd"], at_once, histories)
    assert found.is_found
    assert found.log_likelihood >= np.sum(rows * histories.weight)


@pytest.mark.parametrize("name", NAMES)
def test_customers_of_one_age_are_fitted(name: str) -> None:
    """A shop that opened to all on one day."""
    whole = simulate(name, 3_000, seed=9, days=300).customers
    is_in = whole.age_days >= 280
    histories = Histories.of(
        whole.repeats[is_in],
        np.minimum(whole.recency_days[is_in], 300),
        np.full(int(is_in.sum()), 300.0),
    )
    found = fits.fit(MODELS[name], histories)
    assert found.is_found
    assert found.alive_probability(histories).min() > 0


@pytest.mark.parametrize("name", NAMES)
def test_a_large_shop_is_fitted_on_all_its_customers_not_on_a_sample(name: str) -> None:
    """The search starts on a sample; the end must be the maximum of all."""
    histories = simulate(name, 45_000, seed=10).customers.histories()
    found = fits.fit(MODELS[name], histories)
    thinned = fits.fit(MODELS[name], histories.thinned(fits.SAMPLE_CUSTOMERS))
    for factor in (0.99, 1.01):
        for n in range(4):
            moved = found.values * np.where(np.arange(4) == n, factor, 1.0)
            rows, _ = purchases.rowwise(MODELS[name], moved, histories)
            assert np.sum(rows * histories.weight) < found.log_likelihood
    assert (thinned.values != found.values).any()


def test_nobody_who_bought_again_is_an_error_that_says_so() -> None:
    """No parameter can be known then."""
    with pytest.raises(RapportError, match="none of 3 customers bought again") as raised:
        fits.fit(MODELS["bg_nbd"], Histories.of([0, 0, 0], [0, 0, 0], [5, 6, 7]))
    assert raised.value.code == "clv-insufficient"


@pytest.mark.parametrize(
    "row",
    [(np.nan, 0, 5), (1, np.nan, 5), (1, 2, np.nan), (1, 6, 5), (0, 1, 5), (-1, 0, 5), (1.5, 1, 5)],
)
def test_an_impossible_history_is_refused_with_its_row(row: tuple[float, float, float]) -> None:
    """NaN in one customer made every parameter NaN."""
    with pytest.raises(RapportError, match="row 1: ") as raised:
        Histories.of([1, row[0]], [2, row[1]], [9, row[2]])
    assert raised.value.code == "clv-history-invalid"


@pytest.mark.parametrize("name", MODELS)
def test_subscribers_as_regular_as_a_clock_have_a_maximum(name: str) -> None:
    """Monthly purchases, some of whom leave: the rate of all is one, and its shape has no end.

    A search that stopped on that ridge left Pareto/NBD and MBG/NBD out, and the worst was chosen.
    """
    rng = np.random.default_rng(2)
    age = rng.integers(60, 700, 600).astype(np.float64)
    repeats = np.minimum(rng.geometric(0.06, 600) - 1, (age // 30).astype(np.int64))
    recency = np.minimum(repeats * 30.4, age)
    found = fits.fit(MODELS[name], Histories.of(repeats, recency, age))
    assert found.is_found
    if name != "bg_nbd":
        assert "r" in found.on_bound
        alone = fits.fit(MODELS["bg_nbd"], Histories.of(repeats, recency, age))
        assert found.log_likelihood > alone.log_likelihood + 100

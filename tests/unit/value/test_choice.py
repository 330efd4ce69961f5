"""The choice of a model, errors of forecasts, and whether there are data enough."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from rapport.value import assessment, choice, fits
from rapport.value.compressed import Histories
from rapport.value.purchases import MODELS
from rapport.value.transactions import Customers
from tests.support.buyers import simulate


def _customers(before: list[int], later: list[int]) -> Customers:
    """Customers of 400 days who bought so often in the last period, never before, and after it."""
    none = np.zeros(len(later), dtype=np.int64)
    found = (np.array(part, dtype=np.int64) for part in (later, before, none))
    ages = np.full(len(later), 400.0)
    return Customers(none.astype(object), none, ages, ages, none, ages, *found)


def test_a_clearly_better_forecast_wins_whatever_the_preference() -> None:
    """Preference decides ties only."""
    random = np.random.default_rng(1)
    rates = random.gamma(1, 2, 2_000)
    actual = random.poisson(rates)
    forecasts = {"bg_nbd": rates, "mbg_nbd": rates * 1.5, "pareto_nbd": np.full(2_000, 2.0)}
    name, because = choice.choose(forecasts, actual)
    assert name == "bg_nbd" and because.startswith("least deviance")


def test_forecasts_that_cannot_be_told_apart_go_by_preference() -> None:
    """A difference within its standard error is chance."""
    random = np.random.default_rng(2)
    rates = random.gamma(1, 2, 300)
    actual = random.poisson(rates)
    nearly = rates * random.normal(1, 0.02, 300)
    name, because = choice.choose({"bg_nbd": rates, "pareto_nbd": nearly}, actual)
    assert name == "pareto_nbd"
    assert "within one standard error" in because or because.startswith("least deviance")


def test_a_perfect_forecast_has_no_deviance_and_zero_actuals_are_no_nan() -> None:
    """y log(y / m) is 0 at y = 0."""
    actual = np.array([0, 1, 4])
    assert choice.poisson_deviances(np.array([1e-12, 1.0, 4.0]), actual) == pytest.approx(
        [0, 0, 0], abs=1e-9
    )
    found = choice.errors(np.array([0.5, 1.0, 4.0]), actual)
    assert found.deviance == pytest.approx(2 * 0.5 / 3)
    assert found.total_error == pytest.approx(0.1)


def test_one_who_comes_back_from_years_of_silence_does_not_make_all_models_alike() -> None:
    """3,000 purchases, then seven years without: P(alive) is smaller than any number."""
    long_gone = Histories.of([3_000], [1_000], [3_650])
    values = np.array([0.8, 30.0, 0.8, 3.0])
    fit = fits.Fit(MODELS["mbg_nbd"], values, np.zeros((4, 4)), 0.0, 1, 3_000, (), True, 0.0)
    assert fit.expected_purchases(long_gone, 90) == 0
    random = np.random.default_rng(3)
    rates = np.append(random.gamma(1, 2, 2_000), 0.0)
    actual = np.append(random.poisson(rates[:-1]), 5)
    forecasts = {"bg_nbd": rates * 1.5, "mbg_nbd": rates, "pareto_nbd": rates * 1.6}
    name, _ = choice.choose(forecasts, actual)
    assert name == "mbg_nbd"
    assert np.isfinite(choice.errors(rates, actual).deviance)


def test_no_purchase_in_a_holdout_gives_no_ratio() -> None:
    """Division by zero is None, never 0 or infinite, and nothing beats anything."""
    found = choice.errors(np.full(20, 0.1), np.zeros(20, dtype=np.int64))
    assert found.total_error is None
    assert not choice.beats(found, choice.naive_errors(_customers([0] * 20, [0] * 20), 90))


def test_the_naive_rule_is_lifted_for_deviance_and_not_for_its_total() -> None:
    """Its deviance would be infinite otherwise, and its total is what it says."""
    found = choice.naive_errors(_customers([0, 0, 3], [1, 0, 2]), 90)
    assert found.predicted == pytest.approx(3.0)
    assert found.mean_absolute_error == pytest.approx(2 / 3)
    lifted = np.array([choice.NAIVE_LIFT, choice.NAIVE_LIFT, 3.0])
    wanted = choice.poisson_deviances(lifted, np.array([1, 0, 2])).mean()
    assert found.deviance == pytest.approx(wanted)


def test_the_naive_rule_learns_what_silence_meant_the_last_time() -> None:
    """Of 100 who were silent, 40 bought once in the period after: 0 is lifted to 0.4."""
    before = [1] * 40 + [0] * 60
    found = choice.naive_errors(_customers(before, [0] * 100), 90)
    wanted = choice.poisson_deviances(np.maximum(before, 0.4), np.zeros(100, dtype=np.int64))
    assert found.deviance == pytest.approx(wanted.mean())


def test_deciles_hold_all_customers_in_order_of_forecast() -> None:
    """The calibration table sums to the totals."""
    forecast = np.random.default_rng(3).random(1_000)
    actual = np.arange(1_000) % 3
    found = choice.errors(forecast, actual)
    predicted = [low for low, _ in found.deciles]
    assert len(found.deciles) == 10 and predicted == sorted(predicted)
    assert sum(predicted) * 100 == pytest.approx(found.predicted)


def test_customers_forecast_alike_are_not_put_into_deciles_by_what_they_did() -> None:
    """Half of them bought: each tenth says so, in whatever order the rows come."""
    actual = np.arange(1_000) % 2
    for came in (actual, np.sort(actual), np.sort(actual)[::-1]):
        found = choice.errors(np.full(1_000, 0.5), came)
        assert found.deciles == [(0.5, 0.5)] * 10


@pytest.mark.parametrize(
    ("customers", "repeaters", "age", "said"),
    [
        (1, 1, 400, "1 customers, 100 needed"),
        (200, 0, 400, "0 customers who bought again, 50 needed"),
        (200, 200, 0, "0 days of history, 90 needed"),
        (200, 200, 400, None),
    ],
)
def test_too_few_data_are_named(customers: int, repeaters: int, age: int, said: str | None) -> None:
    """Four parameters from a handful of customers are noise."""
    repeats = (np.arange(customers) < repeaters).astype(int)
    histories = Histories.of(repeats, repeats * age / 2, np.full(customers, age))
    reason = choice.insufficiency(histories)
    assert reason == said if said is None else said in str(reason)


def test_the_model_used_so_far_is_kept_until_another_is_clearly_better() -> None:
    """Else values and tiers would jump from day to day between models that are about as good."""
    random = np.random.default_rng(2)
    actual = random.poisson(1.0, 400)
    close = {"bg_nbd": np.full(400, 1.0), "pareto_nbd": np.full(400, 1.12)}
    excess = choice.poisson_deviances(close["pareto_nbd"], actual) - choice.poisson_deviances(
        close["bg_nbd"], actual
    )
    error = excess.std() / 20
    assert error < excess.mean() < 2 * error
    assert choice.choose(close, actual)[0] == "bg_nbd"
    assert choice.choose(close, actual, last="pareto_nbd")[0] == "pareto_nbd"
    assert choice.choose(close, actual, last="mbg_nbd")[0] == "bg_nbd"
    far = close | {"pareto_nbd": np.full(400, 2.0)}
    assert choice.choose(far, actual, last="pareto_nbd")[0] == "bg_nbd"


def test_a_model_without_a_maximum_gives_way_to_the_next_best() -> None:
    """Chosen on the inner holdout, it may have none on all days."""
    histories = simulate("bg_nbd", 500, 1).customers.histories()
    fitted = {name: fits.fit(model, histories) for name, model in MODELS.items()}
    zeros, inner = np.zeros(10, dtype=np.int64), {}
    for name, forecast in (("pareto_nbd", 0.1), ("mbg_nbd", 0.3), ("bg_nbd", 0.2)):
        inner[name] = choice.errors(np.full(10, forecast), zeros)
    chosen = assessment.Chosen("pareto_nbd", "least deviance", 90, inner, None)
    assert assessment.usable(chosen, fitted) == ("pareto_nbd", "least deviance")
    fitted["pareto_nbd"] = replace(fitted["pareto_nbd"], is_found=False)
    name, because = assessment.usable(chosen, fitted)
    assert name == "bg_nbd" and "pareto_nbd" in because
    none = {name: replace(fit, is_found=False) for name, fit in fitted.items()}
    assert assessment.usable(chosen, none)[0] is None


def test_rounding_does_not_choose_between_models_that_forecast_the_same() -> None:
    """All models are one where nobody leaves; the same customers must not get another each day."""
    actual = np.arange(100, dtype=np.int64) % 5
    same = np.full(100, 3.0)
    forecasts = {"pareto_nbd": same + 1e-9, "mbg_nbd": same, "bg_nbd": same}
    assert choice.choose(forecasts, actual)[0] == "pareto_nbd"

"""How far sums forecast a quarter, two, three and four ago missed what came since.

A model knows how much customers differ and how well its parameters are known. It does not know
seasons, growth or a new rival, and these move all customers together, so that they hardly show in
one customer's interval and are most of what a sum may be off by. How large they are the past says:
the chosen model is fitted again as of each of the last quarters, and what its sums were off by,
less what it would have explained, is the variance that an interval has to add.

Source: evaluation on a rolling forecasting origin, Tashman (2000), International Journal of
Forecasting 16(4); the variance is a mean of few squares, so that bounds are those of Student's t.
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
from scipy import special

from rapport.value import choice, fits, forecast, outlook
from rapport.value.choice import HasCustomers
from rapport.value.compressed import Histories
from rapport.value.facts import Facts
from rapport.value.fits import Fit
from rapport.value.outlook import Known, Missed, Sum
from rapport.value.purchases import PurchaseModel
from rapport.value.spend import spend_model
from rapport.value.words import HOLDOUT_DAYS

QUARTERS = 4  # each season once; what was off longer ago was another company
# Of fewer purchases expected, those of a shop that was shut or of a stray date long after all
# others, what came is any multiple, and the bounds of the sum would be it too.
_LEAST_EXPECTED = 10


def missed(
    facts: Facts,
    end: date,
    model: PurchaseModel,
    horizons: tuple[int, ...],
    weights: tuple[float, float],
) -> Missed:
    """Of the sums that `model` forecasts from `end` on.

    Args:
        facts: with nothing after `end`.
        horizons: in days, none longer than a quarter.
        weights: of margins and of categories, as of `Baskets`.
    """
    overall: dict[tuple[int, str], list[float]] = {}
    by_category: dict[int, list[float]] = {}
    for origin in _origins(end):
        then = _known(facts, origin, model, horizons, weights)
        if then is None:
            break
        for days in horizons:
            came = outlook.actual(facts, origin + timedelta(days=1), origin + timedelta(days=days))
            told = [one for one in outlook.sums(then, days) if _key(one) in came]
            if outlook.by_key(told)["orders", None] < _LEAST_EXPECTED:
                continue
            for measure in outlook.MEASURES:
                whole = [one for one in told if _key(one) == (measure, None)]
                overall.setdefault((days, measure), []).extend(_squares(whole, came))
            parts = [one for one in told if one.category is not None]
            by_category.setdefault(days, []).extend(_squares(parts, came))
    return Missed(
        {key: _variance(squares) for key, squares in overall.items()},
        {days: _variance(squares) for days, squares in by_category.items()},
    )


def purchases_missed(transactions: HasCustomers, end: date, model: PurchaseModel) -> float:
    """Relative variance, likewise, of all purchases that known customers make from `end` on."""
    squares = []
    for origin in _origins(end):
        customers = transactions.customers(origin, origin + timedelta(days=HOLDOUT_DAYS))
        histories = customers.histories()
        fit = _fit(histories, model)
        if fit is None:
            break
        ahead = outlook.ahead(fit, histories, HOLDOUT_DAYS)
        expected, own = float(ahead.purchases.sum()), float(ahead.variance.sum())
        if expected < _LEAST_EXPECTED:
            continue
        variance = own + expected**2 * ahead.uncertain
        told = Sum(HOLDOUT_DAYS, "purchases", None, expected, variance, 0.0)
        squares += _squares([told], {_key(told): float(customers.later.sum())})
    return _variance(squares)


def _origins(end: date) -> list[date]:
    return [end - timedelta(days=HOLDOUT_DAYS * quarter) for quarter in range(1, QUARTERS + 1)]


def _fit(histories: Histories, model: PurchaseModel) -> Fit | None:
    """Of histories as of an origin; None where there was too little yet."""
    if choice.insufficiency(histories):
        return None
    found = fits.fit(model, histories.thinned(fits.SAMPLE_CUSTOMERS))
    return found if found.is_found else None


def _known(
    facts: Facts,
    origin: date,
    model: PurchaseModel,
    horizons: tuple[int, ...],
    weights: tuple[float, float],
) -> Known | None:
    """What would have been forecast from a day on; None where there was too little yet."""
    customers = facts.customers(origin)
    histories = customers.histories()
    fit = _fit(histories, model)
    if fit is None:
        return None
    spend, _ = spend_model(customers)
    margin_weight, category_weight = weights
    return Known(
        facts.until(origin),
        origin,
        fit,
        spend,
        forecast.spend_of_each(spend, customers),
        {days: outlook.ahead(fit, histories, days) for days in horizons},
        category_weight,
        margin_weight,
    )


def _key(one: Sum) -> tuple[str, str | None]:
    return one.measure, one.category


def _squares(told: list[Sum], came: dict[tuple[str, str | None], float]) -> list[float]:
    """One square, of all sums of one origin together; none where nothing was expected.

    It is what they were off by, squared and as a share of themselves, less what was to be expected.
    Each by itself would not do: a new category is off by any multiple of next to nothing.
    """
    missed = np.array([came[_key(one)] - one.expected for one in told])
    explained = np.array([one.known_variance for one in told])
    expected = np.array([one.expected for one in told])
    if not expected.sum() > 0:
        return []
    return [float((missed**2 - explained).sum() / (expected**2).sum())]


def _variance(squares: list[float]) -> float:
    """With which a normal interval is as wide as Student's t of so few squares wants it."""
    if not squares:
        return 0.0
    upper = (1 + forecast.DEFAULT_TERMS.level) / 2
    wider = float(special.stdtrit(len(squares), upper) / special.ndtri(upper))
    return max(float(np.mean(squares)), 0.0) * wider**2

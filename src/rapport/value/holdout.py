"""How the forecast of a quarter ago did since: what may be published, and the figures behind it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np

from rapport.predictions import NONE
from rapport.value import assessment, categories, choice, fits, forecast, outlook
from rapport.value.baskets import Baskets
from rapport.value.choice import Errors
from rapport.value.compressed import Floats, Histories
from rapport.value.facts import Facts
from rapport.value.fits import Fit
from rapport.value.outlook import Known
from rapport.value.purchases import MODELS
from rapport.value.quality import NEXT_CATEGORY, Check, Figure, miscalibration
from rapport.value.spend import spend_model
from rapport.value.transactions import Customers
from rapport.value.words import (
    HOLDOUT_DAYS,
    NO_MAXIMUM,
    NO_PURCHASES,
    NO_SPEND,
    Words,
    missed_more,
    off_total,
    too_little,
    verdict,
)

PREDICTIONS = ("purchases", "sales", *outlook.MEASURES, "category_revenue", NEXT_CATEGORY)


def check(
    facts: Facts,
    end: date,
    margin_weight: float,
    category_weight: float,
    last_model: str | None = None,
) -> Check:
    """Forecast the last `HOLDOUT_DAYS` up to `end` from what was known before them.

    Args:
        facts: with nothing after `end`.
        margin_weight, category_weight: as of `Baskets`.
        last_model: that the last build chose; kept while no other does clearly better.
    """
    before = end - timedelta(days=HOLDOUT_DAYS)
    found = Check(before + timedelta(days=1), end)
    customers = facts.customers(before, end)
    histories = customers.histories()
    if reason := too_little(histories, before) if facts.ids.size else NO_PURCHASES:
        return _refused(found, reason, histories.customers)
    chosen = assessment.choose(facts, before, histories, last_model)
    thinned = histories.thinned(fits.SAMPLE_CUSTOMERS)
    fitted = {
        name: fits.fit(model, histories if name == chosen.name else thinned)
        for name, model in MODELS.items()
    }
    found.model, _ = assessment.usable(chosen, fitted)
    fitted = {name: fit for name, fit in fitted.items() if fit.is_found}
    if found.model is None:
        return _refused(found, NO_MAXIMUM, histories.customers)
    fit = fitted[found.model]
    _purchases(found, fitted, customers, histories)
    _money(found, facts, before, fit, customers, margin_weight, category_weight)
    if reason := found.reason("purchases"):
        found.refuse(reason)
    baskets = Baskets.lately(facts, before, margin_weight, category_weight)
    _next_category(found, facts, before, baskets)
    return found


def _refused(found: Check, reason: Words, customers: int) -> Check:
    found.figures = [
        Figure(prediction, NONE, NONE, customers, None, None, reason) for prediction in PREDICTIONS
    ]
    return found


def _purchases(
    found: Check, fitted: dict[str, Fit], customers: Customers, histories: Histories
) -> None:
    naive = choice.naive_errors(customers, HOLDOUT_DAYS)
    for name, fit in fitted.items():
        expected = fit.expected_purchases(histories, HOLDOUT_DAYS)[histories.position]
        reason = Words(
            f"for comparison: {found.model} did best before", f"仅供比较：此前{found.model}最佳"
        )
        _compare(found, "purchases", name, choice.errors(expected, customers.later), naive, reason)


def _compare(
    found: Check,
    prediction: str,
    model: str,
    errors: Errors,
    naive: Errors,
    not_chosen: Words | None = None,
) -> None:
    """Metrics of a forecast of each customer, and whether it may be published."""
    is_chosen = not_chosen is None or model == found.model
    reason = verdict(errors, naive) if is_chosen else not_chosen
    metrics = (
        ("poisson_deviance", errors.deviance, naive.deviance),
        ("total_error", errors.total_error, naive.total_error),
        ("calibration_error", miscalibration(errors), miscalibration(naive)),
        ("mean_absolute_error", errors.mean_absolute_error, naive.mean_absolute_error),
    )
    found.figures += [
        Figure(prediction, model, metric, errors.customers, value, other, reason)
        for metric, value, other in metrics
    ]
    found.bins[prediction, model] = errors


def _money(
    found: Check,
    facts: Facts,
    before: date,
    fit: Fit,
    customers: Customers,
    margin_weight: float,
    category_weight: float,
) -> None:
    """Sales of each customer, and the sums over all."""
    spend, _ = spend_model(customers)
    seen = facts.until(before)
    ahead = outlook.ahead(fit, customers.histories(), HOLDOUT_DAYS)
    each = forecast.spend_of_each(spend, customers)
    known = Known(
        seen, before, fit, spend, each, {HOLDOUT_DAYS: ahead}, category_weight, margin_weight
    )
    model = fit.model.name
    if spend is None:
        names = ("sales", "revenue", "category_revenue")
        count = customers.ids.size
        found.figures += [Figure(name, model, NONE, count, None, None, NO_SPEND) for name in names]
    else:
        unit = known.baskets.purchase_value
        is_known = np.isfinite(each)
        later, recent, earlier = (
            part[is_known] / unit for part in facts.amounts(before, HOLDOUT_DAYS)
        )
        expected = (ahead.purchases * each)[is_known] / unit
        told = replace(
            customers, age_days=customers.age_days[is_known],
            later=later, before=recent, earlier=earlier,
        )  # fmt: skip
        naive = choice.naive_errors(told, HOLDOUT_DAYS)
        _compare(found, "sales", model, choice.errors(np.maximum(expected, 1e-9), later), naive)
    _sums(found, facts, known, customers.ids.size)


def _sums(found: Check, facts: Facts, known: Known, customers: int) -> None:
    model = known.fit.model.name
    expected = outlook.by_key(outlook.sums(known, HOLDOUT_DAYS))
    came = outlook.actual(facts, found.start, found.end)
    naive = outlook.actual(facts, known.end - timedelta(days=HOLDOUT_DAYS - 1), known.end)
    for measure in outlook.MEASURES:
        key = (measure, None)
        if key in expected:
            error, other = (_off(values[key], came[key]) for values in (expected, naive))
            reason = off_total(error, other)
            found.figures.append(
                Figure(measure, model, "total_error", customers, error, other, reason)
            )
    names = [name for name in facts.categories if ("revenue", name) in expected]
    if not names:
        return
    predicted, actual, same = (
        np.maximum([values["revenue", name] for name in names], 0.0)
        for values in (expected, came, naive)
    )
    unit = known.baskets.purchase_value
    errors, others = _by_category(predicted, actual, unit), _by_category(same, actual, unit)
    reason = off_total(None, None) if errors.total_error is None else verdict(errors, others)
    found.figures += [
        Figure("category_revenue", model, metric, customers, value, other, reason)
        for metric, value, other in (
            ("poisson_deviance", errors.deviance, others.deviance),
            ("total_error", errors.total_error, others.total_error),
        )
    ]


def _next_category(found: Check, facts: Facts, before: date, baskets: Baskets) -> None:
    """Of customers known before who bought again, how many bought what was told."""
    buyers, later = facts.buyers(before), facts.within(found.start, found.end)
    told, same = (
        categories.borne_out(places, buyers, later)
        for places in (categories.likeliest(baskets), categories.last(facts.until(before)))
    )
    share, other = (float(one.mean()) if one.size else None for one in (told, same))
    figure = Figure(
        NEXT_CATEGORY, "own_share", "hit_rate", told.size, share, other,
        missed_more(share, other), rests_on_purchases=False,
    )  # fmt: skip
    found.figures.append(figure)


def _by_category(predicted: Floats, actual: Floats, unit: float) -> Errors:
    """Errors over categories, in purchases of usual value so that the currency does not matter."""
    return choice.errors(predicted / unit, actual / unit)


def _off(expected: float, actual: float) -> float | None:
    return expected / actual - 1 if actual > 0 else None

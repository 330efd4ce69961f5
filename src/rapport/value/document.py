"""What `rapport clv fit` found, as plain values to be printed or written as JSON."""

from __future__ import annotations

from typing import Any

import numpy as np

from rapport.value import choice, spend
from rapport.value import forecast as forecasts
from rapport.value.choice import Errors
from rapport.value.fits import Fit


def of_model(fit: Fit, unit: str, inner: Errors | None, outer: Errors | None) -> dict[str, Any]:
    """A fitted model: parameters, how far they are determined, and errors on the holdouts."""
    return {
        "model": fit.model.name,
        "parameters": fit.in_unit(unit),
        f"log_likelihood_{unit}s": fit.log_likelihood_in(unit),
        "is_found": fit.is_found,
        "on_bound": list(fit.on_bound),
        "seconds": fit.seconds,
        "inner_holdout": _plain(inner),
        "holdout": _plain(outer),
    }


def of_spend(fit: spend.SpendFit | None) -> dict[str, Any] | None:
    """The spend model; None where there is none."""
    if fit is None:
        return None
    return {
        "parameters": dict(zip(spend.PARAMETERS, map(float, fit.values), strict=True)),
        "log_likelihood": fit.log_likelihood,
        "buyers": fit.buyers,
        "excluded": fit.excluded,
        "frequency_correlation": fit.correlation,
        "is_found": fit.is_found,
        "on_bound": list(fit.on_bound),
        "seconds": fit.seconds,
    }


def of_holdout(
    kind: str, days: int | None, errors: Errors | None, naive: Errors | None
) -> dict[str, Any] | None:
    """The chosen model beside the naive rule; None where the history was too short."""
    if errors is None or naive is None:
        return None
    return {
        "kind": kind,
        "days": days,
        "chosen": _plain(errors),
        "naive": _plain(naive),
        "beats_naive": choice.beats(errors, naive),
        "deciles": [{"predicted": low, "actual": high} for low, high in errors.deciles],
    }


def _plain(errors: Errors | None) -> dict[str, Any] | None:
    if errors is None:
        return None
    return {
        "customers": errors.customers,
        "predicted": errors.predicted,
        "actual": errors.actual,
        "total_error": errors.total_error,
        "poisson_deviance": errors.deviance,
        "mean_absolute_error": errors.mean_absolute_error,
    }


def of_forecast(ahead: forecasts.Forecast) -> dict[str, Any]:
    """Totals of all customers, each with its interval."""
    return {
        "mean_alive_probability": float(ahead.alive_probability.mean()),
        "interval_level": forecasts.DEFAULT_TERMS.level,
        **{
            f"purchases_{days}_days": _between(total)
            for days, total in ahead.total_purchases.items()
        },
        "value_12_months": _between(ahead.total_value),
        "customers_without_value": int(np.isnan(ahead.value).sum()),
    }


def _between(total: tuple[float, float, float]) -> dict[str, float | None]:
    values = (None if np.isnan(value) else value for value in total)
    return dict(zip(("expected", "low", "high"), values, strict=True))

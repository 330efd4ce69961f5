"""All steps on one file of transactions: enough data? fit, choose, check on a holdout, forecast."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

import pyarrow as pa

from rapport.errors import RapportError
from rapport.value import backtest, choice, document, fits, forecast, spend
from rapport.value.choice import Errors
from rapport.value.compressed import Histories
from rapport.value.fits import Fit
from rapport.value.purchases import MODELS
from rapport.value.transactions import Counts, Customers, Transactions

# No shop is shut for most of its history: a date is wrong, or a mark such as 1900-01-01.
_SILENT_DAYS, _SILENT_SHARE = 400, 0.5  # who gives once a year leaves a year between
_LATE_DAYS = 7  # a holdout may end so long after the last purchase: shops close for a few days


@dataclass(frozen=True)
class Assessment:
    """What was found.

    Args:
        document: plain values, to be printed.
        customers: one row a customer (`forecast.table`); None where there is no forecast.
    """

    document: dict[str, Any]
    customers: pa.Table | None


@dataclass(frozen=True)
class Chosen:
    """The model to use, and why.

    Args:
        name: of the model; None when none can be used.
        because: the reason, a sentence.
        inner_days: length of the inner holdout; None when the history was too short for one.
        inner: errors of each model on it.
        naive: errors of "the same as in the last period" on it.
    """

    name: str | None
    because: str
    inner_days: int | None
    inner: dict[str, Errors]
    naive: Errors | None


def assess(
    transactions: Transactions,
    calibration_end: date | None = None,
    holdout_end: date | None = None,
    unit: str = "week",
) -> Assessment:
    """Fit all models to what was bought up to a day, and say how they did afterwards.

    Args:
        transactions: the purchases.
        calibration_end: last day that models may see; default the last day there is, and then the
            errors shown are those of the inner holdout.
        holdout_end: last day of the holdout; default the last day there is.
        unit: of the parameters printed: day, week, month or year.

    Returns:
        Where data do not suffice, `reason` in the document says so and figures are None, never 0.

    Raises:
        RapportError: `clv-arguments`; `transactions-values` where most of the history is empty.
    """
    started = time.perf_counter()
    counts = transactions.counts
    end, until = _days(counts, calibration_end, holdout_end, unit)
    found: dict[str, Any] = {
        "rows": asdict(counts),
        "unit": unit,
        "calibration_end": end,
        "holdout_end": until if calibration_end else None,
        "reason": "not enough data: no purchases",
        **dict.fromkeys(("customers", "repeaters", "repeat_purchases"), 0),
        "models": [],
        **dict.fromkeys(("chosen", "spend", "spend_reason", "holdout", "forecast")),
    }
    table = None
    if end and until:
        figures, table = _figures(transactions, end, until, unit)
        found |= figures
    return Assessment(found | {"seconds": time.perf_counter() - started}, table)


def _figures(
    transactions: Transactions, end: date, until: date, unit: str
) -> tuple[dict[str, Any], pa.Table | None]:
    customers = transactions.customers(end, until)
    histories = customers.histories()
    found: dict[str, Any] = {
        "customers": histories.customers,
        "repeaters": histories.repeaters,
        "repeat_purchases": histories.purchases,
        "reason": None,
    }
    if reason := choice.insufficiency(histories):
        return found | {"reason": f"not enough data: {reason}"}, None
    _require_purchases(transactions)
    chosen = choose(transactions, end, histories)
    fitted = {name: fits.fit(model, histories) for name, model in MODELS.items()}
    days = (until - end).days
    outer = {name: _errors(fit, customers, histories, days) for name, fit in fitted.items() if days}
    found["models"] = [
        document.of_model(fit, unit, chosen.inner.get(name), outer.get(name))
        for name, fit in fitted.items()
    ]
    name, because = usable(chosen, fitted)
    if not name:
        return found | {"reason": f"no model can be used: {because}"}, None
    spent, spend_reason = spend.spend_model(customers)
    missed = backtest.purchases_missed(transactions, end, fitted[name].model)
    ahead = forecast.forecast(fitted[name], spent, customers, missed=missed)
    if days:
        naive = choice.naive_errors(customers, days)
        holdout = document.of_holdout("outer", days, outer[name], naive)
    else:
        holdout = document.of_holdout(
            "inner", chosen.inner_days, chosen.inner.get(name), chosen.naive
        )
    found |= {
        "chosen": {
            "model": name,
            "because": because,
            "inner_holdout_days": chosen.inner_days,
        },
        "spend": document.of_spend(spent),
        "spend_reason": spend_reason,
        "holdout": holdout,
        "forecast": document.of_forecast(ahead),
    }
    return found, forecast.table(customers, ahead)


def usable(chosen: Chosen, fitted: dict[str, Fit]) -> tuple[str | None, str]:
    """The chosen model, or the next best whose maximum was found on all days, and why."""
    if chosen.name is None or fitted[chosen.name].is_found:
        return chosen.name, chosen.because
    others = [name for name in chosen.inner if fitted[name].is_found]
    lacking = f"no maximum of the likelihood of {chosen.name} was found"
    if not others:
        return None, lacking
    name = min(others, key=lambda one: chosen.inner[one].deviance)
    return name, f"{lacking}; next by deviance on the inner holdout"


def choose(
    transactions: choice.HasCustomers, end: date, histories: Histories, last: str | None = None
) -> Chosen:
    """Fit all models without the last stretch before `end`, and take the one that foretold it.

    Args:
        end: the last day that models may see.
        histories: of all customers up to it.
        last: the model used so far, which is kept where it counts as equally good.
    """
    days = choice.inner_days(histories)
    customers = transactions.customers(end - timedelta(days=days), end)
    inner = customers.histories()
    if reason := choice.insufficiency(inner, choice.MIN_INNER_DAYS):
        name = choice.PREFERENCE[0]
        return Chosen(name, f"taken unchecked, the history is too short: {reason}", None, {}, None)
    thinned = inner.thinned(fits.SAMPLE_CUSTOMERS)  # enough to tell models apart, if they can be
    fitted = {name: fits.fit(model, thinned) for name, model in MODELS.items()}
    forecasts = {
        name: fit.expected_purchases(inner, days)[inner.position]
        for name, fit in fitted.items()
        if fit.is_found
    }
    if not forecasts:
        return Chosen(None, "no maximum of any likelihood was found", days, {}, None)
    name, because = choice.choose(forecasts, customers.later, last)
    errors = {name: choice.errors(values, customers.later) for name, values in forecasts.items()}
    naive = choice.naive_errors(customers, days)
    return Chosen(name, because, days, errors, naive)


def _require_purchases(transactions: Transactions) -> None:
    first, last = transactions.counts.first_day, transactions.counts.last_day
    silence = transactions.longest_silence()
    if first is None or last is None or silence is None:
        return
    days = (silence[1] - silence[0]).days
    if days > max(_SILENT_DAYS, _SILENT_SHARE * (last - first).days):
        raise RapportError(
            "transactions-values",
            f"nothing was bought between {silence[0]} and {silence[1]}, which is most of the time "
            f"from {first} to {last}",
            todo="mend dates that are wrong or stand for none, or leave their rows out",
        )


def _days(
    counts: Counts, end: date | None, until: date | None, unit: str
) -> tuple[date | None, date | None]:
    first, last = counts.first_day, counts.last_day
    if unit not in fits.UNITS_DAYS:
        raise RapportError(
            "clv-arguments",
            f"{unit!r} is no unit of time",
            todo=f"use {', '.join(fits.UNITS_DAYS)}",
        )
    if until and not end:
        raise RapportError(
            "clv-arguments",
            "a holdout has an end but no beginning",
            todo="name the last day of calibration with --calibration-end",
        )
    if first is None or last is None:
        return None, None
    if end and not first <= end < (until or last):
        raise RapportError(
            "clv-arguments",
            f"calibration ends on {end}, which is not between the first purchase on {first} and "
            f"the end of the holdout on {until or last}",
            todo="name another --calibration-end, or none for no holdout",
        )
    if until and until > last + timedelta(days=_LATE_DAYS):
        raise RapportError(
            "clv-arguments",
            f"the holdout ends on {until}, but the last purchase is of {last}: days without data "
            "would count as days without purchases",
            todo=f"name {last} or an earlier day with --holdout-end",
        )
    return end or last, until or last


def _errors(fit: Fit, customers: Customers, histories: Histories, days: int) -> Errors:
    forecast_by_customer = fit.expected_purchases(histories, days)[histories.position]
    return choice.errors(forecast_by_customer, customers.later)

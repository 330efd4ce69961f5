"""How right forecasts were, which model is taken, and whether there are data enough."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import special

from rapport.value.compressed import Floats, Histories, summed
from rapport.value.transactions import Customers

# Below these, four parameters say nothing: with 50 repeat buyers the mean rate is known to about
# 15 %, and the share that leaves hardly at all. 90 days: the year ahead that is to be forecast
# would be more than four times what was seen.
MIN_CUSTOMERS = 100
MIN_REPEATERS = 50
MIN_HISTORY_DAYS = 90

# The inner holdout is the last third, so that most of the history is left to fit to, and at most
# the 90 days over which every build checks its forecasts.
INNER_SHARE = 1 / 3
INNER_MAX_DAYS = 90
MIN_INNER_DAYS = 60  # what it leaves of the shortest history

# In this order where the inner holdout cannot tell them apart. With Pareto/NBD one may leave at any
# time, so that silence counts against everybody; with MBG/NBD after any purchase; with BG/NBD a
# one-time buyer is alive for ever.
PREFERENCE = ("pareto_nbd", "mbg_nbd", "bg_nbd")
LAST_ERRORS = 2  # by more than this chance alone is off once in twenty times

# The naive rule forecasts exactly 0 for many, of which one purchase makes the deviance infinite. It
# is lifted to what customers like them did the last time that this can be seen; where there are
# fewer than 50 of them, to the value at which the rule does best on CDNOW.
NAIVE_MIN_SILENT = 50
NAIVE_LIFT = 0.2
DECILES = 10
# P(alive) of a daily buyer who was silent for years is smaller than any number; were he to come
# back, a forecast of 0 would be infinitely wrong in every model, and all of them alike.
_LEAST = 1e-10
_NO_EXCESS = 1e-5  # of deviance: where nobody leaves all models are one, and rounding would choose


class HasCustomers(Protocol):
    """Purchases that can be summarised as of any day."""

    def customers(self, end: date, holdout_end: date | None = None) -> Customers:
        """Histories up to the day `end`, and purchases after it up to `holdout_end`."""


@dataclass(frozen=True)
class Errors:
    """Forecast and actual purchases over a holdout.

    Args:
        customers: how many were forecast.
        predicted, actual: purchases in all.
        deviance: mean Poisson deviance of a customer; the less the better.
        mean_absolute_error: of a customer; rewards predicting too little, so nothing hangs on it.
        deciles: mean predicted and actual purchases of ten groups by forecast, the lowest first.
    """

    customers: int
    predicted: float
    actual: float
    deviance: float
    mean_absolute_error: float
    deciles: list[tuple[float, float]]

    @property
    def total_error(self) -> float | None:
        """Predicted over actual purchases, less 1; None where none were made."""
        return self.predicted / self.actual - 1 if self.actual else None


def insufficiency(
    histories: Histories, min_days: int = MIN_HISTORY_DAYS, in_chinese: bool = False
) -> str | None:
    """Why no model should be fitted, in words; None when the data suffice."""
    checks = (
        (histories.customers, MIN_CUSTOMERS, "customers", "位客户"),
        (histories.repeaters, MIN_REPEATERS, "customers who bought again", "位复购客户"),
        (histories.longest_days, min_days, "days of history", "天历史"),
    )
    short = [
        f"仅{have:,.0f}{what_zh}，需要{need}"
        if in_chinese
        else f"{have:,.0f} {what}, {need} needed"
        for have, need, what, what_zh in checks
        if have < need
    ]
    return ("；" if in_chinese else "; ").join(short) or None


def inner_days(histories: Histories) -> int:
    """Length of the inner holdout."""
    return int(min(INNER_MAX_DAYS, histories.longest_days * INNER_SHARE))


def errors(forecast: Floats, actual: NDArray[np.int64] | Floats) -> Errors:
    """Compare forecasts with what came, one of each a customer, (n,)."""
    deviances = poisson_deviances(forecast, actual)
    # Equal forecasts share what came: sorted by it, the best forecast would look wrong, and by the
    # order of rows each build would tell something else.
    levels, level = np.unique(forecast, return_inverse=True)
    shared = (summed(level, actual.astype(np.float64), levels.size) / np.bincount(level))[level]
    groups = np.array_split(np.argsort(forecast, kind="stable"), DECILES)
    return Errors(
        customers=actual.size,
        predicted=float(forecast.sum()),
        actual=actual.sum().item(),
        deviance=float(deviances.mean()),
        mean_absolute_error=float(np.abs(forecast - actual).mean()),
        deciles=[
            (float(forecast[group].mean()), float(shared[group].mean()))
            for group in groups
            if group.size
        ],
    )


def _naive_lift(customers: Customers, days: int) -> float:
    """What replaces a naive forecast of 0: what those did who had been silent one period earlier.

    Only customers count who were there in both periods from the first day on.
    """
    was_silent = (customers.age_days >= 2 * days) & (customers.earlier == 0)
    if was_silent.sum() < NAIVE_MIN_SILENT:
        return NAIVE_LIFT
    return max(float(customers.before[was_silent].mean()), 1e-3)


def naive_errors(customers: Customers, days: int) -> Errors:
    """Errors of "the same as in the last period"; its total is taken as it is, not lifted."""
    before, actual = customers.before.astype(np.float64), customers.later
    lifted = errors(np.maximum(before, _naive_lift(customers, days)), actual)
    plain = errors(before, actual)
    return replace(plain, deviance=lifted.deviance)


def beats(model: Errors, naive: Errors) -> bool:
    """Whether both deviance and total are better: only then is a forecast fit to be published."""
    if model.total_error is None or naive.total_error is None:
        return False
    return model.deviance < naive.deviance and abs(model.total_error) < abs(naive.total_error)


def poisson_deviances(forecast: Floats, actual: NDArray[np.int64] | Floats) -> Floats:
    """Poisson deviance of each customer, (n,): 2 (y log(y / m) - (y - m)), m at least `_LEAST`."""
    return np.asarray(2 * special.kl_div(actual.astype(np.float64), np.maximum(forecast, _LEAST)))


def choose(
    forecasts: dict[str, Floats], actual: NDArray[np.int64] | Floats, last: str | None = None
) -> tuple[str, str]:
    """The model to use, and why.

    The least mean deviance wins. Models within one standard error of it (of the difference, paired
    by customer) count as equally good (Breiman et al., 1984, the one-standard-error rule), and
    among those the order is `PREFERENCE`.

    Args:
        forecasts: of each model over the inner holdout, (n,) each.
        actual: purchases that came, (n,).
        last: the model used so far. It is kept up to `LAST_ERRORS` standard errors, so that figures
            do not jump from day to day between models that can hardly be told apart.
    """
    deviances = {name: poisson_deviances(values, actual) for name, values in forecasts.items()}
    best = min(PREFERENCE, key=lambda name: deviances[name].mean() if name in deviances else np.inf)
    for name in dict.fromkeys([*([last] if last else []), *PREFERENCE]):
        if name not in deviances:
            continue
        excess = deviances[name] - deviances[best]
        error = excess.std() / np.sqrt(actual.size)
        if excess.mean() <= max(error * (LAST_ERRORS if name == last else 1), _NO_EXCESS):
            break
    if name == best:
        return name, f"least deviance on the inner holdout ({deviances[name].mean():.4f})"
    within = "one standard error"
    why = "before it in preference: silence counts against every customer"
    if name == last:
        within, why = "two standard errors", "used so far"
    return name, (
        f"deviance on the inner holdout {deviances[name].mean():.4f}, within {within} "
        f"({error:.4f}) of {best}'s {deviances[best].mean():.4f}, and {why}"
    )

"""A purchase model fitted to customers, and what it says about each history."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace

import numpy as np

from rapport.errors import RapportError
from rapport.value import maximum, purchases
from rapport.value.compressed import Floats, Histories
from rapport.value.maximum import Objective, Point
from rapport.value.purchases import PurchaseModel

UNITS_DAYS = {"day": 1.0, "week": 7.0, "month": 365.25 / 12, "year": 365.25}
SAMPLE_CUSTOMERS = 20_000  # the search starts on so many; all customers decide where it ends
# Shape and mean of both mixing distributions and, of Pareto/NBD, beta; the search climbs from any
# of them where there is one maximum, and these are the corners in which a second one was seen on
# simulated data. In the last one some leave at once and nobody else ever does.
_STARTS = ((0.5, 0.5, 1.0), (1.0, 2.0, 1.0), (0.2, 0.05, 1.0), (3.0, 0.05, 0.01))


@dataclass(frozen=True)
class Fit:
    """A fitted purchase model.

    Args:
        model: the model.
        values: its parameters, (4,); times in days.
        covariance: of their logarithms, (4, 4).
        log_likelihood: with days as the unit of time.
        customers, purchases: how many it was fitted to, and their repeat purchases.
        on_bound: parameters that the data do not determine: they ran to the end of their range.
        is_found: False when no maximum was found; such a fit is never chosen.
        seconds: wall-clock time of the fit.
    """

    model: PurchaseModel
    values: Floats
    covariance: Floats
    log_likelihood: float
    customers: int
    purchases: int
    on_bound: tuple[str, ...]
    is_found: bool
    seconds: float

    def alive_probability(self, histories: Histories) -> Floats:
        """P(alive) of each distinct history, (n,)."""
        return purchases.alive_probability(self.model, self.values, histories)

    def expected_purchases(self, histories: Histories, days: float) -> Floats:
        """Expected purchases in the next `days` of each distinct history, (n,)."""
        return self.alive_probability(histories) * self.purchases_if_alive(histories, days)

    def purchases_if_alive(self, histories: Histories, days: float) -> Floats:
        """Expected purchases in the next `days` if alive now, (n,)."""
        distinct, place = histories.ages
        return self.model.purchases_if_alive(self.values, distinct, days)[place]

    def with_values(self, values: Floats) -> Fit:
        """The same model at other parameters, (4,)."""
        return replace(self, values=values)

    def in_unit(self, unit: str) -> dict[str, float]:
        """Parameters by name; a time has its unit in the name (`alpha_weeks`)."""
        found = {}
        for name, value, is_time in zip(
            self.model.parameters, self.values, self.model.times, strict=True
        ):
            days = UNITS_DAYS[unit] if is_time else 1.0
            found[f"{name}_{unit}s" if is_time else name] = float(value / days)
        return found

    def log_likelihood_in(self, unit: str) -> float:
        """Log-likelihood with this unit of time: a density of x times has the dimension time^-x."""
        return self.log_likelihood + self.purchases * math.log(UNITS_DAYS[unit])


def fit(model: PurchaseModel, histories: Histories) -> Fit:
    """Fit a purchase model by maximum likelihood; the unit of the histories does not matter.

    Args:
        model: one of `purchases.MODELS`.
        histories: of at least one customer with a repeat purchase; `sufficiency` checks first
            whether there are enough.

    Raises:
        RapportError: `clv-insufficient` without any repeat purchase.
    """
    started = time.perf_counter()
    if not histories.purchases:
        raise RapportError(
            "clv-insufficient",
            f"none of {histories.customers} customers bought again, so no model can be fitted",
            todo="wait for repeat purchases, or hand over a longer history",
        )
    mean_age = histories.mean_age_days
    scaled = histories.scaled(mean_age)
    whole = _objective(model, scaled)
    thinned = scaled.thinned(SAMPLE_CUSTOMERS)
    sample = whole if thinned is scaled else _objective(model, thinned)
    found = maximum.maximise(sample, whole, _starts(model, scaled))
    unit = np.where(model.times, mean_age, 1.0)
    logs = found.value * histories.customers - histories.purchases * math.log(mean_age)
    return Fit(
        model=model,
        values=np.exp(found.log_values) * unit,
        covariance=found.covariance(histories.customers),
        log_likelihood=float(logs),
        customers=histories.customers,
        purchases=histories.purchases,
        on_bound=tuple(np.array(model.parameters)[~found.is_free].tolist()),
        is_found=found.is_found,
        seconds=time.perf_counter() - started,
    )


def _objective(model: PurchaseModel, histories: Histories) -> Objective:
    share = histories.weight / histories.customers

    def mean(at: Floats) -> Point:
        values = np.exp(at)
        log_likelihood, by = purchases.rowwise(model, values, histories)
        return Point.of(log_likelihood, by * values[:, None], share)

    return mean


def _starts(model: PurchaseModel, histories: Histories) -> list[Floats]:
    """Log parameters to start from: the observed rate, and a moderate share that leaves."""
    rate = histories.purchases / histories.customers / histories.mean_age_days
    return [
        np.log([r, r / rate / 2, leaving, beta if model.times[3] else 4 * leaving])
        for r, leaving, beta in _STARTS
    ]

"""Maximum likelihood of a few positive parameters: search on a sample, then Newton steps on all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import optimize

from rapport.value.compressed import Floats

# Parameters are searched as logarithms of dimensionless numbers (times in units of the mean
# age). Beyond these bounds customers cannot be told from all alike, or from all different.
LOWEST, HIGHEST = np.log(1e-4), np.log(1e5)
_DIFFERENCE = 1e-4  # step of the second derivatives; the first are exact, so this is safe
_STEPS = 25
_STEP_TOLERANCE = 1e-7  # of log parameters: far below what is printed, far above rounding

Objective = Callable[[Floats], tuple[float, Floats]]


@dataclass(frozen=True)
class Maximum:
    """Where a mean log-likelihood is highest.

    Args:
        log_values: logarithms of the parameters, (k,).
        value: mean log-likelihood there.
        curvature: minus the second derivatives of the mean log-likelihood, (k, k).
        is_free: False where a parameter lies on its bound, (k,).
        is_found: whether the slope is zero there, but for parameters on a bound.
    """

    log_values: Floats
    value: float
    curvature: Floats
    is_free: np.ndarray
    is_found: bool

    def covariance(self, customers: float) -> Floats:
        """Covariance of the log parameters, (k, k); 0 for those on a bound."""
        found = np.zeros_like(self.curvature)
        free = np.ix_(self.is_free, self.is_free)
        found[free] = np.linalg.pinv(self.curvature[free] * customers, hermitian=True)
        return found


def maximise(sample: Objective, whole: Objective, starts: list[Floats]) -> Maximum:
    """The highest point of `whole`.

    Args:
        sample: mean log-likelihood and slope of a thinned sample, by log parameters. The search
            runs here; its curvature serves all Newton steps, which is what makes a million
            customers cost little more than a sample.
        whole: the same of all customers.
        starts: log parameters to start from; the best end counts. The likelihoods have one maximum
            where data are plenty, and can have a second one on a bound where they are few.
    """
    ends = [_climb(sample, start) for start in starts]
    at = max(ends, key=lambda end: (round(end[1], 12), *end[0]))[0]
    curvature = _curvature(sample, at)
    at, is_found = _refine(whole, at, curvature)
    if not is_found:
        at = _climb(whole, at)[0]
        at, is_found = _refine(whole, at, _curvature(whole, at))
    if sample is whole or not is_found:
        curvature = _curvature(whole, at)
    return Maximum(at, whole(at)[0], curvature, _is_free(at), is_found)


def _climb(objective: Objective, start: Floats) -> tuple[Floats, float]:
    def negative(at: Floats) -> tuple[float, Floats]:
        value, slope = objective(at)
        return -value, -slope

    found = optimize.minimize(
        negative,
        start,
        jac=True,
        method="L-BFGS-B",
        bounds=[(LOWEST, HIGHEST)] * start.size,
        options={"ftol": 1e-11, "gtol": 1e-7, "maxiter": 300},
    )
    return np.asarray(found.x), float(-found.fun)


def _refine(objective: Objective, at: Floats, curvature: Floats) -> tuple[Floats, bool]:
    """Newton steps with a fixed curvature; stops where a step no longer matters."""
    before = -np.inf
    for _ in range(_STEPS):
        value, slope = objective(at)
        is_free = _is_free(at)
        if not is_free.any():
            return at, True
        free = np.ix_(is_free, is_free)
        step = np.zeros_like(at)
        step[is_free] = np.linalg.lstsq(curvature[free], slope[is_free], rcond=1e-12)[0]
        longest = float(np.abs(step).max())
        if longest < _STEP_TOLERANCE:
            return at, True
        if value < before - 1e-9 or longest > 1:  # not a hill of this curvature: search again
            return at, False
        before, at = value, np.clip(at + step, LOWEST, HIGHEST)
    return at, False


def _curvature(objective: Objective, at: Floats) -> Floats:
    rows = []
    for direction in np.eye(at.size) * _DIFFERENCE:
        rows.append((objective(at - direction)[1] - objective(at + direction)[1]) / 2 / _DIFFERENCE)
    found = np.stack(rows)
    return (found + found.T) / 2


def _is_free(at: Floats) -> np.ndarray:
    return np.asarray((at > LOWEST + 1e-6) & (at < HIGHEST - 1e-6))

"""Maximum likelihood of a few positive parameters: search on a sample, then Newton steps on all.

The search is that of Berndt, Hall, Hall, Hausman (1974), Annals of Economic and Social Measurement
3(4), with Levenberg's damping: the curvature of a log-likelihood is nearly the mean product of its
rows' slopes, which cost nothing more once the slopes are there. A library's search would do, but on
a busy machine SciPy's spent ten times the likelihood's own time on threads for four parameters. It
is asked where ours ends on a ridge or on a bound: buyers as regular as a clock make one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import optimize

from rapport.value.compressed import Floats

# Parameters are searched as logarithms of dimensionless numbers (times in units of the mean
# age). Beyond these bounds customers cannot be told from all alike, or from all different.
LOWEST, HIGHEST = np.log(1e-4), np.log(1e4)
_DIFFERENCE = 1e-3  # step of the second derivatives; the first are exact, so a wide one is safe
_STEPS = 25
_CLIMBS = 200
_LONGEST = 1.0  # a factor of e in one step
_LEVEL = 1e-6  # slope at which Newton steps take over
_STEP_TOLERANCE = 1e-7  # of log parameters: far below what is printed, far above rounding
_GAIN = 1e-7  # of the mean log-likelihood, which one more step would bring: none
_LEVEL_ON_RIDGE = 1e-4  # slope along one: rounding where parameters are large
_MODERATE = 0.5  # where a parameter is set that ran to its bound, to see whether it comes back
_FLAT = 1e-6  # a direction with this share of the largest curvature is a ridge: no step along it


@dataclass(frozen=True)
class Point:
    """Mean log-likelihood at some log parameters, slope (k,), mean product of slopes (k, k)."""

    value: float
    slope: Floats
    products: Floats

    @classmethod
    def of(cls, log_likelihood: Floats, by: Floats, share: Floats) -> Point:
        """From rows (n,), their slopes (k, n) and shares of customers (n,) that sum to 1.

        Without BLAS: its threads would change the last digit from machine to machine.
        """
        weighted = by * share
        return cls(
            float(np.sum(log_likelihood * share)),
            weighted.sum(axis=1),
            np.array([[np.sum(left * right) for right in by] for left in weighted]),
        )


Objective = Callable[[Floats], Point]


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
        """Covariance of the log parameters, (k, k); 0 along what the data do not determine.

        That is parameters on a bound and ridges: whatever they are, forecasts are the same.
        """
        found = np.zeros_like(self.curvature)
        free = np.ix_(self.is_free, self.is_free)
        found[free] = np.linalg.pinv(self.curvature[free] * customers, rcond=_FLAT, hermitian=True)
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
    if not is_found or not _is_free(at).all():
        at, is_found = _searched(sample, whole, at, is_found, starts)
        curvature = _curvature(whole, at)
    elif sample is whole:
        curvature = _curvature(whole, at)
    return Maximum(at, whole(at).value, curvature, _is_free(at), is_found)


def delta_variance(of: Callable[[Floats], float], at: Floats, covariance: Floats) -> float:
    """Variance of a function of parameters with this covariance, to first order."""
    step = 1e-4
    slope = [(of(at + move) - of(at - move)) / (2 * step) for move in np.eye(at.size) * step]
    return float(np.einsum("i,ij,j->", slope, covariance, slope))


def _climb(objective: Objective, at: Floats) -> tuple[Floats, float]:
    """Damped steps uphill, each at most `_LONGEST` in any log parameter."""
    here, damping = objective(at), 0.1
    for _ in range(_CLIMBS):
        is_held = _is_held(at, here.slope)
        slope = np.where(is_held, 0.0, here.slope)
        if np.abs(slope).max() < _LEVEL:
            break
        matrix = here.products + np.diag(damping * np.diag(here.products) + 1e-12)
        matrix[is_held, :] = matrix[:, is_held] = 0.0
        matrix[is_held, is_held] = 1.0
        step = np.linalg.solve(matrix, slope)
        step *= min(1.0, _LONGEST / np.abs(step).max())
        there = objective(np.clip(at + step, LOWEST, HIGHEST))
        if there.value > here.value:
            at, here, damping = np.clip(at + step, LOWEST, HIGHEST), there, damping / 5
        elif damping > 1e8:  # no step of any size leads up: rounding is all that is left
            break
        else:
            damping *= 5
    return at, here.value


def _refine(objective: Objective, at: Floats, curvature: Floats) -> tuple[Floats, bool]:
    """Newton steps with a fixed curvature; stops where a step no longer matters."""
    before = -np.inf
    for _ in range(_STEPS):
        here = objective(at)
        is_free = _is_free(at)
        if not is_free.any():
            return at, True
        free = np.ix_(is_free, is_free)
        step = np.zeros_like(at)
        step[is_free] = np.linalg.pinv(curvature[free], rcond=_FLAT, hermitian=True).dot(
            here.slope[is_free]
        )
        longest = float(np.abs(step).max())
        if longest < _STEP_TOLERANCE:
            along_ridges = here.slope[is_free] - curvature[free].dot(step[is_free])
            return at, bool(np.abs(along_ridges).max() < _LEVEL_ON_RIDGE)
        if here.value < before - 1e-9 or longest > 1:  # not a hill of this curvature
            return at, False
        before, at = here.value, np.clip(at + step, LOWEST, HIGHEST)
    return at, False


def _searched(
    sample: Objective, whole: Objective, at: Floats, is_found: bool, starts: list[Floats]
) -> tuple[Floats, bool]:
    """A library's search from there, from where what ran to a bound is moderate instead, and, when
    nothing was found yet, from the starts.

    What was found already stands unless a higher point is.
    """
    moderate = np.where(_is_free(at), at, np.log(_MODERATE))
    ends = [_search(sample, start) for start in [at, moderate, *([] if is_found else starts)]]
    end = max(ends, key=lambda end: sample(end).value)
    if sample is not whole:
        end = _search(whole, end)
    there = whole(end)
    slope = np.where(_is_held(end, there.slope), 0.0, there.slope)
    if is_found and there.value < whole(at).value + 1e-12:
        return at, True
    return (end, True) if _is_level(whole, end, slope) else (at, is_found)


def _search(objective: Objective, start: Floats) -> Floats:
    found = optimize.minimize(
        lambda logs: _downhill(objective(logs)),
        start,
        jac=True,
        method="SLSQP",
        bounds=[(LOWEST, HIGHEST)] * start.size,
        options={"maxiter": 500, "ftol": 1e-15},
    )
    return np.asarray(np.clip(found.x, LOWEST, HIGHEST), dtype=np.float64)


def _is_level(objective: Objective, at: Floats, slope: Floats) -> bool:
    """Whether no step leads up by more than nothing."""
    curvature = _curvature(objective, at)
    step = np.linalg.pinv(curvature, rcond=_FLAT, hermitian=True).dot(slope)
    along_ridges = slope - curvature.dot(step)
    is_top = abs(float(np.sum(step * slope))) / 2 < _GAIN
    return is_top and bool(np.abs(along_ridges).max() < _LEVEL_ON_RIDGE)


def _downhill(point: Point) -> tuple[float, Floats]:
    return -point.value, -point.slope


def _curvature(objective: Objective, at: Floats) -> Floats:
    rows = []
    for direction in np.eye(at.size) * _DIFFERENCE:
        fall = objective(at - direction).slope - objective(at + direction).slope
        rows.append(fall / (2 * _DIFFERENCE))
    found = np.stack(rows)
    return (found + found.T) / 2


def _is_free(at: Floats) -> np.ndarray:
    return np.asarray((at > LOWEST + 1e-6) & (at < HIGHEST - 1e-6))


def _is_held(at: Floats, slope: Floats) -> np.ndarray:
    """Which parameters lie on a bound that the slope leads beyond."""
    return np.asarray(~_is_free(at) & (np.sign(at) == np.sign(slope)))

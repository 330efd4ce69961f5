"""Intervals of forecasts: what a customer will do is drawn, what all do together is computed.

One customer's future varies far more than the parameters do, and it is skewed, with a lump at 0. So
it is drawn: parameters from the normal approximation of their likelihood, then the customer's own
rates given what he did, then purchases and spends. A customer alive depends on (x, T) only, so that
draws are shared by all with about the same, and P(alive) puts the lump at 0 on top, exactly.

For a sum of many customers it is the other way round: their own variances add up to little, and the
parameters' by the delta method come to the fore.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from rapport.value.compressed import Floats, Histories, summed
from rapport.value.fits import SAMPLE_CUSTOMERS, Fit
from rapport.value.maximum import delta_variance
from rapport.value.purchases import Draws
from rapport.value.spend import SpendFit

DRAWS = 1000  # the tenth part of 1,000 is met within 1 %
_EXACT_REPEATS = 20  # beyond, numbers of repeats within 5 % of each other share their draws
# So do ages at which the rate expected of the same purchases is within 5 % of each other's: it goes
# by alpha + T, and by the days themselves the newest would get the rate of ages far from theirs.
_AGE_STEPS = 10  # in each factor of e
_LONGEST = 1.0  # a log parameter less certain than this is not normal any more; no draw goes on


@dataclass(frozen=True)
class Interval:
    """Two bounds, (n,) each."""

    low: Floats
    high: Floats

    def at(self, place: NDArray[np.int64]) -> Interval:
        """The bounds of each customer, from those of the distinct histories."""
        return Interval(self.low[place], self.high[place])

    def times(self, unit: Floats) -> Interval:
        """In another unit, (n,); a negative margin turns the bounds round."""
        one, other = self.low * unit, self.high * unit
        return Interval(np.minimum(one, other), np.maximum(one, other))


@dataclass(frozen=True)
class Cells:
    """Draws of customers alive, ascending, (cells, DRAWS), and each history's cell, (n,)."""

    drawn: Floats
    cell: NDArray[np.int64]

    def between(self, alive: Floats, level: float) -> Interval:
        """An interval into which `level` of customers with this history fall.

        As much is cut off below as above, unless 0 alone is more than that: then it starts at 0
        and all is cut off above, or it would hold more than it says.
        """
        tail = (1 - level) / 2
        low = self._quantile(alive, tail)
        high = np.where(low > 0, self._quantile(alive, 1 - tail), self._quantile(alive, level))
        return Interval(low, high)

    def variance(self, alive: Floats) -> Floats:
        """Variance of one customer of each history, (n,)."""
        mean, square = self.drawn.mean(axis=1)[self.cell], (self.drawn**2).mean(axis=1)[self.cell]
        return np.asarray(alive * square - (alive * mean) ** 2)

    def any(self, alive: Floats) -> Floats:
        """Chance of more than 0 of one customer of each history, (n,)."""
        return np.asarray(alive * (self.drawn > 0).mean(axis=1)[self.cell])

    def _quantile(self, alive: Floats, share: float) -> Floats:
        """Of a mixture: 0 for those who are gone, the draws for those alive."""
        within = (share - (1 - alive)) / np.maximum(alive, 1e-300)
        rank = np.clip(np.ceil(within * DRAWS) - 1, 0, DRAWS - 1).astype(np.int64)
        return np.where(within > 0, self.drawn[self.cell, rank], 0.0)


@dataclass(frozen=True)
class Drawn:
    """Purchases, and their spends in multiples of the customer's expected spend."""

    purchases: Cells
    spends: Cells


def draw(fit: Fit, spend: SpendFit | None, histories: Histories, days: int, seed: int) -> Drawn:
    """Draw the next `days` of customers alive; without a spend model spends are purchases."""
    cells, cell = _cells(histories, float(fit.values[list(fit.model.times)].min()))
    random = np.random.default_rng([seed, days])
    values = _parameters(fit.values, fit.covariance, random)
    draws = Draws(random, (cells.weight.size, DRAWS))
    bought = fit.model.draw_purchases(values, cells, days, draws)
    spends = bought.astype(np.float64)
    if spend is not None:
        p, q, gamma = _parameters(spend.values, spend.covariance, random)
        repeats = cells.repeats[:, None]
        level = random.standard_gamma(q + p * repeats, draws.shape)
        spent = random.standard_gamma(np.maximum(p * bought, 1e-300))
        # Of a customer with the population's mean spend m, whose expected spend is `each`.
        mean = spend.mean_spend
        each = spend.expected(cells.repeats, np.full(cells.weight.size, mean))[:, None]
        spends = np.where(bought > 0, spent * (gamma + repeats * mean) / level / each, 0.0)
    return Drawn(
        Cells(np.sort(bought, axis=1).astype(np.float64), cell),
        Cells(np.sort(spends, axis=1), cell),
    )


def relative_variance(fit: Fit, histories: Histories, days: int) -> float:
    """Of all customers' expected purchases, by the parameters' uncertainty (delta method)."""
    thinned = histories.thinned(SAMPLE_CUSTOMERS)

    def log_total(logs: Floats) -> float:
        values = np.exp(logs)
        moved = fit.with_values(values)
        return float(np.log(np.sum(thinned.weight * moved.expected_purchases(thinned, days))))

    return delta_variance(log_total, np.log(fit.values), fit.covariance)


def total(mean: float, own: float, relative: float, level: float) -> tuple[float, float, float]:
    """A sum over many customers with its interval, which is normal by their number.

    Args:
        mean: expected sum.
        own: variance of what customers do, summed.
        relative: variance by the parameters' uncertainty, as a share of the squared mean.
        level: share of times that the sum should fall into the interval.
    """
    variance = own + mean**2 * relative
    half = float(special.ndtri((1 + level) / 2)) * variance**0.5
    return mean, max(mean - half, 0.0), mean + half


def _parameters(values: Floats, covariance: Floats, random: np.random.Generator) -> Floats:
    """Drawn parameters, (k, DRAWS), normal as logarithms."""
    variances, directions = np.linalg.eigh(covariance)
    sizes = np.sqrt(np.clip(variances, 0.0, _LONGEST**2))
    moves = random.standard_normal((values.size, DRAWS)) * sizes[:, None]
    return np.asarray(np.exp(np.log(values)[:, None] + np.einsum("ij,jk->ik", directions, moves)))


def _cells(histories: Histories, soonest: float) -> tuple[Histories, NDArray[np.int64]]:
    """Rounded (x, T) that share draws, and which of them each history has.

    Args:
        soonest: the smallest of the model's times, next to which a day more of age counts.
    """
    repeats = histories.repeats.astype(np.float64)
    rounded = np.rint(np.exp(np.rint(np.log(np.maximum(repeats, 1)) * 20) / 20))
    repeats = np.where(repeats > _EXACT_REPEATS, rounded, repeats)
    steps = np.rint(np.log(soonest + histories.age_days) * _AGE_STEPS)
    _, group = np.unique(steps, return_inverse=True)
    ages = summed(group, histories.weight * histories.age_days, group.max() + 1)
    ages /= summed(group, histories.weight, ages.size)
    found = Histories.of(repeats, np.zeros(repeats.size), ages[group])
    return found, found.position

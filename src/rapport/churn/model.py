"""Logistic regression with bends: the chance of an outcome from any table of features."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from scipy import linalg, special

from rapport.churn.design import Design, Floats

# The effects' normal prior is as narrow as the data say; it is looked for from a deviation of 0.6
# (one deviation of a feature that changes the odds more than threefold is rare) and within bounds
# at which a feature changes hardly anything, or anything.
_RIDGE, _RIDGES = 3.0, (0.3, 1000.0)
_MAX_ROUNDS = 10
# The chance is known to a percentage point from far fewer rows; more cost seconds in each build.
_MAX_ROWS = 30_000
_MAX_STEPS = 50
_TOLERANCE = 1e-8


@dataclass(frozen=True)
class Model:
    """A fitted model.

    Args:
        weights: effect of each column of the design on the log-odds, (columns,).
        constant: log-odds where all columns are at their mean.
    """

    design: Design
    weights: Floats
    constant: float

    def probabilities(self, features: pa.Table) -> Floats:
        """The chance of the outcome, (n,)."""
        return self.chance(self.contributions(features))

    def chance(self, contributions: Floats) -> Floats:
        """The chance of the outcome by what the features add, (n,)."""
        return np.asarray(special.expit(self.constant + contributions.sum(axis=1)), np.float64)

    def contributions(self, features: pa.Table) -> Floats:
        """What each feature adds to the log-odds, against its mean, (n, features)."""
        slopes = self.weights / self.design.deviation
        found = np.zeros((len(features), len(self.design.features)))
        for place, feature in enumerate(self.design.features):
            own = self.design.owner == place
            added = found[:, place]
            for column, slope in zip(feature.columns(features), slopes[own], strict=True):
                added += column * slope
            added -= self.design.mean[own] @ slopes[own]
        return found


def fit(features: pa.Table, outcome: object) -> Model:
    """Fit by penalised maximum likelihood, with Newton's steps: no randomness.

    McCullagh, Nelder (1989), Generalized Linear Models, chapter 4; ridge: le Cessie, van
    Houwelingen (1992), Applied Statistics 41(1). How strong it is the data say, see `_strength`.

    Args:
        features: a row an observation; numbers (null or nan where unknown) and words.
        outcome: true or 1 where it came, (n,).

    Raises:
        ValueError: without an outcome of either kind, there is nothing to tell apart.
    """
    came = np.ravel(np.asarray(outcome, dtype=np.float64))
    if not 0 < came.sum() < came.size:
        raise ValueError("all outcomes are the same")
    kept = _sample(came)
    if kept.size < came.size:
        features, came = features.take(pa.array(kept)), came[kept]
    design = Design.of(features)
    columns = np.column_stack([np.ones(came.size), design.apply(features)])
    is_effect = np.concatenate([[0.0], np.ones(columns.shape[1] - 1)])
    at = np.zeros(columns.shape[1])
    at[0] = special.logit(came.mean())
    ridge = _RIDGE
    for _ in range(_MAX_ROUNDS):
        at, curvature = _climb(columns, came, ridge * is_effect, at)
        before, ridge = ridge, _strength(ridge, at[1:], curvature[1:, 1:])
        if abs(ridge - before) < 0.02 * before:
            break
    return Model(design, at[1:], float(at[0]))


def _climb(columns: Floats, came: Floats, penalty: Floats, at: Floats) -> tuple[Floats, Floats]:
    """The maximum for one penalty, by Newton's steps from `at`, and the curvature there."""
    value = _loss(columns, came, penalty, at)
    for _ in range(_MAX_STEPS):
        chance = special.expit(columns @ at)
        slope = columns.T @ (chance - came) + penalty * at
        curvature = (columns * (chance * (1 - chance))[:, None]).T @ columns
        curvature[np.diag_indices_from(curvature)] += penalty + 1e-9
        step = linalg.solve(curvature, slope, assume_a="pos")
        # The likelihood is concave, so that some fraction of the step always leads upwards.
        share, found = 1.0, _loss(columns, came, penalty, at - step)
        while found > value and share > 1e-6:
            share /= 2
            found = _loss(columns, came, penalty, at - share * step)
        at = at - share * step
        gain, value = value - found, found
        if gain < _TOLERANCE * came.size:
            break
    return at, curvature


def _strength(ridge: float, effects: Floats, curvature: Floats) -> float:
    """The penalty under which effects of this size are likeliest, by what the data determine.

    MacKay (1992), Neural Computation 4(3): the number of effects that the data determine over
    their sum of squares. Unlike a fixed one it keeps chances from coming out bolder than what
    happens, where there are many features and few customers.
    """
    determined = effects.size - ridge * float(np.trace(linalg.inv(curvature)))
    return float(np.clip(determined / max(float(effects @ effects), 1e-12), *_RIDGES))


def _sample(came: Floats) -> np.ndarray:
    """Every k-th row of those with the outcome and of those without: the same for each run."""
    step = max(1.0, came.size / _MAX_ROWS)
    parts = [np.flatnonzero(came == kind) for kind in (0.0, 1.0)]
    taken = [part[np.unique((np.arange(0, part.size, step)).astype(np.int64))] for part in parts]
    return np.sort(np.concatenate(taken))


def _loss(columns: Floats, came: Floats, penalty: Floats, at: Floats) -> float:
    odds = columns @ at
    return float(np.sum(np.logaddexp(0.0, odds) - came * odds) + penalty @ at**2 / 2)

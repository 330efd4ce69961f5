"""How far probabilities were right: log loss, Brier score, area under the curve, deciles."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import stats

from rapport.churn.design import Floats

_CERTAIN = 1e-4  # a chance of 0 has infinite log-odds, and would be infinitely wrong


def doubted(chance: Floats) -> Floats:
    """Chances that are never quite 0 or 1, (n,)."""
    return np.clip(chance, _CERTAIN, 1 - _CERTAIN)


def log_losses(foretold: Floats, came: object) -> Floats:
    """Of each customer, (n,); the mean is the log loss."""
    chance = doubted(foretold)
    return -np.where(np.asarray(came, bool), np.log(chance), np.log(1 - chance))


def brier(foretold: Floats, came: object) -> float:
    """Mean squared distance of the chance from what came. Brier (1950), Monthly Weather Review."""
    return float(np.mean((foretold - np.asarray(came, np.float64)) ** 2))


def area(foretold: Floats, came: object) -> float | None:
    """Area under the ROC curve, by ranks with ties; None without outcomes of both kinds.

    Hanley, McNeil (1982), Radiology 143(1).
    """
    is_came = np.asarray(came, bool)
    came_count, other_count = int(is_came.sum()), int((~is_came).sum())
    if not came_count or not other_count:
        return None
    ranks = stats.rankdata(foretold)[is_came].sum()
    return float((ranks - came_count * (came_count + 1) / 2) / (came_count * other_count))


def deciles(foretold: Floats, came: object) -> list[dict[str, Any]]:
    """Customers from the least to the greatest chance in tenths: foretold and actual share."""
    is_came = np.asarray(came, np.float64)
    order = np.argsort(foretold, kind="stable")
    return [
        {
            "decile": number,
            "customers": part.size,
            "predicted": float(foretold[part].mean()),
            "actual": float(is_came[part].mean()),
        }
        for number, part in enumerate(np.array_split(order, 10), start=1)
        if part.size
    ]

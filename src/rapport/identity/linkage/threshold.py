"""The weight from which two records are one customer, chosen without labels.

Of n(t) pairs at or above a weight t, E(t) are expected to match, by the model's own probabilities,
and E of all; F1(t) = 2 E(t) / (n(t) + E). One more pair raises it while its probability is above
F1 / 2, which is at most one half. So all pairs at even odds or better belong to the best set; those
that lie between F1 / 2 and even odds would raise it a little further, each more likely wrong than
right, and are left to a person. The same threshold makes the fewest wrong decisions.
"""

from __future__ import annotations

import numpy as np

from rapport.identity.linkage.learning import Floats, probability
from rapport.identity.linkage.model import Threshold

OPTIMISES = (
    "expected F1 over pairs by the model's own probabilities, without links that are less likely "
    "than not"
)
CHOSEN = 0.0  # even odds
# For the sensitivity of KPIs. Odds of 99 to 1: what a doubter still accepts. Odds of 1 to 4: where
# a person would still look, since one in five such pairs is a match.
STRICTER = round(float(np.log2(99)), 3)
LOOSER = -2.0


def choose(weights: Floats, pairs: Floats) -> Threshold:
    """The threshold with what the model expects of it.

    Args:
        weights: match weights (log2 odds) of candidate pairs.
        pairs: number of pairs that each stands for.
    """
    likely = probability(weights) * pairs
    taken = weights >= CHOSEN
    right, made, there = likely[taken].sum(), pairs[taken].sum(), likely.sum()
    return Threshold(
        CHOSEN,
        STRICTER,
        LOOSER,
        OPTIMISES,
        {
            "precision": round(float(right / max(made, 1e-9)), 4),
            "recall": round(float(right / max(there, 1e-9)), 4),
            "f1": round(float(2 * right / max(made + there, 1e-9)), 4),
        },
    )

"""The weight from which two records are one customer, chosen without labels.

A wrong link mixes what two customers bought and reaches both; a missed one leaves a customer known
in two places and stands in the review queue. So a wrong link is counted as dear as three missed
ones, and the expected cost is least when all pairs are taken that match at odds of three to one or
better (Fellegi and Sunter 1969; for unequal costs the odds must reach their ratio).
The odds are the model's own, so that the threshold moves with the data: the more records, the less
likely any two of them match, and the more must speak for it.
"""

from __future__ import annotations

import numpy as np

from rapport.identity.linkage.learning import Floats, probability
from rapport.identity.linkage.model import Threshold

DEARER = 3  # how many missed links a wrong one costs
OPTIMISES = (
    f"the least expected cost by the model's own probabilities, a wrong link counted as {DEARER} "
    "missed ones"
)
CHOSEN = round(float(np.log2(DEARER)), 3)
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

"""The weight from which two records are one customer, chosen without labels."""

from __future__ import annotations

import numpy as np

from rapport.identity.linkage.learning import Floats, probability
from rapport.identity.linkage.model import Threshold

OPTIMISES = "expected F1 over pairs, by the model's own probabilities"
# For the sensitivity of KPIs: odds of 99 to 1 for the doubter, and even odds less the same
# distance for the believer would join strangers; 1 to 4 is where a person would still look.
STRICTER = float(np.log2(99))
LOOSER = float(np.log2(0.25))
DIGITS = 3


def choose(weights: Floats, pairs: Floats) -> Threshold:
    """The threshold that maximises the expected F1 over pairs.

    With n(t) pairs at or above t, of which E(t) are expected to match, and E matches in all,
    F1(t) = 2 E(t) / (n(t) + E).

    Args:
        weights: match weights (log2 odds) of scored pairs.
        pairs: number of pairs that each stands for.
    """
    order = np.lexsort((weights,))[::-1]
    sorted_weights, counts = weights[order], pairs[order]
    likely = np.cumsum(probability(sorted_weights) * counts)
    taken = np.cumsum(counts)
    f1 = 2 * likely / (taken + likely[-1])
    # Ties of weight are one step: only the last of them is a threshold.
    is_last = np.append(sorted_weights[1:] != sorted_weights[:-1], True)
    best = int(np.flatnonzero(is_last)[np.argmax(f1[is_last])])
    # Between the last pair taken and the first one left all thresholds are the same: even odds,
    # or as near to them as that allows, stand for data that come later.
    after = sorted_weights[best + 1] if best + 1 < len(order) else -np.inf
    chosen = round(float(min(max(0.0, after + 10**-DIGITS), sorted_weights[best])), DIGITS)
    return Threshold(
        chosen,
        max(STRICTER, chosen + 1),
        min(LOOSER, chosen - 1),
        OPTIMISES,
        {
            "precision": round(float(likely[best] / taken[best]), 4),
            "recall": round(float(likely[best] / likely[-1]), 4),
            "f1": round(float(f1[best]), 4),
        },
    )

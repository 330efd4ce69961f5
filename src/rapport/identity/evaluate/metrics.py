"""How well clusters agree with the truth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

Ints = np.ndarray[Any, np.dtype[np.int64]]


def measures(
    found: Sequence[Any] | Ints, truth: Sequence[Any] | Ints, sides: Sequence[Any] | None = None
) -> dict[str, float | int]:
    """Measures of a clustering, each between 0 and 1.

    Pairs: precision, recall and F1 over pairs of records in one cluster. Clusters: the same over
    whole clusters that are exactly right. B-cubed (Bagga and Baldwin 1998): the mean over records
    of how much of the own cluster, and of the own true cluster, is right.

    Args:
        found: cluster of each record.
        truth: true cluster of each record.
        sides: file of each record; then only pairs across files count among the pairs.
    """
    p, t = _codes(found), _codes(truth)
    _, both = np.unique(np.stack([p, t], axis=1), axis=0, return_inverse=True)
    both = both.reshape(-1)
    side = _codes(sides) if sides is not None else np.arange(len(p))
    right, made, there = (_pairs(groups, side) for groups in (both, p, t))
    overlap, own, true = (np.bincount(groups)[groups] for groups in (both, p, t))
    exact = overlap[(overlap == own) & (overlap == true)]
    whole = float((1 / exact).sum())  # each member of an exact cluster counts for its part of it
    found_clusters, true_clusters = len(np.unique(p)), len(np.unique(t))
    return {
        "true_pairs": int(there),
        "found_pairs": int(made),
        "right_pairs": int(right),
        **_scores("", right, made, right, there),
        **_scores("cluster_", whole, found_clusters, whole, true_clusters),
        **_scores(
            "b_cubed_",
            float((overlap / own).sum()),
            len(p),
            float((overlap / true).sum()),
            len(p),
        ),
        "clusters": found_clusters,
        "true_clusters": true_clusters,
    }


def _pairs(groups: Ints, side: Ints) -> int:
    """Pairs of different sides within groups."""
    inside = np.unique(np.stack([groups, side], axis=1), axis=0, return_counts=True)[1]
    return int((np.bincount(groups) ** 2).sum() - (inside**2).sum()) // 2


def _scores(
    name: str, right: float, made: float, right_there: float, there: float
) -> dict[str, float]:
    """Precision, recall and F1; where there is nothing to find or to make, nothing is wrong."""
    precision = right / made if made else 1.0
    recall = right_there / there if there else 1.0
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return {
        f"{name}precision": round(float(precision), 6),
        f"{name}recall": round(float(recall), 6),
        f"{name}f1": round(float(f1), 6),
    }


def _codes(values: Any) -> Ints:
    codes = np.unique(np.asarray(values), return_inverse=True)[1]
    return np.asarray(codes, np.int64).reshape(-1)

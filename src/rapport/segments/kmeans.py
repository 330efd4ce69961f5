"""k-means with the number of clusters by silhouette, seeded and deterministic."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.cluster import vq
from scipy.spatial.distance import cdist

from rapport.segments.features import Floats

MIN_CLUSTERS, MAX_CLUSTERS = 3, 8  # the contract's range
RESTARTS = 5  # starts from other customers; the tightest result counts
SEED = 20
FIT_SAMPLE = 5_000  # a centre of 600 of them is right to 0.04 deviations; more only take longer
SILHOUETTE_SAMPLE = 2_000  # all pairs of these are measured: 32 MB


@dataclass(frozen=True)
class Fit:
    """Centres found.

    Attributes:
        centres: shape (k, features), in standard scores.
        silhouettes: mean silhouette, by the number of clusters tried.
    """

    centres: Floats
    silhouettes: dict[int, float]

    @property
    def k(self) -> int:
        """The number of clusters."""
        return len(self.centres)


def fit(points: Floats, before: Floats | None = None, k_margin: float = 0.0) -> Fit | None:
    """The fewest centres, 3 to 8, whose silhouette is the best but for `k_margin`.

    Args:
        points: standard scores, shape (customers, features), in an order that is as good as random
            and the same every time; the first `FIT_SAMPLE` are fitted.
        before: centres of the last build, in the same scale. Moved to where the points are now they
            stay, and else their number does, unless others are better by more than `k_margin`.
        k_margin: a difference of silhouettes that is taken for chance.

    Returns:
        None when there are not as many different points as clusters wanted.
    """
    sample = points[:FIT_SAMPLE]
    different = len(np.unique(sample, axis=0))
    found, silhouettes = {}, {}
    for k in range(MIN_CLUSTERS, min(MAX_CLUSTERS, different) + 1):
        centres = _centres(sample, k)
        if len(centres) == k:
            found[k] = centres
            silhouettes[k] = silhouette(sample[:SILHOUETTE_SAMPLE], centres)
    if not found:
        return None
    # The tightest of other starts need not be told apart as well as those that stand.
    moved = None if before is None else vq.kmeans(sample, before)[0]
    if before is not None and moved is not None and len(moved) == len(before) <= different:
        score = silhouette(sample[:SILHOUETTE_SAMPLE], moved)
        if score >= max(silhouettes.values()) - k_margin:
            return Fit(moved, {**silhouettes, len(moved): score})
    enough = max(silhouettes.values()) - k_margin
    best = next(k for k in found if silhouettes[k] >= enough)
    if before is not None and silhouettes.get(len(before), -1.0) >= enough:
        best = len(before)
    return Fit(found[best], silhouettes)


def nearest(points: Floats, centres: Floats) -> np.ndarray:
    """Position of the nearest centre of each point; of equal ones the first."""
    return np.concatenate(
        [
            cdist(points[start : start + FIT_SAMPLE], centres, "sqeuclidean").argmin(axis=1)
            for start in range(0, len(points), FIT_SAMPLE)
        ]
        or [np.empty(0, np.int64)]
    )


def silhouette(points: Floats, centres: Floats) -> float:
    """Mean silhouette (Rousseeuw 1987) of points by their nearest centre; 0 for one alone.

    s = (b - a) / max(a, b), with a the mean distance to the others of the own cluster and b the
    least mean distance to those of another one.
    """
    label = nearest(points, centres)
    members = np.eye(len(centres))[label]
    sizes = members.sum(axis=0)
    distance = cdist(points, points)
    to_cluster = np.column_stack(
        [distance[:, label == number].sum(axis=1) for number in range(len(centres))]
    )
    rows = np.arange(len(points))
    own_size = sizes[label]
    own = to_cluster[rows, label] / np.maximum(own_size - 1, 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        other = np.where((members > 0) | (sizes == 0), np.inf, to_cluster / sizes).min(axis=1)
        scores = np.where(own_size > 1, (other - own) / np.maximum(own, other), 0)
    # No number: all points of two clusters are the same one, or there is but one cluster.
    return float(np.nan_to_num(scores, nan=0.0).mean())


def _centres(sample: Floats, k: int) -> Floats:
    """The tightest of several k-means; fewer than k rows where some cluster ran empty.

    Starts are drawn apart from each other (k-means++, Arthur and Vassilvitskii 2007).
    """
    rng = np.random.default_rng([SEED, k])
    starts = [
        vq.kmeans2(sample, k, iter=1, minit="++", missing="warn", rng=rng)[0]
        for _ in range(RESTARTS)
    ]
    tries = [vq.kmeans(sample, start) for start in starts]
    whole = [(centres, spread) for centres, spread in tries if len(centres) == k]
    best: Floats = min(whole or tries, key=lambda one: float(one[1]))[0]
    return best

"""The step of a build that puts customers into behaviour clusters."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rapport import clock, log
from rapport.segments import describing, kmeans, matching, registry
from rapport.segments.features import FEATURES, Floats, Scale, matrix, scale
from rapport.settings import Settings
from rapport.state.store import State
from rapport.warehouses import Warehouse


@dataclass(frozen=True)
class Found:
    """Clusters at an as-of.

    Attributes:
        numbers: the number of each centre, by which it is known from build to build.
        centres: in standard scores, shape (k, features).
        silhouette: mean silhouette of the sample; None where there are no clusters.
        reason, reason_zh: why there are none.
    """

    numbers: list[int]
    centres: Floats
    scale: Scale
    silhouette: float | None
    reason: str | None = None
    reason_zh: str | None = None


def cluster(
    settings: Settings,
    state: State,
    warehouse: Warehouse,
    as_of: datetime,
    dry_run: bool = False,
    suffix: str = "",
) -> int:
    """Cluster the customers of `int_cluster_features` and write schema `segments`.

    The centres are those of the as-of; customers are put to them as they are now and as they were
    at the last month end. Run again with the same features it changes nothing.

    Args:
        as_of: the build's exclusive as-of, UTC.
        dry_run: read the state store without writing it (side builds at an older as-of).
        suffix: of the schemas read and written (side builds).

    Returns:
        the number of clusters; 0 where there are too few customers, or they are all alike.
    """
    started = time.perf_counter()
    columns = ", ".join(feature.column for feature in FEATURES)
    features = warehouse.read(
        f"select customer_id, sample_key, facts_before, months_back, {columns} "
        f"from intermediate{suffix}.int_cluster_features"
    )
    features = features.sort_by([("months_back", "ascending"), ("sample_key", "ascending")])
    today = features.filter(pc.equal(features["months_back"], 0))
    moment = clock.iso(as_of)
    with state.begin() as connection:
        known = registry.before(connection, moment)
        found = find(
            today,
            known,
            min_customers=int(settings.threshold("cluster_min_customers")),
            k_margin=float(settings.threshold("cluster_k_margin")),
        )
        labels = _labels(found, features)
        counted = dict(zip(*np.unique(labels[: len(today)], return_counts=True), strict=True))
        sizes = [int(counted.get(number, 0)) for number in found.numbers]
        raw = found.centres * found.scale.deviation + found.scale.mean
        since = [known.since.get(number, moment) for number in found.numbers]
        if not dry_run:
            registry.save(connection, moment, found.numbers, since, sizes, raw)
    outputs = {
        "customer_clusters": pa.table(
            {
                "customer_id": features["customer_id"],
                "facts_before": features["facts_before"],
                "cluster_no": pa.array(labels, pa.int64()),
            }
        ).slice(0, len(features) if found.numbers else 0),
        "clusters": _clusters(found, since, sizes, today, labels[: len(today)]),
        "cluster_fit": pa.table(
            {
                "customers": pa.array([len(today)], pa.int64()),
                "clusters": pa.array([len(found.numbers)], pa.int64()),
                "silhouette": pa.array([found.silhouette], pa.float64()),
                "reason": pa.array([found.reason], pa.string()),
                "reason_zh": pa.array([found.reason_zh], pa.string()),
            }
        ),
    }
    for name, table in outputs.items():
        warehouse.write(f"segments{suffix}", name, table)
    log.get(as_of=moment).info(
        "clustered",
        customers=len(today),
        clusters=dict(zip(found.numbers, sizes, strict=True)),
        silhouette=found.silhouette,
        reason=found.reason,
        seconds=round(time.perf_counter() - started, 3),
    )
    return len(found.numbers)


def find(today: pa.Table, known: registry.Known, min_customers: int, k_margin: float) -> Found:
    """The clusters of customers in the order of their sample keys; no state is written."""
    values = matrix(today)
    spread = scale(values)
    nothing = Found([], np.empty((0, len(FEATURES))), spread, None)
    if len(today) < min_customers:
        return Found(
            **{
                **vars(nothing),
                "reason": f"{len(today)} customers, fewer than {min_customers}: no clusters",
                "reason_zh": f"仅{len(today)}位客户，少于{min_customers}位，不聚类",
            }
        )
    points = spread.apply(values)
    before = spread.apply(known.centres) if len(known.centres) else None
    fit = kmeans.fit(points, before, k_margin)
    if fit is None:
        return Found(
            **{
                **vars(nothing),
                "reason": "the customers behave too much alike: no clusters",
                "reason_zh": "客户行为过于相似，不聚类",
            }
        )
    sizes = np.bincount(kmeans.nearest(points, fit.centres), minlength=fit.k).tolist()
    old = before if before is not None else np.empty((0, len(FEATURES)))
    given = matching.numbers(fit.centres, sizes, old, known.numbers, known.used)
    order = np.argsort(given)
    return Found(
        [given[place] for place in order],
        fit.centres[order],
        spread,
        round(fit.silhouettes[fit.k], 9),
    )


def _labels(found: Found, features: pa.Table) -> Any:
    """Number of the cluster of each row; 0 for all where there are none."""
    if not found.numbers:
        return np.zeros(len(features), np.int64)
    points = found.scale.apply(matrix(features))
    return np.array(found.numbers)[kmeans.nearest(points, found.centres)]


def _clusters(
    found: Found, since: list[str], sizes: list[int], today: pa.Table, labels: Any
) -> pa.Table:
    words = [
        describing.describe(number, centre, today.filter(pa.array(labels == number)), today)
        for number, centre in zip(found.numbers, found.centres, strict=True)
    ]
    return pa.table(
        {
            "cluster_no": pa.array(found.numbers, pa.int64()),
            "since_as_of": pa.array(
                [clock.naive(clock.parse(moment)) for moment in since], pa.timestamp("us")
            ),
            "customers": pa.array(sizes, pa.int64()),
            **{
                name: pa.array([getattr(one, name) for one in words], pa.string())
                for name in ("name", "name_zh", "explanation", "explanation_zh")
            },
        }
    )

"""The centres of earlier builds, kept in the state store: no rebuild can give their names back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection, delete, func, insert, select

from rapport.segments.features import FEATURES, Floats
from rapport.state.tables import cluster_centroids


@dataclass(frozen=True)
class Known:
    """Clusters of the last build before an as-of.

    Attributes:
        centres: shape (k, features), unscaled.
        since: as-of of the first build that had the number without a break.
        used: highest number given by any build before.
    """

    numbers: list[int]
    centres: Floats
    since: dict[int, str]
    used: int


NONE = Known([], np.empty((0, len(FEATURES))), {}, 0)


def before(connection: Connection, as_of: str) -> Known:
    """What the last build with an older as-of found; none where its features were others."""
    table = cluster_centroids
    earlier = table.c.as_of < as_of
    last = select(func.max(table.c.as_of)).where(earlier).scalar_subquery()
    rows = connection.execute(
        select(table.c.cluster_no, table.c.since_as_of, table.c.centre)
        .where(table.c.as_of == last)
        .order_by(table.c.cluster_no)
    ).all()
    used = connection.execute(select(func.max(table.c.cluster_no)).where(earlier)).scalar() or 0
    columns = [feature.column for feature in FEATURES]
    if not rows or any(set(row.centre) != set(columns) for row in rows):
        return Known([], NONE.centres, {}, used)
    return Known(
        [row.cluster_no for row in rows],
        np.array([[row.centre[name] for name in columns] for row in rows]),
        {row.cluster_no: row.since_as_of for row in rows},
        used,
    )


def save(
    connection: Connection,
    as_of: str,
    numbers: Sequence[int],
    since: Sequence[str],
    sizes: Sequence[int],
    centres: Floats,
) -> None:
    """Put the clusters of an as-of in the place of what was known of it."""
    connection.execute(delete(cluster_centroids).where(cluster_centroids.c.as_of == as_of))
    rows = [
        {
            "as_of": as_of,
            "cluster_no": number,
            "since_as_of": first,
            "customers": size,
            "centre": {
                feature.column: float(value)
                for feature, value in zip(FEATURES, centre, strict=True)
            },
        }
        for number, first, size, centre in zip(numbers, since, sizes, centres, strict=True)
    ]
    if rows:
        connection.execute(insert(cluster_centroids), rows)

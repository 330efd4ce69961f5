"""Connected components of records."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

Ints = np.ndarray[Any, np.dtype[np.int64]]


def components(count: int, left: Ints, right: Ints) -> Ints:
    """Component of each record: the position of its first record.

    Args:
        count: number of records.
        left, right: positions of the records that each link joins.
    """
    graph = coo_matrix((np.ones(len(left), np.int8), (left, right)), shape=(count, count))
    labels = np.asarray(connected_components(graph, directed=False)[1], np.int64)
    first = np.full(count, count, np.int64)
    np.minimum.at(first, labels, np.arange(count))
    return np.asarray(first[labels])

"""Connected components, with the guard that no cluster holds a contradiction.

Two records contradict each other when both have a valid birth date and the dates are further
apart than a typo: Damerau-Levenshtein distance above 2 on the ISO text. A household mailbox with
two birth dates therefore makes two customers. Names are evidence here, never a veto.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from rapport.identity.links import LOGIN, Ints, Keys, Links, together

MAX_TYPO_DISTANCE = 2
OLDEST_BIRTH = date(1901, 1, 1)  # nobody alive was born before; 1900-01-01 is many systems' "none"
PLACEHOLDERS = (date(1970, 1, 1),)  # the first day of the Unix clock


@dataclass(frozen=True)
class Evidence:
    """What decides, inside a contradictory cluster, which links are believed first.

    Attributes:
        birth_dates: valid birth dates as days since 1970, `NO_DATE` for none.
        names: columns of folded names as codes, -1 for none.
    """

    birth_dates: Ints
    names: Sequence[Ints]


NO_DATE = np.iinfo(np.int64).min


def valid_birth_dates(values: pa.Array, before: date) -> Ints:
    """Days since 1970 of the dates that can be somebody's birth date, `NO_DATE` for the rest."""
    valid = pc.and_(
        pc.greater_equal(values, pa.scalar(OLDEST_BIRTH)), pc.less(values, pa.scalar(before))
    )
    valid = pc.and_(valid, pc.invert(pc.is_in(values, pa.array(PLACEHOLDERS))))
    days = pc.if_else(pc.fill_null(valid, False), values, None).cast(pa.int32()).cast(pa.int64())
    return np.asarray(pc.fill_null(days, int(NO_DATE)).to_numpy(zero_copy_only=False))


def cluster(
    count: int, links: Links, keys: Sequence[Keys], evidence: Evidence
) -> tuple[Ints, Links]:
    """Cluster `count` records.

    Args:
        links: all links, as stars.
        keys: the keys they come from, to find all pairs where a cluster must be cut.

    Returns:
        the cluster of each record, and the links that hold the clusters together.
    """
    labels = _components(count, links)
    torn = _contradictory(labels, evidence.birth_dates)
    if not len(torn):
        return labels, links
    is_torn = np.isin(labels, torn)
    members = np.flatnonzero(is_torn)
    inside = is_torn[links.left]
    explicit = links.where(inside & (links.rule <= LOGIN))
    candidates = together(explicit, *(key.pairs(members) for key in keys))
    believed = _believed(_ranked(candidates, evidence), evidence.birth_dates)
    kept = together(links.where(~inside), believed)
    return _components(count, kept), kept


def _components(count: int, links: Links) -> Ints:
    ones = np.ones(len(links), np.int8)
    graph = coo_matrix((ones, (links.left, links.right)), shape=(count, count))
    return np.asarray(connected_components(graph, directed=False)[1], np.int64)


def _contradictory(labels: Ints, dates: Ints) -> Ints:
    """Components that hold two contradicting birth dates."""
    has = dates != NO_DATE
    pairs = np.unique(np.stack([labels[has], dates[has]], axis=1), axis=0)
    several = np.flatnonzero(np.bincount(pairs[:, 0]) > 1) if len(pairs) else pairs[:, 0]
    torn = []
    starts = np.searchsorted(pairs[:, 0], several)
    ends = np.searchsorted(pairs[:, 0], several, side="right")
    for label, start, end in zip(several, starts, ends, strict=True):
        found = pairs[start:end, 1].tolist()
        if any(contradict(a, b) for i, a in enumerate(found) for b in found[:i]):
            torn.append(label)
    return np.array(torn, np.int64)


def _ranked(links: Links, evidence: Evidence) -> Links:
    """Links in the order of belief: explicit ones, then by how much the records agree."""
    agree = np.zeros(len(links), np.int64)
    dates = evidence.birth_dates
    agree += (dates[links.left] == dates[links.right]) & (dates[links.left] != NO_DATE)
    for codes in evidence.names:
        agree += (codes[links.left] == codes[links.right]) & (codes[links.left] >= 0)
    order = np.lexsort((links.right, links.left, links.rule, -agree, links.rule > LOGIN))
    return links.where(order)


def _believed(links: Links, dates: Ints) -> Links:
    """Links taken in order, each one unless it would bring a contradiction into a cluster."""
    parent: dict[int, int] = {}
    held: dict[int, frozenset[int]] = {}

    def root(record: int) -> int:
        while (above := parent.setdefault(record, record)) != record:
            parent[record] = parent[above]
            record = above
        return record

    def dates_of(top: int) -> frozenset[int]:
        if top not in held:
            own = int(dates[top])
            held[top] = frozenset() if own == NO_DATE else frozenset((own,))
        return held[top]

    taken = np.zeros(len(links), bool)
    pairs = zip(links.left.tolist(), links.right.tolist(), strict=True)
    for position, (left, right) in enumerate(pairs):
        a, b = root(left), root(right)
        if a == b:
            continue
        mine, theirs = dates_of(a), dates_of(b)
        if any(contradict(x, y) for x in mine for y in theirs):
            continue
        parent[b] = a
        held[a] = mine | theirs
        taken[position] = True
    return links.where(taken)


@lru_cache(maxsize=1 << 20)
def contradict(one: int, other: int) -> bool:
    """Whether two birth dates (days since 1970) are further apart than a typo."""
    if one == other:
        return False
    first, second = (str(np.datetime64(day, "D")) for day in (one, other))
    return damerau_levenshtein(first, second) > MAX_TYPO_DISTANCE


def damerau_levenshtein(one: str, other: str) -> int:
    """Edits (insert, delete, replace, swap of neighbours) from one text to the other.

    The optimal string alignment distance: no part is edited twice.
    """
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        two_before, before, row = before, row, [i]
        for j, b in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, two_before[j - 2] + 1)
            row.append(cost)
    return row[-1]


def codes(values: pa.Array) -> Ints:
    """Equal texts as equal whole numbers, -1 for null."""
    indices: Any = pc.fill_null(values.dictionary_encode().indices, -1)
    return np.asarray(indices.to_numpy(zero_copy_only=False), np.int64)

"""Clusters of records that hold no contradiction, from links, whatever their order.

Inside each connected component the explicit links join first, in the order of belief, then the
shared keys, heaviest first, then clusters by the mean weight of all their pairs (average linkage),
each pair counting for as much as was compared in it. One wrong link therefore does not chain two
customers: the other pairs speak too. What a component gives depends on nothing outside of it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rapport.identity.agglomerate import Component, Group, Pair, Ranks
from rapport.identity.decide import EXPLICIT, MODEL, RULES
from rapport.identity.graph import components
from rapport.identity.linkage.comparisons import STRONG_KEYS

Ints = np.ndarray[Any, np.dtype[np.int64]]

# A record that has none of these is known by keys only, which others have as well.
NAMES = ("full_name", "name_sorted", "company", "birth_date")

RANKS = Ranks(keys=len(EXPLICIT), model=RULES.index(MODEL))


@dataclass(frozen=True)
class Clusters:
    """What clustering gives.

    Attributes:
        labels: cluster of each record, in the order of the records: position of its first record.
        kept: links inside of clusters.
        cuts: links between clusters that were not followed, with `reason` (hand, household,
            strong_key, one_per_source, ambiguous, evidence).
    """

    labels: Ints
    kept: pa.Table
    cuts: pa.Table


@dataclass(frozen=True)
class _Links:
    """Links as positions of records."""

    left: Ints
    right: Ints
    rank: Ints
    weight: np.ndarray[Any, np.dtype[np.float64]]
    information: np.ndarray[Any, np.dtype[np.float64]]

    def pair(self, place: int) -> Pair:
        """One of them."""
        return Pair(
            int(self.left[place]),
            int(self.right[place]),
            int(self.rank[place]),
            float(self.weight[place]),
            float(self.information[place]),
        )


def cluster(
    records: pa.Table,
    links: pa.Table,
    apart: pa.Table,
    at: float,
    one_per_source: Collection[str] = (),
    strong_keys: Collection[str] = STRONG_KEYS,
) -> Clusters:
    """Cluster records.

    Args:
        records: record_key, source_system, `NAMES` and the strong keys, sorted by record_key.
        links: as `decide.links` makes it; links of records that are not there are left out.
        apart: the same, for pairs that never share a cluster.
        at: weight (log2 odds) from which the model links.
        one_per_source: systems that hold a customer once.
        strong_keys: columns in which two valid values further apart than a typo are two customers.
    """
    keys = records.column("record_key")
    left, right, is_known = _positions(links, keys)
    links = links.filter(pa.array(is_known))
    rank = pc.index_in(links["rule"], value_set=pa.array(RULES)).to_numpy().astype(np.int64)
    edges = _Links(left, right, rank, links["weight"].to_numpy(), links["information"].to_numpy())
    joins = (rank < RANKS.model) | (edges.weight >= at)
    labels = components(len(records), left[joins], right[joins])
    foe_left, foe_right, is_foe = _positions(apart, keys)
    doubtful = _incomplete(labels, left[joins])
    doubtful |= _several(labels, records, strong_keys, one_per_source)
    doubtful[labels[foe_left[labels[foe_left] == labels[foe_right]]]] = True
    reasons = np.full(len(links), "evidence", object)
    foes = (foe_left, foe_right, apart["reason"].filter(pa.array(is_foe)).to_pylist())
    groups = _groups(records, labels, doubtful, foes, strong_keys, one_per_source)
    of_pair = labels[left]
    wanted = np.flatnonzero(doubtful[of_pair] & (of_pair == labels[right]))
    wanted = wanted[np.argsort(of_pair[wanted], kind="stable")]
    starts = np.flatnonzero(np.diff(of_pair[wanted], prepend=-1))
    for chosen in np.split(wanted, starts[1:]) if len(wanted) else []:
        pairs = [edges.pair(i) for i in chosen.tolist()]
        component = Component(groups[int(of_pair[chosen[0]])], pairs, RANKS, at)
        for record, first in component.clusters().items():
            labels[record] = first
        for i, pair in zip(chosen, pairs, strict=True):
            if labels[pair.left] != labels[pair.right]:
                reasons[i] = component.reason(pair)
    is_kept = joins & (labels[left] == labels[right])
    is_cut = joins & ~is_kept
    cuts = links.filter(pa.array(is_cut)).append_column(
        "reason", pa.array(reasons[is_cut].tolist(), pa.string())
    )
    return Clusters(labels, links.filter(pa.array(is_kept)), cuts)


def _positions(table: pa.Table, keys: pa.ChunkedArray) -> tuple[Ints, Ints, Any]:
    """Positions of both sides where both are known, and where that is."""
    left, right = (
        pc.fill_null(pc.index_in(table[name], value_set=keys), -1).to_numpy().astype(np.int64)
        for name in ("left_key", "right_key")
    )
    known = (left >= 0) & (right >= 0)
    return left[known], right[known], known


def _incomplete(labels: Ints, left: Ints) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Components, by label, in which not every pair is linked."""
    sizes = np.bincount(labels, minlength=len(labels))
    linked = np.bincount(labels[left], minlength=len(labels))
    return np.asarray(linked < sizes * (sizes - 1) // 2)


def _several(
    labels: Ints, records: pa.Table, strong_keys: Collection[str], one_per_source: Collection[str]
) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Components, by label, with two values of a strong key, or two records where one may be."""
    found = np.zeros(len(labels), bool)
    for name in strong_keys:
        codes = _codes(records[name])
        pairs = np.unique(np.stack([labels[codes >= 0], codes[codes >= 0]], axis=1), axis=0)
        found |= np.bincount(pairs[:, 0], minlength=len(labels)) > 1
    for system in sorted(one_per_source):
        is_of = pc.equal(records["source_system"], system).to_numpy()
        found |= np.bincount(labels[is_of], minlength=len(labels)) > 1
    return found


def _groups(
    records: pa.Table,
    labels: Ints,
    doubtful: np.ndarray[Any, np.dtype[np.bool_]],
    foes: tuple[Ints, Ints, list[str]],
    strong_keys: Collection[str],
    one_per_source: Collection[str],
) -> dict[int, dict[int, Group]]:
    """By component a group of one for each of its records."""
    members = np.flatnonzero(doubtful[labels]).tolist()
    few = records.take(pa.array(members, pa.int64()))
    named = np.any([few[name].is_valid().to_numpy() for name in NAMES], axis=0).tolist()
    groups = {
        record: Group([record], named=known) for record, known in zip(members, named, strict=True)
    }
    for name in strong_keys:
        for record, value in zip(members, few[name].cast(pa.string()).to_pylist(), strict=True):
            if value is not None:
                groups[record].strong.add((name, value))
    for record, system in zip(members, few["source_system"].to_pylist(), strict=True):
        if system in one_per_source:
            groups[record].sources.add(system)
    for one, other, reason in zip(*(side.tolist() for side in foes[:2]), foes[2], strict=True):
        for record, foe in ((one, other), (other, one)):
            if record in groups and groups[record].foes.get(foe) != "hand":
                groups[record].foes[foe] = reason
    found: dict[int, dict[int, Group]] = {}
    for record, group in groups.items():
        found.setdefault(int(labels[record]), {})[record] = group
    return found


def _codes(values: pa.ChunkedArray) -> Ints:
    """Equal values as equal whole numbers, -1 for null."""
    indices = values.combine_chunks().dictionary_encode().indices
    return np.asarray(pc.fill_null(indices, -1).to_numpy(zero_copy_only=False), np.int64)

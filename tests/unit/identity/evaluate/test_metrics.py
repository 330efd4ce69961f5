"""Measures against the plainest way to count."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from rapport.identity.evaluate.metrics import measures

labels = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 4), st.booleans()), min_size=1, max_size=14
)


@given(labels, st.booleans())
def test_pairs_are_counted_as_by_hand(rows: list[tuple[int, int, bool]], across: bool) -> None:
    sides = [row[2] for row in rows] if across else None
    found = measures([row[0] for row in rows], [row[1] for row in rows], sides)
    pairs = [(a, b) for a, b in itertools.combinations(rows, 2) if not across or a[2] != b[2]]
    made = sum(a[0] == b[0] for a, b in pairs)
    there = sum(a[1] == b[1] for a, b in pairs)
    right = sum(a[:2] == b[:2] for a, b in pairs)
    assert (found["found_pairs"], found["true_pairs"], found["right_pairs"]) == (made, there, right)


@given(labels)
def test_whole_clusters_and_b_cubed_are_counted_as_by_hand(
    rows: list[tuple[int, int, bool]],
) -> None:
    found = measures([row[0] for row in rows], [row[1] for row in rows])
    clusters, truth = (
        [
            {i for i, row in enumerate(rows) if row[place] == value}
            for value in {row[place] for row in rows}
        ]
        for place in (0, 1)
    )
    exact = sum(cluster in truth for cluster in clusters)
    assert abs(found["cluster_precision"] - exact / len(clusters)) < 1e-5
    assert abs(found["cluster_recall"] - exact / len(truth)) < 1e-5
    mine = {i: cluster for cluster in clusters for i in cluster}
    real = {i: cluster for cluster in truth for i in cluster}
    precision = sum(len(mine[i] & real[i]) / len(mine[i]) for i in mine) / len(rows)
    assert abs(found["b_cubed_precision"] - precision) < 1e-5


def test_a_perfect_clustering_is_perfect_and_nothing_is_wrong_where_nothing_is() -> None:
    assert measures([1, 1, 2], ["x", "x", "y"])["f1"] == 1
    assert measures([1, 2, 3], ["x", "y", "z"])["f1"] == 1
    assert measures([1, 2, 3], ["x", "x", "z"])["recall"] == 0

"""What sets a cluster apart, in plain words, from its standardised differences."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from rapport.segments.features import FEATURES, Feature, Floats

# Half a standard deviation is what Cohen calls a medium effect: a reader would notice it.
NOTICED = 0.5
MOST_NAMED = 3  # a sentence that names more is not remembered


@dataclass(frozen=True)
class Words:
    """A cluster in English and in Chinese: a name and a sentence."""

    name: str
    explanation: str
    name_zh: str
    explanation_zh: str


def describe(number: int, centre: Floats, members: pa.Table, everybody: pa.Table) -> Words:
    """Name a cluster by its largest difference, and explain it by its three largest.

    Args:
        number: of the cluster.
        centre: its standard scores, shape (features,).
        members, everybody: rows of `int_cluster_features`; the figures are their medians.
    """
    # Rounded first, so that two that are equal but for the last bits keep the order of the list.
    order = np.argsort(-np.abs(np.round(centre, 6)), kind="stable")
    named = [place for place in order if abs(centre[place]) >= NOTICED][:MOST_NAMED]
    if not named:
        return Words(
            f"Group {number}: the middle",
            "They are close to the average customer in everything.",
            f"群组{number}：居中",
            "各方面接近平均客户。",
        )
    words, words_zh, parts, parts_zh = [], [], [], []
    for place in named:
        feature, is_more = FEATURES[place], centre[place] > 0
        here, there = (_median(rows, feature) for rows in (members, everybody))
        words.append(feature.more if is_more else feature.less)
        words_zh.append(feature.more_zh if is_more else feature.less_zh)
        parts.append(f"{words[-1]} ({feature.what}: {here}, all: {there})")
        parts_zh.append(f"{words_zh[-1]}（{feature.what_zh}：{here}，全体：{there}）")
    return Words(
        f"Group {number}: {words[0]}",
        f"They {', '.join(parts)}.",
        f"群组{number}：{words_zh[0]}",
        f"{'，'.join(parts_zh)}。",
    )


def _median(rows: pa.Table, feature: Feature) -> str:
    values = rows.column(feature.column).cast(pa.float64()).to_numpy()
    known = values[np.isfinite(values)]
    if not len(known):
        return "?"
    middle = float(np.median(known))
    return f"{100 * middle:.0f} %" if feature.is_share else f"{middle:.0f}"

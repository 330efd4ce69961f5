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
        members, everybody: rows of `int_cluster_features`. The figures are their medians, or their
            means where these do not show the difference; one that neither shows is not named.
    """
    # Rounded first, so that two that are equal but for the last bits keep the order of the list.
    order = np.argsort(-np.abs(np.round(centre, 6)), kind="stable")
    noticed = [place for place in order if abs(centre[place]) >= NOTICED]
    shown = {
        place: _figures(FEATURES[place], centre[place] > 0, members, everybody) for place in noticed
    }
    named = [place for place in noticed if shown[place]][:MOST_NAMED]
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
        words.append(feature.more if is_more else feature.less)
        words_zh.append(feature.more_zh if is_more else feature.less_zh)
        what, what_zh, here, there = shown[place]
        parts.append(f"{words[-1]} ({what}: {here}, all: {there})")
        parts_zh.append(f"{words_zh[-1]}（{what_zh}：{here}，全体：{there}）")
    return Words(
        f"Group {number}: {words[0]}",
        f"They {', '.join(parts)}.",
        f"群组{number}：{words_zh[0]}",
        f"{'，'.join(parts_zh)}。",
    )


def _figures(
    feature: Feature, is_more: bool, members: pa.Table, everybody: pa.Table
) -> tuple[str, ...]:
    """What the figure is, in Chinese too, of the members and of all; nothing if none shows it."""
    here, there = (_known(rows, feature) for rows in (members, everybody))
    if not len(here):
        return ()
    for what, what_zh, middle, digits in (
        (feature.what, feature.what_zh, np.median, 0),
        (f"mean of {feature.what}", f"平均{feature.what_zh}", np.mean, 1),
    ):
        pair = [round(float(middle(values)), digits) for values in (here, there)]
        if pair[0] != pair[1] and (pair[0] > pair[1]) == is_more:
            unit = " %" if feature.is_share else ""
            return what, what_zh, *(f"{value:.{digits}f}{unit}" for value in pair)
    return ()


def _known(rows: pa.Table, feature: Feature) -> Floats:
    """Known values, shares in per cent."""
    values = rows.column(feature.column).cast(pa.float64()).to_numpy()
    known: Floats = values[np.isfinite(values)]
    return 100 * known if feature.is_share else known

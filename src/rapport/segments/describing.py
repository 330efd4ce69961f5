"""What sets a cluster apart, in plain words, from its standardised differences."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from rapport.segments.features import FEATURES, Feature, Floats

# Half a standard deviation is a difference that a reader would notice, Cohen's "medium"; from 1.2
# on (Sawilowsky's "very large") it is called much.
NOTICED, MUCH = 0.5, 1.2
MOST_NAMED = 3  # a sentence that names more is not remembered


def explain(centre: Floats, members: pa.Table, everybody: pa.Table) -> tuple[str, str]:
    """One sentence in English and one in Chinese.

    Args:
        centre: standard scores of the cluster, shape (features,).
        members, everybody: rows of `int_cluster_features`; figures are their medians.
    """
    order = np.lexsort((np.arange(len(centre)), -np.abs(np.round(centre, 6))))
    named = [place for place in order if abs(centre[place]) >= NOTICED][:MOST_NAMED]
    if not named:
        return "They are close to the average customer in everything.", "各方面接近平均客户。"
    parts, parts_zh = [], []
    for place in named:
        feature, score = FEATURES[place], float(centre[place])
        here, there = (_median(rows, feature) for rows in (members, everybody))
        much = abs(score) >= MUCH
        words = feature.more if score > 0 else feature.less
        words_zh = feature.more_zh if score > 0 else feature.less_zh
        parts.append(f"{_much(words) if much else words} ({here} {feature.unit}, all: {there})")
        parts_zh.append(
            f"{'明显' if much else ''}{words_zh}（{feature.unit_zh}{here}，全体{there}）"
        )
    return f"They {', '.join(parts)}.", f"{'，'.join(parts_zh)}。"


def _much(words: str) -> str:
    """The comparative, strengthened."""
    for comparative in ("more", "less", "longer", "fewer"):
        if comparative in words.split():
            return words.replace(comparative, f"{'far' if comparative == 'fewer' else 'much'} {comparative}")
    return words


def _median(rows: pa.Table, feature: Feature) -> str:
    values = rows.column(feature.column).cast(pa.float64()).to_numpy()
    known = values[np.isfinite(values)]
    if not len(known):
        return "?"
    middle = float(np.median(known))
    return f"{100 * middle:.0f} %" if feature.is_share else f"{middle:.0f}"

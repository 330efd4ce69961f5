"""The features of behaviour: how each is scaled and how it is spoken of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Floats = npt.NDArray[np.float64]

# Beyond three standard deviations a customer is odd, not odder: else a few wholesalers make a
# cluster of their own and all others another.
CLIP_DEVIATIONS = 3.0


@dataclass(frozen=True)
class Feature:
    """One column of `int_cluster_features`.

    Attributes:
        is_skewed: counts and amounts, whose logarithm is compared: 2 orders against 1 are as far
            apart as 20 against 10.
        more, less: what customers above and below the middle do, to follow "they".
        what: what the figure is.
        is_share: printed as a percentage.
    """

    column: str
    is_skewed: bool
    more: str
    less: str
    what: str
    more_zh: str
    less_zh: str
    what_zh: str
    is_share: bool = False


FEATURES = (
    Feature(
        column="recency_days",
        is_skewed=True,
        more="have been away longer",
        less="ordered more recently",
        what="days since the last order",
        more_zh="离开更久",
        less_zh="下单更近",
        what_zh="距最后下单天数",
    ),
    Feature(
        column="order_days",
        is_skewed=True,
        more="order more often",
        less="order less often",
        what="days with an order",
        more_zh="下单更频繁",
        less_zh="下单更少",
        what_zh="下单天数",
    ),
    Feature(
        column="order_value",
        is_skewed=True,
        more="spend more per order",
        less="spend less per order",
        what="sales a day with an order",
        more_zh="每次花费更多",
        less_zh="每次花费更少",
        what_zh="每下单日销售额",
    ),
    Feature(
        column="categories",
        is_skewed=True,
        more="buy from more categories",
        less="buy from fewer categories",
        what="categories",
        more_zh="购买品类更多",
        less_zh="购买品类更少",
        what_zh="品类数",
    ),
    Feature(
        column="discount_rate",
        is_skewed=False,
        more="buy at more of a discount",
        less="buy at less of a discount",
        what="list value given away",
        more_zh="折扣更多",
        less_zh="折扣更少",
        what_zh="折扣率",
        is_share=True,
    ),
    Feature(
        column="return_rate",
        is_skewed=False,
        more="return more",
        less="return less",
        what="sales returned",
        more_zh="退货更多",
        less_zh="退货更少",
        what_zh="退货率",
        is_share=True,
    ),
    Feature(
        column="sessions",
        is_skewed=True,
        more="visit the website more",
        less="visit the website less",
        what="sessions",
        more_zh="访问网站更多",
        less_zh="访问网站更少",
        what_zh="会话数",
    ),
)


@dataclass(frozen=True)
class Scale:
    """Middle and spread of each feature; those of everybody at the as-of.

    Attributes:
        mean, deviation: shape (features,), in the features' own (or logarithmic) units; the
            deviation of a feature that is the same for all is 0.
    """

    mean: Floats
    deviation: Floats

    def apply(self, values: Floats) -> Floats:
        """Standard scores, shape (customers, features); 0, the middle, where unknown or equal."""
        spread = np.where(self.deviation > 0, self.deviation, np.inf)
        scores = np.clip((values - self.mean) / spread, -CLIP_DEVIATIONS, CLIP_DEVIATIONS)
        return np.nan_to_num(scores, nan=0.0)


def matrix(table: pa.Table) -> Floats:
    """The features of each row, skewed ones as log(1 + x); NaN where unknown."""
    columns = []
    for feature in FEATURES:
        values: Any = table.column(feature.column).cast(pa.float64()).to_numpy()
        columns.append(np.log1p(np.maximum(values, 0)) if feature.is_skewed else values)
    return np.column_stack(columns)


def scale(values: Floats) -> Scale:
    """Mean and standard deviation of each column over the rows where it is known."""
    known = np.isfinite(values)
    count = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, values, 0).sum(axis=0) / count
    square = np.where(known, (values - mean) ** 2, 0).sum(axis=0) / count
    # A spread of the last bits is none.
    deviation = np.sqrt(square)
    return Scale(mean, np.where(deviation > 1e-9 * np.maximum(np.abs(mean), 1), deviation, 0.0))

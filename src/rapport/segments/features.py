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
        is_share: printed as a percentage.
        more, less: what customers above and below the middle do, to follow "they".
        unit: what the figure counts.
    """

    column: str
    is_skewed: bool
    is_share: bool
    more: str
    less: str
    unit: str
    more_zh: str
    less_zh: str
    unit_zh: str


FEATURES = (
    Feature(
        "recency_days",
        True,
        False,
        "have been away longer",
        "ordered more recently",
        "days since the last order",
        "离开更久",
        "下单更近",
        "天前最后下单",
    ),
    Feature(
        "order_days",
        True,
        False,
        "order more often",
        "order less often",
        "order days",
        "下单更频繁",
        "下单更少",
        "个下单日",
    ),
    Feature(
        "order_value",
        True,
        False,
        "spend more per order",
        "spend less per order",
        "an order day",
        "每次花费更多",
        "每次花费更少",
        "每个下单日金额",
    ),
    Feature(
        "categories",
        True,
        False,
        "buy from more categories",
        "buy from fewer categories",
        "categories",
        "购买品类更多",
        "购买品类更少",
        "个品类",
    ),
    Feature(
        "discount_rate",
        False,
        True,
        "buy at a discount more",
        "buy at a discount less",
        "of the list price given away",
        "折扣购买更多",
        "折扣购买更少",
        "折扣率",
    ),
    Feature(
        "return_rate",
        False,
        True,
        "return more",
        "return less",
        "of sales returned",
        "退货更多",
        "退货更少",
        "退货率",
    ),
    Feature(
        "sessions",
        True,
        False,
        "visit the website more",
        "visit the website less",
        "sessions",
        "访问网站更多",
        "访问网站更少",
        "次会话",
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

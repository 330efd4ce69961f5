"""What customers who left had met with at their last order, beside those who came back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from rapport.churn.design import Floats, numbers
from rapport.churn.wording import DRIVERS, Named

_NORMAL_95 = 1.959964
# Customers of the same age: the same number of order days (ten and more are alike), and as long
# since the first; and in the same quarter, so that neither season nor growth looks like a cause.
_MOST_ORDER_DAYS = 10
_TENURE_DAYS = (30, 90, 180, 365, 730)


@dataclass(frozen=True)
class Compared:
    """A driver at the orders after which customers left, and at those after which they came back.

    Args:
        left, stayed: customers counted.
        left_mean, stayed_mean: of the driver, the latter over customers weighted to the same age.
        effect, low, high: difference of the means over their common deviation, 95 % interval.
        reason: why there is none, else None.
    """

    driver: Named
    left: int
    stayed: int
    left_mean: float | None = None
    stayed_mean: float | None = None
    difference: float | None = None
    difference_low: float | None = None
    difference_high: float | None = None
    effect: float | None = None
    low: float | None = None
    high: float | None = None
    reason: str | None = None
    reason_zh: str | None = None

    @property
    def certain(self) -> float:
        """The least effect in size that the interval allows; negative where it holds 0."""
        if self.effect is None or self.low is None or self.high is None:
            return -np.inf
        return self.low if self.effect > 0 else -self.high


def compare(orders: pa.Table, min_customers: int) -> list[Compared]:
    """Every driver, the one first whose effect is at least the greatest with 95 % certainty.

    Args:
        orders: rows of int_churn_departures.
        min_customers: on each side.
    """
    has_left = orders["has_left"].to_numpy()
    customer = pc.dictionary_encode(orders["customer_id"]).combine_chunks().indices.to_numpy()
    _, stratum = np.unique(_ages(orders), return_inverse=True)
    found = [
        _one(driver, numbers(orders, driver.column), has_left, customer, stratum, min_customers)
        for driver in DRIVERS
    ]
    places = {driver.column: place for place, driver in enumerate(DRIVERS)}
    return sorted(found, key=lambda one: (-one.certain, places[one.driver.column]))


def _ages(orders: pa.Table) -> NDArray[np.int64]:
    """The stratum of each order day."""
    number = np.minimum(orders["order_day_no"].to_numpy(), _MOST_ORDER_DAYS).astype(np.int64)
    tenure = np.digitize(orders["tenure_days"].to_numpy(), _TENURE_DAYS)
    quarter = orders["quarter"].cast(pa.date32()).cast(pa.int32()).to_numpy().astype(np.int64)
    number = quarter * (_MOST_ORDER_DAYS + 1) + number
    return np.asarray(number * (len(_TENURE_DAYS) + 1) + tenure, np.int64)


def _one(
    driver: Named,
    values: Floats,
    has_left: NDArray[np.bool_],
    customer: NDArray[np.int32],
    stratum: NDArray[np.int64],
    min_customers: int,
) -> Compared:
    known = np.isfinite(values)
    values, has_left, customer = values[known], has_left[known], customer[known]
    stratum = stratum[known]
    gone = np.bincount(stratum[has_left], minlength=stratum.max(initial=-1) + 1)
    back = np.bincount(stratum[~has_left], minlength=gone.size)
    in_both = ((gone > 0) & (back > 0))[stratum]
    weight = np.where(has_left, 1.0, (gone / np.maximum(back, 1))[stratum])
    is_left, is_stayed = in_both & has_left, in_both & ~has_left
    left = _side(values[is_left], weight[is_left], customer[is_left])
    stayed = _side(values[is_stayed], weight[is_stayed], customer[is_stayed])
    if min(left.customers, stayed.customers) < min_customers:
        return Compared(
            driver,
            left.customers,
            stayed.customers,
            reason=f"{left.customers} customers who left and {stayed.customers} of the same age "
            f"who stayed, {min_customers} of each needed",
            reason_zh=f"流失客户{left.customers}位、同龄留存客户{stayed.customers}位，"
            f"各需{min_customers}位",
        )
    deviation = float(np.sqrt((left.variance + stayed.variance) / 2))
    difference = left.mean - stayed.mean
    if deviation <= 1e-12:
        return Compared(
            driver,
            left.customers,
            stayed.customers,
            left.mean,
            stayed.mean,
            reason="the same for all",
            reason_zh="所有客户相同",
        )
    margin = float(_NORMAL_95 * np.sqrt(left.error**2 + stayed.error**2))
    return Compared(
        driver,
        left.customers,
        stayed.customers,
        left.mean,
        stayed.mean,
        difference=difference,
        difference_low=difference - margin,
        difference_high=difference + margin,
        effect=difference / deviation,
        low=(difference - margin) / deviation,
        high=(difference + margin) / deviation,
    )


@dataclass(frozen=True)
class _Side:
    customers: int
    mean: float
    variance: float
    error: float


def _side(values: Floats, weight: Floats, customer: NDArray[np.int32]) -> _Side:
    """Weighted mean and variance; the error takes the orders of one customer as one observation."""
    if not values.size:
        return _Side(0, 0.0, 0.0, 0.0)
    total = weight.sum()
    mean = float(weight @ values / total)
    off = values - mean
    by_customer = np.bincount(customer, weights=weight * off)
    return _Side(
        int(np.count_nonzero(np.bincount(customer))),
        mean,
        float(weight @ off**2 / total),
        float(np.sqrt(np.sum(by_customer**2)) / total),
    )

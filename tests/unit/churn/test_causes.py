"""What those who left met with is told from chance, from age and from season."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from rapport.churn import causes, outputs
from rapport.churn.wording import DRIVERS, Named


def _orders(rows: int, seed: int, **columns: Any) -> pa.Table:
    """An order day a customer, half of whom left after it; nothing differs but for `columns`."""
    random = np.random.default_rng(seed)
    table = {
        "customer_id": [f"c{number:05}" for number in range(rows)],
        "order_day_no": np.ones(rows, np.int64),
        "tenure_days": np.zeros(rows, np.int64),
        "quarter": [date(2025, 1, 1)] * rows,
        "has_left": np.arange(rows) % 2 == 0,
        **{driver.column: random.normal(size=rows) for driver in DRIVERS},
        **columns,
    }
    return pa.table(table)


def _found(table: pa.Table) -> dict[str, causes.Compared]:
    return {one.driver.column: one for one in causes.compare(table, 50)}


def test_the_true_cause_comes_first_with_its_effect_inside_the_interval() -> None:
    random = np.random.default_rng(1)
    left = np.arange(2_000) % 2 == 0
    late = (random.random(2_000) < np.where(left, 0.2, 0.08)).astype(float)
    found = causes.compare(_orders(2_000, 1, late_delivery=late), 50)
    assert found[0].driver.column == "late_delivery"
    assert found[0].difference_low is not None
    assert found[0].difference_high is not None
    assert found[0].difference_low < 0.12 < found[0].difference_high
    assert found[0].certain > 0


def test_intervals_hold_no_difference_in_19_of_20_cases() -> None:
    found = [one for seed in range(60) for one in causes.compare(_orders(400, seed), 50)]
    share = np.mean([one.certain <= 0 for one in found])
    assert 0.93 <= share <= 0.97


def test_age_alone_is_no_cause() -> None:
    # First orders are late more often, and most leave after the first.
    random = np.random.default_rng(2)
    left = np.arange(4_000) % 2 == 0
    number = np.where(random.random(4_000) < np.where(left, 0.8, 0.2), 1, 5)
    late = (random.random(4_000) < np.where(number == 1, 0.3, 0.05)).astype(float)
    raw = late[left].mean() - late[~left].mean()
    found = _found(_orders(4_000, 2, order_day_no=number, late_delivery=late))["late_delivery"]
    assert raw > 0.1
    assert found.certain <= 0


def test_season_alone_is_no_cause() -> None:
    random = np.random.default_rng(3)
    left = np.arange(4_000) % 2 == 0
    winter = random.random(4_000) < np.where(left, 0.8, 0.2)
    late = (random.random(4_000) < np.where(winter, 0.3, 0.05)).astype(float)
    quarter = [date(2025, 10, 1) if one else date(2025, 4, 1) for one in winter]
    found = _found(_orders(4_000, 3, quarter=quarter, late_delivery=late))["late_delivery"]
    assert found.certain <= 0


def test_many_orders_of_one_customer_count_as_one_observation() -> None:
    rows = 400
    left = np.arange(rows) % 2 == 0
    same = ["one" if not gone else f"c{row}" for row, gone in enumerate(left)]
    found = _found(_orders(rows, 4, customer_id=same))["order_value"]
    assert found.stayed == 1
    assert found.effect is None
    assert (
        found.reason == "200 customers who left and 1 of the same age who stayed, 50 of each needed"
    )


@pytest.mark.parametrize("has_left", [True, False])
def test_without_anybody_to_compare_with_every_driver_says_so(has_left: bool) -> None:
    found = causes.compare(_orders(200, 5, has_left=np.full(200, has_left)), 50)
    assert len(found) == len(DRIVERS)
    assert all(one.effect is None and one.reason and one.reason_zh for one in found)


def test_a_driver_that_is_unknown_or_the_same_for_all_says_so() -> None:
    rows = 400
    table = _orders(rows, 6, csat=pa.nulls(rows, pa.float64()), late_delivery=np.zeros(rows))
    found = _found(table)
    assert found["csat"].effect is None
    assert (found["csat"].left, found["csat"].stayed) == (0, 0)
    assert found["late_delivery"].reason == "the same for all"
    said = outputs.causes_table(list(found.values())).to_pylist()
    assert "late delivery: the same for all" in [row["explanation"] for row in said]


def test_no_orders_at_all_are_no_error() -> None:
    found = causes.compare(_orders(4, 7).slice(0, 0), 50)
    assert all(one.effect is None for one in found)
    assert len(outputs.causes_table(found)) == len(DRIVERS)


def test_a_small_fall_is_no_negative_nothing() -> None:
    """ "price above the first month's: -0.0% for those who left" stood in a mail."""
    share, number = Named("a", "a", "a", is_share=True), Named("b", "b", "b", digits=2)
    assert [share.figure(value) for value in (-0.0002, -0.015, 0.071)] == ["0.0%", "−1.5%", "7.1%"]
    assert [number.figure(value) for value in (-0.001, -1234.5)] == ["0.00", "−1,234.50"]

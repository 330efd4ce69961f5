"""The step says who will stay away where it can tell, and else why not."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pytest

from rapport.churn import choice, outputs
from rapport.churn.rivals import Silence
from rapport.churn.run import foretell
from rapport.churn.wording import DRIVERS, FEATURES, SILENCE
from rapport.state.store import State
from rapport.value.words import NO_MAXIMUM
from rapport.warehouses import Warehouse
from tests.conftest import bare_settings

AS_OF = datetime(2026, 1, 1, tzinfo=UTC)
NAMES = ["calibration", "causes", "customers", "quality"]


class Shop:
    """A warehouse that holds what dbt would have built, and keeps what is written."""

    def __init__(self, folder: Path, features: pa.Table) -> None:
        self.settings = bare_settings(folder, f"duckdb:///{folder / 'warehouse.duckdb'}")
        self.features = features
        self.written: dict[str, pa.Table] = {}

    def read(self, sql: str) -> pa.Table:
        if "int_churn_departures" in sql:
            return _departures()
        if "int_churn_instants" in sql:
            return self.features.filter(pa.compute.less_equal(self.features["periods_back"], 1))
        return self.features

    def write(self, schema: str, table: str, data: pa.Table) -> None:
        assert schema == "churn"
        self.written[table] = data

    def build(self) -> dict[str, pa.Table]:
        count = foretell(self.settings, cast(State, None), cast(Warehouse, self), AS_OF)
        assert sorted(self.written) == NAMES
        assert count == len(self.written["customers"])
        return self.written


def _departures() -> pa.Table:
    types = {
        "customer_id": pa.string(),
        "order_date": pa.date32(),
        "order_day_no": pa.int64(),
        "has_left": pa.bool_(),
        "tenure_days": pa.int32(),
        "quarter": pa.date32(),
        **{driver.column: pa.float64() for driver in DRIVERS},
    }
    return pa.schema(types).empty_table()


def _features(customers: int, seed: int = 1, **columns: Any) -> pa.Table:
    """Customers at five instants. Who is long overdue stays away more often, and above all who had
    a ticket since the last order; nothing else matters."""
    random = np.random.default_rng(seed)
    rows = customers * 5
    back = np.repeat(np.arange(5), customers)
    gap = random.uniform(10, 60, rows)
    recency = random.integers(1, 150, rows)
    order_days = random.integers(1, 9, rows)
    ordering = np.where(order_days > 1, (order_days - 1) * gap, 0).astype(np.int64)
    ticket = random.random(rows) < 0.3
    odds = 0.4 * recency / gap + 2.5 * ticket - 1.5
    away = random.random(rows) < 1 / (1 + np.exp(-odds))
    table: dict[str, Any] = {
        "customer_id": [f"c{number % customers:05}" for number in range(rows)],
        "periods_back": back,
        "facts_before": [date(2026, 1, 1) - timedelta(days=90 * int(one)) for one in back],
        "has_stayed_away": pa.array(away, mask=back == 0),
        **{one.column: random.normal(size=rows) for one in FEATURES if one.column != SILENCE},
        "order_days": order_days,
        "recency_days": recency,
        "ordering_days": ordering,
        "age_days": ordering + recency,
        "expected_gap_days": gap,
        "overdue": recency / gap,
        "tickets_since_order": ticket.astype(np.int64),
    }
    return pa.table({**table, **columns})


def _quality(written: dict[str, pa.Table]) -> dict[tuple[str, str], dict[str, Any]]:
    return {(row["model"], row["metric"]): row for row in written["quality"].to_pylist()}


def test_the_best_on_the_holdout_is_published_and_all_three_are_shown(tmp_path: Path) -> None:
    written = Shop(tmp_path, _features(600)).build()
    quality = _quality(written)
    assert {model for model, _ in quality} == {choice.BEHAVIOUR, choice.ALIVE, choice.NAIVE}
    chosen = quality[choice.BEHAVIOUR, "log_loss"]
    assert chosen["is_published"]
    assert chosen["value"] < quality[choice.ALIVE, "log_loss"]["value"]
    assert chosen["value"] < chosen["naive_value"]
    assert chosen["holdout_start"] == date(2025, 10, 3)
    assert chosen["holdout_end"] == date(2025, 12, 31)  # the last day of the 90
    assert chosen["customers"] == 600
    tenths = [r for r in written["calibration"].to_pylist() if r["model"] == choice.BEHAVIOUR]
    assert np.mean([abs(row["predicted"] - row["actual"]) for row in tenths]) < 0.1
    customers = written["customers"].to_pylist()
    assert len(customers) == 600
    assert all(0 < row["churn_probability_90_days"] < 1 for row in customers)
    with_ticket = [row for row in customers if "tickets since" in (row["reasons"] or "")]
    assert len(with_ticket) > 100
    assert "上次下单后工单数（高）" in with_ticket[0]["reasons_zh"]


def test_what_was_said_is_the_same_for_any_order_of_rows(tmp_path: Path) -> None:
    features = _features(300)
    order = np.random.default_rng(5).permutation(len(features))
    one = dict(Shop(tmp_path, features).build())
    other = dict(Shop(tmp_path, features.take(pa.array(order))).build())
    assert {name: table.to_pylist() for name, table in one.items()} == {
        name: table.to_pylist() for name, table in other.items()
    }


def test_chances_that_are_no_better_than_the_naive_rule_are_not_published() -> None:
    came = np.arange(400) % 4 == 0
    naive = np.full(400, 0.25)
    wrong = np.where(came, 0.1, 0.6)
    checked = choice.choose({choice.BEHAVIOUR: wrong, choice.NAIVE: naive}, came)
    assert checked.published is None
    assert checked.reason.startswith("not better than the share of those as overdue last time")
    assert checked.reason_zh
    quality = outputs.quality(checked, _features(1).filter(pa.array([False] * 5)), 90)
    assert not any(row["is_published"] for row in quality.to_pylist())


def test_a_model_that_cannot_be_fitted_today_gives_way_to_none_that_was_not_chosen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The holdout bore out the purchase models, not the regression, and it may not stand in."""

    def chosen(past: pa.Table, silence: object) -> choice.Checked:
        held = past.filter(pa.compute.equal(past["periods_back"], 1))["has_stayed_away"].to_numpy()
        foretold = {choice.ALIVE: held * 0.8 + 0.1, choice.NAIVE: np.full(held.size, 0.5)}
        return choice.choose(foretold, held)

    monkeypatch.setattr(choice, "check", chosen)
    shop = Shop(tmp_path, _features(300))
    assert set(shop.build()["customers"]["model"].to_pylist()) == {choice.ALIVE}
    monkeypatch.setattr(Silence, "of", lambda *given: None)
    written = shop.build()
    assert not len(written["customers"])
    for row in written["quality"].to_pylist():
        assert not row["is_published"] and row["reason"] == NO_MAXIMUM.en


@pytest.mark.parametrize(
    ("customers", "columns", "reason"),
    [
        (0, {}, "not enough data in the holdout: 0 stayed away and 0 came back"),
        (1, {}, "not enough data in the holdout"),
        (300, {"has_stayed_away": [None] * 300 + [True] * 1200}, "300 stayed away and 0 came"),
        (300, {"has_stayed_away": [None] * 300 + [False] * 1200}, "0 stayed away and 300 came"),
        (300, {"periods_back": [0] * 300 + [1] * 1200}, "not enough data before the holdout: 0"),
    ],
    ids=["no orders", "one customer", "all left", "none left", "no earlier history"],
)
def test_too_little_to_learn_from_gives_a_reason_and_no_chance(
    tmp_path: Path, customers: int, columns: dict[str, Any], reason: str
) -> None:
    features = _features(max(customers, 1), **columns)
    written = Shop(tmp_path, features.slice(0, None if customers else 0)).build()
    assert len(written["customers"]) == 0
    assert len(written["calibration"]) == 0
    (row,) = written["quality"].to_pylist()
    assert reason in row["reason"]
    assert row["reason_zh"]
    assert row["value"] is None
    assert not row["is_published"]


def test_features_that_are_constant_or_missing_stop_nobody(tmp_path: Path) -> None:
    rows = 1_500
    gone = {
        one.column: pa.nulls(rows, pa.float64())
        for one in FEATURES
        if one.column in ("csat", "nps", "categories", "late_share", "solve_hours", "price_change")
    }
    features = _features(300, **gone, discount_rate=np.zeros(rows))
    assert len(Shop(tmp_path, features).build()["customers"]) == 300

"""The value step of a build: what it publishes, and what it says where it publishes nothing."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rapport import warehouses
from rapport.settings import Settings
from rapport.state import store
from rapport.value import holdout, outlook, quality
from rapport.value.choice import Errors
from rapport.value.facts import Facts, number
from rapport.value.run import Thresholds, foresee, predict
from rapport.value.transactions import Transactions
from rapport.value.words import off_total, verdict
from tests.support.shop import END, FIRST, Shop, row, rows, table

ROWS = rows()
WANTED = Thresholds(0.10, 5, 3, 12)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    shop = Shop(tmp_path_factory.mktemp("shop"), table(ROWS))
    assert shop.build() == 300
    return shop


def test_what_beats_the_naive_rule_is_published_whole(built: Shop) -> None:
    for name in ("alive_probability", "purchases_90_days", "spend", "value_12_months"):
        values = [one[name] for one in built.rows("customers")]
        assert None not in values and min(values) >= 0 and max(values) > 0, name
    assert {one["reason"] for one in built.rows("customers")} == {None}
    chosen = built.rows("quality", prediction="purchases", is_published=True)
    assert {one["metric"] for one in chosen} == {
        "poisson_deviance", "total_error", "calibration_error", "mean_absolute_error",
    }  # fmt: skip
    for one in chosen:
        if one["metric"] in ("poisson_deviance", "total_error"):
            assert abs(one["value"]) < abs(one["naive_value"]), one
        assert (one["holdout_start"], one["holdout_end"]) == (END - timedelta(89), END)
    assert len(built.rows("calibration", prediction="purchases", model=chosen[0]["model"])) == 10


def test_every_model_is_shown_and_one_is_published(built: Shop) -> None:
    deviances = built.rows("quality", prediction="purchases", metric="poisson_deviance")
    assert {one["model"] for one in deviances} == {"bg_nbd", "mbg_nbd", "pareto_nbd"}
    assert [one["is_published"] for one in deviances].count(True) == 1
    for one in deviances:
        assert one["is_published"] == (one["reason"] is None) == (one["reason_zh"] is None)


def test_histories_are_those_of_the_command(tmp_path: Path) -> None:
    """`rapport clv fit` and a build must not count one shop in two ways."""
    path = tmp_path / "orders.csv"
    with path.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["customer", "day", "amount"])
        writer.writerows(
            [one["customer_id"], one["purchase_date"], one["sales_reporting"]] for one in ROWS
        )
    end = END - timedelta(days=90)
    told = Transactions(path, "customer", "day", "amount").customers(end, END)
    found = Facts.of(table(ROWS)).customers(end, END)
    for name, values in vars(told).items():
        if values.dtype == object:
            assert values.tolist() == getattr(found, name).tolist()
        else:
            np.testing.assert_allclose(getattr(found, name), values, err_msg=name)


def test_the_order_of_rows_is_of_no_matter(built: Shop, tmp_path: Path) -> None:
    order = np.random.default_rng(1).permutation(len(ROWS))
    other = Shop(tmp_path, table([ROWS[place] for place in order]))
    other.build()
    assert other.written == built.written


def test_categories_revenue_adds_up_and_bounds_enclose(built: Shop) -> None:
    for days in (30, 90):
        sums = built.rows("totals", horizon_days=days, measure="revenue")
        (whole,) = (one for one in sums if one["category_name"] is None)
        parts = [one["expected"] for one in sums if one["category_name"]]
        assert len(parts) == 3
        assert sum(parts) == pytest.approx(whole["expected"], abs=0.01)
        assert whole["low"] < whole["expected"] < whole["high"]
    month, quarter = (
        built.rows("totals", horizon_days=days, measure="orders", category_name=None)[0]
        for days in (30, 90)
    )
    assert month["expected"] < quarter["expected"] < 4 * month["expected"]


def test_newcomers_are_in_the_forecast_of_all(built: Shop) -> None:
    """Each customer's own forecast knows nobody who has not bought yet."""
    found = foresee(Facts.of(built.facts), END, WANTED)
    assert found.known
    facts = found.known.facts
    recent = int((facts.first_day > number(END) - 90).sum())
    new = outlook.newcomers(facts, END, 90, found.known.fit)
    assert new.expected == recent > 0
    assert 1 < new.purchases < 5
    by_key = outlook.by_key(outlook.sums(found.known, 90))
    known = float(found.known.ahead[90].purchases.sum())
    per_purchase = by_key["orders", None] / (known + new.expected * new.purchases)
    assert per_purchase == pytest.approx(1, abs=0.001)
    buys = float(found.known.ahead[90].buys.sum())
    assert by_key["active_customers", None] == pytest.approx(buys + new.expected)


def test_the_next_category_is_the_one_bought_most(built: Shop) -> None:
    by_customer: dict[str, dict[str, int]] = {}
    for one in ROWS:
        counts = by_customer.setdefault(one["customer_id"], {})
        counts[one["category_name"]] = counts.get(one["category_name"], 0) + 1
    clear = {
        customer_id: max(counts, key=lambda name: counts[name])
        for customer_id, counts in by_customer.items()
        if sum(counts.values()) >= 8 and max(counts.values()) >= 0.75 * sum(counts.values())
    }
    told = {one["customer_id"]: one["next_category"] for one in built.rows("customers")}
    same = [told[customer_id] == name for customer_id, name in clear.items()]
    assert len(same) > 20
    assert np.mean(same) > 0.9


NOTHING: list[dict[str, Any]] = []
ONE = [row("a", FIRST, 10.0), row("a", END, 10.0)]
ONE_DAY = [row(f"c{number}", END, 10.0) for number in range(200)]
RETURNS = [
    row(f"c{number}", END, 0.0, orders=0, net_amount_reporting=-10.0) for number in range(200)
]
NO_LINES = [
    row(f"c{number}", END - timedelta(number), 0.0, category_name=None) for number in range(200)
]


@pytest.mark.parametrize("facts", [NOTHING, ONE, ONE_DAY, RETURNS, NO_LINES])
def test_too_little_is_said_and_nothing_is_made_up(
    facts: list[dict[str, Any]], tmp_path: Path
) -> None:
    shop = Shop(tmp_path, table(facts))
    assert shop.build() == 0
    assert {one["prediction"] for one in shop.rows("quality")} == set(holdout.PREDICTIONS)
    for one in [*shop.rows("quality"), *shop.rows("customers"), *shop.rows("totals")]:
        assert one["reason"] and one["reason_zh"]
        figures = {v for v in one.values() if isinstance(v, float)}
        assert not figures, one
    assert not shop.rows("tier_moves") and not shop.rows("tier_months")
    bought = {one["customer_id"] for one in facts if one["orders"]}
    assert {one["customer_id"] for one in shop.rows("customers")} == bought


def test_without_costs_there_are_purchases_and_no_values(tmp_path: Path) -> None:
    unknown = [one | {"sales_with_cost_reporting": 0, "margin_reporting": 0} for one in ROWS]
    shop = Shop(tmp_path, table(unknown))
    assert shop.build() == 300
    for one in shop.rows("customers"):
        assert one["purchases_90_days"] is not None
        assert one["value_12_months"] is None and "no cost" in one["reason"]


def test_a_value_that_spends_do_not_determine_has_a_reason(tmp_path: Path) -> None:
    """Some spend a thousand times what others do: of whoever came once nothing is known."""
    random, facts = np.random.default_rng(2), []
    price: dict[str, float] = {}
    for one in rows(400):
        usual = price.setdefault(one["customer_id"], 10 * random.random() ** -2)
        sales = float(usual * random.gamma(6, 1 / 6))
        facts.append(
            row(one["customer_id"], one["purchase_date"], sales)
            | {"category_name": one["category_name"]}
        )
    shop = Shop(tmp_path, table(facts))
    shop.build()
    unknown = [one for one in shop.rows("customers") if one["value_12_months"] is None]
    assert 0 < len(unknown) < 400
    assert all(one["reason"] and one["reason_zh"] for one in unknown)
    assert {one["reason"] for one in shop.rows("customers") if one not in unknown} == {None}


def test_goods_sold_below_cost_are_worth_less_than_nothing(tmp_path: Path) -> None:
    lossy = [one | {"margin_reporting": -0.2 * one["sales_reporting"]} for one in ROWS]
    shop = Shop(tmp_path, table(lossy))
    shop.build()
    values = [one["value_12_months"] for one in shop.rows("customers")]
    assert max(values) <= 0
    assert {one["value_tier"] for one in shop.rows("customers")} == {"tail"}
    for one in shop.rows("customers"):
        assert one["value_12_months_low"] <= one["value_12_months_high"] <= 0


def test_where_more_came_back_than_was_sold_no_error_of_revenue_is_made_up(tmp_path: Path) -> None:
    """Below nothing there is no share to be off by: both rules were said to be off by 0 %."""
    returned = [one | {"net_amount_reporting": -one["net_amount_reporting"]} for one in ROWS]
    shop = Shop(tmp_path, table(returned))
    shop.build()
    for prediction in ("revenue", "category_revenue"):
        (told,) = shop.rows("quality", prediction=prediction, metric="total_error")
        assert told["value"] is told["naive_value"] is None
        assert "all of it came back" in told["reason"] and not told["is_published"]


def test_purchases_after_the_as_of_are_not_seen(built: Shop, tmp_path: Path) -> None:
    early = Shop(tmp_path, table(ROWS))
    early.facts = table([one for one in ROWS if one["purchase_date"] <= END - timedelta(30)])
    early.build(END - timedelta(30))
    assert max(one["holdout_end"] for one in early.rows("quality")) == END - timedelta(30)
    assert len(early.rows("customers")) <= len(built.rows("customers"))


def test_a_forecast_no_better_than_the_naive_one_says_why() -> None:
    good = Errors(100, 50.0, 50, 0.9, 0.5, [])
    bad_total, bad_deviance = (
        Errors(100, 80.0, 50, 0.8, 0.5, []),
        Errors(100, 50.0, 50, 1.2, 0.5, []),
    )
    naive = Errors(100, 60.0, 50, 1.0, 0.5, [])
    assert verdict(good, naive) is None
    for errors in (bad_total, bad_deviance):
        found = verdict(errors, naive)
        assert found and "no better" in found.en and "不优于" in found.zh
    nobody = Errors(100, 5.0, 0, 0.1, 0.1, [])
    assert (found := verdict(nobody, nobody)) and "nobody" in found.en
    assert off_total(0.1, -0.2) is None
    assert off_total(0.2, -0.1) and off_total(None, 0.1)


def test_one_sum_refused_refuses_nothing_else() -> None:
    check = quality.Check(date(2025, 4, 2), END)
    reason = verdict(Errors(1, 2.0, 1, 2.0, 1.0, []), Errors(1, 1.0, 1, 1.0, 1.0, []))
    check.figures = [
        quality.Figure("purchases", "bg_nbd", "total_error", 1, 0.1, 0.2, None),
        quality.Figure("orders", "bg_nbd", "total_error", 1, 0.3, 0.2, reason),
    ]
    assert check.reason("purchases") is None
    assert check.reason("orders") == reason


def test_each_engine_gives_the_same_and_takes_a_second_build(
    built: Shop, engine_settings: Settings
) -> None:
    engine_settings.company.vars["segment_history_months"] = 3
    state = store.open(engine_settings)
    as_of = datetime.combine(END + timedelta(1), datetime.min.time(), UTC)
    late = row("c0001", END - timedelta(days=40), 30.0)
    with warehouses.open(engine_settings) as warehouse:
        for facts in ([*ROWS, late], ROWS):  # another history first: its months are put right
            warehouse.write("intermediate", "int_purchase_days", table(facts))
            predict(engine_settings, state, warehouse, as_of)
        for name, expected in built.written.items():
            found = warehouse.read(f"select * from value.{name}")
            same = [f"{one}" for one in expected.to_pylist()]
            assert sorted(f"{one}" for one in found.to_pylist()) == sorted(same), name


def test_a_next_category_that_the_last_one_tells_better_is_not_published(tmp_path: Path) -> None:
    """Here all change for good: what they bought most is what they will not buy again."""
    moved = END - timedelta(days=200)
    shop = Shop(
        tmp_path,
        table([one | {"category_name": f"{one['purchase_date'] > moved}"} for one in ROWS]),
    )
    shop.build()
    (check,) = shop.rows("quality", prediction="next_category")
    assert check["naive_value"] > check["value"] and not check["is_published"]
    assert "bought last" in check["reason"] and "上次" in check["reason_zh"]
    assert {one["next_category"] for one in shop.rows("customers")} == {None}
    assert {one["purchases_90_days"] is None for one in shop.rows("customers")} == {False}


def test_a_next_category_is_told_where_purchases_are_not(tmp_path: Path) -> None:
    """It rests on what was bought: nobody coming oftener than before says nothing against it."""
    random = np.random.default_rng(4)
    facts = [
        row(f"c{number:03}", END - timedelta(days=days), 10.0)
        | {"category_name": "Tea" if random.random() < 0.8 else "Cups"}
        for number in range(200)
        for days in range(number % 30, 360, 30)
    ]
    shop = Shop(tmp_path, table(facts))
    shop.build()
    assert {one["alive_probability"] for one in shop.rows("customers")} == {None}
    (check,) = shop.rows("quality", prediction="next_category")
    assert check["is_published"] and check["value"] > check["naive_value"]
    assert {one["next_category"] for one in shop.rows("customers")} == {"Tea"}

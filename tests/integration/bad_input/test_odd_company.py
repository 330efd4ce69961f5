"""A company of seven customers all of whom are odd: every figure is right, or null with a reason.

No orders at all is the company of tests/integration/web, one day of history that of
tests/integration/pipeline/test_pipeline.py.
"""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from rapport import build, ingest, settings, warehouses
from rapport.errors import RapportError
from rapport.settings import Settings
from rapport.sources.add import add
from rapport.sources.init import init

# Nobody has a date of their own but "plain"; "cold" never ordered.
CUSTOMERS = ["plain", "returner", "creditor", "bargain", "early", "twice", "cold", "bulk"]
# order, customer, day, product, quantity, unit price, currency
ORDERS = [
    ("o1", "plain", "2025-03-03", "tent", 1, "100.00", "EUR"),
    ("o2", "returner", "2025-03-04", "tent", 1, "100.00", "EUR"),
    ("o3", "bargain", "2025-03-05", "lamp", 2, "10.00", "EUR"),  # costs 30 apiece
    ("o4", "early", "2025-12-24", "tent", 1, "100.00", "EUR"),  # after the as-of
    ("o5", "twice", "2025-03-06", "unheard-of", 1, "40.00", "EUR"),
    ("o6", "twice", "2025-12-24", "tent", 1, "100.00", "EUR"),
    ("o7", "", "2025-03-07", "lamp", 1, "10.00", "EUR"),
    ("o9", "bulk", "2025-03-08", "ship", "50000.5", "1000000.25", "EUR"),
]
RETURNS = [
    ("r1", "o2", "returner", "2025-04-04", "tent", 1, "100.00"),
    ("r2", "", "creditor", "2025-04-05", "tent", 1, "30.00"),  # of no order that is known
]
FIRST, END = datetime(2025, 3, 1, tzinfo=UTC), datetime(2025, 6, 1, tzinfo=UTC)


def put(folder: Path, name: str, header: str, rows: list[tuple[Any, ...]]) -> None:
    folder.mkdir(exist_ok=True)
    with (folder / f"{name}.csv").open("w", newline="") as file:
        csv.writer(file).writerows([header.split(","), *rows])


def put_orders(folder: Path, orders: list[tuple[Any, ...]]) -> None:
    put(folder, "orders", "order_no,customer_no,order_date,currency",
        [(no, who, day, currency) for no, who, day, _, _, _, currency in orders])  # fmt: skip
    put(folder, "order_lines", "order_no,line_no,product_no,quantity,unit_price",
        [(no, 1, what, many, price) for no, _, _, what, many, price, _ in orders])  # fmt: skip


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("odd") / "erp"
    rows = [(one, one.title(), "2025-01-01" if one == "plain" else "") for one in CUSTOMERS]
    put(folder, "customers", "customer_no,name,created_at", rows)
    put_orders(folder, ORDERS)
    put(folder, "returns", "return_no,order_no,customer_no,return_date,product_no,quantity,amount",
        RETURNS)  # fmt: skip
    put(
        folder, "products", "product_no,name,category", [("tent", "Tent", ""), ("lamp", "Lamp", "")]
    )
    put(folder, "product_costs", "product_no,valid_from,unit_cost",
        [("tent", "2025-01-01", "60.00"), ("lamp", "2025-01-01", "30.00")])  # fmt: skip
    return folder


@pytest.fixture(scope="module")
def built(files: Path) -> Settings:
    company = files.parent / "odd"
    environ = {"RAPPORT_VAR": str(files.parent / "var"), "ODD_ERP_PATH": str(files)}
    init(company, "Odd", history_start="2025-01-01", environ=environ)
    add(settings.load(company, environ), "erp", "files", deliver=True)
    found = settings.load(company, environ)
    assert {"parties", "orders", "order_lines", "returns", "products", "product_costs"} <= set(
        found.company.feeds
    )
    ingest.interval(found, "erp", FIRST, END)
    assert build.run(found) is not None
    return found


def marts(found: Settings, sql: str) -> list[dict[str, Any]]:
    with warehouses.open_marts(found) as reader:
        return reader.query(sql)


def keyed(found: Settings, sql: str) -> dict[str, dict[str, Any]]:
    """Rows of a query by the customer's name."""
    rows = marts(
        found, f"select lower(full_name) as name, given.* from marts.dim_customers join ({sql})"
        " as given using (customer_id)"
    )  # fmt: skip
    return {row["name"]: row for row in rows}


def test_no_figure_of_any_mart_is_no_number(built: Settings) -> None:
    """0 / 0 must be null; whoever adds up a nan gets nan everywhere."""
    looked_at = 0
    with warehouses.open_marts(built) as reader:
        for table in reader.tables():
            rows = reader.arrow(f"select * from marts.{table}")
            for field in rows.schema:
                if pa.types.is_floating(field.type):
                    looked_at += 1
                    finite = pc.is_finite(rows[field.name].drop_null())
                    assert pc.all(finite, min_count=0).as_py(), (table, field.name)
    assert looked_at > 50


def test_orders_of_the_future_make_nobody_a_customer(built: Settings) -> None:
    found = {row["source_order_id"] for row in marts(built, "select * from marts.fct_orders")}
    assert found == {"o1", "o2", "o3", "o5", "o7", "o9"}
    customers = keyed(built, "select customer_id, first_order_date from marts.dim_customers")
    assert set(customers) == set(CUSTOMERS)  # those without dates, too
    first = {name: row["first_order_date"] for name, row in customers.items()}
    assert first == {
        "plain": date(2025, 3, 3), "returner": date(2025, 3, 4), "creditor": None,
        "bargain": date(2025, 3, 5), "early": None, "twice": date(2025, 3, 6), "cold": None,
        "bulk": date(2025, 3, 8),
    }  # fmt: skip


def test_who_sent_all_back_has_ordered_and_brought_nothing(built: Settings) -> None:
    (order,) = marts(
        built, "select is_fully_returned from marts.fct_orders where source_order_id = 'o2'"
    )
    assert order["is_fully_returned"]
    lines = keyed(
        built,
        "select customer_id, sum(net_amount_reporting) as net,"
        " sum(net_amount_reporting - cost_amount_reporting) as margin"
        " from marts.fct_order_lines group by 1",
    )
    assert lines["returner"]["net"] == 0
    assert lines["creditor"]["net"] == -30
    assert (lines["bargain"]["net"], lines["bargain"]["margin"]) == (20, -40)


def test_a_line_of_many_milliards_is_exact(built: Settings) -> None:
    """A product of two decimals stopped the build on DuckDB from ten milliards on."""
    (line,) = marts(
        built, "select lines.net_amount_reporting as net from marts.fct_order_lines as lines"
        " join marts.fct_orders using (order_id) where source_order_id = 'o9'"
    )  # fmt: skip
    assert line["net"] == Decimal("50000512500.125")


def test_a_product_without_a_category_or_of_which_nothing_is_known_is_sold(
    built: Settings,
) -> None:
    rows = marts(
        built,
        "select category_name, sum(net_amount_reporting) as net,"
        " count(cost_amount_reporting) as with_cost"
        " from marts.fct_order_lines where line_kind = 'sale' and quantity < 10 group by 1",
    )
    assert [row["category_name"] for row in rows] == ["Uncategorised"]
    assert rows[0]["net"] == Decimal(270)
    assert rows[0]["with_cost"] == 4  # of the product unheard of no cost is known: null, not free


def test_a_margin_below_nothing_is_told_as_it_is(built: Settings) -> None:
    kpis = {
        row["kpi_id"]: row["value"]
        for row in marts(
            built,
            "select kpi_id, value from marts.rpt_kpis where segment_kind = 'all'"
            " and period_kind = 'month' and period_start = date '2025-04-01'",
        )
    }
    assert kpis["net_revenue"] == -130
    # Nobody ordered in April: nothing to divide by, and no 0.
    assert kpis["average_order_value"] is None
    assert kpis["return_rate"] is None
    assert kpis["csat"] is None


def test_what_cannot_be_foretold_of_so_few_says_why_in_both_languages(built: Settings) -> None:
    for row in marts(built, "select * from marts.fct_customer_predictions"):
        assert row["value_12_months"] is None and row["purchases_90_days"] is None
        assert row["reason"] and row["reason_zh"]
    for row in marts(built, "select * from marts.rpt_churn_risk"):
        assert row["churn_probability_90_days"] is None
        assert row["missing_reason"] and row["missing_reason_zh"]
    quality = marts(built, "select * from marts.rpt_prediction_quality")
    assert {"purchases", "churn_90_days", "voice_tone_en"} <= {row["prediction"] for row in quality}
    for row in quality:
        assert row["is_published"] or (row["reason"] and row["reason_zh"]), row
    assert not marts(built, "select * from marts.fct_voice")


def test_a_missing_rate_stops_the_build_and_names_currency_and_day(
    built: Settings, files: Path
) -> None:
    """A rate of 1 would be a figure that is wrong and looks right."""
    before = marts(built, "select * from marts.ops_publication")
    put_orders(files, [*ORDERS, ("o8", "plain", "2025-06-01", "tent", 1, "100.00", "CHF")])
    ingest.interval(built, "erp", END, datetime(2025, 6, 2, tzinfo=UTC))
    with pytest.raises(RapportError) as caught:
        build.run(built)
    assert caught.value.code == "models-failed"
    assert "CHF" in str(caught.value) and "2025-06-01" in str(caught.value)
    assert marts(built, "select * from marts.ops_publication") == before


def test_two_rates_of_one_day_stop_the_build_and_the_same_one_twice_does_not(
    built: Settings,
) -> None:
    """Which of two counts would hang on the order of rows, and change from build to build."""
    (built.company_dir / "models/int_bank_rates.sql").write_text(
        "select cast(rate_date as date) as rate_date, 'CHF' as currency, rate from (values "
        "('2025-03-03', 1.04), ('2025-03-03', 1.05), ('2025-03-04', 1.05), ('2025-03-04', 1.05)"
        ") as rates (rate_date, rate)\n"
    )
    feeds = built.company.feeds | {"exchange_rates": ["int_bank_rates"]}
    company = built.company.model_copy(update={"feeds": feeds})
    with pytest.raises(RapportError) as caught:
        build.run(built.model_copy(update={"company": company}), force=True)
    assert "unique_key_int_exchange_rates_unioned" in str(caught.value)
    assert "2025-03-03" in str(caught.value) and "2025-03-04" not in str(caught.value)

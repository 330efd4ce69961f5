"""What `rapport source add` makes of a file, which declares nothing: names and rows must tell."""

from __future__ import annotations

from pathlib import Path

from rapport import transform
from rapport.sources.preview import preview
from tests.integration.sources.conftest import Shop


def test_every_feed_that_is_proposed_has_its_columns(shop: Shop, tmp_path: Path) -> None:
    """A currency's rate is of no system: a model that named one stopped every build."""
    (tmp_path / "erp" / "exchange_rates.csv").write_text(
        "rate_date,currency,rate\n2025-01-01,USD,0.9\n2025-01-02,USD,0.91\n"
    )
    done = shop.add("erp", "files", deliver=True)
    assert done["feeds"]["exchange_rates"] == "int_erp_exchange_rates_mapped"
    transform.parse(shop.load())


def test_rates_in_a_file_keep_their_digits(shop: Shop, tmp_path: Path) -> None:
    """Of 0.000058 euro a rupiah four digits made 0.0001, and of 0.000034 nothing at all."""
    rates = (
        "rate_date,currency,rate,fee\n2025-01-01,IDR,0.00005834,0.5\n2025-01-01,USD,0.9123,1.5\n"
    )
    (tmp_path / "erp" / "exchange_rates.csv").write_text(rates)
    shop.add("erp", "files", entities=["exchange_rates"])
    columns = shop.load().source("erp").entities["exchange_rates"].columns
    assert (columns["rate"].type, columns["fee"].type) == ("double", "decimal")
    (shown,) = preview(shop.load(), "erp", "exchange_rates")
    assert sorted(row["rate"] for row in shown["rows"]) == [0.00005834, 0.9123]


def test_a_price_keeps_the_digits_that_the_sample_has(shop: Shop, tmp_path: Path) -> None:
    """A screw of 0.03755 was sold for 0.0376; what adding up left behind is no digit."""
    (tmp_path / "erp" / "lines.csv").write_text(
        "order_no,line_no,quantity,unit_price,tax\n"
        "SO1,1,10000,0.03755,59.970000000000006\nSO1,2,1,9.9,0.1\n"
    )
    done = shop.add("erp", "files", deliver=True)
    columns = shop.load().source("erp").entities["lines"].columns
    assert (columns["unit_price"].type, columns["tax"].type) == ("double", "decimal")
    assert any(item["feed"] == "order_lines" for item in done["proposals"])
    (shown,) = preview(shop.load(), "erp", "lines")
    assert sorted(row["unit_price"] for row in shown["rows"]) == [0.03755, 9.9]
    transform.parse(shop.load())


def test_a_discount_beside_the_price_is_taken_off(shop: Shop, tmp_path: Path) -> None:
    """Net revenue was that before discounts, beside a discount of its own column."""
    (tmp_path / "erp" / "lines.csv").write_text(
        "order_no,line_no,sku,quantity,unit_price,discount\nSO1,1,P1,2,9.90,1.80\n"
    )
    done = shop.add("erp", "files", deliver=True)
    (lines,) = [item for item in done["proposals"] if item["feed"] == "order_lines"]
    assert any("discount is money off" in assumed for assumed in lines["assumed"])
    model = shop.files()["models/intermediate/erp/int_erp_order_lines_mapped.sql"]
    product = "product('quantity', 'unit_price')"
    assert f"'list_amount': {product},\n" in model
    assert f"'net_amount': {product} ~ ' - coalesce(discount, 0)',\n" in model
    transform.parse(shop.load())


def test_of_two_versions_in_a_file_the_later_change_counts(shop: Shop, tmp_path: Path) -> None:
    """The last row of the file did, whatever it said of its age."""
    (tmp_path / "erp" / "orders_2025-01-31.csv").write_text(
        "order_no,order_date,status,Updated At\n"
        "SO1,2025-01-02 09:00:00,open,2025-01-02 09:00:00\n"
        "SO2,2025-01-03 09:00:00,open,2025-01-03 09:00:00\n"
    )
    shop.add("erp", "files", entities=["orders"])
    orders = shop.load().source("erp").entities["orders"]
    assert (orders.key, orders.version_by) == (["order_no"], "updated_at")
    staged = shop.files()["models/staging/erp/stg_erp__orders.sql"]
    assert "source('erp', 'orders'), ['order_no'], 'updated_at'" in staged


def test_a_row_that_is_there_twice_hides_no_key(shop: Shop, tmp_path: Path) -> None:
    """Whoever exports twice still has order numbers; the change of a row is not its fact."""
    (tmp_path / "erp" / "orders.csv").write_text(
        "order_no,note,updated_at\n" + "SO1,none,2025-01-02 09:00:00\n" * 2
        + "SO2,none,2025-01-03 09:00:00\n"
    )  # fmt: skip
    shop.add("erp", "files", entities=["orders"])
    orders = shop.load().source("erp").entities["orders"]
    assert (orders.key, orders.event_time) == (["order_no"], None)


def test_what_holds_from_a_day_on_has_the_day_in_its_key(shop: Shop, tmp_path: Path) -> None:
    """The next cost of a product took the place of the first, and old orders its cost."""
    (tmp_path / "erp" / "product_costs.csv").write_text(
        "product_no,valid_from,unit_cost\nP1,2025-01-01,2.5\nP2,2025-01-01,3.5\n"
    )
    shop.add("erp", "files", entities=["product_costs"])
    costs = shop.load().source("erp").entities["product_costs"]
    assert costs.key == ["product_no", "valid_from"]

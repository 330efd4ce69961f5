"""A real shop with returns, lines without customer, and no sign that anybody leaves."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest

from rapport.value import assessment
from rapport.value.transactions import Transactions

pytestmark = pytest.mark.acceptance


def test_a_real_shop_is_fitted_and_its_forecast_beats_the_naive_rule(
    data: Path, tmp_path: Path
) -> None:
    """Christmas makes the total too low for every model, but less so than "as last quarter"."""
    path = tmp_path / "lines.parquet"
    duckdb.sql(
        f"""
        copy (
            select "CustomerID", "InvoiceDate", "Quantity" * "UnitPrice" as value
            from read_csv('{data}/online_retail_by_day/*.csv', union_by_name = true)
        ) to '{path}' (format parquet)
        """
    )
    bought = Transactions(path, "CustomerID", "InvoiceDate", "value")
    assert (bought.counts.rows, bought.counts.without_customer) == (541_909, 135_080)
    found = assessment.assess(bought, date(2011, 9, 10), date(2011, 12, 9)).document
    assert found["reason"] is None and found["customers"] == 3_370
    assert all(model["is_found"] for model in found["models"])
    assert found["holdout"]["beats_naive"]
    value = found["forecast"]["value_12_months"]
    assert 0 < value["low"] < value["expected"] < value["high"]

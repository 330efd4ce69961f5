"""The parity comparison itself: blind to the engine, not to a cent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest

from rapport import publish, warehouses
from rapport.settings import Settings
from rapport.state import store
from tests.conftest import bare_settings
from tests.integration.publish.company import as_of, write_candidate
from tests.support.parity import compare_marts
from tests.support.postgres import PostgresServer

ORDERS = {
    "order_id": ["erp|1", "erp|2", "erp|10"],
    "net_amount": pa.array([Decimal("1.5000"), None, Decimal("0.3000")], pa.decimal128(18, 4)),
    "order_date": [date(2025, 1, 1), None, date(2025, 1, 3)],
    "margin_rate": [1 / 3, None, 0.1 + 0.2],
    "note": ["", None, "a\n\u00e9"],
}

Publish = Callable[[str, pa.Table], Settings]


@pytest.fixture
def published(tmp_path: Path, postgres_server: PostgresServer) -> Publish:
    """Publishes one fct_orders on an engine, beside the usual tables."""

    def run(engine: str, orders: pa.Table) -> Settings:
        folder = tmp_path / engine
        folder.mkdir()
        url = f"duckdb:///{folder / 'warehouse.duckdb'}"
        if engine == "postgres":
            url = postgres_server.create_database()
        settings = bare_settings(folder, url)
        build_id = write_candidate(settings, 1)
        with warehouses.open(settings) as warehouse:
            warehouse.write("candidate", "fct_orders", orders)
            runs = pa.table({"run_id": [engine], "seconds": [1.0]})
            warehouse.write("candidate", "ops_runs", runs)
        state = store.open(settings)
        publish.publish(settings, state, build_id, as_of(1))
        state.close()
        return settings

    return run


@pytest.mark.postgres
def test_the_same_rows_in_another_order_are_the_same(published: Publish) -> None:
    nearly = {**ORDERS, "margin_rate": [1 / 3, None, 0.3]}
    here = published("duckdb", pa.table(ORDERS))
    there = published("postgres", pa.table(nearly).take([2, 0, 1]))
    with warehouses.open_marts(here) as one, warehouses.open_marts(there) as other:
        rows = compare_marts(one, other)
    assert rows == {"dim_customers": 200, "fct_orders": 3, "ops_publication": 1, "rpt_stage_mix": 4}


@pytest.mark.postgres
@pytest.mark.parametrize(
    "wrong",
    [
        {"net_amount": pa.array([Decimal("1.5001"), None, Decimal("0.3")], pa.decimal128(18, 4))},
        {"margin_rate": [1 / 3, 0.0, 0.3]},
        {"margin_rate": [1 / 3, None, 0.3 + 1e-8]},
        {"note": [None, None, "a\n\u00e9"]},
        {"order_id": ["erp|1", "erp|2", "erp|11"]},
    ],
)
def test_a_difference_is_named(published: Publish, wrong: dict[str, object]) -> None:
    here = published("duckdb", pa.table(ORDERS))
    there = published("postgres", pa.table({**ORDERS, **wrong}))
    with (
        warehouses.open_marts(here) as one,
        warehouses.open_marts(there) as other,
        pytest.raises(AssertionError, match=r"fct_orders: 1 of 3 rows differ|fct_orders: "),
    ):
        compare_marts(one, other)

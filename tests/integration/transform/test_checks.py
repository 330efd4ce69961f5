"""Data tests asked at one go: none is passed over, and each failure names its rows."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from rapport import transform
from rapport.errors import RapportError
from rapport.settings import Settings
from tests.conftest import bare_settings
from tests.integration.transform.project import project

AS_OF = "2025-02-01 00:00:00"
ORDERS = "select 1 as order_id, 10 as buyer union all select 2, 11"
BUYERS = "select 10 as buyer, 'new' as stage union all select 11, 'loyal'"
RULES = """
models:
  - name: orders
    columns:
      - {name: order_id, data_tests: [is_key]}
      - name: buyer
        data_tests:
          - relationships: {arguments: {to: ref('buyers'), field: buyer}}
  - name: buyers
    data_tests:
      - same_rows: {arguments: {to: ref('orders')}}
    columns:
      - name: stage
        data_tests:
          - accepted_values: {arguments: {values: [new, loyal]}}
          - not_null: {config: {where: buyer > 10}}
"""


def build(settings: Settings, folder: Path, *select: str, **models: str) -> list[dict[str, object]]:
    files = {"orders.sql": ORDERS, "buyers.sql": BUYERS, "rules.yml": RULES}
    files |= {f"{name}.sql": sql for name, sql in models.items()}
    ours = project(settings, folder, files, "{+schema: checked, +materialized: table}")
    return transform.run(ours, select, AS_OF)


def test_every_test_is_asked_once(engine_settings: Settings, tmp_path: Path) -> None:
    rows = build(engine_settings, tmp_path)
    asked = [str(row["model"]) for row in rows if row["kind"] == "test"]
    assert sorted(name.split("_")[0] for name in asked) == [
        "accepted", "is", "not", "relationships", "same"
    ]  # fmt: skip
    assert {row["status"] for row in rows if row["kind"] == "test"} == {"pass"}


def test_a_failure_names_test_and_rows(engine_settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(RapportError) as caught:
        build(engine_settings, tmp_path, orders=f"{ORDERS} union all select 2, 12")
    what = caught.value.what
    assert "3 of 7 models and tests failed" in what
    assert "is_key_orders_order_id: 1 rows break this test, such as [order_id=2, occurr" in what
    assert "relationships_orders_buyer__buyer__ref_buyers_: 1 rows break" in what
    assert "same_rows_buyers_ref_orders_: 1 rows break this test, such as [here=2, there=3]" in what


def test_a_test_with_settings_of_its_own_fails_by_them(
    engine_settings: Settings, tmp_path: Path
) -> None:
    """Asked without its `where`, this one would count both rows."""
    with pytest.raises(RapportError, match="not_null_buyers_stage: 1 rows break this test"):
        build(
            engine_settings,
            tmp_path,
            buyers="select 10 as buyer, cast(null as text) as stage union all select 11, null",
        )


def test_what_was_not_built_is_not_asked(engine_settings: Settings, tmp_path: Path) -> None:
    """A test that also reads a model which is not built yet waits for that."""
    rows = build(engine_settings, tmp_path, "buyers")
    asked = [str(row["model"]) for row in rows if row["kind"] == "test"]
    assert sorted(name.split("_")[0] for name in asked) == ["accepted", "not"]


def test_a_model_that_failed_is_named_and_its_tests_are_left(
    engine_settings: Settings, tmp_path: Path
) -> None:
    with pytest.raises(RapportError) as caught:
        build(engine_settings, tmp_path, orders="select no_such_column as order_id, 1 as buyer")
    assert "1 of 4 models and tests failed" in caught.value.what
    assert "orders: " in caught.value.what
    assert "relationships" not in caught.value.what


def test_the_time_limit_of_a_task_is_not_told_as_an_error_of_dbt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """dbt catches everything: the mail said `limit`, and to mend a file."""

    class Limit(BaseException):
        pass

    class Runner:
        def __init__(self, **_: Any) -> None:
            pass

        def invoke(self, _: list[str]) -> SimpleNamespace:
            return SimpleNamespace(exception=Limit("limit"), result=None, success=False)

    monkeypatch.setattr("dbt.cli.main.dbtRunner", Runner)
    settings = bare_settings(tmp_path, f"duckdb:///{tmp_path / 'warehouse.duckdb'}")
    with pytest.raises(Limit):
        transform.run(settings, [], as_of=datetime(2026, 1, 1, tzinfo=UTC))

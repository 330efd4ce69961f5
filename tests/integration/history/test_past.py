"""The past can be read again as it was published, and what restates it is listed with its cause.

Guards against: a past reading that sees what came later, ids that a later merge has taken, a
replaced interval whose former content is lost, and a restatement that nobody can explain.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from rapport import build, clock, warehouses
from rapport.identity import decisions
from rapport.settings import Settings
from rapport.state import store
from tests.support.simulated import simulated

pytestmark = pytest.mark.slow
DAY = timedelta(days=1)
STATED = (
    *("fct_customer_months", "fct_stage_changes", "rpt_kpis", "dim_customers", "fct_orders"),
    *("dim_customer_aliases", "fct_identity_changes"),
)


@dataclass
class Days:
    """Two builds, between which the past was changed."""

    settings: Settings
    then: dict[str, list[Any]]
    merged: set[str]


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Days]:
    folder = tmp_path_factory.mktemp("company")
    with simulated(folder, 80, date(2025, 7, 1), date(2025, 12, 2), 3) as company:
        found = company.settings(tmp_path_factory.mktemp("var"))
        first = company.end - 2 * DAY
        company.ingest(found, company.start, first)
        assert build.run(found)
        then = rows(found.marts_path, "main")
        _order_comes_late(company.folder, f"{first:%Y-%m-%d} 09:00:00")
        _cancelled_order_comes_late(company.folder, f"{first:%Y-%m-%d} 09:00:00")
        _price_is_corrected(company.folder)
        company.ingest(found, company.start, first, "erp")
        merged = _two_are_one(found)
        company.ingest(found, first, company.end)
        assert build.run(found)
        yield Days(found, then, merged)


def _order_comes_late(folder: Path, updated_at: str) -> None:
    """An order of September that the ERP books at the end of November."""
    with sqlite3.connect(folder / "erp" / "erp.sqlite") as erp:
        no = erp.execute(
            "select min(order_no) from orders where order_type = 'order' and status <> 'cancelled' "
            "and ordered_at < '2025-08-01'"
        ).fetchone()[0]
        for table, keys in (("orders", "order_no"), ("order_lines", "order_no")):
            columns = [row[1] for row in erp.execute(f"pragma table_info({table})")]
            picked = {
                keys: "'LATE-1'",
                "updated_at": f"'{updated_at}'",
                "ordered_at": "'2025-09-10 10:00:00'",
            }
            listed = ", ".join(picked.get(name, name) for name in columns)
            erp.execute(
                f"insert into {table} select {listed} from {table} where order_no = ?", [no]
            )


def _cancelled_order_comes_late(folder: Path, updated_at: str) -> None:
    """A second order, placed before a month end and cancelled after it, of which nobody knew."""
    with sqlite3.connect(folder / "erp" / "erp.sqlite") as erp:
        no = erp.execute(
            "select max(order_no) from orders where customer_no in "
            "(select customer_no from orders group by customer_no having count(*) = 1) "
            "and order_type = 'order' and status <> 'cancelled' "
            "and ordered_at between '2025-08-05' and '2025-09-15'"
        ).fetchone()[0]
        columns = [row[1] for row in erp.execute("pragma table_info(orders)")]
        picked = {
            "order_no": "'LATE-2'",
            "status": "'cancelled'",
            "ordered_at": "'2025-09-20 10:00:00'",
            "cancelled_at": "'2025-10-20 10:00:00'",
            "updated_at": f"'{updated_at}'",
        }
        listed = ", ".join(picked.get(name, name) for name in columns)
        erp.execute(f"insert into orders select {listed} from orders where order_no = ?", [no])


def _price_is_corrected(folder: Path) -> None:
    """A line of August is given another price, and the ERP does not say when."""
    with sqlite3.connect(folder / "erp" / "erp.sqlite") as erp:
        erp.execute(
            "update order_lines set net_amount = net_amount + 100 where (order_no, line_no) = ("
            "select order_no, line_no from order_lines join orders using (order_no) "
            "where ordered_at between '2025-08-01' and '2025-09-01' and order_type = 'order' "
            "and status <> 'cancelled' order by order_no, line_no limit 1)"
        )


def _two_are_one(found: Settings) -> set[str]:
    """The steward says that two buyers are one customer."""
    with duckdb.connect(str(found.warehouse_path)) as warehouse:
        keys = warehouse.execute(
            "select min(record_key), customer_id from intermediate.int_parties_identified "
            "join candidate.dim_customers using (customer_id) "
            "where source_role = 'erp' and is_customer and first_order_date < '2025-10-01' "
            "group by customer_id order by 1 limit 2"
        ).fetchall()
    (one, first), (other, second) = keys
    decisions.link(store.open(found), one, other, "steward", "the same household", clock.now())
    return {first, second}


def rows(path: Path, schema: str) -> dict[str, list[Any]]:
    """All tables of a schema, each in one order of its rows."""
    with duckdb.connect(str(path), read_only=True) as connection:
        names = connection.execute(
            "select table_name from information_schema.tables where table_schema = ?", [schema]
        ).fetchall()
        return {
            name: connection.execute(f'from "{schema}"."{name}" order by all').fetchall()
            for (name,) in names
        }


def listed(days: Days, sql: str) -> list[Any]:
    with warehouses.open_marts(days.settings) as marts:
        return marts.query(f"select * from marts.rpt_restatements where {sql}")


def test_a_publication_comes_again_as_it_was_known_then(days: Days) -> None:
    ticket = build.run(days.settings, publication_id=1)
    assert ticket is not None and ticket["publication_id"] is None
    again = rows(days.settings.warehouse_path, f"candidate{ticket['suffix']}")
    for table in STATED:
        assert again[table] == days.then[table], table
    assert len(again["fct_customer_months"]) > 300


def test_what_is_kept_from_build_to_build_is_what_one_from_nothing_makes(days: Days) -> None:
    """After a late order, a merge and another day; a side build has nothing to keep."""
    ticket = build.run(days.settings, publication_id=2)
    assert ticket is not None
    again = rows(days.settings.warehouse_path, f"candidate{ticket['suffix']}")
    published = rows(days.settings.marts_path, "main")
    for table in (*STATED, "fct_sessions", "fct_touchpoints"):
        assert again[table] == published[table], table


def test_every_restatement_has_its_cause(days: Days) -> None:
    kpis = {
        (row["kpi_id"], row["period_start"]): row
        for row in listed(days, "subject = 'kpi' and period_kind = 'month'")
    }
    assert kpis["net_revenue", date(2025, 8, 1)]["cause"] == "late_fact"
    orders = kpis["orders", date(2025, 9, 1)]
    assert (orders["new_value"] - orders["old_value"], orders["cause"]) == (1, "late_fact")
    assert "orders" in orders["reason"] and "订单" in orders["reason_zh"]
    assert kpis["customers", date(2025, 7, 1)]["cause"] == "identity"
    assert listed(days, "cause = 'unknown'") == []
    assert days.then["rpt_restatements"] == []


def test_an_order_that_came_late_and_was_cancelled_since_is_a_cause(days: Days) -> None:
    """It counted at the month end, and stands in no mart of orders."""
    rows = listed(
        days, "old_stage = 'new' and new_stage = 'developing' and period_end = date '2025-10-01'"
    )
    assert [row["cause"] for row in rows] == ["late_fact"]
    assert "cancelled" in rows[0]["reason"] and "取消" in rows[0]["reason_zh"]


def test_customers_who_are_one_now_restate_their_stages(days: Days) -> None:
    gone = listed(days, "subject = 'stage' and new_stage is null")
    assert gone and {row["cause"] for row in gone} == {"identity"}
    with warehouses.open_marts(days.settings) as marts:
        (left,) = marts.query(
            "select count(*) as n from marts.dim_customers where customer_id in "
            f"{tuple(days.merged)}"
        )
    assert left["n"] == 1

"""The past can be read again as it was published, and what restates it is listed with its cause.

Guards against: a past reading that sees what came later, ids that a later merge has taken, a
replaced interval whose former content is lost, and a restatement that nobody can explain.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from rapport import build, clock
from rapport.identity import decisions
from rapport.settings import Settings
from rapport.state import store
from tests.support.simulated import Simulated, simulated

pytestmark = pytest.mark.slow
DAY = timedelta(days=1)
# What runs took, and what stands in the store today, are no reading of the past.
NOT_PAST = {"ops_runs", "ops_deliveries", "ops_gates", "ops_quarantine", "ops_sources"}
STATED = {
    "fct_customer_months": "*",
    "fct_stage_changes": "*",
    "rpt_kpis": "*",
    "dim_customers": "customer_id, stage, stage_since, previous_stage, stage_reason",
}


@dataclass
class Days:
    """Three builds, between which the past was changed."""

    company: Simulated
    settings: Settings
    first_order: str = ""
    merged: tuple[str, str] = ("", "")
    published: list[dict[str, list[Any]]] = field(default_factory=list)


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Days]:
    folder = tmp_path_factory.mktemp("company")
    with simulated(folder, 80, date(2025, 7, 1), date(2025, 12, 2), 3) as company:
        found = company.settings(tmp_path_factory.mktemp("var"))
        run = Days(company, found)
        first = company.end - 3 * DAY
        company.ingest(found, company.start, first)
        assert build.run(found)
        _order_comes_late(company.folder, f"{first:%Y-%m-%d} 09:00:00")
        company.ingest(found, first, first + DAY)
        assert build.run(found)
        _price_is_corrected(company.folder)
        company.ingest(found, company.start, first, "erp")
        run.merged = _two_are_one(found)
        company.ingest(found, first + DAY, first + 2 * DAY)
        assert build.run(found)
        run.published = [rows(_archive(found, number), "main") for number in (1, 2, 3)]
        yield run


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
            erp.execute(f"insert into {table} select {listed} from {table} where order_no = ?", [no])


def _price_is_corrected(folder: Path) -> None:
    """A line of August is given another price, and the ERP does not say when."""
    with sqlite3.connect(folder / "erp" / "erp.sqlite") as erp:
        erp.execute(
            "update order_lines set net_amount = net_amount + 100 where (order_no, line_no) = ("
            "select order_no, line_no from order_lines join orders using (order_no) "
            "where ordered_at between '2025-08-01' and '2025-09-01' and order_type = 'order' "
            "and status <> 'cancelled' order by order_no, line_no limit 1)"
        )


def _two_are_one(found: Settings) -> tuple[str, str]:
    """The steward says that two buyers are one customer."""
    with duckdb.connect(str(found.warehouse_path)) as warehouse:
        keys = warehouse.execute(
            "select min(record_key) from intermediate.int_parties_identified as parties "
            "join candidate.dim_customers using (customer_id) "
            "where source_role = 'erp' and is_customer and first_order_date < '2025-10-01' "
            "group by customer_id order by 1 limit 2"
        ).fetchall()
    one, other = (key for (key,) in keys)
    decisions.link(store.open(found), one, other, "steward", "the same household", clock.now())
    return one, other


def _archive(found: Settings, number: int) -> Path:
    return next(found.var_dir.rglob(f"{number}.duckdb"))


def rows(path: Path, schema: str) -> dict[str, list[Any]]:
    """All tables of a schema, each in one order of its rows."""
    with duckdb.connect(str(path), read_only=True) as connection:
        names = connection.execute(
            "select table_name from information_schema.tables where table_schema = ?", [schema]
        ).fetchall()
        return {
            name: connection.execute(f'from "{schema}"."{name}" order by all').fetchall()
            for (name,) in names
            if name not in NOT_PAST
        }


@pytest.mark.parametrize("number", [1, 2])
def test_a_publication_comes_again_as_it_was_known_then(days: Days, number: int) -> None:
    ticket = build.run(days.settings, force=True, publication_id=number)
    assert ticket is not None and ticket["publication_id"] is None
    again = rows(days.settings.warehouse_path, f"candidate{ticket['suffix']}")
    then = days.published[number - 1]
    different = [name for name in then if name in again and then[name] != again[name]]
    print(number, {n: (len(then[n]), len(again[n])) for n in different})
    assert not set(STATED) & set(different)

"""The same company on DuckDB and on PostgreSQL: every published row must be the same."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from rapport import build, warehouses
from rapport.settings import Settings
from tests.support.parity import compare_marts
from tests.support.postgres import PostgresServer
from tests.support.simulated import simulated

pytestmark = pytest.mark.postgres

# Tables of which PostgreSQL does not know how many rows they have; seeds are a handful of rows.
UNCOUNTED = (
    "select relname from pg_class where relkind = 'r' and reltuples < 0 and relname like 'int%'"
    " and relnamespace::regnamespace::text = 'intermediate'"
)


def test_duckdb_and_postgres_publish_the_same_rows(
    tmp_path: Path, postgres_server: PostgresServer
) -> None:
    with simulated(tmp_path / "company", 150, date(2025, 1, 1), date(2026, 3, 31), 11) as company:
        one = company.settings(tmp_path / "duckdb")
        other = company.settings(
            tmp_path / "postgres", RAPPORT_WAREHOUSE=postgres_server.create_database()
        )
        last = company.end - timedelta(days=1)
        for found in (one, other):
            company.ingest(found, company.start, last)
            _build(found)  # the second build applies a difference and finds known customers
            company.ingest(found, last, company.end)
            _build(found)
        with warehouses.open_marts(one) as left, warehouses.open_marts(other) as right:
            rows = compare_marts(left, right)
            uncounted = right.query(UNCOUNTED)
    assert uncounted == [], "PostgreSQL plans what reads them for a handful of rows"
    assert rows["dim_customers"] > 150
    assert rows["fct_orders"] > 200
    assert rows["rpt_kpis"] > 500


def _build(found: Settings) -> None:
    ticket = build.run(found)
    assert ticket is not None
    assert ticket["publication_id"]

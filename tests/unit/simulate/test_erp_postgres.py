"""The ERP in PostgreSQL holds the same rows as the ERP in SQLite."""

from __future__ import annotations

import sqlite3
from datetime import date

import pytest
import sqlalchemy as sa

from rapport.errors import RapportError
from rapport.simulate.company import simulate
from rapport.simulate.schema import ERP_KEYS

PERIOD = (date(2025, 9, 1), date(2025, 12, 31))


@pytest.mark.postgres
def test_the_same_rows_in_both(tmp_path, postgres_url):
    simulate(80, *PERIOD, 3, tmp_path / "a")
    simulate(80, *PERIOD, 3, tmp_path / "b", erp_url=postgres_url)
    assert not (tmp_path / "b" / "erp").exists()
    file = sqlite3.connect(tmp_path / "a" / "erp" / "erp.sqlite")
    engine = sa.create_engine(postgres_url)
    with engine.connect() as server:
        for table, keys in ERP_KEYS.items():
            order = ", ".join(keys)
            mine = sorted(file.execute(f"select {order}, updated_at from {table}").fetchall())
            theirs = server.execute(sa.text(f"select {order}, updated_at from {table}"))
            assert sorted(tuple(str(v) for v in row) for row in theirs) == sorted(
                tuple(str(v) for v in row) for row in mine
            )
        cents = "select sum(net_amount), count(product_id) from order_lines"
        total, products = server.execute(sa.text(cents)).one()
        total_file, products_file = file.execute(cents).fetchone()
        assert float(total) == pytest.approx(total_file, abs=0.01)
        assert products == products_file
        nulls = "select count(*) - count(email), count(*) - count(birth_date) from customers"
        assert tuple(server.execute(sa.text(nulls)).one()) == file.execute(nulls).fetchone()
    engine.dispose()
    file.close()


def test_a_database_that_is_away_is_told_clearly(tmp_path):
    url = "postgresql://nobody:secret@127.0.0.1:1/erp"
    with pytest.raises(RapportError) as refusal:
        simulate(80, *PERIOD, 3, tmp_path, erp_url=url)
    assert refusal.value.code == "simulate-erp"
    assert "secret" not in str(refusal.value)

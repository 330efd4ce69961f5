"""Every report says the same on PostgreSQL as on DuckDB."""

from __future__ import annotations

from pathlib import Path

import psycopg2
import psycopg2.extras
import pytest

from rapport.report import declaration, issue
from rapport.report.edition import Edition
from rapport.settings import REPO
from rapport.warehouses.postgres import PostgresMarts
from tests.unit.report import canaries, marts
from tests.unit.report.conftest import settings_in

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def copied(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The same marts in a DuckDB file and in PostgreSQL."""
    path = tmp_path_factory.mktemp("marts") / "published.duckdb"
    reader = canaries.fill(path)
    with psycopg2.connect(postgres_url) as connection, connection.cursor() as cursor:
        cursor.execute("create schema marts")
        for table, columns in marts.tables().items():
            listed = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
            cursor.execute(f"create table marts.{table} ({listed})")
            rows = [tuple(row.values()) for row in reader.query(f"select * from marts.{table}")]
            if rows:
                psycopg2.extras.execute_values(cursor, f"insert into marts.{table} values %s", rows)
    return path, postgres_url


@pytest.mark.parametrize("rows", [(), (("country", ("DE",)),)], ids=["all", "part"])
@pytest.mark.parametrize("name", declaration.reports(REPO))
def test_both_engines_give_the_same_mail(
    name: str, rows: tuple[tuple[str, tuple[str, ...]], ...], copied: tuple[Path, str],
    tmp_path: Path,
) -> None:  # fmt: skip
    path, url = copied
    form = Edition("zh_CN", "Europe/Berlin", rows=rows, attach=("csv",))
    here = settings_in(tmp_path)
    there = here.model_copy(update={"warehouse_url": url})
    on_duckdb = issue.render(here, marts.Reader(path), name, edition=form)
    with PostgresMarts(url) as reader:
        on_postgres = issue.render(there, reader, name, edition=form)
    assert on_postgres.text == on_duckdb.text
    assert on_postgres.html == on_duckdb.html
    assert on_postgres.attachments == on_duckdb.attachments

"""Fixtures that every test may use: a real PostgreSQL, and both engines by one name."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from rapport.company import Company
from rapport.mailserver import Smtp
from rapport.settings import REPO, Settings
from tests.support.ci import pytest_runtest_makereport  # noqa: F401, a hook is found by its name
from tests.support.postgres import PostgresServer, PostgresUnavailable
from tests.support.workers import pytest_xdist_make_scheduler  # noqa: F401


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """One server for the whole run; skipped where there is none, except in CI."""
    try:
        server = PostgresServer()
    except PostgresUnavailable as error:
        if os.environ.get("CI") == "true":
            pytest.fail(f"PostgreSQL could not be started: {error}")
        pytest.skip(f"PostgreSQL could not be started: {error}")
    with server:
        yield server


@pytest.fixture(scope="module")
def postgres_url(postgres_server: PostgresServer) -> str:
    """URL of a database of this test module alone."""
    return postgres_server.create_database()


@pytest.fixture(params=["duckdb", pytest.param("postgres", marks=pytest.mark.postgres)])
def engine_settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Settings of a company without sources: an empty warehouse and state, on each engine."""
    warehouse = f"duckdb:///{tmp_path / 'warehouse.duckdb'}"
    if request.param == "postgres":
        warehouse = request.getfixturevalue("postgres_server").create_database()
    return bare_settings(tmp_path, warehouse)


def bare_settings(folder: Path, warehouse_url: str) -> Settings:
    """Settings for tests below the level of a company: everything lies in `folder`."""
    return Settings(
        project_dir=REPO,
        company_dir=folder,
        company=Company(
            name="Test Ltd",
            slug="test",
            business_timezone="UTC",
            reporting_currency="EUR",
            history_start=date(2024, 1, 1),
            sources={},
            feeds={},
        ),
        var_dir=folder,
        landing_url=f"file://{folder / 'landing'}",
        state_url=f"sqlite:///{folder / 'state.sqlite'}",
        warehouse_url=warehouse_url,
        smtp=Smtp(),
        environ={},
    )

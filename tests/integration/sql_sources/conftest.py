"""Real databases to land from, and the landing of one entity of one of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg2
import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa

from rapport.company import Entity
from rapport.connectors import sql
from rapport.landing.zone import Interval, Zone
from tests.support.mariadb import MariaDBServer, MariaDBUnavailable


@pytest.fixture(scope="session")
def mariadb_server() -> Iterator[MariaDBServer]:
    """One server for the whole run; skipped where there is none, except in CI."""
    try:
        server = MariaDBServer()
    except MariaDBUnavailable as error:
        if os.environ.get("CI") == "true":
            pytest.fail(f"MariaDB could not be started: {error}")
        pytest.skip(f"MariaDB could not be started: {error}")
    with server:
        yield server


class Erp:
    """A database that a test fills, and what lands of it.

    Attributes:
        url: as `connection.url` has it.
    """

    def __init__(self, url: str, execute: Callable[[str], Any], folder: Path) -> None:
        self.url, self.execute, self.zone = url, execute, Zone(f"file://{folder / 'landing'}")

    def land(
        self,
        spec: dict[str, Any] | None = None,
        start: datetime = datetime(2024, 3, 1, tzinfo=UTC),
        end: datetime = datetime(2024, 3, 2, tzinfo=UTC),
        limit: int | None = None,
    ) -> list[dict[str, Any]]:
        """The rows that land of table `orders` for 1 March 2024, or as given."""
        entity = Entity(**{"name": "orders", "columns": {}, **(spec or {})})
        self.place = Interval("erp", entity.name, start, end)
        with self.zone.receive(self.place, limit) as delivery:
            sql.fetch({"url": self.url}, entity, self.place, delivery)
        return self.landed("parquet")

    def landed(self, format: str) -> list[dict[str, Any]]:
        """The rows of the last landing's files of a format."""
        files = [item for item in self.manifest()["files"] if item["format"] == format]
        rows: list[dict[str, Any]] = []
        for item in files:
            rows += pq.read_table(self.zone.location(item["path"])).to_pylist()
        return rows

    def manifest(self) -> dict[str, Any]:
        """The manifest of the last landing."""
        manifest = self.zone.manifest(self.place)
        assert manifest is not None
        return manifest


def _execute(url: str) -> Callable[[str], Any]:
    def execute(statement: str) -> None:
        engine = sa.create_engine(url)
        with engine.begin() as connection:
            connection.execution_options(no_parameters=True).exec_driver_sql(statement)
        engine.dispose()

    return execute


@pytest.fixture
def sqlite(tmp_path: Path) -> Erp:
    """An empty SQLite file."""
    (tmp_path / "erp.sqlite").touch()
    url = f"sqlite:///{tmp_path / 'erp.sqlite'}"
    return Erp(url, _execute(url), tmp_path)


@pytest.fixture
def postgres(request: pytest.FixtureRequest, tmp_path: Path) -> Erp:
    """An empty PostgreSQL database."""
    url = request.getfixturevalue("postgres_server").create_database("erp")

    def execute(statement: str) -> None:
        connection = psycopg2.connect(url)
        with connection, connection.cursor() as cursor:
            cursor.execute(statement)
        connection.close()

    return Erp(url, execute, tmp_path)


@pytest.fixture
def mariadb(request: pytest.FixtureRequest, tmp_path: Path) -> Erp:
    """An empty MariaDB database."""
    server: MariaDBServer = request.getfixturevalue("mariadb_server")
    url = server.create_database("erp")

    def execute(statement: str) -> None:
        with server.connection(url.rsplit("/", 1)[1]) as database, database.cursor() as cursor:
            cursor.execute("set sql_mode = '', time_zone = '+00:00'")
            cursor.execute(statement)

    return Erp(url, execute, tmp_path)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres), "mariadb"])
def erp(request: pytest.FixtureRequest) -> Erp:
    """Each database in turn."""
    found: Erp = request.getfixturevalue(request.param)
    return found

"""How PostgreSQL is told to plan the queries of a build."""

from __future__ import annotations

from pathlib import Path

import psycopg2
import pytest

from rapport import transform
from rapport.settings import Settings
from tests.conftest import bare_settings

pytestmark = pytest.mark.postgres

# What a join of two staging views comes down to: the latest version of each key on both sides.
LATEST = """(
    select 'erp|' || key as key
    from (
        select key, loaded, row_number() over (partition by key order by loaded desc) as rank
        from versions
    ) as ranked
    where rank = 1 and coalesce(loaded > 0, false) and not coalesce(loaded > 1, false)
)"""
JOIN = f"select count(*) from {LATEST} as one join {LATEST} as other on one.key = other.key"


@pytest.fixture
def settings(tmp_path: Path, postgres_url: str) -> Settings:
    found = bare_settings(tmp_path, postgres_url)
    with psycopg2.connect(postgres_url) as connection, connection.cursor() as cursor:
        cursor.execute("drop table if exists versions")
        cursor.execute(
            "create table versions as "
            "select cast(n as text) as key, 1 as loaded from generate_series(1, 20000) as n"
        )
    return found


def plan(settings: Settings) -> str:
    """The plan of the join in a session as dbt has it."""
    with transform.environment(settings):
        connection = psycopg2.connect(settings.warehouse_url)
    with connection, connection.cursor() as cursor:
        cursor.execute(f"explain {JOIN}")
        return "\n".join(line for (line,) in cursor.fetchall())


def test_versions_are_not_compared_each_with_each(settings: Settings) -> None:
    """Minutes for ten thousand customers, hours for a hundred thousand."""
    assert "Nested Loop" not in plan(settings)


def test_options_of_ones_own_stand(settings: Settings) -> None:
    """A pooler may refuse any."""
    own = settings.model_copy(update={"environ": {"PGOPTIONS": ""}})
    assert "Nested Loop" in plan(own)

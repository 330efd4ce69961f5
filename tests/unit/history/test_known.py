"""What a build knew is found again, or refused; never half of it."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from rapport import clock
from rapport.build import past, ticket
from rapport.errors import RapportError
from rapport.settings import REPO, Settings
from rapport.state import loads, store, tables
from rapport.transform.project import rules
from tests.conftest import bare_settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return bare_settings(tmp_path, f"duckdb:///{tmp_path / 'warehouse.duckdb'}")


def build(settings: Settings, name: str, known: dict[str, Any] | None, is_side: int = 0) -> None:
    with store.open(settings).begin() as connection:
        connection.execute(
            insert(tables.builds).values(
                build_id=name,
                as_of="2026-01-02T00:00:00Z",
                status="published",
                is_side=is_side,
                started_at="2026-01-02T00:00:00Z",
                detail={"late": []} | ({"known": known} if known else {}),
            )
        )
        connection.execute(
            insert(tables.publications).values(
                publication_id=int(name[1:]),
                build_id=name,
                as_of="2026-01-02T00:00:00Z",
                status="published",
            )
        )


def load(settings: Settings, day: int) -> None:
    place = {"source": "erp", "entity": "orders"}
    bounds = {"interval_start": f"2026-01-0{day}", "interval_end": f"2026-01-0{day + 1}"}
    with store.open(settings).begin() as connection:
        loads.note(connection, {**place, **bounds}, [f"{day}.parquet"])


def test_no_build_foretells_what_is_not_known_yet(settings: Settings) -> None:
    with pytest.raises(RapportError, match="is in the future"):
        ticket.decide(settings, as_of=clock.now() + timedelta(days=1))


def test_an_instant_has_the_identity_of_the_last_build_before_it(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for day in (1, 2, 3):
        monkeypatch.setenv("RAPPORT_CLOCK", f"2026-02-0{day}T12:00:00Z")
        load(settings, day)
        known = {"at": f"2026-02-0{day}T18:00:00Z", "loads": day, "late": []}
        build(settings, f"b{day}", {**known, "changes": 10 * day, "model": f"m{day}"})
    known = {"at": "2026-02-01T19:00:00Z", "loads": 1, "changes": 99, "model": "x", "late": []}
    build(settings, "b4", known, is_side=1)
    with store.open(settings).begin() as connection:
        found = past.by(connection, "2026-02-03T12:00:00Z")
        assert (found.loads, found.changes, found.model) == (3, 20, "m2")
        before = past.by(connection, "2026-02-01T13:00:00Z")
        assert (before.loads, before.changes, before.model) == (1, 0, None)
        with pytest.raises(RapportError) as caught:
            past.by(connection, "2026-01-31T00:00:00Z")
    assert caught.value.code == "past-not-kept"


def test_a_publication_knows_to_the_load_what_it_was_made_of(settings: Settings) -> None:
    known = {"at": "2026-02-01T18:00:00Z", "loads": 7, "late": ["web"]}
    build(settings, "b1", known)
    build(settings, "b2", None)
    with store.open(settings).begin() as connection:
        past.note(connection, "b1", known={"changes": 5, "model": "m"}, gate=[])
        as_of, found = past.of_publication(connection, 1)
        assert (as_of, found.loads, found.changes) == ("2026-01-02T00:00:00Z", 7, 5)
        assert found.late == ("web",)
        for number, code in ((2, "past-not-kept"), (3, "publication-unknown")):
            with pytest.raises(RapportError) as caught:
                past.of_publication(connection, number)
            assert caught.value.code == code


def test_rules_are_sql_and_thresholds_and_not_their_descriptions(
    settings: Settings, tmp_path: Path
) -> None:
    copy = tmp_path / "project"
    shutil.copytree(REPO / "dbt_project", copy / "dbt_project")
    own = settings.model_copy(update={"project_dir": copy})
    before = rules(own)
    assert rules(settings) == before
    folder = copy / "dbt_project" / "models" / "marts" / "ops"
    with (folder / "ops_runs.yml").open("a") as described:
        described.write("# more words\n")
    assert rules(own) == before
    company = settings.company.model_copy(update={"vars": {"new_days": 61}})
    assert rules(own.model_copy(update={"company": company})) != before
    with (folder / "ops_runs.sql").open("a") as model:
        model.write("-- another rule\n")
    assert rules(own) != before

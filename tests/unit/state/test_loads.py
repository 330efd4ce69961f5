"""What was loaded when: a replaced interval reads as it was, until it is not kept any more."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select, update

from rapport.errors import RapportError
from rapport.settings import Settings
from rapport.state import loads, store, tables
from tests.conftest import bare_settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return bare_settings(tmp_path, f"duckdb:///{tmp_path / 'warehouse.duckdb'}")


def place(day: int) -> dict[str, str]:
    return {
        "source": "erp",
        "entity": "orders",
        "interval_start": f"2026-01-0{day}T00:00:00Z",
        "interval_end": f"2026-01-0{day + 1}T00:00:00Z",
    }


def note(settings: Settings, monkeypatch: pytest.MonkeyPatch, day: int, at: str, file: str) -> None:
    monkeypatch.setenv("RAPPORT_CLOCK", at)
    with store.open(settings).begin() as connection:
        loads.note(connection, place(day), [file])


@pytest.fixture
def replaced(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Two intervals; then the first is loaded with other content, and the second once more."""
    note(settings, monkeypatch, 2, "2026-01-03T00:00:00Z", "b")
    note(settings, monkeypatch, 1, "2026-01-04T00:00:00Z", "a")
    note(settings, monkeypatch, 1, "2026-02-01T00:00:00Z", "a2")
    note(settings, monkeypatch, 2, "2026-03-01T00:00:00Z", "b")
    return settings


def test_each_moment_has_the_files_that_counted_then(replaced: Settings) -> None:
    with store.open(replaced).begin() as connection:
        found = [loads.files(connection, number) for number in range(5)]
        by = [loads.last(connection, f"2026-0{month}-01T00:00:00Z") for month in (1, 2, 4)]
    orders = [files.get(("erp", "orders")) for files in found]
    assert orders == [None, ["b"], ["a", "b"], ["a2", "b"], ["a2", "b"]]
    assert by == [0, 3, 3], "content that came again is no load"


def test_what_was_removed_is_refused_and_not_left_out(replaced: Settings) -> None:
    with store.open(replaced).begin() as connection:
        assert loads.kept_files(connection, "2026-02-01T00:00:00Z") == {"a", "a2", "b"}
        loads.forget(connection, "2026-02-02T00:00:00Z")
        assert loads.kept_files(connection, "2026-02-02T00:00:00Z") == {"a2", "b"}
        assert loads.files(connection, 3) == {("erp", "orders"): ["a2", "b"]}
        with pytest.raises(RapportError, match="2026-02-01") as caught:
            loads.files(connection, 2)
    assert caught.value.code == "past-not-kept"


def test_an_older_store_begins_with_what_is_loaded(settings: Settings) -> None:
    state = store.open(settings)
    with state.begin() as connection:
        for number, status in enumerate(("loaded", "superseded", "loaded"), start=1):
            connection.execute(
                tables.deliveries.insert().values(
                    delivery_id=str(number),
                    version=str(number),
                    status=status,
                    files=[f"{number}.parquet"],
                    recorded_at=f"2026-01-0{5 - number}T00:00:00Z",
                    **place(number),
                )
            )
        tables.loads.drop(connection)
        connection.execute(update(tables.schema_version).values(version=3))
    state.close()
    store._open.cache_clear()
    with store.open(settings).begin() as connection:
        rows = connection.execute(
            select(tables.loads.c.files, tables.loads.c.loaded_at).order_by(tables.loads.c.load_no)
        ).all()
    assert [tuple(row) for row in rows] == [
        (["3.parquet"], "2026-01-02T00:00:00Z"),
        (["1.parquet"], "2026-01-04T00:00:00Z"),
    ]

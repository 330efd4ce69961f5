"""Maintenance removes what has had its day and nothing else."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from rapport import maintenance
from rapport.company import Entity, Source
from rapport.errors import RapportError
from rapport.landing.zone import Interval, Zone
from rapport.settings import Settings
from rapport.state import deliveries, loads, store, tables
from tests.conftest import bare_settings

DAY = 86400


@pytest.fixture
def shop(tmp_path: Path) -> Settings:
    """A company with one entity."""
    plain = bare_settings(tmp_path, f"duckdb:///{tmp_path / 'warehouse.duckdb'}")
    entity = Entity(name="orders", columns={})
    source = Source(name="erp", system="sql", kind="erp", entities={"orders": entity})
    company = plain.company.model_copy(update={"sources": {"erp": source}})
    return plain.model_copy(update={"company": company})


def test_only_the_newest_backups_are_kept(
    shop: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Backups of every day would fill the disk."""
    few = shop.model_copy(update={"keep_backups": 2})
    for day in range(1, 5):
        monkeypatch.setenv("RAPPORT_CLOCK", f"2026-03-0{day}T12:00:00Z")
        maintenance.back_up_state(few)
    names = [path.name for path in sorted((tmp_path / "backups").iterdir())]
    assert names == ["state-20260303T120000Z.tar.gz", "state-20260304T120000Z.tar.gz"]


def _deliver(zone: Zone, interval: Interval, content: bytes) -> str:
    with zone.receive(interval) as delivery, delivery.file("rows.csv", "csv") as stream:
        stream.write(content)
    manifest = zone.manifest(interval)
    assert manifest
    return str(manifest["folder"])


def test_superseded_deliveries_go_and_those_in_use_stay(shop: Settings, tmp_path: Path) -> None:
    """A held new delivery leaves the older one loaded: both must stay."""
    zone = Zone(shop.landing_url)
    start, end = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC)
    interval = Interval("erp", "orders", start, end)
    gone, loaded, present = (_deliver(zone, interval, text) for text in (b"1", b"2", b"3"))
    state = store.open(shop)
    with state.begin() as connection:
        connection.execute(
            insert(tables.deliveries).values(
                delivery_id="d",
                source="erp",
                entity="orders",
                interval_start="2026-03-01T00:00:00Z",
                interval_end="2026-03-02T00:00:00Z",
                version="v",
                status="loaded",
                files=[f"{loaded}/g-1/accepted/0.parquet"],
                recorded_at="2026-03-02T00:00:00Z",
            )
        )
    assert maintenance.sweep_landing(shop) == 0, "somebody may still be writing what is young"
    for path in (tmp_path / "landing").rglob("*.csv"):
        os.utime(path, (time.time() - 2 * DAY,) * 2)
    assert maintenance.sweep_landing(shop) == 1
    assert [zone.fs.exists(f"{zone.root}/{path}") for path in (gone, loaded, present)] == [
        False,
        True,
        True,
    ]


def test_replaced_content_stays_as_long_as_its_past_may_be_read(
    shop: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    zone = Zone(shop.landing_url)
    start, end = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC)
    interval = Interval("erp", "orders", start, end)
    for day, text in ((2, b"1"), (3, b"2")):
        folder = _deliver(zone, interval, text)
        monkeypatch.setenv("RAPPORT_CLOCK", f"2026-03-0{day}T12:00:00Z")
        with store.open(shop).begin() as connection:
            loads.note(connection, deliveries.place(interval), [f"{folder}/g/accepted/0.parquet"])
    for path in (tmp_path / "landing").rglob("*.csv"):
        os.utime(path, (1_750_000_000,) * 2)
    removed = []
    for now in ("2027-04-07T11:00:00Z", "2027-04-07T13:00:00Z"):  # 400 days, and an hour
        monkeypatch.setenv("RAPPORT_CLOCK", now)
        removed.append(maintenance.sweep_landing(shop))
    assert removed == [0, 1]
    with store.open(shop).begin() as connection:
        assert loads.files(connection, 2)
        with pytest.raises(RapportError, match="removed"):
            loads.files(connection, 1)


def test_old_records_and_logs_go(shop: Settings, tmp_path: Path) -> None:
    """Those of this year stay, and so do empty top folders."""
    state = store.open(shop)
    with state.begin() as connection:
        for name, started in (("old", "2020-01-01T00:00:00Z"), ("new", "2999-01-01T00:00:00Z")):
            row = {"run_id": name, "step": "load", "seconds": 1, "status": "ok"}
            connection.execute(insert(tables.runs).values(**row, started_at=started))
    assert maintenance.prune_runs(shop) == 1
    with state.begin() as connection:
        assert connection.execute(select(tables.runs.c.run_id)).scalars().all() == ["new"]
    logs = tmp_path / "logs"
    (logs / "a").mkdir(parents=True)
    for name, age in (("a/old.log", 60), ("new.log", 1)):
        (logs / name).write_text("x")
        os.utime(logs / name, (time.time() - age * DAY,) * 2)
    assert maintenance.prune_logs(shop, logs) == 1
    assert [path.name for path in logs.iterdir()] == ["new.log"]


def test_airflows_database_is_left_alone_where_it_is_not_named(shop: Settings) -> None:
    """Tasks on a cluster do not know it, and must not guess."""
    assert maintenance.clean_airflow(shop) is False


def test_a_clean_that_fails_is_explained(shop: Settings, tmp_path: Path) -> None:
    """A wrong address must not pass in silence."""
    wrong = shop.model_copy(
        update={
            "airflow_database": "postgresql+psycopg2://x@127.0.0.1:1/none",
            "environ": {**os.environ, "AIRFLOW_HOME": str(tmp_path / "airflow")},
        }
    )
    with pytest.raises(RapportError, match="airflow db clean ended"):
        maintenance.clean_airflow(wrong)

"""One build at a time, and a dead one never in the way."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from rapport import build, clock, locks
from rapport.company import Source
from rapport.errors import RapportError
from rapport.state import deliveries, store
from rapport.state.store import State
from rapport.state.tables import builds
from tests.conftest import bare_settings


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def state(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[State]:
    settings = bare_settings(tmp_path, f"duckdb:///{tmp_path / 'warehouse.duckdb'}")
    if request.param == "postgres":
        url = request.getfixturevalue("postgres_server").create_database()
        settings = settings.model_copy(update={"state_url": url})
    opened = store.open(settings)
    yield opened
    opened.close()


def _refused(state: State, owner: str) -> str:
    with pytest.raises(RapportError) as raised:
        locks.acquire(state, "build", owner)
    assert raised.value.code == "build-running"
    return str(raised.value)


def test_the_second_is_refused_and_told_who_and_since_when(state: State) -> None:
    locks.acquire(state, "build", "b1")
    told = _refused(state, "b2")
    assert "b1" in told
    assert "since 20" in told
    locks.acquire(state, "build", "b1")  # a retried step of the same build
    locks.release(state, "build", "b2")  # not its own
    _refused(state, "b2")
    locks.release(state, "build", "b1")
    locks.acquire(state, "build", "b2")


def test_a_lease_runs_out(state: State) -> None:
    locks.acquire(state, "build", "b1", lease_seconds=-1)
    locks.acquire(state, "build", "b2")
    with pytest.raises(RapportError) as raised:
        locks.renew(state, "build", "b1")
    assert raised.value.code == "lock-lost"


def test_a_dead_process_holds_nothing(state: State) -> None:
    code = "from rapport import locks; print(locks.this_process('build'))"
    owner = subprocess.check_output([sys.executable, "-c", code], text=True).strip()
    locks.acquire(state, "build", owner)
    locks.acquire(state, "build", "b2")


def test_a_living_process_holds_and_renews(state: State) -> None:
    with locks.held(state, "build", lease_seconds=1.5):
        time.sleep(2.5)
        _refused(state, "b2")
    locks.acquire(state, "build", "b2")


def test_a_ticket_that_got_lost_does_not_stand_against_its_own_run(tmp_path: Path) -> None:
    """`decide` was killed before Airflow had its answer: its next tries were refused for hours."""
    erp = Source(name="erp", system="sql", kind="erp", required=True, entities={})
    settings = bare_settings(tmp_path, f"duckdb:///{tmp_path / 'warehouse.duckdb'}")
    company = settings.company.model_copy(update={"sources": {"erp": erp}})
    settings = settings.model_copy(update={"company": company})
    with store.open(settings).begin() as connection:
        span = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC))
        deliveries.record_gated(connection, "erp", *span, {"orders": "v1"}, [])
    lost, again = (build.decide(settings, owner="the run") for _ in range(2))
    assert lost and again and lost["build_id"] != again["build_id"]
    with pytest.raises(RapportError, match="Another run has held the lock"):
        build.decide(settings, owner="another run")
    build.release(settings, again, failed=True)
    assert locks.holder(store.open(settings), "build") is None


@pytest.mark.parametrize("is_mended", [True, False])
def test_a_step_cleared_after_the_build_has_ended_keeps_the_lock_from_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_mended: bool
) -> None:
    """Airflow clears only what failed: the step took the lock and nothing gave it back."""
    settings = bare_settings(tmp_path, f"duckdb:///{tmp_path / 'warehouse.duckdb'}")
    ticket = {"build_id": "b1", "owner": "b1", "is_side": False, "as_of": "2026-01-01T00:00:00Z"}
    state = store.open(settings)
    with state.begin() as connection:
        row = {"as_of": ticket["as_of"], "status": "running", "is_side": 0, "inputs": "x"}
        now = clock.iso(clock.now())
        connection.execute(insert(builds).values(build_id="b1", started_at=now, **row))

    def publish(*_: object) -> int:
        assert locks.holder(state, "build") is not None
        if not is_mended:
            raise RapportError("publish-blocked", "Somebody reads")
        return 7

    build.release(settings, ticket, failed=True)
    monkeypatch.setattr(build.publication, "publish", publish)
    with suppress(RapportError):
        build.publish(settings, ticket)

    assert locks.holder(state, "build") is None
    with state.begin() as connection:
        status = connection.execute(select(builds.c.status)).scalar_one()
    assert status == ("published" if is_mended else "failed")
    state.close()

"""A handful of the shop's days ingested by Airflow itself: the same rows as by the command line."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from rapport import clock
from rapport.demo import processes, runs
from rapport.demo.airflow import Airflow
from rapport.settings import Settings
from rapport.state import store
from rapport.state.tables import deliveries, gated_intervals
from tests.acceptance import chain
from tests.acceptance.chain import Mailbox

pytestmark = [pytest.mark.acceptance, pytest.mark.airflow, pytest.mark.slow]

FIRST = datetime(2010, 12, 1, tzinfo=UTC)
DAYS = 5  # a Saturday without a file among them
WAIT_SECONDS = 240
COUNTS = ("received", "loaded", "quarantined", "superseded", "duplicates", "version", "status")


def _company(data: Path, var: Path, mailbox: Mailbox) -> Settings:
    return chain.company(
        Path(__file__).parent / "company",
        var,
        mailbox,
        ONLINE_RETAIL_FOLDER=str(data / "online_retail_by_day"),
        RAPPORT_INGEST_UNTIL="2011-12-09",  # no scheduled run for yesterday, years later
    )


def _ingested(found: Settings) -> list[dict[str, Any]]:
    names = ("interval_start", *COUNTS)
    with store.open(found).begin() as connection:
        rows = connection.execute(
            select(*(deliveries.c[name] for name in names)).order_by(deliveries.c.interval_start)
        ).mappings()
        return [dict(row) for row in rows]


def test_days_by_airflow_are_the_days_of_the_command_line(
    data: Path, tmp_path: Path, mailbox: Mailbox
) -> None:
    by_hand = _company(data, tmp_path / "by_hand", mailbox)
    chain.ingest_days(by_hand, "shop", FIRST.date(), (FIRST + timedelta(days=DAYS)).date())

    by_airflow = _company(data, tmp_path / "by_airflow", mailbox)
    airflow = Airflow(by_airflow)
    airflow.prepare()
    since = clock.now()
    airflow.start()
    try:
        airflow.wait_ready(["ingest_shop"])
        with runs.unpaused(airflow, ["ingest_shop"]):
            for number in range(DAYS):
                start = FIRST + timedelta(days=number)
                runs.trigger(airflow, "ingest_shop", start, start + timedelta(days=1))
            states = _ended(airflow, since)
    finally:
        airflow.stop()
    assert states == ["success"] * DAYS
    assert _ingested(by_airflow) == _ingested(by_hand)
    with store.open(by_airflow).begin() as connection:
        assert len(connection.execute(select(gated_intervals)).all()) == DAYS


def _ended(airflow: Airflow, since: datetime) -> list[str]:
    """States of the triggered runs once all have ended."""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        for group in airflow.groups:
            group.check()
        found = runs.runs(airflow, ["ingest_shop"], since)
        manual = [run["state"] for run in found if run["run_type"] == "manual"]
        if len(manual) == DAYS and all(state in runs.ENDED for state in manual):
            return manual
        time.sleep(1)
    last = processes.last_lines(airflow.home / "logs" / "scheduler.log", 5)
    pytest.fail(f"the runs did not end: {manual}; {last}")

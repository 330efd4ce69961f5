"""The parts of the demo that need no Airflow: ports, process groups, intervals, what it tells."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from rapport import settings
from rapport.demo import processes, runs, world
from rapport.demo.progress import Progress
from rapport.errors import RapportError
from rapport.settings import REPO

COMPANY = settings.load(REPO / "companies" / "demo", {}).company


def test_ports_are_free_and_different() -> None:
    """Two servers on one port would be found out only when the second one dies."""
    ports = processes.free_ports(4)
    assert len(set(ports)) == 4
    assert not any(processes.is_taken(port) for port in ports)


def test_stopping_a_group_ends_its_children_too(tmp_path: Path) -> None:
    """Airflow's components start workers; one signal to the parent leaves orphans."""
    code = "import subprocess, time; print(subprocess.Popen(['sleep', '60']).pid, flush=True)"
    group = processes.start(
        "parent",
        [sys.executable, "-c", f"{code}; time.sleep(60)"],
        os.environ,
        tmp_path / "log",
        tmp_path,
    )
    while not (child := (tmp_path / "log").read_text().strip()):
        time.sleep(0.05)
    processes.stop([group.pid], seconds=5)
    assert processes.command_of(group.pid) == ""
    assert "sleep 60" not in processes.command_of(int(child))


def test_a_process_that_ended_is_told_with_its_last_words(tmp_path: Path) -> None:
    """A port that is taken, a missing file: the reason stands in the log."""
    code = "import sys; sys.exit('port 80 is taken')"
    group = processes.start(
        "The CRM", [sys.executable, "-c", code], os.environ, tmp_path / "log", tmp_path
    )
    group.process.wait()
    with pytest.raises(RapportError, match=r"The CRM ended with exit code 1: port 80 is taken"):
        group.check()


def test_the_two_intervals_meet_and_end_where_the_calendar_cuts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The last day must be the interval that Airflow's own backfill makes of it."""
    monkeypatch.setenv("RAPPORT_CLOCK", "2026-03-10T15:30:00Z")
    plan = world.plan(COMPANY, customers=100, months=4)
    assert (plan.first_day, plan.last_day) == ("2025-11-01", "2026-03-09")
    assert plan.history_start == "2025-11-01T00:00:00Z"
    assert (plan.history_end, plan.day_end) == ("2026-03-09T00:00:00Z", "2026-03-10T00:00:00Z")


def test_a_later_run_finds_the_same_business(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another period would land overlapping intervals; another size another company."""
    monkeypatch.setenv("RAPPORT_CLOCK", "2026-03-10T15:30:00Z")
    plan = world.plan(COMPANY, customers=100, months=4)
    assert world.kept(tmp_path, plan) is None
    world.keep(tmp_path, plan)
    monkeypatch.setenv("RAPPORT_CLOCK", "2026-03-12T15:30:00Z")
    assert world.kept(tmp_path, world.plan(COMPANY, customers=100, months=4)) == plan
    with pytest.raises(RapportError, match="make clean"):
        world.kept(tmp_path, world.plan(COMPANY, customers=200, months=4))


def test_more_months_than_the_company_has_history_are_refused() -> None:
    """The company folder says from when on its history counts."""
    with pytest.raises(RapportError, match="fewer months"):
        world.plan(COMPANY, customers=100, months=600)


def test_a_failed_run_is_told_in_the_words_of_its_first_failing_task(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the page of that error, not with the page of a consequence."""
    told = RapportError("source-down", "HubSpot answers HTTP 503", "crm.deals", "look at its page.")
    log = tmp_path / "logs" / "dag_id=ingest_crm" / "run_id=r" / "task_id=extract" / "attempt=2.log"
    log.parent.mkdir(parents=True)
    detail = [{"exc_type": "RapportError", "exc_value": str(told)}]
    log.write_text("no json\n" + json.dumps({"event": "failed", "error_detail": detail}) + "\n")
    tasks = [
        {"task_id": "finish", "state": "failed", "end_date": "2026-01-01T00:02", "try_number": 1},
        {"task_id": "extract", "state": "failed", "end_date": "2026-01-01T00:01", "try_number": 2},
        {"task_id": "gate", "state": "success", "end_date": "2026-01-01T00:00", "try_number": 1},
    ]
    monkeypatch.setattr(runs, "tasks", lambda *_: tasks)
    airflow: Any = SimpleNamespace(home=tmp_path, url="http://localhost")
    error = runs.failure(airflow, {"dag_id": "ingest_crm", "dag_run_id": "r"})
    assert error.code == "source-down"
    assert error.what.startswith("ingest_crm, extract failed: HubSpot answers HTTP 503")
    assert str(error).count("Runbook") == 1


def test_progress_off_a_terminal_is_few_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """A log file of a CI run should not hold a line a second."""
    stream = StringIO()
    progress = Progress(stream)
    for number in range(50):
        progress.now(f"{number} of 50")
    progress.say("done")
    assert len(stream.getvalue().splitlines()) <= 2


@pytest.mark.parametrize("command", [["up", "--port", "0x"], ["sideways"]])
def test_a_wrong_argument_is_explained(command: list[str]) -> None:
    """Without a traceback."""
    answer = subprocess.run(
        [sys.executable, "-m", "rapport.demo", *command],
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 2 and "Traceback" not in answer.stderr


def test_down_with_nothing_up_says_so(tmp_path: Path) -> None:
    """And is no failure."""
    answer = subprocess.run(
        [sys.executable, "-m", "rapport.demo", "down"],
        env={**os.environ, "RAPPORT_VAR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0 and "nothing" in answer.stdout

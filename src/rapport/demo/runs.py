"""Set Airflow's DAGs going and follow them until nothing is left to do."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from rapport import clock
from rapport.demo.airflow import Airflow
from rapport.demo.progress import Progress
from rapport.errors import RapportError

LIMIT_SECONDS = 1800
POLL_SECONDS = 1.0
SETTLE_SECONDS = 6.0  # the scheduler turns an Asset into a run within a few of its loops
ENDED = {"success", "failed"}
# How a RapportError prints itself.
EXPLAINED = re.compile(
    r"(?P<what>.+?) What to do: (?P<todo>.+) Runbook: docs/runbook/(?P<code>[a-z-]+)\.md", re.DOTALL
)


def dag_ids(airflow: Airflow) -> list[str]:
    """The DAGs of the company that is set."""
    ingest = [f"ingest_{name}" for name in airflow.settings.company.sources]
    reports = [f"send_{name}_report" for name in airflow.settings.company.reports]
    return [*ingest, "build_customers", *reports, "maintain_warehouse"]


@contextmanager
def unpaused(airflow: Airflow, dags: list[str]) -> Iterator[None]:
    """Let the DAGs run; afterwards none starts by itself when Airflow is started again."""
    try:
        for dag in dags:
            airflow.call("PATCH", f"/api/v2/dags/{dag}", {"is_paused": False})
        yield
    finally:
        for dag in dags:
            try:
                airflow.call("PATCH", f"/api/v2/dags/{dag}", {"is_paused": True})
            except OSError:
                continue


def trigger(airflow: Airflow, dag: str, start: datetime, end: datetime) -> str:
    """Run a DAG over one data interval; the interval's earlier run is cleared and runs again.

    Returns:
        the run's id.
    """
    where = f"/api/v2/dags/{dag}/dagRuns"
    logical = quote(clock.iso(start))
    known = airflow.get(f"{where}?logical_date_gte={logical}&logical_date_lte={logical}")[
        "dag_runs"
    ]
    if known:
        run_id = str(known[0]["dag_run_id"])
        airflow.call("POST", f"{where}/{quote(run_id)}/clear", {"dry_run": False})
        return run_id
    body = {
        "logical_date": clock.iso(start),
        "data_interval_start": clock.iso(start),
        "data_interval_end": clock.iso(end),
        "run_after": clock.iso(end),  # older intervals go first
    }
    return str(airflow.call("POST", where, body)["dag_run_id"])


def follow(
    airflow: Airflow, dags: list[str], since: datetime, progress: Progress
) -> list[dict[str, Any]]:
    """Wait until no run of these DAGs is left, Assets have set off nothing more.

    Args:
        since: runs that started earlier are of no interest.

    Returns:
        the runs, with their task instances under `tasks`.

    Raises:
        RapportError: `task-failed` with the failing task's own error; `demo-slow`.
    """
    deadline = time.monotonic() + LIMIT_SECONDS
    quiet_since: float | None = None
    while time.monotonic() < deadline:
        for group in airflow.groups:
            group.check()
        found = runs(airflow, dags, since)
        failed = [run for run in found if run["state"] == "failed"]
        open_runs = [run for run in found if run["state"] not in ENDED]
        if failed:
            raise failure(airflow, failed[0])
        if open_runs:
            quiet_since = None
            progress.now(_describe(airflow, open_runs))
        elif found:
            quiet_since = quiet_since or time.monotonic()
            if time.monotonic() - quiet_since > SETTLE_SECONDS:
                for run in found:
                    run["tasks"] = tasks(airflow, run)
                return found
        time.sleep(POLL_SECONDS)
    raise RapportError(
        "demo-slow",
        f"The chain was not done after {LIMIT_SECONDS} s",
        airflow.url,
        "look which task is running; a machine with less than 2 cores and 3 GB is too small",
    )


def runs(airflow: Airflow, dags: list[str], since: datetime) -> list[dict[str, Any]]:
    """All runs of the DAGs that were queued since."""
    body = {"dag_ids": dags, "page_limit": 100, "order_by": "-run_after"}
    found = airflow.call("POST", "/api/v2/dags/~/dagRuns/list", body)["dag_runs"]
    recent = [run for run in found if clock.parse(run["queued_at"] or run["run_after"]) >= since]
    return sorted(recent, key=lambda run: str(run["start_date"]))


def tasks(airflow: Airflow, run: dict[str, Any]) -> list[dict[str, Any]]:
    """The task instances of a run."""
    path = f"/api/v2/dags/{run['dag_id']}/dagRuns/{quote(run['dag_run_id'])}/taskInstances"
    return list(airflow.get(f"{path}?limit=500")["task_instances"])


def failure(airflow: Airflow, run: dict[str, Any]) -> RapportError:
    """The error of a failed run as its first failing task told it."""
    broken = [task for task in tasks(airflow, run) if task["state"] == "failed"]
    broken.sort(key=lambda task: str(task["end_date"]))  # the first one is the cause
    if not broken:
        return RapportError("task-failed", f"A run of {run['dag_id']} failed", airflow.url)
    task = broken[0]
    log = (
        airflow.home
        / "logs"
        / f"dag_id={run['dag_id']}"
        / f"run_id={run['dag_run_id']}"
        / f"task_id={task['task_id']}"
        / f"attempt={task['try_number']}.log"
    )
    what, todo, code = _last_error(log), "mend what it names, then run the command again", ""
    if explained := EXPLAINED.match(what):
        what, todo, code = explained["what"], explained["todo"], explained["code"]
    return RapportError(
        code or "task-failed", f"{run['dag_id']}, {task['task_id']} failed: {what}", str(log), todo
    )


def _describe(airflow: Airflow, open_runs: list[dict[str, Any]]) -> str:
    """Which task of which DAG is running now, and how much is done of it."""
    parts = []
    for run in open_runs:
        if run["state"] != "queued":
            instances = tasks(airflow, run)
            ended = sum(task["state"] in {"success", "failed", "skipped"} for task in instances)
            names = [str(task["task_id"]) for task in instances if task["state"] == "running"]
            parts.append(f"{run['dag_id']} {ended}/{len(instances)} {', '.join(names)}".strip())
    waiting = sum(run["state"] == "queued" for run in open_runs)
    return "; ".join([*parts, *([f"{waiting} more wait"] if waiting else [])])


def _last_error(log: Path) -> str:
    """The message of the last error in a task's log (JSON lines)."""
    message = "see its log"
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return message
    for line in lines:
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        for detail in entry.get("error_detail") or []:
            message = f"{detail['exc_type']}: {detail['exc_value']}"
    return message.removeprefix("RapportError: ")

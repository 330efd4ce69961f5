"""The demo: make a company, start its systems and Airflow, follow the chain, sum it up."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from rapport import clock, settings
from rapport.demo import processes, runs, summary, world
from rapport.demo.airflow import Airflow
from rapport.demo.progress import Progress
from rapport.errors import RapportError
from rapport.settings import Settings


class Stage:
    """Settings, systems and Airflow of one demo, started and stopped together."""

    def __init__(self, customers: int, months: int, port: int | None, progress: Progress) -> None:
        self.progress = progress
        plain = settings.load()
        self.folder = plain.var_dir / "demo"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.planned = world.plan(plain.company, customers, months)
        self.known = world.kept(self.folder, self.planned)
        self.world = self.known or self.planned
        self.systems = world.systems(self.folder, plain.var_dir / "outbox")
        environ = {
            **plain.environ,
            **self.systems.environ(),
            "RAPPORT_TASK_RETRIES": "1",
            "RAPPORT_TASK_RETRY_SECONDS": "5",
            "RAPPORT_INGEST_UNTIL": self.world.history_end[:10],
        }
        self.settings: Settings = settings.load(environ=environ)
        if port is not None and processes.is_taken(port):
            raise RapportError(
                "port-taken",
                f"Another program listens on port {port}",
                todo="end it, or leave the port out and a free one is found",
            )
        self.airflow = Airflow(self.settings, port)

    def start(self) -> None:
        """Simulate and start everything; Airflow's database is made while the company is."""
        progress = self.progress
        prepared = _Background(self.airflow.prepare)
        since = progress.seconds
        if self.known is None:
            progress.say(
                f"Making the simulated company: {self.world.customers:,} customers, "
                f"{self.world.first_day} to {self.world.last_day}, seed {self.world.seed}"
            )
            _simulate(self.folder, self.world)
            world.keep(self.folder, self.world)
            progress.done("simulate the company", since)
        else:
            progress.say(
                f"The simulated company of an earlier run is used again: "
                f"{self.world.customers:,} customers until {self.world.last_day}"
            )
        progress.say("Starting Airflow, the CRM and the mail server")
        since = progress.seconds
        prepared.wait()
        self.airflow.start()
        world.serve(self.systems, self.settings.environ, self.settings.var_dir / "log")
        self.airflow.wait_ready(runs.dag_ids(self.airflow))
        progress.done("start Airflow", since)

    def stop(self) -> None:
        """End everything that was started."""
        pids = [group.pid for group in [*self.airflow.groups, *self.systems.groups]]
        processes.stop(pids)


def run_demo(customers: int = 2000, months: int = 18, port: int | None = None) -> None:
    """Run the whole chain once by Airflow and print the summary.

    Args:
        customers: size of the simulated company.
        months: length of its history, until yesterday.
        port: port of Airflow's page, a free one by default.

    Raises:
        RapportError: with what failed, where, and what to do.
    """
    progress = Progress()
    stage = Stage(customers, months, port, progress)
    began = clock.now() - timedelta(seconds=1)
    try:
        stage.start()
        progress.say(f"Airflow is ready: {stage.airflow.url}")
        found = chain(stage)
        since = progress.seconds
        text = summary.text(stage.settings, found, progress.steps, began)
        progress.done("summary", since)
    finally:
        progress.now("Stopping what was started")
        stage.stop()
    progress.say(f"Done in {progress.seconds:.0f} seconds; everything that was started has ended")
    for line in text:
        progress.plain(line)
    summary.save(stage.settings.var_dir / "demo" / "steps.json", found, progress.steps)


def chain(stage: Stage) -> list[dict[str, Any]]:
    """Let Airflow ingest the history, then the last day, of every source; Assets do the rest.

    The last day of the last source comes when all else is loaded, and sets off the one build:
    an earlier one would end before that day, and its reports would be told to be late.

    Returns:
        all runs with their task instances, see `runs.follow`.
    """
    airflow, progress, world = stage.airflow, stage.progress, stage.world
    dags = runs.dag_ids(airflow)
    ingests = [f"ingest_{name}" for name in airflow.settings.company.sources]
    since = clock.now() - timedelta(seconds=1)
    began = progress.seconds
    progress.say(
        f"Airflow ingests {', '.join(airflow.settings.company.sources)}: "
        f"the history until {world.history_end}, then the last day"
    )
    for dag in ingests:
        runs.trigger(airflow, dag, *world.history)
    for dag in ingests[:-1]:
        runs.trigger(airflow, dag, *world.day)
    with runs.unpaused(airflow, ingests):
        runs.follow(airflow, ingests, since, progress)
    progress.done("ingest", began)
    began = progress.seconds
    progress.say("The build and the reports follow by Assets")
    with runs.unpaused(airflow, dags[:-1]):
        runs.trigger(airflow, ingests[-1], *world.day)
        found = runs.follow(airflow, dags, since, progress)
    progress.done("build and reports", began)
    return found


def _simulate(folder: Path, plan: world.World) -> None:
    from datetime import date

    from rapport.simulate import company

    company.simulate(
        plan.customers,
        date.fromisoformat(plan.first_day),
        date.fromisoformat(plan.last_day),
        plan.seed,
        folder,
    )


class _Background:
    """A function in a thread; `wait` gives its error to the caller."""

    def __init__(self, function: Callable[[], None]) -> None:
        self._error: BaseException | None = None
        self._function = function
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._function()
        except BaseException as error:
            self._error = error

    def wait(self) -> None:
        """Wait for the end."""
        self._thread.join()
        if self._error:
            raise self._error

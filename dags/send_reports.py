"""Send each report of the company once for each period, by a DAG `send_<report>_report`.

Runs on each publication and at its readers' hours, in all their time zones: `wake_ups` names them.
A reader gets a report when their own hour for it has come and its data are there. Until they are
it is held: the owner is told, and past a deadline the readers. The mail ledger makes repeats
harmless: a period that was sent to a reader is not sent again.
"""

from typing import Any

from airflow.sdk import AssetOrTimeSchedule, MultipleCronTriggerTimetable, dag, task

from assets import MARTS
from dag_defaults import FIRST_TICK, SETTINGS, task_defaults
from rapport import alerts


def when(name: str) -> Any:
    """The publication of marts, and the hours at which a reader may wait for the report."""
    from rapport.report.mailing import due

    hours = due.wake_ups(SETTINGS, name)
    if not hours:
        return [MARTS]
    calendar = MultipleCronTriggerTimetable(*hours, timezone="UTC", run_immediately=FIRST_TICK)
    return AssetOrTimeSchedule(timetable=calendar, assets=[MARTS])


def report_dag(name: str) -> None:
    """Make `send_<name>_report`."""

    @dag(
        dag_id=f"send_{name}_report",
        schedule=when(name),
        catchup=False,
        max_active_runs=1,
        default_args=task_defaults(minutes=60),
        on_failure_callback=alerts.on_run_failure,
        doc_md=__doc__,
        tags=["report"],
    )
    def send_report() -> None:
        @task
        def send(dag_run: Any = None) -> None:
            from rapport import settings
            from rapport.report import commands

            on_publication = dag_run.run_type == "asset_triggered"
            commands.run(settings.load(), name, on_publication)

        send()

    send_report()


for name in SETTINGS.company.reports:
    report_dag(name)

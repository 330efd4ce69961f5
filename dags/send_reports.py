"""Send each report of the company once for each period, by a DAG `send_<report>_report`.

Runs on each publication and on the readers' calendar. A publication whose sources are late is not
mailed at once: either the sources come, or the calendar sends it and it names them. The mail ledger
makes repeats harmless: a period that was sent to a reader is not sent again, and one that is not
over yet is not sent at all.
"""

from typing import Any

from airflow.sdk import AssetOrTimeSchedule, dag, task

from assets import MARTS
from dag_defaults import COMPANY, calendar, task_defaults


def report_dag(name: str) -> None:
    """Make `send_<name>_report`."""

    @dag(
        dag_id=f"send_{name}_report",
        schedule=AssetOrTimeSchedule(
            timetable=calendar(COMPANY.reports[name].schedule), assets=[MARTS]
        ),
        catchup=False,
        max_active_runs=1,
        default_args=task_defaults(minutes=30),
        doc_md=__doc__,
        tags=["report"],
    )
    def send_report() -> None:
        @task
        def send(dag_run: Any = None) -> None:
            from rapport import settings
            from rapport.report import commands

            on_publication = dag_run.run_type == "asset_triggered"
            commands.send(settings.load(), name, wait_for_late=on_publication)

        send()

    send_report()


for name in COMPANY.reports:
    report_dag(name)

"""Send the executive report once for each period.

Runs on each publication and on the readers' calendar. A publication whose sources are late is not
mailed at once: either the sources come, or the calendar sends it and it names them. The mail ledger
makes repeats harmless: a period that was sent to a reader is not sent again, and one that is not
over yet is not sent at all.
"""

from typing import Any

from airflow.sdk import AssetOrTimeSchedule, dag, task

from assets import MARTS
from dag_defaults import COMPANY, calendar, task_defaults

REPORT = "executive"
CALENDAR = COMPANY.reports[REPORT].schedule if REPORT in COMPANY.reports else "0 7 2 * *"


@dag(
    schedule=AssetOrTimeSchedule(timetable=calendar(CALENDAR), assets=[MARTS]),
    catchup=False,
    max_active_runs=1,
    default_args=task_defaults(minutes=30),
    doc_md=__doc__,
    tags=["report"],
)
def send_executive_report() -> None:
    @task
    def send(dag_run: Any = None) -> None:
        from rapport import settings
        from rapport.report import commands

        on_publication = dag_run.run_type == "asset_triggered"
        commands.send(settings.load(), REPORT, wait_for_late=on_publication)

    send()


send_executive_report()

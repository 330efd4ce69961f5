"""Back up the state store, then remove what has had its day.

Superseded deliveries of the landing zone, old step records, old logs and Airflow's own old records
go; loaded deliveries, publications (`publish` keeps the last few) and decisions stay. How long each
is kept is a setting.
"""

from pathlib import Path

from airflow.sdk import conf, dag, task

from dag_defaults import calendar, task_defaults
from rapport import alerts


@dag(
    schedule=calendar("30 12 * * *"),
    catchup=False,
    max_active_runs=1,
    default_args=task_defaults(minutes=60),
    on_failure_callback=alerts.on_run_failure,
    doc_md=__doc__,
    tags=["maintenance"],
)
def maintain_warehouse() -> None:
    @task
    def back_up() -> str:
        from rapport import maintenance, settings

        return str(maintenance.back_up_state(settings.load()))

    @task
    def sweep_landing() -> int:
        from rapport import maintenance, settings

        return maintenance.sweep_landing(settings.load())

    @task
    def prune_records() -> int:
        from rapport import maintenance, settings

        return maintenance.prune_runs(settings.load())

    @task
    def prune_logs() -> int:
        from rapport import maintenance, settings

        folder = Path(conf.get("logging", "base_log_folder"))
        return maintenance.prune_logs(settings.load(), folder)

    @task
    def clean_airflow() -> bool:
        from rapport import maintenance, settings

        return maintenance.clean_airflow(settings.load())

    back_up() >> [sweep_landing(), prune_records(), prune_logs(), clean_airflow()]


maintain_warehouse()

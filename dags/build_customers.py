"""Build profiles, stages and KPIs from all gated sources, gate the marts and publish them.

Runs when any raw Asset is announced, and at the deadline in case a source stays away. `decide`
skips unless the as-of moved or an older interval was loaded again; at the deadline it builds as of
the schedule and names the late sources. The marts change at one stroke in `publish` or not at all.
"""

from typing import Any

from airflow.sdk import (
    AssetAny,
    AssetOrTimeSchedule,
    chain,
    dag,
    task,
)

from assets import MARTS, RAW
from dag_defaults import COMPANY, calendar, task_defaults
from rapport import alerts

STEPS = ("stage", "identify", "model", "gate", "publish")


@dag(
    schedule=AssetOrTimeSchedule(
        timetable=calendar(COMPANY.build_deadline),
        assets=AssetAny(*RAW.values()),
    ),
    catchup=False,
    max_active_runs=1,
    default_args=task_defaults(minutes=120),
    on_failure_callback=alerts.on_run_failure,
    doc_md=__doc__,
    tags=["build"],
)
def build_customers() -> None:
    @task.short_circuit
    def decide(dag_run: Any = None) -> dict[str, Any] | None:
        from rapport import build, settings

        # A run that an Asset set off has no data interval; only the deadline's own run has a time.
        deadline = dag_run.run_after if dag_run.run_type == "scheduled" else None
        return build.decide(settings.load(), deadline, owner=f"build_customers {dag_run.run_id}")

    def step(name: str) -> Any:
        @task(task_id=name, outlets=[MARTS] if name == "publish" else [])
        def run(ticket: dict[str, Any]) -> None:
            from rapport import build, settings

            getattr(build, name)(settings.load(), ticket)

        return run(ticket)

    @task
    def release(ticket: dict[str, Any] | None, ti: Any = None) -> None:
        from rapport import build, settings

        if ticket:
            states = ti.get_task_states(dag_id=ti.dag_id, task_ids=list(STEPS), run_ids=[ti.run_id])
            failed = any(state != "success" for state in states.get(ti.run_id, {}).values())
            build.release(settings.load(), ticket, failed)

    ticket = decide()
    chain(*(step(name) for name in STEPS), release(ticket).as_teardown(setups=ticket))


build_customers()

"""Land one interval of a source, gate it, load what passed, and announce `raw_<source>`.

One DAG `ingest_<source>` for each source of the company folder. Each step takes all entities: one
that fails or is held fails the step's task at its end and does not stop the others. `finish`
announces the Asset only when no required entity is held. Running an interval again replaces it.
"""

from typing import Any

from airflow.sdk import CronDataIntervalTimetable, Metadata, TriggerRule, chain, dag, task

from assets import RAW
from dag_defaults import COMPANY, END_DATE, START_DATE, task_defaults
from rapport import alerts

STEPS = {"extract": "extract_all", "gate": "gate_all", "load": "load_all", "finish": "announce"}


def ingest_dag(source: str) -> None:
    """Make `ingest_<source>`."""
    config = COMPANY.sources[source]

    @dag(
        dag_id=f"ingest_{source}",
        schedule=CronDataIntervalTimetable(config.schedule, timezone="UTC"),
        start_date=START_DATE,
        end_date=END_DATE,
        catchup=False,
        max_active_runs=1,
        default_args=task_defaults(minutes=60),
        on_failure_callback=alerts.on_run_failure,
        doc_md=__doc__,
        tags=["ingest", config.kind],
    )
    def ingest() -> None:
        def step(name: str) -> Any:
            @task(
                task_id=name,
                trigger_rule=TriggerRule.ALL_DONE,
                outlets=[RAW[source]] if name == "finish" else [],
            )
            def run(data_interval_start: Any = None, data_interval_end: Any = None) -> Any:
                from rapport import ingest, settings

                work = getattr(ingest, STEPS[name])
                result = work(settings.load(), source, data_interval_start, data_interval_end)
                if name == "finish":
                    extra = {key: result[key] for key in ("loaded", "held")}
                    yield Metadata(RAW[source], extra=extra)

            return run()

        @task(trigger_rule=TriggerRule.ONE_FAILED, retries=0, on_failure_callback=None)
        def fail_run() -> None:
            raise RuntimeError("a step failed; its own mail says what to do")

        steps = [step(name) for name in STEPS]
        chain(*steps)
        # The last step may succeed on an earlier delivery; the run must still show the failure.
        steps >> fail_run()

    ingest()


for name in COMPANY.sources:
    ingest_dag(name)

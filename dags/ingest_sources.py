"""Land one interval of a source, gate it, load what passed, and announce `raw_<source>`.

One DAG `ingest_<source>` for each source of the company folder. Each entity goes its own way
through extract, gate and load; one that is held does not stop the others. `finish` announces the
Asset only when no required entity is held. Running an interval again replaces it.
"""

from typing import Any

from airflow.sdk import CronDataIntervalTimetable, Metadata, TriggerRule, dag, task, task_group

from assets import RAW
from dag_defaults import COMPANY, END_DATE, START_DATE, task_defaults


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
        doc_md=__doc__,
        tags=["ingest", config.kind],
    )
    def ingest() -> None:
        @task
        def extract(
            entity: str, data_interval_start: Any = None, data_interval_end: Any = None
        ) -> str:
            from rapport import ingest, settings

            place = (source, entity, data_interval_start, data_interval_end)
            return ingest.extract(settings.load(), *place)

        @task
        def gate(
            entity: str,
            manifest: str,
            data_interval_start: Any = None,
            data_interval_end: Any = None,
        ) -> str:
            from rapport import ingest, settings

            place = (source, entity, data_interval_start, data_interval_end)
            return str(ingest.gate(settings.load(), *place)["status"])

        @task
        def load(
            entity: str, status: str, data_interval_start: Any = None, data_interval_end: Any = None
        ) -> int:
            from rapport import ingest, settings

            place = (source, entity, data_interval_start, data_interval_end)
            return int(ingest.load(settings.load(), *place)["rows"])

        @task_group
        def land(entity: str) -> None:
            load(entity, gate(entity, extract(entity)))

        @task(trigger_rule=TriggerRule.ALL_DONE, outlets=[RAW[source]])
        def finish(data_interval_start: Any = None, data_interval_end: Any = None) -> Any:
            from rapport import ingest, settings

            outcome = ingest.announce(
                settings.load(), source, data_interval_start, data_interval_end
            )
            yield Metadata(RAW[source], extra={name: outcome[name] for name in ("loaded", "held")})

        land.expand(entity=list(config.entities)) >> finish()

    ingest()


for name in COMPANY.sources:
    ingest_dag(name)

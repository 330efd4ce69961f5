"""What all DAGs of Rapport have in common: the company they serve and how their tasks fail."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

from airflow.sdk import CronTriggerTimetable, RetryDecision, RetryPolicy

from rapport import alerts, settings

SETTINGS = settings.load()
COMPANY = SETTINGS.company
# Airflow starts no task before its DAG's start date, and history is ingested through the same DAGs.
START_DATE = datetime.combine(COMPANY.history_start, time(), tzinfo=UTC) - timedelta(days=366)
END_DATE = (
    datetime.combine(SETTINGS.ingest_until, time.max, tzinfo=UTC) if SETTINGS.ingest_until else None
)
# A new DAG's first tick is worked out anew whenever its file is read, and would be lost where that
# is between the tick and the run; the scheduler looks each second, or somewhat later under load.
FIRST_TICK = timedelta(minutes=1)


def calendar(cron: str) -> CronTriggerTimetable:
    """Clock times in the company's time zone; a DAG that is new or was paused waits for the next.

    Such a DAG must have no start date, or Airflow makes up for the last tick when it is unpaused.
    """
    return CronTriggerTimetable(
        cron, timezone=COMPANY.business_timezone, run_immediately=FIRST_TICK
    )


class RetryWhatMayPass(RetryPolicy):
    """Try again after a fault that may pass; fail at once where only a person can help."""

    def evaluate(
        self, exception: BaseException, try_number: int, max_tries: int, context: Any = None
    ) -> RetryDecision:
        """Fail at once on the codes of `alerts.NEEDS_A_PERSON`."""
        code = getattr(exception, "code", "")
        if code in alerts.NEEDS_A_PERSON:
            return RetryDecision.fail(reason=f"{code} does not pass by itself")
        return RetryDecision.default()

    def serialize(self) -> dict[str, Any]:
        """Nothing to keep: the policy has no settings."""
        return {}


def task_defaults(minutes: int) -> dict[str, Any]:
    """Default arguments of a DAG: back-off between tries, a time-out, a mail when it is over.

    Args:
        minutes: the time after which one try of a task is stopped.
    """
    return {
        "retries": SETTINGS.task_retries,
        "retry_delay": timedelta(seconds=SETTINGS.task_retry_seconds),
        "retry_exponential_backoff": 2.0,
        "max_retry_delay": timedelta(minutes=15),
        "retry_policy": RetryWhatMayPass(),
        "execution_timeout": timedelta(minutes=minutes),
        "on_failure_callback": alerts.on_failure,
    }

"""The estimating steps of a build: what SQL cannot compute, between two runs of dbt.

A step reads models that dbt has built and writes a schema of its own, named as the step, which dbt
reads as a source in the second run.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from rapport.churn.run import foretell
from rapport.segments.run import cluster
from rapport.settings import Settings
from rapport.state.store import State
from rapport.value.run import predict
from rapport.voice.run import listen
from rapport.warehouses import Warehouse


class Runs(Protocol):
    """What a step runs; again with the same input it changes nothing.

    Args:
        as_of: the build's exclusive as-of, UTC.
        dry_run: read the state store without writing it (side builds at an older as-of).
        suffix: of the schemas read and written (side builds).

    Returns:
        a count for the run's record: clusters, customers.
    """

    def __call__(
        self,
        settings: Settings,
        state: State,
        warehouse: Warehouse,
        as_of: datetime,
        dry_run: bool = False,
        suffix: str = "",
    ) -> int: ...


@dataclass(frozen=True)
class Step:
    """One step: the schema it writes, the models it reads, and what it runs."""

    schema: str
    inputs: tuple[str, ...]
    run: Runs


STEPS = (
    Step("segments", ("int_cluster_features",), cluster),
    Step("value", ("int_purchase_days",), predict),
    Step("churn", ("int_churn_features", "int_churn_departures"), foretell),
    Step("voice", ("int_voice_texts",), listen),
)
INPUTS = tuple(f"+{model}" for step in STEPS for model in step.inputs)

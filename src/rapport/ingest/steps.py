"""The steps of one entity over one interval: extract, gate, load.

Each may be run again at any time: it replaces its interval or finds its work done.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from rapport import connectors, locks, log, warehouses
from rapport.errors import RapportError
from rapport.gates import known, raw
from rapport.ingest import partition
from rapport.ingest.tables import raw_table, raw_tables
from rapport.landing import storage
from rapport.landing.zone import Interval, Zone
from rapport.settings import Settings
from rapport.state import deliveries, store
from rapport.state.store import State

LOCK_WAIT_SECONDS = 1800  # the gate of a large first load takes minutes
P = ParamSpec("P")
R = TypeVar("R")


def _explained(
    step: Callable[Concatenate[Settings, P], R],
) -> Callable[Concatenate[Settings, P], R]:
    """A step that tells of a landing zone that cannot be used in a person's words."""

    @wraps(step)
    def told(settings: Settings, *args: P.args, **kwargs: P.kwargs) -> R:
        with storage.explained(settings.landing_url):
            return step(settings, *args, **kwargs)

    return told


@_explained
def extract(settings: Settings, source: str, entity: str, start: datetime, end: datetime) -> str:
    """Fetch one entity's interval into the landing zone.

    Returns:
        the path of its manifest inside the landing zone.

    Raises:
        RapportError: the source is down, refuses, or sends what is no data; nothing has changed.
    """
    interval = _interval(settings, source, entity, start, end)
    zone = Zone(settings.landing_url)
    state = store.open(settings)
    with state.run("extract", **deliveries.place(interval)) as facts:
        with state.begin() as connection:
            partition.claim(connection, interval)
        with zone.receive(interval) as delivery:
            connectors.fetch(settings, interval, delivery)
        manifest = zone.manifest(interval) or {}
        facts |= {"rows": manifest["rows"], "bytes": manifest["bytes"]}
        with state.begin() as connection:
            partition.claim(connection, interval)
            deliveries.landed(connection, interval, manifest)
    log.get(**deliveries.place(interval)).info("extracted", rows=manifest["rows"])
    return f"{interval.folder}/manifest.json"


@_explained
def gate(
    settings: Settings, source: str, entity: str, start: datetime, end: datetime
) -> dict[str, Any]:
    """Run the raw gate over the interval's delivery.

    Returns:
        the gate's outcome, see `gates.raw.run`; a held entity is an outcome, not an error.
    """
    interval = _interval(settings, source, entity, start, end)
    state = store.open(settings)
    with alone(state, interval), state.run("gate", **deliveries.place(interval)) as facts:
        with state.begin() as connection:
            found = known.of(connection, interval, settings.entity(source, entity))
        outcome = raw.run(settings, Zone(settings.landing_url), interval, found)
        facts |= {"rows": outcome["received"], "bytes": outcome["bytes"]}
        with state.begin() as connection:
            deliveries.gated(connection, interval, outcome)
    log.get(**deliveries.place(interval)).info(
        "gated", status=outcome["status"], quarantined=outcome["quarantined"]
    )
    return outcome


@_explained
def load(
    settings: Settings, source: str, entity: str, start: datetime, end: datetime
) -> dict[str, Any]:
    """Put the accepted half of the interval into the warehouse's raw schema.

    On DuckDB the raw schema is views over the landing zone, so only the record is kept here.

    Raises:
        RapportError: `entity-held` when the gate did not let it pass, `nothing-gated`.
    """
    interval = _interval(settings, source, entity, start, end)
    zone = Zone(settings.landing_url)
    state = store.open(settings)
    with alone(state, interval), state.run("load", **deliveries.place(interval)) as facts:
        outcome = zone.gate_result(interval)
        if outcome is None:
            raise RapportError(
                "nothing-gated",
                "The present delivery has not been gated",
                str(interval),
                "run the gate step first",
            )
        if outcome["status"] == "held":
            raise held_error(interval, outcome)
        if settings.engine != "duckdb":
            spec = settings.source(source)
            table = raw_table(spec, spec.entities[entity])
            files = [zone.location(path) for path in outcome["accepted_files"]]
            with warehouses.open(settings) as warehouse:
                if table.name not in warehouse.tables("raw"):
                    warehouse.refresh_raw(raw_tables(settings, state))
                warehouse.load_interval(table, source, start, end, files, outcome["load_id"])
        facts["rows"] = outcome["accepted"]
        with state.begin() as connection:
            deliveries.loaded(connection, interval, outcome)
    return {"entity": entity, "rows": outcome["accepted"]}


def alone(state: State, place: Interval) -> AbstractContextManager[str]:
    """Keeps intervals of one entity apart: the gate of one reads what is loaded of the others."""
    return locks.held(state, f"load {place.source}.{place.entity}", wait_seconds=LOCK_WAIT_SECONDS)


def held_error(place: Interval, outcome: dict[str, Any]) -> RapportError:
    """The error that names a held entity and how it comes back, out of its gate's outcome."""
    rows = f"see `rapport quarantine show {place.source} {place.entity}` for the rows; "
    return RapportError(
        "entity-held",
        f"The gate holds {place.source}.{place.entity}: {outcome['reason']}",
        str(place),
        f"{rows if outcome['quarantined'] else ''}mend the source, the rule or the description, "
        "then run the interval again (in Airflow: clear the run)",
    )


def _interval(
    settings: Settings, source: str, entity: str, start: datetime, end: datetime
) -> Interval:
    settings.entity(source, entity)  # says so if there is none
    return Interval(source, entity, start, end)

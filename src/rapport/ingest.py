"""The steps that take one interval of a source from the system to the warehouse's raw schema.

The DAGs' tasks and the command line call these functions and no others. Each may be run again at
any time: it replaces its interval or finds its work done.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from rapport import clock, connectors, log, warehouses
from rapport.company import Entity
from rapport.errors import RapportError
from rapport.gates import raw
from rapport.landing.zone import Interval, Zone
from rapport.settings import Settings, shipped_entities
from rapport.state import deliveries, store
from rapport.state.store import State
from rapport.warehouses import RawTable

# Errors that most likely meet all entities of the source alike.
WHOLE_SOURCE = ("source-down", "source-unauthorised", "secret-missing")


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
        with zone.receive(interval) as delivery:
            connectors.fetch(settings, interval, delivery)
        manifest = zone.manifest(interval) or {}
        facts |= {"rows": manifest["rows"], "bytes": manifest["bytes"]}
        with state.begin() as connection:
            deliveries.landed(connection, interval, manifest)
    log.get(**deliveries.place(interval)).info("extracted", rows=manifest["rows"])
    return f"{interval.folder}/manifest.json"


def gate(
    settings: Settings, source: str, entity: str, start: datetime, end: datetime
) -> dict[str, Any]:
    """Run the raw gate over the interval's delivery.

    Returns:
        the gate's outcome, see `gates.raw.run`; a held entity is an outcome, not an error.
    """
    interval = _interval(settings, source, entity, start, end)
    state = store.open(settings)
    with state.run("gate", **deliveries.place(interval)) as facts:
        outcome = raw.run(settings, Zone(settings.landing_url), interval)
        facts |= {"rows": outcome["received"], "bytes": outcome["bytes"]}
        with state.begin() as connection:
            deliveries.gated(connection, interval, outcome)
    log.get(**deliveries.place(interval)).info(
        "gated", status=outcome["status"], quarantined=outcome["quarantined"]
    )
    return outcome


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
    outcome = zone.gate_result(interval)
    if outcome is None:
        raise RapportError(
            "nothing-gated",
            "The present delivery has not been gated",
            str(interval),
            "run the gate step first",
        )
    if outcome["status"] == "held":
        raise held_error(interval, outcome["reason"])
    state = store.open(settings)
    with state.run("load", **deliveries.place(interval)) as facts:
        if settings.engine != "duckdb":
            table = raw_table(source, settings.source(source).entities[entity])
            files = [zone.location(path) for path in outcome["accepted_files"]]
            with warehouses.open(settings) as warehouse:
                warehouse.load_interval(table, start, end, files, outcome["version"])
        facts["rows"] = outcome["accepted"]
        with state.begin() as connection:
            deliveries.loaded(connection, interval, outcome["version"])
    return {"entity": entity, "rows": outcome["accepted"]}


def finish(
    settings: Settings,
    source: str,
    start: datetime,
    end: datetime,
) -> dict[str, Any]:
    """Record which entities of the interval are loaded and which are held.

    The interval counts as gated (and the Asset may be emitted) when every required entity is
    loaded. What became of each entity is read from its record.

    Returns:
        loaded and held entities, the reasons, and `emit`.
    """
    spec = settings.source(source)
    zone = Zone(settings.landing_url)
    state = store.open(settings)
    with state.begin() as connection:
        versions: dict[str, str] = {}
        reasons: dict[str, str] = {}
        for name in spec.entities:
            interval = Interval(source, name, start, end)
            manifest = zone.manifest(interval)
            found = deliveries.find(connection, interval, manifest["version"]) if manifest else None
            if found and found["status"] == "loaded":
                versions[name] = found["version"]
            else:
                reasons[name] = (found or {}).get("reason") or "not extracted"
        emit = not any(spec.entities[name].required for name in reasons)
        if emit:
            deliveries.record_gated(connection, source, start, end, versions, reasons)
    held = sorted(reasons)
    return {"loaded": sorted(versions), "held": held, "reasons": reasons, "emit": emit}


def announce(settings: Settings, source: str, start: datetime, end: datetime) -> dict[str, Any]:
    """`finish`, for a task that announces the source: it fails rather than announce too much.

    Raises:
        RapportError: `source-held` when a required entity is not loaded.
    """
    outcome = finish(settings, source, start, end)
    if not outcome["emit"]:
        reasons = "; ".join(f"{name}: {why}" for name, why in outcome["reasons"].items())
        raise RapportError(
            "source-held",
            f"raw_{source} is not announced, a required entity is not loaded ({reasons})",
            f"{source}, {clock.iso(start)} to {clock.iso(end)}",
            "mend what the mails of the single entities name, then clear this run",
        )
    return outcome


def extract_all(settings: Settings, source: str, start: datetime, end: datetime) -> list[str]:
    """Extract every entity of the source; one that fails does not stop the others.

    Returns:
        the entities extracted.

    Raises:
        RapportError: what stopped an entity, after all were tried.
    """
    return _each(settings, source, lambda name: extract(settings, source, name, start, end))


def gate_all(settings: Settings, source: str, start: datetime, end: datetime) -> list[str]:
    """Gate every entity that was extracted, in one process: loading the gate costs seconds.

    Raises:
        RapportError: `entity-held`, after all were tried.
    """

    def gate_one(name: str) -> None:
        outcome = gate(settings, source, name, start, end)
        if outcome["status"] == "held":
            raise held_error(Interval(source, name, start, end), outcome["reason"])

    return _each(settings, source, gate_one, passing_over=("nothing-landed",))


def load_all(settings: Settings, source: str, start: datetime, end: datetime) -> list[str]:
    """Load every entity that passed its gate.

    Raises:
        RapportError: what stopped an entity, after all were tried.
    """
    return _each(
        settings,
        source,
        lambda name: load(settings, source, name, start, end),
        passing_over=("nothing-gated", "entity-held"),
    )


def interval(settings: Settings, source: str, start: datetime, end: datetime) -> dict[str, Any]:
    """All steps for all entities of a source over one interval, in this process.

    Returns:
        the result of `finish`, with the error of an optional entity among the reasons.

    Raises:
        RapportError: the first error, when a required entity is not loaded.
    """
    failures: list[RapportError] = []
    for step in (extract_all, gate_all, load_all):
        try:
            step(settings, source, start, end)
        except RapportError as error:
            failures.append(error)
    result = finish(settings, source, start, end)
    if failures and not result["emit"]:
        raise failures[0]
    return {**result, "errors": [str(failure) for failure in failures]}


def _each(
    settings: Settings,
    source: str,
    step: Callable[[str], Any],
    passing_over: tuple[str, ...] = (),
) -> list[str]:
    """Run a step for all entities; raise the first error at the end, a required entity's first."""
    entities = settings.source(source).entities
    done: list[str] = []
    errors: dict[str, RapportError] = {}
    for name in entities:
        try:
            step(name)
            done.append(name)
        except RapportError as error:
            if error.code not in passing_over:
                errors[name] = error
                log.get(source=source, entity=name).error("entity failed", error=str(error))
            whole = [e for e in errors.values() if e.code in WHOLE_SOURCE]
            if len(whole) == 2 and not done:  # the rest would only wait for the same answer
                break
    if not errors:
        return done
    names = sorted(errors, key=lambda name: not entities[name].required)
    first = errors[names[0]]
    others = f" (also failed: {', '.join(names[1:])})" if names[1:] else ""
    raise RapportError(first.code, f"{first.what}{others}", first.where, first.todo)


def held_error(place: Interval, reason: str | None) -> RapportError:
    """The error that names a held entity and how it comes back."""
    return RapportError(
        "entity-held",
        f"The gate holds {place.source}.{place.entity}: {reason}",
        str(place),
        "see `rapport quarantine` for the rows; mend the source or the rule, then run the "
        "interval again (in Airflow: clear the run)",
    )


def raw_table(source: str, entity: Entity, files: Sequence[str] = ()) -> RawTable:
    """The raw table of an entity."""
    columns = {name: column.type for name, column in entity.columns.items()}
    return RawTable(name=f"{source}__{entity.name}", columns=columns, files=tuple(files))


def raw_tables(settings: Settings, state: State) -> list[RawTable]:
    """All raw tables of the company with the accepted files of every loaded interval.

    The shipped staging of a known system reads all its entities; those that the company does not
    fetch are there, empty.
    """
    zone = Zone(settings.landing_url)
    with state.begin() as connection:
        found = deliveries.loaded_files(connection)
    return [
        raw_table(
            source.name,
            entity,
            [zone.location(path) for path in found.get((source.name, entity.name), [])],
        )
        for source in settings.company.sources.values()
        for entity in {**shipped_entities(source.system), **source.entities}.values()
    ]


def _interval(
    settings: Settings, source: str, entity: str, start: datetime, end: datetime
) -> Interval:
    spec = settings.source(source)
    if entity not in spec.entities:
        raise RapportError(
            "entity-unknown",
            f"The source {source} has no entity {entity!r}",
            str(settings.company_dir / "company.yml"),
            f"use one of: {', '.join(spec.entities)}",
        )
    return Interval(source, entity, start, end)

"""The steps of a whole source over whatever stretch of time is asked for.

The DAGs' tasks and the command line call these functions and no others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from rapport import clock, connectors, log
from rapport.company import Source
from rapport.errors import RapportError
from rapport.gates import docs
from rapport.ingest import partition
from rapport.ingest.steps import extract, gate, held_error, load
from rapport.landing.zone import Interval, Zone
from rapport.settings import Settings
from rapport.state import deliveries, store

# Errors that most likely meet all entities of the source alike.
WHOLE_SOURCE = ("source-down", "source-limited", "source-unauthorised", "secret-missing")


def extract_all(settings: Settings, source: str, start: datetime, end: datetime) -> list[str]:
    """Extract every entity of the source; one that fails does not stop the others.

    A request is answered by the intervals that it touches, see `partition`. Files of the days
    before that have changed since they were fetched (`lookback_days`) are fetched again.

    Returns:
        the entities extracted.

    Raises:
        RapportError: what stopped an entity, after all were tried.
    """
    spec = settings.source(source)
    changed = [
        place for place in _looked_back(settings, source, start) if _changed(settings, place)
    ]
    return _each(
        spec,
        [*changed, *_places(settings, source, start, end)],
        lambda place: extract(settings, source, place.entity, place.start, place.end),
    )


def gate_all(settings: Settings, source: str, start: datetime, end: datetime) -> list[str]:
    """Gate every entity that was extracted, in one process: loading the gate costs seconds.

    Raises:
        RapportError: `entity-held`, after all were tried.
    """

    def gate_one(place: Interval) -> None:
        outcome = gate(settings, source, place.entity, place.start, place.end)
        if outcome["status"] == "held":
            raise held_error(place, outcome)

    places = _unsettled(settings, source, start, end)
    try:
        return _each(settings.source(source), places, gate_one, passing_over=("nothing-landed",))
    finally:  # what was held above all is to be looked at
        docs.build(settings, {(place.source, place.entity) for place in places})


def load_all(settings: Settings, source: str, start: datetime, end: datetime) -> list[str]:
    """Load every entity that passed its gate.

    Raises:
        RapportError: what stopped an entity, after all were tried.
    """
    return _each(
        settings.source(source),
        _unsettled(settings, source, start, end),
        lambda place: load(settings, source, place.entity, place.start, place.end),
        passing_over=("nothing-gated", "entity-held"),
    )


def finish(settings: Settings, source: str, start: datetime, end: datetime) -> dict[str, Any]:
    """Record which entities are loaded and which are held, for every interval that was touched.

    An interval counts as gated (and the Asset may be emitted) when every required entity is
    loaded, and at least one. What became of each entity is read from its record.

    Returns:
        loaded and held entities, the reasons, and `emit`, over the intervals of the request.
    """
    spec, zone = settings.source(source), Zone(settings.landing_url)
    late = {(place.start, place.end) for place in _looked_back(settings, source, start)}
    asked = {(place.start, place.end) for place in _places(settings, source, start, end)}
    loaded: set[str] = set(spec.entities)
    reasons: dict[str, str] = {}
    withheld = False
    with store.open(settings).begin() as connection:
        for span in sorted(late | asked):
            versions, missing = _outcome(connection, zone, spec, span)
            if not _withheld(spec, versions, missing):
                deliveries.record_gated(connection, source, *span, versions, missing)
            if span in asked:
                loaded &= set(versions)
                reasons |= missing
                withheld |= _withheld(spec, versions, missing)
    return {
        "loaded": sorted(loaded),
        "held": sorted(reasons),
        "reasons": reasons,
        "emit": not withheld,
    }


def _outcome(
    connection: Connection, zone: Zone, spec: Source, span: partition.Span
) -> tuple[dict[str, str], dict[str, str]]:
    """The load of each entity that is loaded, and why the others are not.

    Rows that another rule or a mend let pass are another load than before.
    """
    versions: dict[str, str] = {}
    reasons: dict[str, str] = {}
    for name in spec.entities:
        place = Interval(spec.name, name, *span)
        manifest = zone.manifest(place)
        found = deliveries.find(connection, place, manifest["version"]) if manifest else None
        if found and found["status"] == "loaded":
            versions[name] = (zone.gate_result(place) or {}).get("load_id") or found["version"]
        elif found:
            reasons[name] = found["reason"] or f"{found['status']}, and no further"
        else:
            reasons[name] = "not extracted"
    return versions, reasons


def _withheld(spec: Source, versions: Mapping[str, str], missing: Iterable[str]) -> bool:
    """Whether the interval may not count: something required is missing, or there is nothing."""
    return not versions or any(spec.entities[name].required for name in missing)


def announce(settings: Settings, source: str, start: datetime, end: datetime) -> dict[str, Any]:
    """`finish`, for a task that announces the source: it fails rather than announce too much.

    Raises:
        RapportError: `source-held` when a required entity, or everything, is not loaded.
    """
    outcome = finish(settings, source, start, end)
    if not outcome["emit"]:
        reasons = "; ".join(f"{name}: {why}" for name, why in outcome["reasons"].items())
        raise RapportError(
            "source-held",
            f"raw_{source} is not announced, what it must bring is not loaded ({reasons})",
            f"{source}, {clock.iso(start)} to {clock.iso(end)}",
            "mend what the mails of the single entities name, then clear this run",
        )
    return outcome


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


def history(
    settings: Settings,
    source: str,
    start: datetime,
    end: datetime,
    chunk: partition.Chunk | None = "month",
    resume: bool = False,
) -> Iterator[dict[str, Any]]:
    """`interval` piece by piece: a first load, or a backfill of any stretch of time.

    A piece that is loaded stays loaded when a later one fails or the process is killed.

    Args:
        chunk: where a stretch that was never fetched is cut.
        resume: pass over the pieces that are gated already.

    Yields:
        the result of `interval` for each piece, with its bounds.

    Raises:
        RapportError: what stopped a piece, with how to go on.
    """
    settings.source(source)  # says so if there is none, before anything could be gone on with
    with store.open(settings).begin() as connection:
        spans = partition.touched(connection, source, start, end, chunk)
        done = deliveries.gated_spans(connection, source) if resume else set()
    for span in spans:
        if span in done:
            continue
        bounds = {"from": clock.iso(span[0]), "to": clock.iso(span[1])}
        try:
            yield {**bounds, **interval(settings, source, *span)}
        except RapportError as error:
            todo = f"{error.todo}; then go on with the same command and --resume"
            raise RapportError(error.code, error.what, error.where, todo) from None


def _places(settings: Settings, source: str, start: datetime, end: datetime) -> list[Interval]:
    """What a request touches: every entity over every interval of the partition."""
    with store.open(settings).begin() as connection:
        spans = partition.touched(connection, source, start, end)
    return [
        Interval(source, name, *span) for span in spans for name in settings.source(source).entities
    ]


def _looked_back(settings: Settings, source: str, start: datetime) -> list[Interval]:
    """Recorded intervals before `start` whose files may have come late."""
    places = []
    with store.open(settings).begin() as connection:
        for entity in settings.source(source).entities.values():
            if entity.lookback_days and not entity.cursor:
                since = start - timedelta(days=entity.lookback_days)
                spans = partition.recorded(connection, source, since, start)
                places += [Interval(source, entity.name, *span) for span in spans]
    return places


def _changed(settings: Settings, place: Interval) -> bool:
    """Whether the source's files for the interval are others than those that were fetched."""
    manifest = Zone(settings.landing_url).manifest(place)
    return manifest is not None and connectors.has_changed(settings, place, manifest)


def _unsettled(settings: Settings, source: str, start: datetime, end: datetime) -> list[Interval]:
    """What a request touches, and the looked-back deliveries that are not loaded."""
    zone = Zone(settings.landing_url)
    before = _looked_back(settings, source, start)
    late = []
    with store.open(settings).begin() as connection:
        for place in before:
            manifest = zone.manifest(place)
            found = deliveries.find(connection, place, manifest["version"]) if manifest else None
            if found and found["status"] != "loaded":
                late.append(place)
    return [*late, *_places(settings, source, start, end)]


def _each(
    spec: Source,
    places: Sequence[Interval],
    step: Callable[[Interval], Any],
    passing_over: tuple[str, ...] = (),
) -> list[str]:
    """Run a step for all places; raise the first error at the end, a required entity's first."""
    done: list[str] = []
    errors: dict[str, RapportError] = {}
    for place in places:
        try:
            step(place)
            done.append(place.entity)
        except RapportError as error:
            if error.code not in passing_over:
                errors.setdefault(place.entity, error)
                log.get(source=spec.name, entity=place.entity).error(
                    "entity failed", error=str(error)
                )
            whole = [e for e in errors.values() if e.code in WHOLE_SOURCE]
            if len(whole) == 2 and not done:  # the rest would only wait for the same answer
                break
    if not errors:
        return list(dict.fromkeys(done))
    names = sorted(errors, key=lambda name: not spec.entities[name].required)
    first = errors[names[0]]
    others = f" (also failed: {', '.join(names[1:])})" if names[1:] else ""
    raise RapportError(first.code, f"{first.what}{others}", first.where, first.todo)

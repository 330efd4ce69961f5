"""Rows set aside by a gate: list them, mend them, and let them pass once rule or row is mended.

A mend is kept in the state store under the hash of the row's original content, so that it holds
whenever that row comes again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from rapport import clock, ingest
from rapport.company import Entity
from rapport.errors import RapportError
from rapport.gates import docs, rejects
from rapport.gates.received import digest
from rapport.landing.zone import Interval, Zone
from rapport.settings import Settings
from rapport.state import store
from rapport.state.deliveries import interval_of
from rapport.state.tables import deliveries, mends


def listing(settings: Settings) -> list[dict[str, Any]]:
    """Quarantined rows of the deliveries that count or are held.

    Returns:
        one document an interval and rule: source, entity, rule, interval_start, interval_end,
        rows, delivery (its status: of a loaded one all rows but these are loaded).
    """
    found = []
    with store.open(settings).begin() as connection:
        for row in _deliveries(connection):
            place = {name: row[name] for name in ("source", "entity")}
            span = {name: row[name] for name in ("interval_start", "interval_end")}
            for rule, count in (row["rules"] or {}).items():
                found.append(
                    {**place, "rule": rule, "rows": count, **span, "delivery": row["status"]}
                )
    return found


def rows(
    settings: Settings,
    source: str,
    entity: str,
    start: datetime | None = None,
    end: datetime | None = None,
    rule: str | None = None,
) -> Iterator[dict[str, Any]]:
    """The quarantined rows of an entity.

    Args:
        start, end: only intervals that overlap [start, end).
        rule: only rows that break this rule.

    Yields:
        documents as `record` takes them back: source, entity, from, to, id, file, row, rules,
        original (an object, or the line that is no row), columns (the names that a mended row
        may have) and mended (the original again; null for a line that is no row).
    """
    spec = settings.entity(source, entity)
    zone = Zone(settings.landing_url)
    for place in _places(settings, source, entity, start, end):
        outcome, manifest = zone.gate_result(place), zone.manifest(place)
        if outcome is None or manifest is None:
            continue
        for row in rejects.read(zone, outcome).to_pylist():
            if rule is not None and rule not in row["rules"]:
                continue
            is_line = row["rules"][0].startswith("row:")
            original = row["original"] if is_line else json.loads(row["original"])
            yield {
                "source": source,
                "entity": entity,
                "from": clock.iso(place.start),
                "to": clock.iso(place.end),
                "id": digest(row["original"]),
                "file": row["file"],
                "row": row["row"],
                "rules": row["rules"],
                "original": original,
                "columns": _columns(manifest, row["file"], spec) if is_line else list(original),
                "mended": None if is_line else original,
            }


def _columns(manifest: dict[str, Any], file: str, entity: Entity) -> list[str]:
    """The columns that a received file has; those of JSON lines are named as the entity's."""
    for item in manifest["files"]:
        if item["path"].rsplit("/", 1)[1] == file and item["format"] != "jsonl":
            return list(item.get("columns", manifest["columns"]) or entity.columns)
    return list(entity.columns)


def record(settings: Settings, path: Path) -> list[Interval]:
    """Keep the mends of a file that `rapport quarantine show --out` wrote and a person edited.

    Rows whose `mended` is null or equal to the original are passed over.

    Returns:
        the intervals that hold the mended rows.

    Raises:
        RapportError: `mend-invalid` naming the line; nothing is kept then.
    """
    documents = [_checked(settings, path, n, line) for n, line in _lines(path)]
    wanted = [d for d in documents if d["mended"] is not None and d["mended"] != d["original"]]
    now = clock.iso(clock.now())
    with store.open(settings).begin() as connection:
        for document in wanted:
            key = {
                "source": document["source"],
                "entity": document["entity"],
                "original_sha256": document["id"],
            }
            matches = [mends.c[name] == value for name, value in key.items()]
            connection.execute(delete(mends).where(*matches))
            connection.execute(
                insert(mends).values(**key, mended=document["mended"], recorded_at=now)
            )
    places = (
        Interval(d["source"], d["entity"], clock.parse(d["from"]), clock.parse(d["to"]))
        for d in wanted
    )
    return list(dict.fromkeys(places))


def _lines(path: Path) -> Iterable[tuple[int, str]]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RapportError(
            "mend-invalid",
            f"The file of mended rows cannot be read: {error}",
            str(path),
            "give a file that `rapport quarantine show --out` wrote",
        ) from None
    return [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]


def _checked(settings: Settings, path: Path, number: int, line: str) -> dict[str, Any]:
    """One line of a file of mended rows."""
    trouble = ""
    try:
        document = json.loads(line)
        names = ("source", "entity", "from", "to", "id", "original", "columns", "mended")
        missing = [name for name in names if name not in document]
        if missing:
            trouble = f"it has no {missing[0]}"
        elif document["entity"] not in settings.source(document["source"]).entities:
            trouble = f"the source {document['source']} has no entity {document['entity']!r}"
        elif not isinstance(document["mended"], dict | None):
            trouble = "`mended` is neither null nor an object"
        elif unknown := sorted(set(document["mended"] or {}) - set(document["columns"])):
            trouble = f"`mended` names {unknown[0]!r}, which is no column of the row"
        else:
            return dict(document)
    except (ValueError, TypeError) as error:
        trouble = f"it is no JSON object ({error})"
    raise RapportError(
        "mend-invalid",
        f"A mended row cannot be used: {trouble}",
        f"{path}, line {number}",
        "change only what stands under `mended`; nothing of the file was kept",
    )


def replay(
    settings: Settings,
    source: str | None = None,
    entity: str | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    mended: Path | None = None,
) -> list[dict[str, Any]]:
    """Gate and load the intervals with quarantined rows again, with the present rules and mends.

    What neither a rule nor a mend has changed is left as it is. Nothing is extracted.

    Args:
        source, entity, start, end: only these; default all, with `mended` those of its rows.
        mended: a file of mended rows to keep first, see `record`.

    Returns:
        one document an interval: source, entity, from, to, status, quarantined_before,
        quarantined, mended, reason.

    Raises:
        RapportError: `mend-invalid`, `source-unknown`, `entity-unknown`, or what stops a gate or a
            load.
    """
    if source and entity:
        settings.entity(source, entity)
    elif source:
        settings.source(source)
    places = record(settings, mended) if mended else []
    if source or not mended:
        places += _places(settings, source, entity, start, end)
    order = [(s.name, name) for s in settings.company.sources.values() for name in s.entities]
    known = [place for place in dict.fromkeys(places) if (place.source, place.entity) in order]
    known.sort(key=lambda place: (place.start, order.index((place.source, place.entity))))
    try:
        results = [_again(settings, place) for place in known]
    finally:  # what was held above all is to be looked at
        docs.build(settings, {(place.source, place.entity) for place in known})
    for name, first, last in dict.fromkeys((p.source, p.start, p.end) for p in known):
        ingest.finish(settings, name, first, last)
    return results


def _again(settings: Settings, place: Interval) -> dict[str, Any]:
    before = Zone(settings.landing_url).gate_result(place) or {}
    where = (settings, place.source, place.entity, place.start, place.end)
    outcome = ingest.gate(*where)
    if outcome["status"] == "gated":
        ingest.load(*where)
    return {
        "source": place.source,
        "entity": place.entity,
        "from": clock.iso(place.start),
        "to": clock.iso(place.end),
        "status": "loaded" if outcome["status"] == "gated" else outcome["status"],
        "quarantined_before": before.get("quarantined"),
        "quarantined": outcome["quarantined"],
        "mended": outcome["mended"],
        "reason": outcome["reason"],
    }


def _places(
    settings: Settings,
    source: str | None,
    entity: str | None,
    start: datetime | None,
    end: datetime | None,
) -> list[Interval]:
    """The intervals with quarantined rows."""
    with store.open(settings).begin() as connection:
        found = [interval_of(row) for row in _deliveries(connection)]
    return [
        place
        for place in dict.fromkeys(found)
        if source in (None, place.source)
        and entity in (None, place.entity)
        and (end is None or place.start < end)
        and (start is None or place.end > start)
    ]


def _deliveries(connection: Connection) -> list[Any]:
    query = (
        select(deliveries)
        .where(deliveries.c.quarantined > 0, deliveries.c.status != "superseded")
        .order_by(deliveries.c.source, deliveries.c.entity, deliveries.c.interval_start)
    )
    return list(connection.execute(query).mappings())

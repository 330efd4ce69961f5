"""What is right and wrong with a folder or bucket of files."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from rapport.company import Entity, Source
from rapport.connectors.files import listing
from rapport.connectors.finding import Finding
from rapport.errors import RapportError
from rapport.landing import read
from rapport.landing.read import columnar, delimited, streams

_DAYS_LOOKED_AT = 30
_FILES_SHOWN = 5


def check(connection: dict[str, Any], source: Source) -> Iterator[Finding]:
    """Look at the folder, what may be read there, and the newest file of each entity.

    Yields:
        findings: the address, the permission to list it, and for each entity its newest file, the
        days without one, and whether it reads and its columns fit. Files tell no clock.
    """
    place = str(connection["path"])
    try:
        with listing.explained(connection):
            fs, root = listing.opened(connection)
            is_there = bool(fs.exists(root))
            if is_there:
                fs.ls(root, detail=False)
    except RapportError as error:
        subject = "credentials" if error.code == "source-unauthorised" else "address"
        yield Finding(subject, place, False, error.what, error.todo)
        return
    if not is_there:
        yield Finding(
            "address",
            place,
            False,
            "There is no such folder",
            "correct `connection.path`; an environment variable may point elsewhere",
        )
        return
    yield Finding("address", place, True, "The folder is there and can be listed")
    for entity in source.entities.values():
        try:
            with listing.explained(connection):
                yield from _entity(fs, root, entity)
        except RapportError as error:
            yield Finding("entity", entity.name, False, error.what, error.todo)


def _entity(fs: Any, root: str, entity: Entity) -> Iterator[Finding]:
    pattern = listing.pattern_of(entity)
    newest = listing.newest(fs, root, pattern)
    if newest is None:
        yield _without_files(fs, root, entity.name, pattern)
        return
    yield Finding("entity", entity.name, True, f"The newest file is {newest.name}")
    if listing.has_date(pattern):
        yield from _gaps(fs, root, entity)
    yield from _columns(fs, newest, entity)


def _without_files(fs: Any, root: str, entity: str, pattern: str) -> Finding:
    """What lies in the folder instead, and the pattern that would name the likeliest of it."""
    names = list(listing.every(fs, root))
    says, todo = f"No file is called {pattern}", "or have the first file delivered"
    if not names:
        return Finding("entity", entity, False, says, f"correct `fetch.pattern`, {todo}")
    alike = difflib.get_close_matches(pattern, names, n=1, cutoff=0)[0]
    shown = ", ".join([alike, *(name for name in names if name != alike)][:_FILES_SHOWN])
    more = f" and {len(names) - _FILES_SHOWN} more" if len(names) > _FILES_SHOWN else ""
    return Finding(
        "entity",
        entity,
        False,
        f"{says}; there are {shown}{more}",
        f"set `pattern` in `fetch`, for instance to {listing.pattern_for(alike)!r}, {todo}",
    )


def _gaps(fs: Any, root: str, entity: Entity) -> Iterator[Finding]:
    days = list(listing.by_day(fs, root, listing.pattern_of(entity)))
    first = max(days[0], days[-1] - timedelta(days=_DAYS_LOOKED_AT))
    span = [first + timedelta(days=n) for n in range((days[-1] - first).days + 1)]
    missing = [day for day in span if day not in set(days)]
    if missing and entity.fetch.get("missing") != "empty":
        shown = ", ".join(str(day) for day in missing[:5])
        yield Finding(
            "entity",
            entity.name,
            False,
            f"{len(missing)} of the last {len(span)} days have no file: {shown}",
            "ask for them; where a day may have no file, set `missing: empty` in `fetch`",
            is_warning=True,
        )


def _columns(fs: Any, newest: listing.Found, entity: Entity) -> Iterator[Finding]:
    format = str(entity.fetch.get("format", "csv"))

    def open_file() -> Any:
        return fs.open(newest.path, "rb")

    if format in delimited.DELIMITERS:
        with streams.explained(open_file, newest.name, format, entity):
            found = delimited.columns(open_file, newest.name, format, entity)
        if not found:
            raise streams.without_bytes(newest.name, "has not even a header")
    elif format == "parquet":
        found = columnar.columns(open_file, newest.name, entity)
    else:
        found = _filled(open_file, newest.name, format, entity)
    missing = [
        " or ".join(column.paths(name))
        for name, column in entity.columns.items()
        if column.required and set(found).isdisjoint(column.paths(name))
    ]
    for name in missing:
        yield Finding(
            "field",
            f"{entity.name}.{name}",
            False,
            f"{newest.name} has no {name}",
            "correct the column's `path`, or set `required: false` where it may be missing",
            is_warning=format not in delimited.DELIMITERS and format != "parquet",
        )
    if not missing:
        yield Finding("field", entity.name, True, f"All required columns are in {newest.name}")


def _filled(open_file: Any, name: str, format: str, entity: Entity) -> list[str]:
    """Columns of lines have no header: those that a first batch of rows has a value in."""
    for batch in read.batches(open_file, name, format, entity, []):
        return [
            entity.columns[column].paths(column)[0]
            for column in batch.column_names
            if column in entity.columns and batch[column].null_count < len(batch)
        ]
    return []

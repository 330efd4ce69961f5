"""What is right and wrong with the connection to a database and with what is fetched there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from rapport import clock
from rapport.company import Entity, Source
from rapport.connectors.finding import Finding
from rapport.connectors.sql.databases import Database, opened, relation_name, table_of
from rapport.connectors.sql.statements import Statements
from rapport.errors import RapportError

MAX_SKEW = timedelta(seconds=60)
UNINDEXED_ROWS = 100_000  # reading so few whole takes less than a second


def check(connection: dict[str, Any], source: Source) -> Iterator[Finding]:
    """Look at address, credentials, permissions, clock, then at each entity and its fields."""
    try:
        with opened(connection, source.name) as database:
            yield from _reached(database, source)
    except RapportError as error:
        yield from _unreached(error)


def _unreached(error: RapportError) -> Iterator[Finding]:
    if error.code == "source-unauthorised":
        yield Finding("address", "", True, "The database answers")
        yield Finding("credentials", "", False, error.what, error.todo)
    else:
        yield Finding("address", "", False, error.what, error.todo)


def _reached(database: Database, source: Source) -> Iterator[Finding]:
    database.session  # noqa: B018, connects
    yield Finding("address", "", True, "The database answers")
    yield Finding("credentials", "", True, f"It lets {database.url.username or 'us'} in")
    found = {name: list(_entity(database, entity)) for name, entity in source.entities.items()}
    denied = [finding for some in found.values() for finding in some if _is_denied(finding)]
    yield from denied or [Finding("permission", "", True, "Every table there may be read")]
    yield from _clock(database)
    for some in found.values():
        yield from (finding for finding in some if not _is_denied(finding))


def _is_denied(finding: Finding) -> bool:
    return finding.subject == "permission"


def _clock(database: Database) -> Iterator[Finding]:
    theirs = database.now()
    if theirs is None:
        return
    skew = abs(clock.now() - theirs)
    if skew <= MAX_SKEW:
        yield Finding("clock", "", True, "Its clock agrees with ours")
        return
    yield Finding(
        "clock",
        "",
        False,
        f"Its clock and ours are {skew.total_seconds():.0f} seconds apart",
        "have both machines keep time (NTP): rows near the end of an interval would fall into "
        "the wrong one, or give the entity a `lookback_days`",
        is_warning=True,
    )


def _entity(database: Database, entity: Entity) -> Iterator[Finding]:
    """Whether an entity can be read as it is described."""
    now = clock.now()
    try:
        with database.snapshot(entity, entity.name):
            statements = Statements(database, entity, _day_before(now), now, entity.name)
            for _ in database.batches(statements.rows(limit=1)):
                break
            empty = statements.count_in_no_interval() if entity.cursor else None
            count = database.number(empty) if empty is not None else 0
    except RapportError as error:
        subject = {"source-forbidden": "permission", "column-missing": "field"}
        place = entity.name if error.code != "column-missing" else f"{entity.name}.{entity.cursor}"
        yield Finding(subject.get(error.code, "entity"), place, False, error.what, error.todo)
        return
    yield from _read(database, entity, count, statements)


def _read(
    database: Database, entity: Entity, empty: int, statements: Statements
) -> Iterator[Finding]:
    rows = database.estimated_rows(entity)
    about = "" if rows is None else f", about {rows:,} rows"
    name = relation_name(entity) or "the query"
    yield Finding("entity", entity.name, True, f"{name} can be read{about}")
    if empty:
        yield Finding(
            "entity",
            entity.name,
            False,
            f"{empty} rows have no time in {statements.cursor_names}: no interval would fetch them",
            "give `fetch.cursor_else` or `fetch.cursor_empty: always`",
        )
    if _is_slow(database, entity, rows):
        yield Finding(
            "entity",
            entity.name,
            False,
            f"The cursor {entity.cursor} has no index: each interval reads the whole table",
            f"have the owner of the database run: create index on {name} ({entity.cursor})",
            is_warning=True,
        )
    there = {column.name for column in statements.columns}
    for field, column in entity.columns.items():
        if there.isdisjoint([*column.paths(field), field]):
            yield Finding(
                "field",
                f"{entity.name}.{field}",
                False,
                f"{name} has no column {' or '.join(column.paths(field))}",
                f"correct the column's name or its `path`; there are: {', '.join(sorted(there))}",
                is_warning=not column.required,
            )


def _is_slow(database: Database, entity: Entity, rows: int | None) -> bool:
    if "query" in entity.fetch or not entity.cursor or (rows or 0) < UNINDEXED_ROWS:
        return False
    name, schema = table_of(entity)
    inspector = sa.inspect(database.session)
    key = inspector.get_pk_constraint(name, schema)["constrained_columns"]
    firsts = {index["column_names"][0] for index in inspector.get_indexes(name, schema)}
    return entity.cursor not in firsts | set(key[:1])


def _day_before(moment: datetime) -> datetime:
    return moment - timedelta(days=1)

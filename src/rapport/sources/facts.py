"""What a source's entities are, as far as a look at their descriptions and some rows tells."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import duckdb

from rapport import names
from rapport.company import Entity, Source
from rapport.connectors.files import listing
from rapport.errors import RapportError
from rapport.settings import Settings
from rapport.sources import sampling
from rapport.warehouses.base import quote

ROWS = 5_000
_FILLED = 0.95  # a key may lack in as many rows as an entity may have in quarantine
ENOUGH_ROWS = 50  # fewer rows say nothing about what a column holds
FEW_VALUES = 12  # up to so many different values are taken for a list of states
PERSONAL = re.compile(
    r"name|mail|phone|mobile|tel$|street|address|addr|city|zip|postal|birth|bdate|dob|iban|passport"
    r"|ssn|gender|sex|ip$|token|password|secret|comment|note|text"
)
_KEY_NAME = re.compile(r"(^|_)(id|no|nr|num|number|code|key|uuid|guid)$|id$")


@dataclass(frozen=True)
class Column:
    """What the rows looked at say of one column."""

    name: str
    type: str
    is_filled: bool = False
    is_unique: bool = False
    lowest: float | None = None
    values: tuple[str, ...] = ()  # where there are few and they name nobody


@dataclass(frozen=True)
class Found:
    """One entity that is to be described in the company folder.

    Attributes:
        spec: what stands in `sources/<source>.yml`.
        why: a remark for a line of it, by its key.
        rows: how many rows were looked at.
        trouble: why none could be.
    """

    entity: Entity
    spec: dict[str, Any]
    columns: dict[str, Column]
    why: dict[str, str] = field(default_factory=dict)
    rows: int = 0
    trouble: str = ""


def look(settings: Settings, source: Source, name: str, discovered: Mapping[str, Any]) -> Found:
    """Complete what a connector discovered of an entity by looking at some of its rows."""
    spec = {**discovered, "columns": _columns(discovered.get("columns") or {})}
    new = {column.get("path", name): name for name, column in spec["columns"].items()}
    for named in ("version_by", "event_time", "deleted_by"):
        if spec.get(named):
            spec[named] = new.get(spec[named], spec[named])
    if spec.get("key"):
        spec["key"] = [new.get(column, column) for column in spec["key"]]
    entity = Entity(**{**spec, "name": name})
    try:
        sample = sampling.take(settings, source, entity, ROWS)
    except RapportError as error:
        return Found(entity, spec, _unknown(entity), _why(spec, True, 0), 0, error.what)
    with duckdb.connect() as database:
        # A row that is there twice says nothing against a key.
        database.register("taken", sample.rows)
        rows = database.execute("select distinct * from taken").fetch_arrow_table()
        database.register("sample", rows)
        columns = {
            name: _facts(database, name, column.type, len(rows))
            for name, column in entity.columns.items()
        }
        is_declared = "url" in source.connection
        known = list(spec.get("key") or [])
        is_sure = known and (is_declared or all(_KEY_NAME.search(column) for column in known))
        key = known if is_sure else _likely_key(database, columns, name) or known
        if len(key) == 1 and not is_declared:
            # What holds from a day on has further rows to come, though there is one of each yet.
            key = key + [name for name in columns if _HOLDS_FROM.search(name)][:1]
    why = _why(spec, is_declared, len(rows))
    if key != known:
        spec = {"key": key, **{k: v for k, v in spec.items() if k != "key"}}
        why["key"] = _SEEN.format(rows=len(rows))
    if key and is_whole(entity):
        spec = {**spec, "deletes": "compare"}
        why["deletes"] = "each delivery is whole: a key that is in it no more is gone"
    entity = Entity(**{**spec, "name": name})
    return Found(entity, spec, columns, why, len(sample.rows), sample.held or "")


def is_whole(entity: Entity) -> bool:
    """Whether each delivery has all rows: no cursor, no query and no day in a name cuts it."""
    is_by_day = listing.has_date(str(entity.fetch.get("pattern", "")))
    return not (entity.cursor or "query" in entity.fetch or is_by_day)


def numbered(one: Found) -> list[str]:
    """What got a number behind its name, for another one has the plain name."""
    table, schema = one.entity.fetch.get("table"), one.entity.fetch.get("schema")
    notes = []
    if table and names.plain(f"{schema}_{table}" if schema else table) != one.entity.name:
        notes.append(f"the table {table!r} is called {one.entity.name} here, to tell it apart")
    for name, column in one.entity.columns.items():
        if column.path and names.plain(str(column.path)) != name:
            notes.append(
                f"{one.entity.name}: the column {column.path!r} is called {name} here, to tell it "
                "apart"
            )
    return notes


def _columns(discovered: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Columns under names that need no quotes; a changed one keeps its own as `path`."""
    columns: dict[str, dict[str, Any]] = {}
    for found, described in discovered.items():
        column = {"type": described} if isinstance(described, str) else dict(described)
        name = names.free(found, columns)
        columns[name] = column if name == found else {"path": found, **column}
    return columns


def _facts(database: duckdb.DuckDBPyConnection, name: str, type: str, rows: int) -> Column:
    value = quote(name)
    is_number = type in ("integer", "decimal", "double")
    row = database.execute(
        f"select count({value}), count(distinct {value}), "
        f"{f'cast(min({value}) as double)' if is_number else 'null'} from sample"
    ).fetchone()
    assert row is not None
    filled, distinct, lowest = row
    values: tuple[str, ...] = ()
    is_state = type == "text" and rows >= ENOUGH_ROWS and 0 < distinct <= FEW_VALUES
    if is_state and not (PERSONAL.search(name) or _KEY_NAME.search(name)):
        found = database.execute(
            f"select distinct {value} from sample where {value} is not null order by 1"
        ).fetchall()
        values = tuple(entry[0] for entry in found)
    is_unique = filled > 1 and filled == distinct and filled >= _FILLED * rows
    return Column(name, type, rows > 0 and filled == rows, is_unique, lowest, values)


def _unknown(entity: Entity) -> dict[str, Column]:
    return {name: Column(name, column.type) for name, column in entity.columns.items()}


def _likely_key(
    database: duckdb.DuckDBPyConnection, columns: dict[str, Column], entity: str
) -> list[str]:
    """The first column, else two, named like a key and with no value, or no pair, twice."""
    named = [c for c in columns.values() if _KEY_NAME.search(c.name)]
    alone = [c.name for c in named if c.is_unique and c.type in ("text", "integer")]
    if alone:
        stem = entity.rstrip("s")
        return [next((name for name in alone if name.startswith(stem)), alone[0])]
    for one, other in combinations([c.name for c in named if c.is_filled], 2):
        row = database.execute(
            f"select count(*) = count(distinct ({quote(one)}, {quote(other)})) from sample"
        ).fetchone()
        if row and row[0]:
            return [one, other]
    return []


_HOLDS_FROM = re.compile(r"^(valid|effective)_?(from|since|date)$")
_SEEN = "no two of the {rows} rows looked at share it: make sure of it"


def _why(spec: Mapping[str, Any], is_declared: bool, rows: int) -> dict[str, str]:
    """Remarks on what was found by name or by looking, which may be wrong."""
    told = {
        "key": "the table's primary key" if is_declared else _SEEN.format(rows=rows),
        "cursor": "by its name: make sure that every change of a row moves it",
        "version_by": "of several versions of a row the one with the latest counts",
        "event_time": "by its name: the time of the fact, not of its export",
    }
    return {key: why for key, why in told.items() if spec.get(key)}

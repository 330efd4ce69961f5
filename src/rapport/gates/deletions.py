"""Keys that are loaded but gone at the source become tombstones: rows marked as deleted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from rapport.company import Entity
from rapport.gates.scratch import parquet
from rapport.gates.settle import TOMBSTONE_ROW, listed, same, stored
from rapport.gates.typing import ROW_NUMBER, SQL_TYPES
from rapport.landing.types import META_COLUMNS
from rapport.landing.zone import Zone
from rapport.warehouses.base import literal, quote
from rapport.warehouses.duckdb import count


@dataclass(frozen=True)
class Compared:
    """Keys known and live before, how many of them are gone, and how many gone ones are back."""

    live: int
    gone: int
    back: int


def compare(
    database: duckdb.DuckDBPyConnection,
    zone: Zone,
    entity: Entity,
    history: Sequence[str],
    meta: dict[str, str],
) -> Compared:
    """Find the known keys that are not among `source_keys`, or again: their rows as `tombstones`.

    A key is known and live when its latest loaded version is not deleted. Its tombstone has that
    version's values and is a version of the last moment of the interval, so that a build as of
    the interval's end sees it. A key found gone before that is there again, with a version older
    than its tombstone or none, gets its values back in the same way.

    Args:
        history: accepted files of all loaded intervals; what this interval found gone before is
            judged anew.
        meta: values of the columns that landing adds to this delivery, as text.
    """
    key, end = listed(entity.key), f"timestamp {literal(_plain(meta['_interval_end']))}"
    start = f"timestamp {literal(_plain(meta['_interval_start']))}"
    last_moment = f"{end} - interval 1 microsecond"
    columns = f"{listed(list(entity.columns))}, _version_at, _interval_end, {ROW_NUMBER}"
    database.execute(
        f"create view history as select *, {_version_at(entity)} as _version_at "
        f"from {stored(database, zone, entity, history)} "
        f"where not ({ROW_NUMBER} = {TOMBSTONE_ROW} "
        f"and _interval_start = {start} and _interval_end = {end})"
    )
    state = (
        f"{{'gone': coalesce(_is_deleted, false), 'told': {ROW_NUMBER} = {TOMBSTONE_ROW}, "
        "'version_at': _version_at}"
    )
    order = f"row(_version_at, _interval_end, {ROW_NUMBER})"
    database.execute(
        f"create temp table latest as select {key}, arg_max({state}, {order}) as found "
        f"from history group by {key}"
    )
    in_source = same("latest", "source_keys", entity.key)
    database.execute(
        f"create temp table gone as select {key} from latest anti join source_keys "
        f"on {in_source} where not found.gone"
    )
    database.execute(
        f"create temp table back as select {key}, found.version_at as told_at "
        f"from latest semi join source_keys "
        f"on {in_source} where found.gone and found.told"
    )
    newest = f"row_number() over (partition by {key} order by is_new desc, _version_at desc, "
    newest += f"_interval_end desc, {ROW_NUMBER} desc) as version_no"
    selected = _selected(entity, meta, last_moment)
    database.execute(
        f"create temp table tombstones as select {selected}, true as _is_deleted from ("
        f"select *, {newest} from (select {columns}, false as is_new from history "
        f"semi join gone on {same('history', 'gone', entity.key)})) where version_no = 1"
    )
    delivered = (
        f"(select *, {end} as _interval_end, {_is_deleted(entity)} as _is_deleted from settled)"
    )
    database.execute(
        f"insert into tombstones select {selected}, false from (select *, {newest} from ("
        f"select {columns}, _is_deleted, false as is_new from history semi join back "
        f"on {same('history', 'back', entity.key)} where not coalesce(_is_deleted, false) "
        f"union all select {columns}, _is_deleted, true from (select *, "
        f"{_version_at(entity)} as _version_at from {delivered}) as delivered semi join back "
        f"on {same('delivered', 'back', entity.key)})) as rows "
        f"where version_no = 1 and not _is_deleted and not (is_new and exists ("
        f"select 1 from back where {same('rows', 'back', entity.key)} "
        f"and rows._version_at > back.told_at))"
    )
    return Compared(
        live=count(database, "latest where not found.gone"),
        gone=count(database, "gone"),
        back=count(database, "tombstones where not _is_deleted"),
    )


def _selected(entity: Entity, meta: dict[str, str], last_moment: str) -> str:
    """Select list of a row that was never received: all raw columns but `_is_deleted`."""
    values = {name: quote(name) for name in entity.columns}
    for name, text in meta.items():
        values[name] = f"cast({literal(text)} as {SQL_TYPES[META_COLUMNS[name]]})"
    values[ROW_NUMBER] = f"cast({TOMBSTONE_ROW} as bigint)"
    if entity.version_by and entity.columns[entity.version_by].type == "timestamp":
        values[entity.version_by] = f"greatest({quote(entity.version_by)}, {last_moment})"
    return ", ".join(f"{value} as {quote(name)}" for name, value in values.items())


def source_keys(
    database: duckdb.DuckDBPyConnection, zone: Zone, entity: Entity, manifest: dict[str, Any]
) -> bool:
    """The keys that the source holds, as `source_keys`: those of the delivery's file of keys.

    An entity without cursor is delivered whole each time; there the keys delivered are those.

    Returns:
        whether they are known: an entity with a cursor needs a file of keys.
    """
    files = [item["path"] for item in manifest["files"] if item["format"] == "keys"]
    if not files and entity.cursor:
        return False
    database.execute(
        f"create temp table source_keys as select distinct {listed(entity.key)} from staged"
    )
    if files:
        typed = ", ".join(
            f"try_cast({quote(name)} as {SQL_TYPES[entity.columns[name].type]})"
            for name in entity.key
        )
        database.execute(f"insert into source_keys select {typed} from {parquet(zone, files)}")
    return True


def add_quarantined(database: duckdb.DuckDBPyConnection, entity: Entity, rejected: Path) -> bool:
    """Add the keys of quarantined rows to `source_keys`: a row set aside is not deleted.

    Args:
        rejected: Parquet file of the quarantined rows.

    Returns:
        False when a row's key cannot be read: it may be any key, so that none counts as gone.
    """
    keys = ", ".join(
        f"try_cast({_value(name, entity)} as {SQL_TYPES[entity.columns[name].type]})"
        for name in entity.key
    )
    rows = f"read_parquet({literal(str(rejected))})"
    is_row = "not starts_with(rules[1], 'row:')"
    database.execute(f"insert into source_keys select {keys} from {rows} where {is_row}")
    return count(database, f"{rows} where not {is_row}") == 0


def _value(name: str, entity: Entity) -> str:
    """A column's value in an original: under a name at the source, or its own."""
    names = dict.fromkeys((*entity.columns[name].paths(name), name))
    found = (f"json_extract_string(original, {literal('$.' + quote(n))})" for n in names)
    return f"coalesce({', '.join(found)})"


def _is_deleted(entity: Entity) -> str:
    """SQL: whether a delivered row itself says that its key is gone at the source."""
    if entity.deleted_by is None:
        return "false"
    column = quote(entity.deleted_by)
    if entity.columns[entity.deleted_by].type == "boolean":
        return f"coalesce({column}, false)"
    return f"{column} is not null"


def _version_at(entity: Entity) -> str:
    """The instant of a version, as the macro `latest_version` takes it."""
    if entity.version_by and entity.columns[entity.version_by].type in ("timestamp", "date"):
        return f"coalesce({quote(entity.version_by)}, _interval_end)"
    return "_interval_end"


def _plain(instant: str) -> str:
    return instant.replace("T", " ").removesuffix("Z")

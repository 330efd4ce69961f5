"""Settle repeats and versions inside a delivery, and what it means for the rows loaded before.

Of the rows staged by the gate those stay that are no repeat of another row, of an earlier interval
(look-back), or an older version of a key. To them come rows that the delivery leaves standing
(`carried`) and keys that are gone at the source (tombstones).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from rapport import clock
from rapport.company import Entity
from rapport.gates.scratch import parquet
from rapport.gates.typing import ROW_NUMBER, SQL_TYPES, raw_columns
from rapport.landing.types import ARROW_TYPES, META_COLUMNS
from rapport.landing.zone import Zone
from rapport.warehouses.base import literal, quote
from rapport.warehouses.duckdb import count

_ROWS = 100_000
_VERSION = "split_part(_load_id, '.', 1)"  # content version of the delivery a row came with
TOMBSTONE_ROW = 0  # `_row_number` of a row that was never received; received ones count from 1


@dataclass
class Settled:
    """What became of the rows.

    Attributes:
        accepted: rows received that stay.
        repeats: rows equal to another row of the delivery in every column.
        seen_before: rows equal to one that an earlier interval has loaded.
        superseded: older versions of a key that comes again in the delivery.
        carried: rows kept of earlier deliveries of the interval, by the version they came with.
        tombstones: keys that are gone at the source.
        back: keys found gone before that are there again.
    """

    accepted: int = 0
    repeats: int = 0
    seen_before: int = 0
    superseded: int = 0
    carried: dict[str, int] = field(default_factory=dict)
    tombstones: int = 0
    back: int = 0
    bytes: int = 0


def drop(
    database: duckdb.DuckDBPyConnection,
    zone: Zone,
    entity: Entity,
    staged: Path,
    earlier: Sequence[str],
) -> Settled:
    """Find the staged rows that do not stay; leaves them in `dropped`, the others as `settled`."""
    database.execute(f"create view staged as from read_parquet({literal(str(staged))})")
    database.execute(f"create temp table dropped ({ROW_NUMBER} bigint, why varchar)")
    left = f"(select * from staged anti join dropped using ({ROW_NUMBER}))"
    if earlier and entity.key and entity.lookback_days:
        _drop_seen(database, zone, entity, earlier)
    if entity.key or entity.exact_duplicates == "drop":
        _drop_repeated(database, entity, left)
    database.execute(f"create view settled as from {left}")
    counted = database.execute("select why, count(*) from dropped group by why").fetchall()
    counts = {str(why): int(count) for why, count in counted}
    total = count(database, "staged")
    return Settled(
        accepted=total - sum(counts.values()),
        repeats=counts.get("repeats", 0),
        seen_before=counts.get("seen_before", 0),
        superseded=counts.get("superseded", 0),
    )


def _drop_seen(
    database: duckdb.DuckDBPyConnection, zone: Zone, entity: Entity, earlier: Sequence[str]
) -> None:
    """Rows that the look-back fetched again and that are loaded as they are."""
    in_all = same("staged", "earlier", list(entity.columns))
    database.execute(
        f"insert into dropped select staged.{ROW_NUMBER}, 'seen_before' from staged semi join "
        f"(select * from {stored(database, zone, entity, earlier)} as stored "
        f"semi join staged on {same('stored', 'staged', entity.key)}) as earlier on {in_all}"
    )


def _drop_repeated(database: duckdb.DuckDBPyConnection, entity: Entity, left: str) -> None:
    """Repeats and older versions; only rows whose key comes more than once are looked at."""
    names = list(entity.columns)
    key = entity.key or names
    database.execute(
        f"create temp table repeated as select {listed(key)} from {left} as staged "
        f"group by all having count(*) > 1"
    )
    if count(database, "repeated") == 0:
        return
    order = "desc" if entity.repeats == "latest" else "asc"
    version = f"{quote(entity.version_by)} {order} nulls last, " if entity.version_by else ""
    database.execute(
        f"insert into dropped select {ROW_NUMBER}, "
        f"case when copy_no > 1 then 'repeats' else 'superseded' end from ("
        f"select {ROW_NUMBER}, copy_no, row_number() over (partition by {listed(key)} "
        f"order by copy_no > 1, {version}{ROW_NUMBER} {order}) as version_no from ("
        f"select staged.*, row_number() over (partition by {listed(names)} "
        f"order by {ROW_NUMBER} {order}) as copy_no from {left} as staged "
        f"semi join repeated on {same('staged', 'repeated', key)})) "
        f"where copy_no > 1 or version_no > 1"
    )


def carry(
    database: duckdb.DuckDBPyConnection,
    zone: Zone,
    entity: Entity,
    own: Sequence[str],
    version: str,
    own_version: str | None,
    keep_tombstones: bool,
) -> dict[str, int]:
    """Find the loaded rows that stay although the delivery does not hold them, as `carried`.

    A record that was changed at the source since has moved to a later interval; the version that
    was loaded with this interval stays. It can only be told where rows have key, cursor and
    version.

    Args:
        own: accepted files of the interval's loaded delivery.
        version: content version of the present delivery.
        own_version: that of the loaded one.
        keep_tombstones: whether keys found gone before stay so; else they are compared anew.

    Returns:
        rows carried by the version of the delivery they came with, tombstones not counted.
    """
    conditions = []
    if entity.key and entity.cursor and entity.version_by:
        received = f"{ROW_NUMBER} <> {TOMBSTONE_ROW}"
        if own_version == version:  # gated again: its own rows are judged anew
            received += f" and {_VERSION} <> {literal(version)}"
        conditions.append(f"({received})")
    if keep_tombstones:
        conditions.append(f"{ROW_NUMBER} = {TOMBSTONE_ROW}")
    if not own or not entity.key or not conditions:
        return {}
    rows = stored(database, zone, entity, own)
    database.execute(
        f"create temp table carried as select own.* from {rows} as own "
        f"anti join settled on {same('own', 'settled', entity.key)} "
        f"where {' or '.join(conditions)}"
    )
    if keep_tombstones:  # and that a key was there again, which a delivered row does not say
        database.execute(
            f"insert into carried select own.* from {rows} as own "
            f"semi join settled on {same('own', 'settled', entity.key)} "
            f"where {ROW_NUMBER} = {TOMBSTONE_ROW} and not _is_deleted"
        )
    return dict(
        database.execute(
            f"select {_VERSION}, count(*) from carried where {ROW_NUMBER} <> {TOMBSTONE_ROW} "
            "group by 1 order by 1"
        ).fetchall()
    )


def write(
    database: duckdb.DuckDBPyConnection,
    entity: Entity,
    staged: Path,
    meta: dict[str, str],
    stream: IO[bytes],
) -> int:
    """Write the accepted half: the rows that stay in their order, then `carried` and `tombstones`.

    Args:
        meta: values of the columns that landing adds, as text.

    Returns:
        its bytes.
    """
    schema = pa.schema([(name, ARROW_TYPES[kind]) for name, kind in raw_columns(entity).items()])
    dropped = database.execute(f"select {ROW_NUMBER} from dropped order by 1").fetchnumpy()
    with pq.ParquetWriter(stream, schema, compression="zstd") as writer:
        for batch in pq.ParquetFile(staged).iter_batches(batch_size=_ROWS):
            kept = _without(pa.Table.from_batches([batch]), np.asarray(dropped[ROW_NUMBER]))
            writer.write_table(_with_meta(kept, entity, meta, schema))
        for added in ("carried", "tombstones"):
            if _exists(database, added):
                query = f"select {listed(schema.names)} from {added} order by all"
                for batch in database.execute(query).fetch_record_batch(_ROWS):
                    writer.write_table(pa.Table.from_batches([batch]).cast(schema))
    return stream.tell()


def _without(rows: pa.Table, dropped: Any) -> pa.Table:
    """Rows whose number is not among the sorted numbers `dropped`."""
    numbers = rows[ROW_NUMBER].to_numpy()
    if len(dropped) == 0 or len(numbers) == 0:
        return rows
    found = np.searchsorted(dropped, numbers)
    is_dropped = dropped[np.minimum(found, len(dropped) - 1)] == numbers
    return rows.filter(pa.array(~is_dropped))


def _with_meta(rows: pa.Table, entity: Entity, meta: dict[str, str], schema: pa.Schema) -> pa.Table:
    columns = {name: rows[name] for name in [*entity.columns, ROW_NUMBER]}
    columns["_is_deleted"] = _is_deleted(rows, entity)
    for name, text in meta.items():
        is_time = META_COLUMNS[name] == "timestamp"
        value = clock.naive(clock.parse(text)) if is_time else text
        columns[name] = pa.repeat(pa.scalar(value), len(rows))
    return pa.table([columns[name].cast(schema.field(name).type) for name in schema.names], schema)


def _is_deleted(rows: pa.Table, entity: Entity) -> pa.ChunkedArray | pa.Array:
    """Whether the row itself says that its key is gone at the source."""
    if entity.deleted_by is None:
        return pa.repeat(pa.scalar(False), len(rows))
    column = rows[entity.deleted_by]
    return column.fill_null(False) if pa.types.is_boolean(column.type) else column.is_valid()


def stored(
    database: duckdb.DuckDBPyConnection, zone: Zone, entity: Entity, files: Sequence[str]
) -> str:
    """SQL of accepted files as a relation of the raw table's present columns."""
    scan = parquet(zone, files)
    found = {name for name, *_ in database.execute(f"describe from {scan}").fetchall()}
    columns = ", ".join(
        f"cast({quote(name) if name in found else 'null'} as {SQL_TYPES[kind]}) as {quote(name)}"
        for name, kind in raw_columns(entity).items()
    )
    return f"(select {columns} from {scan})"


def same(left: str, right: str, names: Sequence[str]) -> str:
    """SQL condition that two relations agree in columns, null equal to null."""
    return " and ".join(
        f"{left}.{quote(name)} is not distinct from {right}.{quote(name)}" for name in names
    )


def listed(names: Sequence[str]) -> str:
    """SQL list of columns."""
    return ", ".join(quote(name) for name in names)


def _exists(database: duckdb.DuckDBPyConnection, table: str) -> bool:
    found = database.execute("select 1 from duckdb_tables() where table_name = ?", [table])
    return found.fetchone() is not None

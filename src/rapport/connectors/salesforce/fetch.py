"""One interval of one Salesforce object into a delivery."""

from __future__ import annotations

import difflib
import gzip
from datetime import datetime, timedelta
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from rapport.company import Column, Entity
from rapport.connectors.salesforce.org import Org, Record
from rapport.errors import RapportError
from rapport.landing.zone import Delivery, Interval


def fetch(
    connection: dict[str, Any], entity: Entity, interval: Interval, delivery: Delivery
) -> None:
    """Fetch the rows of one object changed in the interval, or all where there is no cursor.

    `connection` has `base_url`, `client_id`, `client_secret` and perhaps `api_version`;
    `fetch.object` names the object, the columns' `path` its fields. A column with
    `required: false` is left out where the org has no such field.

    Raises:
        RapportError: `object-missing`, `field-missing`, `source-unauthorised`, `source-limited`,
            `source-down`, and the other refusals of `rapport.connectors.rest`.
    """
    org = Org(connection, str(interval))
    kind = kind_of(entity)
    found = org.fields(kind)
    paths = []
    for name, column in entity.columns.items():
        if there := standing(found, column, name):
            paths += there
        elif column.required:
            raise missing(org, entity, name, found)
    start = interval.start - timedelta(days=entity.lookback_days)
    span = _span(entity, found, start, interval.end)
    limit = f" LIMIT {delivery.limit}" if delivery.limit else ""
    soql = f"SELECT {', '.join(dict.fromkeys(paths))} FROM {kind}{span}{limit}"
    with (
        delivery.file("part-00000.jsonl.gz", "jsonl") as file,
        gzip.GzipFile(fileobj=file, mode="wb", mtime=0, filename="") as lines,
    ):
        for page in org.pages(soql):
            lines.write(b"".join(orjson.dumps(r, option=orjson.OPT_APPEND_NEWLINE) for r in page))
            delivery.rows += len(page)
            if delivery.is_full:
                break
    delivery.columns = list(entity.columns)
    delivery.cursor = entity.cursor
    if entity.deletes == "compare" and entity.cursor:
        _write_keys(org, entity, found, delivery)


def kind_of(entity: Entity) -> str:
    """The object that an entity's rows come from."""
    return str(entity.fetch.get("object", entity.name))


def _span(entity: Entity, found: dict[str, Record], start: datetime, end: datetime) -> str:
    key = ", ".join(_path(entity, name, found) for name in entity.key) or "Id"
    if entity.cursor is None:
        return f" ORDER BY {key}"
    cursor = _path(entity, entity.cursor, found)
    return (
        f" WHERE {cursor} >= {start:%Y-%m-%dT%H:%M:%SZ} AND {cursor} < {end:%Y-%m-%dT%H:%M:%SZ}"
        f" ORDER BY {cursor}, {key}"
    )


def _path(entity: Entity, name: str, found: dict[str, Record]) -> str:
    column = entity.columns.get(name, Column())
    return (standing(found, column, name) or column.paths(name))[0]


def standing(found: dict[str, Record], column: Column, name: str) -> list[str]:
    """Those of a column's paths that the object has; of `Owner.Name` the first step is looked at.

    None: the field is missing. Several: it stands in whichever of them has a value.
    """
    return [path for path in column.paths(name) if path.partition(".")[0] in found]


def missing(org: Org, entity: Entity, name: str, found: dict[str, Record]) -> RapportError:
    """The error that names the field of a column and what it may be called now."""
    field = _path(entity, name, found)
    close = difflib.get_close_matches(field, found, n=1, cutoff=0.6)
    hint = f"; {close[0]} looks like it, renamed" if close else ""
    return RapportError(
        "field-missing",
        f"{kind_of(entity)} has no field {field}, or hides it from the connection's user{hint}",
        org.where,
        f"let the user see it (field-level security), or correct `path` of entities.{entity.name}."
        f"columns.{name} in sources/<source>.yml, or add `required: false` there",
    )


def _write_keys(org: Org, entity: Entity, found: dict[str, Record], delivery: Delivery) -> None:
    """All keys that are there now, for what was deleted beyond the bin's fifteen days."""
    paths = [_path(entity, name, found) for name in entity.key]
    schema = pa.schema([(name, pa.string()) for name in entity.key])
    soql = f"SELECT {', '.join(paths)} FROM {kind_of(entity)}"
    with delivery.file("keys.parquet", "keys") as file, pq.ParquetWriter(file, schema) as writer:
        for page in org.pages(soql, resource="query"):
            columns = {
                name: [None if row[path] is None else str(row[path]) for row in page]
                for name, path in zip(entity.key, paths, strict=True)
            }
            writer.write_table(pa.table(columns, schema))

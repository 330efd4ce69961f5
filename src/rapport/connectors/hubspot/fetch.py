"""One interval of one object type of HubSpot into a delivery."""

from __future__ import annotations

import difflib
import gzip
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from rapport import clock
from rapport.company import Entity
from rapport.connectors.hubspot.api import HISTORY_PAGE_ROWS, LIST_PAGE_ROWS, HubSpot, Row, shaped
from rapport.errors import RapportError
from rapport.landing.zone import Delivery, Interval

PROPERTY = "properties."


def fetch(
    connection: dict[str, Any], entity: Entity, interval: Interval, delivery: Delivery
) -> None:
    """Fetch the objects of one type that were modified or archived in the interval.

    `connection` has `token`, and `base_url` where it is not HubSpot's own. Of `fetch`, `object`
    names the object type (default: the entity's name) and `endpoint` how it is read: `search`
    (default), `list` (every object is read and those of the interval are kept: faster where an
    interval holds most of them, as a first load does), `owners` or `pipelines` (all, each time).
    `associations` names the type whose ids are wanted, `history` the properties whose history is.

    Raises:
        RapportError: `field-missing` when the portal lacks the property of a required column;
            see `rest.Rest.request` for the rest.
    """
    api = HubSpot(connection, str(interval), entity.fetch.get("scope"))
    start = interval.start - timedelta(days=entity.lookback_days)
    with (
        shaped(str(interval)),
        delivery.file("part-00000.jsonl.gz", "jsonl") as file,
        gzip.GzipFile(fileobj=file, mode="wb", mtime=0, filename="") as lines,
    ):
        for page in _pages(api, entity, start, interval.end):
            lines.write(
                b"".join(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in page)
            )
            delivery.rows += len(page)
            if delivery.is_full:
                break
    if entity.deletes == "compare" and entity.cursor and delivery.limit is None:
        _write_keys(api, entity, delivery)
    delivery.columns = list(entity.columns)
    delivery.cursor = entity.cursor


def kind_of(entity: Entity) -> str:
    """Name or id of the object type in HubSpot's addresses."""
    return str(entity.fetch.get("object", entity.name))


def wanted_properties(entity: Entity) -> dict[str, str]:
    """The entity's columns that are properties, by the property's name."""
    found = {
        path.removeprefix(PROPERTY): name
        for name, column in entity.columns.items()
        for path in column.paths(name)
        if path.startswith(PROPERTY)
    }
    return dict(sorted(found.items()))


def lacking(wanted: dict[str, str], known: Collection[str]) -> dict[str, str]:
    """The properties wanted, with their columns, of the columns that have none in the portal.

    A column may name several: the property it stood in before, and that of today.
    """
    filled = {column for name, column in wanted.items() if name in known}
    return {name: column for name, column in wanted.items() if column not in filled}


def _pages(api: HubSpot, entity: Entity, start: datetime, end: datetime) -> Iterator[list[Row]]:
    endpoint = entity.fetch.get("endpoint", "search")
    if endpoint == "owners":
        yield from api.listed("/crm/v3/owners")
        yield from api.listed("/crm/v3/owners", archived="true")
        return
    if endpoint == "pipelines":
        yield from _stages(api, kind_of(entity))
        return
    properties = _asked(api, entity)
    if endpoint == "list":
        yield from _listed(api, entity, properties, start, end)
    else:
        yield from _searched(api, entity, properties, start, end)
    if entity.deleted_by:
        yield from _archived(api, entity, properties, start, end)


def _asked(api: HubSpot, entity: Entity) -> list[str]:
    """The properties to ask for: those wanted that the portal has.

    HubSpot says nothing of an unknown property, its column would silently be empty from then on.
    """
    wanted = wanted_properties(entity)
    try:
        known = api.properties(kind_of(entity))
    except RapportError as error:
        if error.code == "source-forbidden":
            return list(wanted)  # an app that may read objects need not see how they are made
        raise
    for name, column in lacking(wanted, known).items():
        if entity.columns[column].required:
            close = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
            hint = f"; {close[0]} looks like it" if close else ""
            raise RapportError(
                "field-missing",
                f"HubSpot's {kind_of(entity)} have no property {name} (column {column}){hint}",
                api.where,
                f"correct the `path` of {column} in sources/<source>.yml, or give it "
                "`required: false` and it stays empty",
            )
    return [name for name in wanted if name in known]


def _searched(
    api: HubSpot, entity: Entity, properties: list[str], start: datetime, end: datetime
) -> Iterator[list[Row]]:
    kind = kind_of(entity)
    for page in api.modified(kind, str(entity.cursor), properties, start, end):
        if associated := entity.fetch.get("associations"):
            api.add_associations(kind, str(associated), page)
        if history := entity.fetch.get("history"):
            api.add_history(kind, history, page)
        yield page


def _listed(
    api: HubSpot, entity: Entity, properties: list[str], start: datetime, end: datetime
) -> Iterator[list[Row]]:
    options = {
        "properties": ",".join(properties),
        "associations": str(entity.fetch.get("associations", "")),
        "propertiesWithHistory": ",".join(entity.fetch.get("history", [])),
    }
    asked: dict[str, Any] = {name: value for name, value in options.items() if value}
    asked["limit"] = HISTORY_PAGE_ROWS if "propertiesWithHistory" in asked else LIST_PAGE_ROWS
    for page in api.listed(f"/crm/v3/objects/{kind_of(entity)}", **asked):
        moments = [(row, row["properties"].get(entity.cursor) or row["updatedAt"]) for row in page]
        yield [row for row, moment in moments if start <= clock.parse(moment) < end]


def _archived(
    api: HubSpot, entity: Entity, properties: list[str], start: datetime, end: datetime
) -> Iterator[list[Row]]:
    """What was archived in the interval. HubSpot lists its whole recycling bin of 90 days."""
    path = f"/crm/v3/objects/{kind_of(entity)}"
    for page in api.listed(path, archived="true", properties=",".join(properties)):
        gone = [row for row in page if start <= clock.parse(row["archivedAt"]) < end]
        for row in gone:
            # Archiving modifies nothing, and yet it is the last version of all.
            row["properties"][entity.cursor] = row["archivedAt"]
        yield gone


def _stages(api: HubSpot, kind: str) -> Iterator[list[Row]]:
    """One row a stage of every pipeline of an object type, with its pipeline's name."""
    for page in api.listed(f"/crm/v3/pipelines/{kind}"):
        yield [
            {**stage, "pipelineId": pipeline["id"], "pipelineLabel": pipeline["label"]}
            for pipeline in page
            for stage in pipeline["stages"]
        ]


def _write_keys(api: HubSpot, entity: Entity, delivery: Delivery) -> None:
    """The ids of all objects there are: what was deleted for good is in no recycling bin."""
    schema = pa.schema([(entity.key[0], pa.string())])
    with (
        delivery.file("keys.parquet", "keys") as file,
        pq.ParquetWriter(file, schema, compression="zstd") as writer,
    ):
        for page in api.listed(f"/crm/v3/objects/{kind_of(entity)}", properties="hs_object_id"):
            writer.write_table(pa.table([[str(row["id"]) for row in page]], schema=schema))

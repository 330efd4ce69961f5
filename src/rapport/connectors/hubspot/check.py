"""What is right and wrong with a connection to HubSpot, and what there is to fetch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rapport.company import Entity, Source
from rapport.connectors.finding import Finding
from rapport.connectors.hubspot.api import HubSpot, shaped
from rapport.connectors.hubspot.fetch import PROPERTY, kind_of, lacking, wanted_properties
from rapport.errors import RapportError
from rapport.systems import shipped_entities

# HubSpot's kinds of property; the rest (string, enumeration, phone_number, json) is text.
TYPES = {"number": "decimal", "bool": "boolean", "date": "date", "datetime": "timestamp"}


def check(connection: dict[str, Any], source: Source) -> Iterator[Finding]:
    """Look at address, token and clock, then at each entity's object, scope and properties."""
    api = HubSpot(connection, source.name)
    try:
        account = api.rest.get("/account-info/v3/details")
        told = f"portal {account.get('portalId')}, time zone {account.get('timeZone')}"
    except RapportError as error:
        if error.code in ("source-down", "source-not-data", "object-missing"):
            yield Finding("address", "", False, error.what, error.todo)
            return
        if error.code == "source-unauthorised":
            yield Finding("address", "", True, "HubSpot answers")
            yield Finding("credentials", "", False, error.what, error.todo)
            return
        told = "the app may not see which portal"
    yield Finding("address", "", True, "HubSpot answers")
    yield Finding("credentials", "", True, f"The token is valid: {told}")
    yield api.rest.clock_finding()
    for entity in source.entities.values():
        yield from _entity(HubSpot(connection, source.name, entity.fetch.get("scope")), entity)


def discover(connection: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The shipped entities that the token may read (there is nothing to write for them), and the
    portal's custom objects with all their properties.

    Raises:
        RapportError: `source-down`, `source-not-data`, `source-unauthorised`.
    """
    found: dict[str, dict[str, Any]] = {}
    for name, entity in shipped_entities("hubspot").items():
        if _refusal(HubSpot(connection, "hubspot"), entity) is None:
            found[name] = {}
    api = HubSpot(connection, "hubspot")
    try:
        with shaped(api.where):
            schemas = [schema for page in api.listed("/crm/v3/schemas") for schema in page]
            return found | {str(schema["name"]): _custom(api, schema) for schema in schemas}
    except RapportError as error:
        if error.code not in ("source-forbidden", "object-missing"):
            raise
        return found


def _entity(api: HubSpot, entity: Entity) -> Iterator[Finding]:
    if error := _refusal(api, entity):
        subject = "permission" if error.code == "source-forbidden" else "entity"
        yield Finding(subject, entity.name, False, error.what, error.todo, not entity.required)
        return
    yield Finding("entity", entity.name, True, f"HubSpot's {kind_of(entity)} can be read")
    wanted = wanted_properties(entity)
    if not wanted:
        return
    try:
        with shaped(api.where):
            known = api.properties(kind_of(entity))
    except RapportError as error:
        yield Finding(
            "field", entity.name, False,
            f"The properties cannot be compared: {error.what}", error.todo, is_warning=True,
        )  # fmt: skip
        return
    for name, column in lacking(wanted, known).items():
        yield _missing(entity, column, name)


def _missing(entity: Entity, column: str, name: str) -> Finding:
    is_needed = entity.columns[column].required
    return Finding(
        "field",
        f"{entity.name}.{column}",
        False,
        f"The portal has no property {name}" + ("" if is_needed else ": the column will be empty"),
        f"create it in HubSpot, or change or drop the line `{column}: "
        f"{{type: {entity.columns[column].type}, path: {PROPERTY}{name}}}`",
        is_warning=not is_needed,
    )


def _refusal(api: HubSpot, entity: Entity) -> RapportError | None:
    """Why the entity cannot be read, or None; what ails the whole source is raised."""
    kind = kind_of(entity)
    path = {
        "owners": "/crm/v3/owners",
        "pipelines": f"/crm/v3/pipelines/{kind}",
    }.get(str(entity.fetch.get("endpoint")), f"/crm/v3/objects/{kind}")
    try:
        api.rest.get(path, {"limit": 1})
    except RapportError as error:
        if error.code in ("source-forbidden", "object-missing", "source-refused"):
            return error
        raise
    return None


def _custom(api: HubSpot, schema: dict[str, Any]) -> dict[str, Any]:
    """A custom object as an entity of `sources/<source>.yml`."""
    kind = str(schema["objectTypeId"])
    columns = {
        name: {"type": TYPES.get(str(item.get("type")), "text"), "path": f"{PROPERTY}{name}"}
        for name, item in sorted(api.properties(kind).items())
    }
    return {
        "key": ["id"],
        "cursor": "hs_lastmodifieddate",
        "version_by": "hs_lastmodifieddate",
        "event_time": "hs_createdate",
        "deleted_by": "archived",
        "lookback_days": 1,
        "fetch": {"object": kind},
        "columns": {"id": "text", **columns, "archived": "boolean"},
    }

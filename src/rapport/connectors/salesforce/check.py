"""What is right and wrong with a connection to Salesforce, and what there is to fetch."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from rapport.company import Column, Entity, Source
from rapport.connectors.finding import Finding
from rapport.connectors.salesforce.fetch import kind_of, missing, standing
from rapport.connectors.salesforce.org import Org, Record
from rapport.errors import RapportError
from rapport.systems import shipped_entities

CALLS_LOW_PCT = 10  # below this share of the day's API calls a check warns: a run needs some dozens
LOOKBACK_DAYS = 0.05  # as src/rapport/systems/salesforce.yml has it, and why
# Types of fields that are no single value; their parts are fields of their own.
COMPOUND = ("address", "location", "base64", "complexvalue", "anyType")
TYPES = {
    "boolean": "boolean", "int": "integer", "long": "integer", "double": "double",
    "percent": "double", "currency": "decimal", "date": "date", "datetime": "timestamp",
}  # fmt: skip
ALIKE = ({"integer", "decimal", "double"}, {"date", "timestamp"}, {"boolean"})


def check(connection: dict[str, Any], source: Source) -> Iterator[Finding]:
    """Look at address, credentials, permission, clock, and every entity with its fields."""
    address = str(connection["base_url"])
    try:
        org = Org(connection, source.name)
    except RapportError as error:
        is_reached = error.code == "source-unauthorised"
        if is_reached:
            yield Finding("address", address, True, "Salesforce answers")
        yield _failed("credentials" if is_reached else "address", address, error)
        return
    yield Finding("address", address, True, "Salesforce answers")
    yield Finding("credentials", "", True, "The client credentials are accepted")
    yield _calls_left(org)
    yield org.rest.clock_finding()
    for entity in source.entities.values():
        yield from _looked_at(org, entity)


def discover(connection: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The shipped entities that the user may read, with the org's own fields, and its own objects.

    Returns:
        entities as in `sources/<source>.yml`: of one that ships only the columns that it lacks.

    Raises:
        RapportError: as `fetch`.
    """
    org = Org(connection, "discover")
    listed = [
        item
        for item in org.listed("sobjects", "sobjects")
        if item["queryable"] and not item["customSetting"]
    ]
    names = {item["name"] for item in listed}
    entities: dict[str, dict[str, Any]] = {}
    for name, entity in shipped_entities("salesforce").items():
        if kind_of(entity) in names:
            known = {path for n, column in entity.columns.items() for path in column.paths(n)}
            fields = org.fields(kind_of(entity)).values()
            own = _columns([f for f in fields if f["custom"] and f["name"] not in known])
            entities[name] = {"columns": own} if own else {}
    for item in listed:
        if item["custom"] and item["name"].endswith("__c"):
            columns = _columns(list(org.fields(item["name"]).values()))
            entities[_snake(item["name"].removesuffix("__c"))] = {
                "key": ["id"],
                "cursor": "system_modstamp",
                "version_by": "system_modstamp",
                "event_time": "created_date",
                "lookback_days": LOOKBACK_DAYS,
                "deleted_by": "is_deleted",
                "fetch": {"object": item["name"]},
                "columns": columns,
            }
    return entities


def _calls_left(org: Org) -> Finding:
    """How many of the day's API calls are left, which is also the proof that the API is open."""
    try:
        calls = org.get("limits").get("DailyApiRequests", {})
    except RapportError as error:
        # Where the API itself is closed to the user, every entity says so.
        return _failed("permission", "", error, is_warning=error.code == "source-forbidden")
    if not calls.get("Max"):
        return Finding(
            "permission", "", False, "The API is open, but does not tell its limits",
            "give the connection's user `View Setup and Configuration` to see them",
            is_warning=True,
        )  # fmt: skip
    left = f"The API is open; {calls['Remaining']} of {calls['Max']} calls are left today"
    if calls["Remaining"] * 100 >= calls["Max"] * CALLS_LOW_PCT:
        return Finding("permission", "", True, left)
    return Finding(
        "permission", "", False, left, "let other integrations ask less, or buy calls",
        is_warning=True,
    )  # fmt: skip


def _looked_at(org: Org, entity: Entity) -> Iterator[Finding]:
    try:
        found = org.fields(kind_of(entity))
    except RapportError as refusal:
        yield _failed("entity", entity.name, refusal, is_warning=not entity.required)
        return
    yield Finding("entity", entity.name, True, f"{kind_of(entity)} can be read")
    for name, column in entity.columns.items():
        place = f"{entity.name}.{name}"
        there = standing(found, column, name)
        if not there:
            yield _failed("field", place, missing(org, entity, name, found), not column.required)
        elif (field := found.get(there[0])) and not _fits(column, field):
            yield Finding(
                "field", place, False,
                f"{field['name']} is a {field['type']} there, the column a {column.type}",
                f"set the `type` of entities.{entity.name}.columns.{name} in sources/<source>.yml "
                "to it: values of another type go to quarantine",
                is_warning=True,
            )  # fmt: skip


def _fits(column: Column, field: Record) -> bool:
    """Whether a column can take what a field holds; text takes everything."""
    there = TYPES.get(field["type"], "text")
    return column.type == "text" or any(column.type in t and there in t for t in ALIKE)


def _failed(subject: str, place: str, error: RapportError, is_warning: bool = False) -> Finding:
    return Finding(subject, place, False, error.what, error.todo, is_warning)


def _columns(fields: list[Record]) -> dict[str, dict[str, Any]]:
    """Columns of fields that hold one value each, a reference once."""
    single = {f["name"]: f for f in fields if f["type"] not in COMPOUND}
    return {
        _snake(name): {"type": TYPES.get(field["type"], "text"), "path": name, "required": False}
        if field["custom"]
        else {"type": TYPES.get(field["type"], "text"), "path": name}
        for name, field in single.items()
    }


def _snake(name: str) -> str:
    """`MailingCity` is `mailing_city`, `VIP_Level__c` is `vip_level__c`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()

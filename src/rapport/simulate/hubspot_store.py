"""Reads the simulated CRM's SQLite file and gives records in HubSpot's v3 shape."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rapport.errors import RapportError
from rapport.simulate import schema

MOMENTS = {
    "createdate", "lastmodifieddate", "hs_lastmodifieddate", "hs_createdate", "closedate",
    "closed_date", "hs_timestamp", "hs_submission_timestamp", "joined_at", "first_conversion_date",
}  # fmt: skip
BESIDE = ("associations", "owners", "archived", "property_history")
OPERATORS = {"EQ": "=", "NEQ": "<>", "GT": ">", "GTE": ">=", "LT": "<", "LTE": "<="}


class BadRequest(Exception):
    """A request HubSpot would answer with 400; the text is what it would say."""


class Store:
    """One CRM file, read only. Each thread has its own connection.

    A table is an object type. The tables `archived` (kind, id, archived_at) and
    `property_history` (kind, id, property, value, timestamp) need not be there.

    Attributes:
        columns: properties of each object type.
    """

    def __init__(self, path: Path) -> None:
        if not path.exists():
            raise RapportError(
                "simulate-missing",
                "There is no simulated CRM",
                str(path),
                "Run `rapport simulate`.",
            )
        self._path = path
        self._local = threading.local()
        tables = [row[0] for row in self._query("select name from sqlite_master", [])]
        self._has_archived = "archived" in tables
        self._has_history = "property_history" in tables
        self.columns: dict[str, tuple[str, ...]] = {
            kind: tuple(row[1] for row in self._query(f'pragma table_info("{kind}")', [])[1:])
            for kind in tables
            if kind not in BESIDE and self._query(f'pragma table_info("{kind}")', [])
        }

    def _query(self, statement: str, values: Sequence[Any] = ()) -> list[sqlite3.Row]:
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = sqlite3.connect(f"file:{self._path}?mode=ro", uri=True)
            connection.row_factory = sqlite3.Row
            self._local.connection = connection
        rows: list[sqlite3.Row] = connection.execute(statement, values).fetchall()
        return rows

    def _live(self, kind: str) -> str:
        """The objects of a type that are not archived."""
        if not self._has_archived:
            return f'"{kind}"'
        gone = f"select id from archived where kind = '{kind}'"
        return f'(select * from "{kind}" where id not in ({gone}))'

    def page(self, kind: str, after: int, limit: int, archived: bool = False) -> list[sqlite3.Row]:
        """Up to `limit` records with ids above `after`, by id; archived ones have `archived_at`."""
        objects = self._live(kind)
        if archived:
            if not self._has_archived:
                return []
            objects = (
                f'(select o.*, a.archived_at from "{kind}" o join archived a '
                f"on a.kind = '{kind}' and a.id = o.id)"
            )
        return self._query(
            f"select * from {objects} where id > ? order by id limit ?", (after, limit)
        )

    def one(self, kind: str, identity: str) -> sqlite3.Row | None:
        """The record with this id."""
        rows = self._query(f"select * from {self._live(kind)} where id = ?", (identity,))
        return rows[0] if rows else None

    def many(self, kind: str, ids: Sequence[str]) -> list[sqlite3.Row]:
        """The records with these ids, by id."""
        marks = ", ".join("?" * len(ids))
        return self._query(
            f"select * from {self._live(kind)} where id in ({marks}) order by id", ids
        )

    def history(self, kind: str, identity: str, name: str) -> list[dict[str, Any]]:
        """The values that a property had, newest first; empty where no history is kept."""
        if not self._has_history:
            return []
        rows = self._query(
            "select value, timestamp from property_history "
            "where kind = ? and id = ? and property = ? order by timestamp desc limit 20",
            (kind, identity, name),
        )
        return [
            {"value": row["value"], "timestamp": row["timestamp"], "sourceType": "CRM_UI"}
            for row in rows
        ]

    def search(
        self, kind: str, groups: list[Any], sorts: list[Any], offset: int, limit: int
    ) -> tuple[int, list[sqlite3.Row]]:
        """How many records match, and one page of them."""
        columns, objects = self.columns[kind], self._live(kind)
        where, values = _where(columns, groups)
        total = self._query(f"select count(*) from {objects}{where}", values)[0][0]
        order = _order(columns, sorts)
        rows = self._query(
            f"select * from {objects}{where} order by {order} limit ? offset ?",
            [*values, limit, offset],
        )
        return int(total), rows

    def associated(self, kind: str, to: str, ids: Sequence[str]) -> dict[str, list[int]]:
        """For each id the ids of the associated records of type `to`, in both directions."""
        found: dict[str, list[int]] = {}
        marks = ", ".join("?" * len(ids))
        for mine, other in (("from", "to"), ("to", "from")):
            rows = self._query(
                f"select {mine}_id, {other}_id from associations where {mine}_type = ? and "
                f"{other}_type = ? and {mine}_id in ({marks}) order by 1, 2",
                [kind, to, *ids],
            )
            for left, right in rows:
                found.setdefault(str(left), []).append(right)
        return found

    def owners(self, after: int, limit: int, archived: bool) -> list[dict[str, Any]]:
        """Owners with ids above `after`."""
        rows = self.page("owners", after, limit, archived)
        return [
            {
                "id": str(row["id"]),
                "email": row["email"],
                "type": "PERSON",
                "firstName": row["firstName"],
                "lastName": row["lastName"],
                "userId": row["id"] + 40_000_000,
                "createdAt": row["createdAt"],
                "updatedAt": row["updatedAt"],
                "archived": archived,
            }
            for row in rows
        ]


def record(kind: str, row: sqlite3.Row, wanted: Iterable[str] | None) -> dict[str, Any]:
    """One record: the properties asked for, else HubSpot's few defaults; null for unknown values.

    Properties that do not exist are left out, as HubSpot does.
    """
    known = row.keys()
    modified = schema.modified_property(kind)
    created = "createdate" if "createdate" in known else "hs_createdate"
    names = dict.fromkeys(wanted or _DEFAULTS.get(kind, ()))
    properties = {name: row[name] for name in names if name in known and name != "id"}
    properties |= {created: row[created], modified: row[modified], "hs_object_id": str(row["id"])}
    archived_at = row["archived_at"] if "archived_at" in known else None
    found = {
        "id": str(row["id"]),
        "properties": dict(sorted(properties.items())),
        "createdAt": row[created],
        "updatedAt": row[modified],
        "archived": archived_at is not None,
    }
    return {**found, "archivedAt": archived_at} if archived_at else found


_DEFAULTS = {
    "contacts": ("email", "firstname", "lastname"),
    "companies": ("name", "domain"),
    "deals": ("dealname", "dealstage", "amount", "closedate"),
    "tickets": (
        "subject",
        "content",
        "hs_pipeline_stage",
        "hs_ticket_category",
        "hs_ticket_priority",
    ),
}


def _column(columns: Sequence[str], name: object) -> str:
    if name == "hs_object_id":
        return "id"
    if name not in columns:
        raise BadRequest(f"There was a problem with the request. Property {name} does not exist.")
    return f'"{name}"'


def _value(name: object, value: object) -> object:
    """Moments are kept as text; the API takes epoch milliseconds or ISO."""
    if name in MOMENTS and isinstance(value, (str, int)):
        text = str(value)
        if text.lstrip("-").isdigit():
            moment = datetime.fromtimestamp(int(text) / 1000, UTC)
        else:
            try:
                moment = datetime.fromisoformat(text)
            except ValueError:
                raise BadRequest(f"{text} is not a valid date for property {name}") from None
            moment = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03}Z"
    if name == "hs_object_id":
        try:
            return int(str(value))
        except ValueError:
            raise BadRequest(f"{value} is not a valid object id") from None
    return value if value is None else str(value)


def _where(columns: Sequence[str], groups: list[Any]) -> tuple[str, list[object]]:
    """Groups are joined by OR, the filters of a group by AND."""
    values: list[object] = []
    alternatives = []
    for group in groups:
        parts = []
        for item in group.get("filters", []):
            parts.append(_condition(columns, item, values))
        if parts:
            alternatives.append("(" + " and ".join(parts) + ")")
    return (" where " + " or ".join(alternatives) if alternatives else ""), values


def _condition(columns: Sequence[str], item: dict[str, Any], values: list[object]) -> str:
    name, operator = item.get("propertyName"), item.get("operator")
    column = _column(columns, name)
    if operator in ("HAS_PROPERTY", "NOT_HAS_PROPERTY"):
        return f"{column} is {'not ' if operator == 'HAS_PROPERTY' else ''}null"
    if operator == "BETWEEN":
        values += [_value(name, item.get("value")), _value(name, item.get("highValue"))]
        return f"{column} between ? and ?"
    if operator in ("IN", "NOT_IN"):
        chosen = [_value(name, value) for value in item.get("values", [])]
        values += chosen
        return (
            f"{column} {'not ' if operator == 'NOT_IN' else ''}in ({', '.join('?' * len(chosen))})"
        )
    if operator not in OPERATORS:
        raise BadRequest(f"operator {operator} is not supported")
    if item.get("value") is None:
        raise BadRequest(f"operator {operator} requires a value on property {name}")
    values.append(_value(name, item["value"]))
    return f"{column} {OPERATORS[operator]} ?"


def _order(columns: Sequence[str], sorts: list[Any]) -> str:
    """The first sort asked for, then id, so that pages never overlap."""
    if not sorts:
        return "id"
    first = sorts[0]
    if isinstance(first, str):
        name, descending = first.lstrip("-"), first.startswith("-")
    else:
        name = first.get("propertyName")
        descending = first.get("direction", "ASCENDING") == "DESCENDING"
    way = " desc" if descending else ""
    return f"{_column(columns, name)}{way}, id{way}"

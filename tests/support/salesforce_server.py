"""A Salesforce org over real HTTP: log-in, SOQL, pages, describe calls, and failures on demand.

As Salesforce does: client credentials (400), a bearer token (401), `query` without and `queryAll`
with deleted rows, pages by `nextRecordsUrl`, errors as a list with `errorCode`, times as
`2026-01-31T12:00:00.000+0000`, SystemModstamp moved by every change.
"""

from __future__ import annotations

import itertools
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.support.salesforce_schema import PREFIXES, reference, relationship, standard

CLIENT_ID, CLIENT_SECRET = "the-consumer-key", "the-consumer-secret"
VERSION = "/services/data/v62.0"
_QUERY = re.compile(
    r"SELECT (?P<fields>.+?) FROM (?P<kind>\w+)(?: WHERE (?P<where>.+?))?"
    r"(?: ORDER BY (?P<order>[\w, ]+?))?(?: LIMIT (?P<limit>\d+))?$"
)
_CONDITION = re.compile(r"(\w+) (>=|<|=) (\S+)$")
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    ">=": lambda a, b: a >= b, "<": lambda a, b: a < b, "=": lambda a, b: a == b,
}  # fmt: skip


class Refused(Exception):
    """An answer other than 200, as Salesforce writes it."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.body = status, [{"message": message, "errorCode": code}]


@dataclass
class Org:
    """What the org holds, and how it behaves.

    Attributes:
        fields: object -> field -> type, of what the connection's user may see.
        rows: object -> its records, deleted ones included.
        page_rows, url: rows of one page; where it is served.
        failures: what the next queries and pages answer instead, first to last; None answers.
        token_serves: requests that a token is good for.
        calls_left: of 1000 API calls a day.
        skew: how far its clock is ahead.
        soql: all queries asked, for tests about what is asked.
    """

    fields: dict[str, dict[str, str]] = field(default_factory=standard)
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    page_rows: int = 2
    url: str = ""
    failures: list[Refused | None] = field(default_factory=list)
    token_serves: int = 10_000
    calls_left: int = 900
    skew: timedelta = timedelta()
    soql: list[str] = field(default_factory=list)
    tokens: dict[str, int] = field(default_factory=dict)
    places: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def add(self, kind: str, at: str, **values: Any) -> str:
        """A new record, made at `at` (`2026-01-31 12:00`); returns its id."""
        identity = f"{PREFIXES.get(kind, 'a00')}{next(self.numbers):015d}"
        row = {"Id": identity, "CreatedDate": stamp(at), "SystemModstamp": stamp(at), **values}
        if "IsDeleted" in self.fields[kind]:
            row.setdefault("IsDeleted", False)
        self.rows.setdefault(kind, []).append(row)
        return str(row["Id"])

    def change(self, kind: str, identity: str, at: str, **values: Any) -> None:
        """Change a record as of `at`; `IsDeleted=True` puts it into the bin."""
        row = next(row for row in self.rows[kind] if row["Id"] == identity)
        row.update(values, SystemModstamp=stamp(at))

    def select(self, soql: str, with_deleted: bool) -> list[dict[str, Any]]:
        """The rows of a query, in the API's shape."""
        self.soql.append(soql)
        parsed = _QUERY.match(soql)
        if parsed is None:
            raise Refused(400, "MALFORMED_QUERY", f"unexpected token in: {soql}")
        kind, names = parsed["kind"], parsed["fields"].split(", ")
        if kind not in self.fields:
            raise Refused(
                400, "INVALID_TYPE", f"\n{soql}\n^\nsObject type '{kind}' is not supported."
            )
        conditions = [_condition(part) for part in (parsed["where"] or "").split(" AND ") if part]
        order = (parsed["order"] or "Id").split(", ")
        for name in [*names, *order, *(condition[0] for condition in conditions)]:
            step, _, further = name.partition(".")
            if (reference(step) if further else step) not in self.fields[kind]:
                raise Refused(
                    400,
                    "INVALID_FIELD",
                    f"\n{soql}\n^\nERROR at Row:1:Column:8\nNo such column '{name}' on entity "
                    f"'{kind}'. If you are attempting to use a custom field, be sure to append "
                    "the '__c' after the custom field name.",
                )
        found = [
            row
            for row in self.rows.get(kind, [])
            if (with_deleted or not row.get("IsDeleted"))
            and all(_COMPARE[sign](row.get(name), value) for name, sign, value in conditions)
        ]
        found.sort(key=lambda row: tuple(str(row.get(name) or "") for name in order))
        return [
            {
                "attributes": {"type": kind, "url": f"{VERSION}/sobjects/{kind}/{row['Id']}"},
                **dict(self._value(row, name) for name in names),
            }
            for row in found[: int(parsed["limit"] or len(found))]
        ]

    def _value(self, row: dict[str, Any], name: str) -> tuple[str, Any]:
        """A field with its value; one of a related record (`Owner.Name`) stands within that."""
        step, _, further = name.partition(".")
        if not further:
            return name, row.get(name)
        every = (other for rows in self.rows.values() for other in rows)
        identity = row.get(reference(step))
        related = next((other for other in every if other["Id"] == identity), None)
        return step, related and {further: related.get(further)}


def stamp(at: str) -> str:
    """A moment (UTC) as the API writes it."""
    moment = datetime.fromisoformat(at)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def _condition(text: str) -> tuple[str, str, Any]:
    found = _CONDITION.match(text)
    if found is None:
        raise Refused(400, "MALFORMED_QUERY", f"unexpected token: {text}")
    name, sign, literal = found.groups()
    if literal in ("true", "false"):
        return name, sign, literal == "true"
    if literal.startswith("'"):
        return name, sign, literal.strip("'")
    # Times of one form and zone sort as their text does.
    return name, sign, stamp(literal.removesuffix("Z"))


class _Api:
    def __init__(self, org: Org) -> None:
        self.org = org

    def app(self) -> Starlette:
        """The routes of the org."""
        guarded = {
            f"{VERSION}/limits": self.limits,
            f"{VERSION}/sobjects": self.objects,
            f"{VERSION}/sobjects/{{kind}}/describe": self.describe,
            f"{VERSION}/query": self.query,
            f"{VERSION}/queryAll": self.query,
            f"{VERSION}/query/{{place}}": self.more,
        }
        routes = [Route(path, self.guard(work)) for path, work in guarded.items()]
        token = Route("/services/oauth2/token", self.token, methods=["POST"])
        return Starlette(routes=[token, *routes])

    def guard(self, work: Callable[[Request], dict[str, Any]]) -> Callable[[Request], Any]:
        """Check the token; turn refusals into Salesforce's errors."""

        async def endpoint(request: Request) -> Response:
            try:
                self.allow(request)
                return self.answered(work(request))
            except Refused as error:
                return self.answered(error.body, error.status)

        return endpoint

    def answered(self, body: Any, status: int = 200) -> JSONResponse:
        now = format_datetime(datetime.now(UTC) + self.org.skew, usegmt=True)
        return JSONResponse(body, status, {"date": now})

    def allow(self, request: Request) -> None:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if self.org.tokens.get(token, 0) <= 0:
            raise Refused(401, "INVALID_SESSION_ID", "Session expired or invalid")
        self.org.tokens[token] -= 1

    async def token(self, request: Request) -> Response:
        """POST /services/oauth2/token"""
        given = dict(parse_qsl((await request.body()).decode()))
        if given.get("grant_type") != "client_credentials":
            return self.denied("unsupported_grant_type", "grant type not supported")
        if given.get("client_id") != CLIENT_ID:
            return self.denied("invalid_client_id", "client identifier invalid")
        if given.get("client_secret") != CLIENT_SECRET:
            return self.denied("invalid_client", "invalid client credentials")
        token = f"00D!{next(self.org.numbers)}"
        self.org.tokens[token] = self.org.token_serves
        return self.answered(
            {"access_token": token, "instance_url": self.org.url, "token_type": "Bearer"}
        )

    def denied(self, error: str, description: str) -> JSONResponse:
        return self.answered({"error": error, "error_description": description}, 400)

    def limits(self, request: Request) -> dict[str, Any]:
        """GET /limits"""
        return {"DailyApiRequests": {"Max": 1000, "Remaining": self.org.calls_left}}

    def objects(self, request: Request) -> dict[str, Any]:
        """GET /sobjects"""
        told = {"queryable": True, "customSetting": False}
        return {
            "sobjects": [
                {"name": name, "custom": name.endswith("__c"), **told} for name in self.org.fields
            ]
        }

    def describe(self, request: Request) -> dict[str, Any]:
        """GET /sobjects/{kind}/describe"""
        kind = request.path_params["kind"]
        if kind not in self.org.fields:
            raise Refused(404, "NOT_FOUND", "The requested resource does not exist")
        return {
            "name": kind,
            "fields": [
                {
                    "name": name,
                    "type": type_,
                    "custom": name.endswith("__c"),
                    "relationshipName": relationship(name) if type_ == "reference" else None,
                }
                for name, type_ in self.org.fields[kind].items()
            ],
        }

    def query(self, request: Request) -> dict[str, Any]:
        """GET /query and /queryAll: the first page."""
        self.fail()
        with_deleted = request.url.path.endswith("queryAll")
        return self.page(self.org.select(request.query_params["q"], with_deleted), 0)

    def more(self, request: Request) -> dict[str, Any]:
        """GET /query/<place>: another page."""
        self.fail()
        name, _, offset = request.path_params["place"].partition("-")
        if name not in self.org.places:
            raise Refused(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
        return self.page(self.org.places[name], int(offset), name)

    def fail(self) -> None:
        failure = self.org.failures.pop(0) if self.org.failures else None
        if failure:
            raise failure

    def page(self, rows: list[dict[str, Any]], offset: int, name: str = "") -> dict[str, Any]:
        end = offset + self.org.page_rows
        answer = {"totalSize": len(rows), "done": end >= len(rows), "records": rows[offset:end]}
        if end < len(rows):
            name = name or f"01g{next(self.org.numbers):015d}"
            self.org.places[name] = rows
            answer["nextRecordsUrl"] = f"{VERSION}/query/{name}-{end}"
        return answer


@contextmanager
def served(org: Org) -> Iterator[Org]:
    """Serve an org on a free port of this machine while the block runs."""
    config = uvicorn.Config(
        _Api(org).app(), host="127.0.0.1", port=0, log_level="error", date_header=False
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.01)
    org.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    try:
        yield org
    finally:
        server.should_exit = True
        thread.join(10)

"""Requests and answers of the simulated CRM: parameters read, errors in HubSpot's shape."""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from rapport.simulate.hubspot_store import BadRequest

SINGULAR = {"companies": "company"}


def singular(kind: str) -> str:
    """`deals` is `deal` in names of associations."""
    return SINGULAR.get(kind, kind.removesuffix("s"))


class Refused(Exception):
    """An answer other than 200, with HubSpot's fields."""

    def __init__(
        self, status: int, category: str, message: str, headers: dict[str, str] | None = None,
        **more: Any,
    ) -> None:  # fmt: skip
        super().__init__(message)
        self.status, self.category, self.message = status, category, message
        self.headers, self.more = headers, more


def correlation(request: Request) -> str:
    """The same for the same request, so that a run can be repeated to the byte."""
    return str(
        uuid.uuid5(uuid.NAMESPACE_URL, f"{request.method} {request.url.path}?{request.url.query}")
    )


def refusal(request: Request, error: Refused) -> Response:
    """The error as HubSpot writes it."""
    body = {
        "status": "error",
        "message": error.message,
        "correlationId": correlation(request),
        "category": error.category,
        **error.more,
    }
    return JSONResponse(body, error.status, error.headers)


def unassociated(kind: str, to: str, identity: str) -> dict[str, Any]:
    """One entry of the errors of a v4 batch read."""
    mine, other = singular(kind), singular(to)
    return {
        "status": "error",
        "category": "OBJECT_NOT_FOUND",
        "subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND",
        "message": f"No {other} is associated with {mine} {identity}.",
        "context": {"fromObjectId": [identity], "fromObjectType": [mine], "toObjectType": [other]},
    }


async def read_body(request: Request) -> dict[str, Any]:
    """The JSON object of the request."""
    try:
        body = json.loads(await request.body() or b"{}")
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise BadRequest("Invalid input JSON")
    return body


def kind_of(request: Request, known: Collection[str], name: str = "kind") -> str:
    """The object type in the path, one of `known`."""
    kind: str = request.path_params[name]
    if kind not in known:
        raise BadRequest(f"Unable to infer object type from: {kind}")
    return kind


def number(request: Request, name: str, default: int) -> int:
    """A whole number of the query."""
    text = request.query_params.get(name) or str(default)
    if not text.isdigit():
        raise BadRequest(f"{name} must be a number, not {text}")
    return int(text)


def limit_of(request: Request, most: int, default: int | None = None) -> int:
    """The page size asked for."""
    limit = number(request, "limit", default or most)
    if not 1 <= limit <= most:
        raise BadRequest(f"limit must be between 1 and {most}")
    return limit


def listed(request: Request, name: str) -> list[str] | None:
    """`a,b` or the parameter repeated."""
    values = [part for value in request.query_params.getlist(name) for part in value.split(",")]
    return [value for value in values if value] or None


def inputs(body: dict[str, Any], most: int) -> list[str]:
    """The ids of a batch request."""
    inputs = body.get("inputs") or []
    if not 1 <= len(inputs) <= most:
        raise BadRequest(f"inputs must hold between 1 and {most} ids")
    try:
        return [str(int(item["id"])) for item in inputs]
    except (KeyError, TypeError, ValueError):
        raise BadRequest("each input needs a numeric id") from None


def paged(found: list[dict[str, Any]], limit: int, request: Request) -> dict[str, Any]:
    """One row more than the limit was read: if it is there, another page follows."""
    answer: dict[str, Any] = {"results": found[:limit]}
    if len(found) > limit:
        after = found[limit - 1]["id"]
        link = str(request.url.include_query_params(after=after))
        answer["paging"] = {"next": {"after": after, "link": link}}
    return answer

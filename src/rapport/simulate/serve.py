"""The simulated CRM over HTTP, in the shape of HubSpot's v3 API.

What it does as HubSpot does: bearer token (401), `paging.next.after`, at most 100 records a page
and 200 a search page, no more than 10,000 rows of one search (400), a rolling ten-second limit
(429 with Retry-After), associations by the v4 batch endpoint, search results without associations.
"""

from __future__ import annotations

import hmac
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from rapport.simulate import hubspot_http as http
from rapport.simulate import schema
from rapport.simulate.hubspot_store import BadRequest, Store, record

PAGE_LIMIT, SEARCH_LIMIT, SEARCH_ROWS, BATCH_LIMIT = 100, 200, 10_000, 1000
RATE_LIMIT = 190
"""Requests in ten seconds, HubSpot's limit for a private app."""
TYPE_IDS = {
    "contacts": 280,
    "deals": 3,
    "tickets": 16,
    "calls": 194,
    "emails": 198,
    "meetings": 200,
}


def create_app(
    out_dir: Path | str,
    token: str,
    rate_limit_per_10s: int = RATE_LIMIT,
    timer: Callable[[], float] = time.monotonic,
) -> Starlette:
    """The API over the simulated company in `out_dir`.

    Args:
        out_dir: folder that `simulate` wrote.
        token: the bearer token every request must carry.
        rate_limit_per_10s: requests allowed in any ten seconds; 0 for no limit.
        timer: seconds, for the limit alone.

    Raises:
        RapportError: simulate-missing, when there is no CRM in the folder.
    """
    api = _Api(Store(Path(out_dir) / "crm" / "crm.sqlite"), token, rate_limit_per_10s, timer)
    return Starlette(
        routes=[
            Route("/crm/v3/owners", api.guard(api.owners)),
            Route("/crm/v3/owners/", api.guard(api.owners)),
            Route("/crm/v3/objects/{kind}", api.guard(api.page)),
            Route("/crm/v3/objects/{kind}/search", api.guard(api.search), methods=["POST"]),
            Route("/crm/v3/objects/{kind}/batch/read", api.guard(api.batch), methods=["POST"]),
            Route("/crm/v3/objects/{kind}/{record_id}", api.guard(api.one)),
            Route(
                "/crm/v4/associations/{kind}/{to}/batch/read",
                api.guard(api.associations),
                methods=["POST"],
            ),
        ],
        exception_handlers={
            404: lambda request, error: http.refusal(
                request, http.Refused(404, "OBJECT_NOT_FOUND", "Resource not found")
            )
        },
    )


def run(out_dir: Path | str, port: int, token: str, host: str = "127.0.0.1") -> None:
    """Serve until stopped."""
    uvicorn.run(
        create_app(out_dir, token), host=host, port=port, log_level="warning", access_log=False
    )


class _Api:
    def __init__(self, store: Store, token: str, limit: int, timer: Callable[[], float]) -> None:
        self.store, self.limit, self.timer = store, limit, timer
        self.expected = f"Bearer {token}".encode()
        self.calls: deque[float] = deque()

    def guard(self, work: Callable[[Request, Any], Any]) -> Callable[[Request], Any]:
        """Check token and limit, read the body, turn refusals into HubSpot's errors."""

        async def endpoint(request: Request) -> Response:
            try:
                self._allow(request)
                body = await http.read_body(request) if request.method == "POST" else {}
                answer = await run_in_threadpool(work, request, body)
            except http.Refused as error:
                return http.refusal(request, error)
            except BadRequest as error:
                return http.refusal(request, http.Refused(400, "VALIDATION_ERROR", str(error)))
            status = 207 if answer.get("errors") else 200
            return JSONResponse(answer, status, self._headers())

        return endpoint

    def _headers(self) -> dict[str, str]:
        if not self.limit:
            return {}
        return {
            "X-HubSpot-RateLimit-Max": str(self.limit),
            "X-HubSpot-RateLimit-Interval-Milliseconds": "10000",
            "X-HubSpot-RateLimit-Remaining": str(self.limit - len(self.calls)),
        }

    def _allow(self, request: Request) -> None:
        given = request.headers.get("authorization", "").encode()
        if not hmac.compare_digest(given, self.expected):
            raise http.Refused(
                401,
                "INVALID_AUTHENTICATION",
                "Authentication credentials not found. This API supports OAuth 2.0 authentication "
                "and you can find more details at https://developers.hubspot.com/docs/methods/auth/"
                "oauth-overview",
            )
        if not self.limit:
            return
        now = self.timer()
        while self.calls and self.calls[0] <= now - 10:
            self.calls.popleft()
        if len(self.calls) >= self.limit:
            wait = max(1, int(self.calls[0] + 10 - now + 0.999))
            raise http.Refused(
                429,
                "RATE_LIMITS",
                "You have reached your ten_secondly_rolling limit.",
                {"Retry-After": str(wait)},
                errorType="RATE_LIMIT",
                policyName="TEN_SECONDLY_ROLLING",
            )
        self.calls.append(now)

    def owners(self, request: Request, body: Any) -> dict[str, Any]:
        """GET /crm/v3/owners"""
        limit, after = http.limit_of(request, 500), http.number(request, "after", 0)
        return http.paged(self.store.owners(after, limit + 1), limit, request)

    def page(self, request: Request, body: Any) -> dict[str, Any]:
        """GET /crm/v3/objects/{kind}: by id, with properties and associations."""
        kind = http.kind_of(request)
        limit, after = http.limit_of(request, PAGE_LIMIT, 10), http.number(request, "after", 0)
        if request.query_params.get("archived") == "true":
            return {"results": []}
        rows = self.store.page(kind, after, limit + 1)
        found = [record(kind, row, http.listed(request, "properties")) for row in rows]
        self._associate(kind, found[:limit], http.listed(request, "associations") or [])
        return http.paged(found, limit, request)

    def one(self, request: Request, body: Any) -> dict[str, Any]:
        """GET /crm/v3/objects/{kind}/{record_id}"""
        kind = http.kind_of(request)
        row = self.store.one(kind, request.path_params["record_id"])
        if row is None:
            raise http.Refused(404, "OBJECT_NOT_FOUND", "resource not found")
        found = record(kind, row, http.listed(request, "properties"))
        self._associate(kind, [found], http.listed(request, "associations") or [])
        return found

    def batch(self, request: Request, body: Any) -> dict[str, Any]:
        """POST /crm/v3/objects/{kind}/batch/read"""
        kind, ids = http.kind_of(request), http.inputs(body, PAGE_LIMIT)
        rows = self.store.many(kind, ids)
        found = [record(kind, row, body.get("properties")) for row in rows]
        return {"status": "COMPLETE", "results": found}

    def search(self, request: Request, body: Any) -> dict[str, Any]:
        """POST /crm/v3/objects/{kind}/search"""
        kind = http.kind_of(request)
        limit = body.get("limit", 10)
        if not isinstance(limit, int) or not 1 <= limit <= SEARCH_LIMIT:
            raise BadRequest(f"limit must be between 1 and {SEARCH_LIMIT}")
        after = str(body.get("after") or 0)
        if not after.isdigit():
            raise BadRequest("after must be a number")
        offset = int(after)
        if offset + limit > SEARCH_ROWS:
            raise BadRequest(
                f"There was a problem with the request: paging beyond {SEARCH_ROWS} results "
                "of one search is not possible"
            )
        groups = body.get("filterGroups") or []
        if body.get("filters"):
            groups = [*groups, {"filters": body["filters"]}]
        total, rows = self.store.search(kind, groups, body.get("sorts") or [], offset, limit)
        answer: dict[str, Any] = {
            "total": total,
            "results": [record(kind, row, body.get("properties")) for row in rows],
        }
        if offset + len(rows) < total:
            answer["paging"] = {"next": {"after": str(offset + len(rows))}}
        return answer

    def associations(self, request: Request, body: Any) -> dict[str, Any]:
        """POST /crm/v4/associations/{kind}/{to}/batch/read"""
        kind, to = http.kind_of(request), http.kind_of(request, "to")
        ids = http.inputs(body, BATCH_LIMIT)
        found = self.store.associated(kind, to, ids)
        results = [
            {
                "from": {"id": identity},
                "to": [
                    {
                        "toObjectId": other,
                        "associationTypes": [
                            {
                                "category": "HUBSPOT_DEFINED",
                                "typeId": TYPE_IDS.get(kind, 1),
                                "label": None,
                            }
                        ],
                    }
                    for other in found[identity]
                ],
            }
            for identity in ids
            if identity in found
        ]
        answer: dict[str, Any] = {"status": "COMPLETE", "results": results}
        missing = [identity for identity in ids if identity not in found]
        if missing:
            answer["numErrors"] = len(missing)
            answer["errors"] = [http.unassociated(kind, to, identity) for identity in missing]
        return answer

    def _associate(self, kind: str, found: list[dict[str, Any]], wanted: list[str]) -> None:
        """Add `associations` to records; a record without any has no such field."""
        for to in wanted:
            if to not in schema.CRM:
                raise BadRequest(f"Unable to infer object type from: {to}")
            pairs = self.store.associated(kind, to, [item["id"] for item in found])
            name = f"{http.singular(kind)}_to_{http.singular(to)}"
            for item in found:
                if item["id"] in pairs:
                    results = [{"id": str(other), "type": name} for other in pairs[item["id"]]]
                    item.setdefault("associations", {})[to] = {"results": results}

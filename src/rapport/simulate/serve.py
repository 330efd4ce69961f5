"""The simulated CRM over HTTP, in the shape of HubSpot's v3 API.

What it does as HubSpot does: bearer token (401), scopes (403), `paging.next.after`, at most 100
records a page (50 with their history) and 200 a search page, no more than 10,000 rows of one search
(400), a rolling ten-second and a daily limit (429), associations by the v4 batch endpoint, search
results without associations, archived records apart, properties, pipelines and custom objects.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from rapport.simulate import hubspot_catalogue as catalogue
from rapport.simulate import hubspot_http as http
from rapport.simulate.hubspot_door import Door
from rapport.simulate.hubspot_store import BadRequest, Store, record

PAGE_LIMIT, SEARCH_LIMIT, SEARCH_ROWS, BATCH_LIMIT = 100, 200, 10_000, 1000
HISTORY_LIMIT = 50
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
    scopes: Collection[str] | None = None,
    daily_limit: int = 0,
) -> Starlette:
    """The API over the simulated company in `out_dir`.

    Args:
        out_dir: folder that `simulate` wrote.
        token: the bearer token every request must carry.
        rate_limit_per_10s: requests allowed in any ten seconds; 0 for no limit.
        timer: seconds, for the limit alone.
        scopes: what the token may read; None for everything.
        daily_limit: requests allowed in all; 0 for no limit.

    Raises:
        RapportError: simulate-missing, when there is no CRM in the folder.
    """
    door = Door(token, rate_limit_per_10s, timer, scopes, daily_limit)
    api = _Api(Store(Path(out_dir) / "crm" / "crm.sqlite"), door)
    return Starlette(
        routes=[
            Route("/account-info/v3/details", api.guard(api.account)),
            Route("/crm/v3/schemas", api.guard(api.schemas)),
            Route("/crm/v3/properties/{kind}", api.guard(api.properties)),
            Route("/crm/v3/pipelines/{kind}", api.guard(api.pipelines)),
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
    def __init__(self, store: Store, door: Door) -> None:
        self.store, self.door = store, door

    def guard(self, work: Callable[[Request, Any], Any]) -> Callable[[Request], Any]:
        """Check token and limit, read the body, turn refusals into HubSpot's errors."""

        async def endpoint(request: Request) -> Response:
            try:
                self.door.allow(request)
                body = await http.read_body(request) if request.method == "POST" else {}
                answer = await run_in_threadpool(work, request, body)
            except http.Refused as error:
                return http.refusal(request, error)
            except BadRequest as error:
                return http.refusal(request, http.Refused(400, "VALIDATION_ERROR", str(error)))
            status = 207 if answer.get("errors") else 200
            return JSONResponse(answer, status, self.door.headers())

        return endpoint

    def account(self, request: Request, body: Any) -> dict[str, Any]:
        """GET /account-info/v3/details"""
        return dict(catalogue.ACCOUNT)

    def schemas(self, request: Request, body: Any) -> dict[str, Any]:
        """GET /crm/v3/schemas: the custom objects, whose ids begin with a two."""
        custom = [kind for kind in self.store.columns if kind.startswith("2-")]
        return {
            "results": [{"objectTypeId": kind, "name": f"object_{kind[2:]}"} for kind in custom]
        }

    def properties(self, request: Request, body: Any) -> dict[str, Any]:
        """GET /crm/v3/properties/{kind}"""
        return {"results": catalogue.properties(self.store.columns[self._kind(request)])}

    def pipelines(self, request: Request, body: Any) -> dict[str, Any]:
        """GET /crm/v3/pipelines/{kind}"""
        return {"results": catalogue.pipelines(self._kind(request))}

    def owners(self, request: Request, body: Any) -> dict[str, Any]:
        """GET /crm/v3/owners"""
        limit, after = http.limit_of(request, 500), http.number(request, "after", 0)
        archived = request.query_params.get("archived") == "true"
        return http.paged(self.store.owners(after, limit + 1, archived), limit, request)

    def page(self, request: Request, body: Any) -> dict[str, Any]:
        """GET /crm/v3/objects/{kind}: by id, with properties and associations."""
        kind = self._kind(request)
        history = http.listed(request, "propertiesWithHistory") or []
        most = HISTORY_LIMIT if history else PAGE_LIMIT
        limit, after = http.limit_of(request, most, 10), http.number(request, "after", 0)
        archived = request.query_params.get("archived") == "true"
        rows = self.store.page(kind, after, limit + 1, archived)
        found = [record(kind, row, http.listed(request, "properties")) for row in rows]
        self._tell(kind, rows, found, history)
        self._associate(kind, found[:limit], http.listed(request, "associations") or [])
        return http.paged(found, limit, request)

    def one(self, request: Request, body: Any) -> dict[str, Any]:
        """GET /crm/v3/objects/{kind}/{record_id}"""
        kind = self._kind(request)
        row = self.store.one(kind, request.path_params["record_id"])
        if row is None:
            raise http.Refused(404, "OBJECT_NOT_FOUND", "resource not found")
        found = record(kind, row, http.listed(request, "properties"))
        self._associate(kind, [found], http.listed(request, "associations") or [])
        return found

    def batch(self, request: Request, body: Any) -> dict[str, Any]:
        """POST /crm/v3/objects/{kind}/batch/read"""
        history = body.get("propertiesWithHistory") or []
        kind, ids = self._kind(request), http.inputs(body, HISTORY_LIMIT if history else PAGE_LIMIT)
        rows = self.store.many(kind, ids)
        found = [record(kind, row, body.get("properties")) for row in rows]
        self._tell(kind, rows, found, history)
        return {"status": "COMPLETE", "results": found}

    def search(self, request: Request, body: Any) -> dict[str, Any]:
        """POST /crm/v3/objects/{kind}/search"""
        kind = self._kind(request)
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
        kind, to = self._kind(request), self._kind(request, "to")
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

    def _kind(self, request: Request, name: str = "kind") -> str:
        return http.kind_of(request, self.store.columns, name)

    def _tell(
        self, kind: str, rows: list[Any], found: list[dict[str, Any]], history: list[str]
    ) -> None:
        """Add the history of properties to records."""
        for row, item in zip(rows, found, strict=True):
            if history:
                item["propertiesWithHistory"] = {
                    name: self.store.history(kind, item["id"], name) or _values(row, item, name)
                    for name in history
                }

    def _associate(self, kind: str, found: list[dict[str, Any]], wanted: list[str]) -> None:
        """Add `associations` to records; a record without any has no such field."""
        for to in wanted:
            if to not in self.store.columns:
                raise BadRequest(f"Unable to infer object type from: {to}")
            pairs = self.store.associated(kind, to, [item["id"] for item in found])
            name = f"{http.singular(kind)}_to_{http.singular(to)}"
            for item in found:
                if item["id"] in pairs:
                    results = [{"id": str(other), "type": name} for other in pairs[item["id"]]]
                    item.setdefault("associations", {})[to] = {"results": results}


def _values(row: Any, item: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """The history of a property of which nothing is kept: what can be told from the record."""
    if row[name] is None:
        return []
    if name == "dealstage":
        end = row["closedate"] if row["hs_is_closed"] == "true" else row["hs_lastmodifieddate"]
        return catalogue.stages_passed(row[name], row["createdate"], end)
    return [{"value": row[name], "timestamp": item["createdAt"], "sourceType": "CRM_UI"}]

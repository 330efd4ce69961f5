"""HubSpot's CRM API (v3 objects and search, v4 associations), landed as JSON lines.

An interval is cut by the object's last-modified property through the search endpoint. Search
gives at most 10,000 rows a query, so a window with more is halved until each part fits. Search
gives no associations either: they are read in batches and put where the list endpoint has them.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import orjson

from rapport.company import Entity
from rapport.errors import RapportError
from rapport.landing.zone import Delivery, Interval

SEARCH_LIMIT = 10_000
PAGE_ROWS = 200
LIST_PAGE_ROWS = 100
ASSOCIATION_BATCH = 100
TIMEOUT_SECONDS = 30
MAX_ATTEMPTS = 6
BACKOFF_FACTOR = 0.5  # seconds, doubled from attempt to attempt: 15 s in all


def fetch(
    connection: dict[str, Any], entity: Entity, interval: Interval, delivery: Delivery
) -> None:
    """Fetch the objects of one type last modified in the interval.

    `connection` has `base_url` and `token`; `fetch.object` names the object type,
    `fetch.associations` the type whose ids are wanted (contacts), `fetch.endpoint: list` reads
    everything each time (owners).

    Raises:
        RapportError: `source-unauthorised`, `source-down`, `source-not-data`.
    """
    api = _Api(connection, str(interval))
    kind = str(entity.fetch.get("object", entity.name))
    pages = (
        api.listed(f"/crm/v3/{kind}")
        if entity.fetch.get("endpoint") == "list"
        else api.modified(kind, entity, interval.start, interval.end)
    )
    with (
        delivery.file("part-00000.jsonl.gz", "jsonl") as file,
        gzip.GzipFile(fileobj=file, mode="wb", mtime=0, filename="") as lines,
    ):
        for page in pages:
            associated = entity.fetch.get("associations")
            if associated and page:
                api.add_associations(kind, str(associated), page)
            _write(lines, page)
            delivery.rows += len(page)
    delivery.columns = list(entity.columns)
    delivery.cursor = entity.cursor


def _write(lines: gzip.GzipFile, page: list[dict[str, Any]]) -> None:
    lines.write(b"".join(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in page))


class _Api:
    """dlt's REST client (paging, back-off, Retry-After) with HubSpot's conventions."""

    def __init__(self, connection: dict[str, Any], where: str) -> None:
        from dlt.sources.helpers.requests import Client
        from dlt.sources.helpers.rest_client import RESTClient
        from dlt.sources.helpers.rest_client.auth import BearerTokenAuth

        self.where = where
        self.client = RESTClient(
            base_url=str(connection["base_url"]),
            auth=BearerTokenAuth(str(connection["token"])),
            session=Client(
                request_timeout=TIMEOUT_SECONDS,
                request_max_attempts=MAX_ATTEMPTS,
                request_backoff_factor=BACKOFF_FACTOR,
                raise_for_status=False,
            ).session,
        )

    def listed(self, path: str) -> Iterator[list[dict[str, Any]]]:
        """All pages of a list endpoint."""
        yield from self._pages("GET", path, {"limit": LIST_PAGE_ROWS}, None)

    def modified(
        self, kind: str, entity: Entity, start: datetime, end: datetime
    ) -> Iterator[list[dict[str, Any]]]:
        """Pages of the objects modified in [start, end), by time windows that search can hold."""
        body = {
            "filterGroups": [
                {
                    "filters": [
                        _filter(entity, "GTE", start),
                        _filter(entity, "LT", end),
                    ]
                }
            ],
            "sorts": [{"propertyName": entity.cursor, "direction": "ASCENDING"}],
            "properties": _properties(entity),
            "limit": PAGE_ROWS,
        }
        path = f"/crm/v3/objects/{kind}/search"
        total = self._post(path, {**body, "limit": 1}).get("total", 0)
        if total <= SEARCH_LIMIT:
            if total:
                yield from self._pages("POST", path, None, body)
            return
        middle = start + (end - start) / 2
        middle -= timedelta(microseconds=middle.microsecond)
        if middle <= start:
            raise RapportError(
                "source-not-data",
                f"HubSpot has {total} {kind} modified in the same second, more than its search "
                f"gives out ({SEARCH_LIMIT})",
                self.where,
                "this happens after a bulk import: export that day once as files",
            )
        yield from self.modified(kind, entity, start, middle)
        yield from self.modified(kind, entity, middle, end)

    def add_associations(self, kind: str, to: str, page: list[dict[str, Any]]) -> None:
        """Put the ids of associated `to` objects into each row, in the list endpoint's shape."""
        found: dict[str, list[dict[str, str]]] = {}
        for offset in range(0, len(page), ASSOCIATION_BATCH):
            inputs = [{"id": row["id"]} for row in page[offset : offset + ASSOCIATION_BATCH]]
            answer = self._post(f"/crm/v4/associations/{kind}/{to}/batch/read", {"inputs": inputs})
            for item in answer.get("results", []):
                found[str(item["from"]["id"])] = [
                    {"id": str(target["toObjectId"])} for target in item.get("to", [])
                ]
        for row in page:
            row["associations"] = {to: {"results": found.get(str(row["id"]), [])}}

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        with _Explained(self.where):
            return self._checked(self.client.post(path, json=body))

    def _pages(
        self, method: str, path: str, params: Any, body: Any
    ) -> Iterator[list[dict[str, Any]]]:
        after: str | None = None
        while True:
            cursor = {"after": after} if after else {}
            with _Explained(self.where):
                answer = self._checked(
                    self.client.get(path, params={**params, **cursor})
                    if method == "GET"
                    else self.client.post(path, json={**body, **cursor})
                )
            yield answer.get("results", [])
            after = answer.get("paging", {}).get("next", {}).get("after")
            if after is None:
                return

    def _checked(self, response: Any) -> dict[str, Any]:
        if response.status_code in (401, 403):
            raise RapportError(
                "source-unauthorised",
                f"HubSpot refuses the token (HTTP {response.status_code})",
                self.where,
                "renew the private app's token, check its scopes, and set it in the environment",
            )
        if response.status_code >= 400:
            raise RapportError(
                "source-down",
                f"HubSpot answers HTTP {response.status_code}",
                self.where,
                "see the status page of HubSpot; the task is retried by itself",
            )
        try:
            answer = response.json()
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            kind = response.headers.get("content-type", "unknown")
            raise RapportError(
                "source-not-data",
                f"The answer is no JSON object but {kind}",
                self.where,
                "check the base URL: a proxy or log-in page may answer in its place",
            )
        return answer


class _Explained:
    """Turns a failed connection into the sentence that a person needs."""

    def __init__(self, where: str) -> None:
        self.where = where

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        import requests

        if isinstance(error, requests.RequestException):
            raise RapportError(
                "source-down",
                f"HubSpot cannot be reached ({type(error).__name__})",
                self.where,
                "check the base URL and the network; the task is retried by itself",
            ) from None


def _filter(entity: Entity, operator: str, moment: datetime) -> dict[str, str]:
    value = str(int(moment.timestamp() * 1000))
    return {"propertyName": str(entity.cursor), "operator": operator, "value": value}


def _properties(entity: Entity) -> list[str]:
    paths = (column.path or "" for column in entity.columns.values())
    return sorted(
        path.removeprefix("properties.") for path in paths if path.startswith("properties.")
    )

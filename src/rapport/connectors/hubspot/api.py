"""HubSpot's endpoints, and what its refusals mean."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import Any

from rapport.connectors.rest import Rest, document
from rapport.errors import RapportError

BASE_URL = "https://api.hubapi.com"
SEARCH_PAGE_ROWS = 200
LIST_PAGE_ROWS = 100
HISTORY_PAGE_ROWS = 50  # HubSpot reads no more objects with their history at a time

Row = dict[str, Any]


class HubSpot:
    """One portal (an account of HubSpot).

    Attributes:
        rest: the client; it knows HubSpot's clock.
    """

    def __init__(self, connection: dict[str, Any], where: str, scope: str | None = None) -> None:
        """A client.

        Args:
            connection: `token` of a private app, `base_url` where it is not HubSpot's own.
            where: interval or source, for messages.
            scope: what the app needs for the object, for messages where HubSpot does not say.
        """
        from dlt.sources.helpers.rest_client.auth import BearerTokenAuth

        self.where = where
        self.rest = Rest(
            "HubSpot",
            str(connection.get("base_url") or BASE_URL),
            where,
            BearerTokenAuth(str(connection["token"])),
            partial(_explained, where, scope),
        )

    def listed(self, path: str, **params: Any) -> Iterator[list[Row]]:
        """All pages of a list endpoint.

        Raises:
            RapportError: see `rest.Rest.request`.
        """
        params = {"limit": LIST_PAGE_ROWS, **params}
        while True:
            answer = self.rest.get(path, params)
            yield _results(answer, self.where)
            after = answer.get("paging", {}).get("next", {}).get("after")
            if after is None:
                return
            params["after"] = after

    def modified(
        self, kind: str, cursor: str, properties: Sequence[str], start: datetime, end: datetime
    ) -> Iterator[list[Row]]:
        """Pages of the objects whose `cursor` property lies in [start, end), by id.

        A search gives out 10,000 rows at most, and its pages are counted anew each time: an
        object modified meanwhile would leave the interval and move another one past the reader.
        So each page is a search of its own, for the ids after the last one.

        Raises:
            RapportError: see `rest.Rest.request`.
        """
        last = "0"
        while True:
            filters = [
                {"propertyName": cursor, "operator": "GTE", "value": _milliseconds(start)},
                {"propertyName": cursor, "operator": "LT", "value": _milliseconds(end)},
                {"propertyName": "hs_object_id", "operator": "GT", "value": last},
            ]
            body = {
                "filterGroups": [{"filters": filters}],
                "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
                "properties": list(properties),
                "limit": SEARCH_PAGE_ROWS,
            }
            page = _results(self.rest.post(f"/crm/v3/objects/{kind}/search", body), self.where)
            if page:
                yield page
            if len(page) < SEARCH_PAGE_ROWS:
                return
            newest = max((str(row["id"]) for row in page), key=int)
            if int(newest) <= int(last):
                raise _not_data("Its search repeats a page", self.where)
            last = newest

    def add_associations(self, kind: str, to: str, page: list[Row]) -> None:
        """Put the ids of associated `to` objects into each row, in the list endpoint's shape.

        Raises:
            RapportError: see `rest.Rest.request`.
        """
        inputs = [{"id": row["id"]} for row in page]
        path = f"/crm/v4/associations/{kind}/{to}/batch/read"
        found = {
            str(item["from"]["id"]): [str(target["toObjectId"]) for target in item["to"]]
            for item in _results(self.rest.post(path, {"inputs": inputs}), self.where)
        }
        for row in page:
            # HubSpot promises no order: the oldest is the same one every time.
            ids = sorted(found.get(str(row["id"]), []), key=int)
            row["associations"] = {to: {"results": [{"id": identity} for identity in ids]}}

    def add_history(self, kind: str, properties: Sequence[str], page: list[Row]) -> None:
        """Put the history of properties into each row, in the list endpoint's shape.

        Raises:
            RapportError: see `rest.Rest.request`.
        """
        found: dict[str, Any] = {}
        for offset in range(0, len(page), HISTORY_PAGE_ROWS):
            body = {
                "inputs": [{"id": row["id"]} for row in page[offset : offset + HISTORY_PAGE_ROWS]],
                "properties": [],
                "propertiesWithHistory": list(properties),
            }
            answer = self.rest.post(f"/crm/v3/objects/{kind}/batch/read", body)
            for item in _results(answer, self.where):
                found[str(item["id"])] = item.get("propertiesWithHistory")
        for row in page:
            row["propertiesWithHistory"] = found.get(str(row["id"])) or {}

    def properties(self, kind: str) -> dict[str, Row]:
        """The portal's properties of an object type by name.

        Raises:
            RapportError: see `rest.Rest.request`.
        """
        answer = self.rest.get(f"/crm/v3/properties/{kind}")
        return {str(item["name"]): item for item in _results(answer, self.where)}


@contextmanager
def shaped(where: str) -> Iterator[None]:
    """Tells in a sentence when what is read is not of the form that HubSpot documents.

    Raises:
        RapportError: `source-not-data`.
    """
    try:
        yield
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise _not_data(
            f"Its answer is of another form ({type(error).__name__}: {error})", where
        ) from error


def _milliseconds(moment: datetime) -> str:
    return str(int(moment.timestamp() * 1000))


def _results(answer: dict[str, Any], where: str) -> list[Row]:
    results = answer.get("results")
    if not isinstance(results, list):
        raise _not_data("Its answer has no results", where)
    return results


def _not_data(what: str, where: str) -> RapportError:
    return RapportError(
        "source-not-data",
        f"{what}: this is not HubSpot's API",
        where,
        "check the base URL: a proxy may answer in HubSpot's place",
    )


def _explained(where: str, scope: str | None, response: Any) -> RapportError | None:
    """What HubSpot says of a failed response, where waiting would not mend it."""
    said = document(response) or {}
    message = str(said.get("message", ""))[:300]
    status = response.status_code
    if status == 401:
        expired = said.get("category") == "EXPIRED_AUTHENTICATION"
        return RapportError(
            "source-unauthorised",
            f"HubSpot refuses the token: {'it has expired' if expired else 'it is not valid'}",
            where,
            "open the private app in HubSpot (Settings, Integrations, Private Apps), copy or "
            "rotate its token, and set it in the environment",
        )
    if status == 403:
        scopes = _scopes(said) or scope
        return RapportError(
            "source-forbidden",
            f"HubSpot's private app may not read this: it lacks {scopes}"
            if scopes
            else f"HubSpot denies access to this: {message or 'HTTP 403'}",
            where,
            "add the scope to the private app in HubSpot and commit it, or drop the entity from "
            "the source's `entities`",
        )
    if status == 404 or (status == 400 and "infer object type" in message):
        return RapportError(
            "object-missing",
            "This portal of HubSpot has no such object",
            where,
            "drop the entity from the source's `entities`, or set `fetch.object` to the id of "
            "the portal's own object (2-...)",
        )
    if status == 429 and said.get("policyName") == "DAILY":
        return RapportError(
            "source-limited",
            "HubSpot's daily limit of requests is used up",
            where,
            "run the interval again after midnight in the portal's time zone; find the "
            "integration that uses the requests (HubSpot: Private Apps, Logs)",
        )
    if status == 400:
        return RapportError(
            "source-refused",
            f"HubSpot does not accept the request: {message or 'HTTP 400'}",
            where,
            "check `fetch` and the columns' paths of the entity; `rapport source check` names "
            "properties that the portal lacks",
        )
    return None


def _scopes(said: dict[str, Any]) -> str:
    contexts = [item.get("context") or {} for item in said.get("errors") or []]
    names = {
        str(name)
        for context in contexts
        for key in ("requiredGranularScopes", "requiredScopes")
        for name in context.get(key) or []
    }
    return " or ".join(sorted(names))

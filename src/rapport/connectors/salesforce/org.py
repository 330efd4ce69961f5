"""One Salesforce org over HTTP: log in, ask, follow the pages, and tell what it refuses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import orjson

from rapport.connectors.rest import Rest, document
from rapport.errors import RapportError

API_VERSION = "62.0"
Record = dict[str, Any]


class Org:
    """The API of one org, as the user sees it whom the client credentials stand for.

    A token has no term that Salesforce would tell; when one is refused, a new one is taken once
    and the request repeated, in the middle of paging too.
    """

    def __init__(self, connection: dict[str, Any], where: str) -> None:
        """Log in.

        Args:
            connection: `base_url` (the org's My Domain), `client_id`, `client_secret`, and
                `api_version` where it should not be the tested one.
            where: interval or source that is worked on, for messages.

        Raises:
            RapportError: `source-down`, `source-unauthorised`, `source-not-data`.
        """
        from dlt.sources.helpers.rest_client.auth import OAuth2AuthBase

        self.where = where
        self.credentials = {
            "grant_type": "client_credentials",
            "client_id": str(connection["client_id"]),
            "client_secret": str(connection["client_secret"]),
        }
        self.login = Rest("Salesforce", str(connection["base_url"]), where, explain=self._denied)
        token, instance = self._token()
        self.auth = OAuth2AuthBase(access_token=token)
        self.rest = Rest(
            "Salesforce", instance, where, self.auth,
            explain=self._refused, is_passing=_is_limited,
        )  # fmt: skip
        version = str(connection.get("api_version", API_VERSION)).removeprefix("v")
        self.path = f"/services/data/v{version}"

    def get(self, path: str, params: dict[str, str] | None = None) -> Record:
        """The answer of a resource; `path` begins behind the API version, or with a slash.

        Raises:
            RapportError: what `rapport.connectors.rest` tells, and `object-missing`,
                `field-missing`, `source-limited`.
        """
        place = path if path.startswith("/") else f"{self.path}/{path}"
        try:
            return self.rest.get(place, params)
        except RapportError as error:
            if error.code != "source-unauthorised":
                raise
        self.auth.access_token, _ = self._token()
        return self.rest.get(place, params)

    def pages(self, soql: str, resource: str = "queryAll") -> Iterator[list[Record]]:
        """The rows of a query, a page at a time; `queryAll` gives those in the bin as well."""
        answer = self.get(resource, {"q": soql})
        while True:
            yield self._part(answer, "records")
            if self._part(answer, "done", bool):
                return
            answer = self.get(self._part(answer, "nextRecordsUrl", str))

    def listed(self, path: str, part: str) -> list[Record]:
        """The list that the answer of a resource holds under `part`."""
        found: list[Record] = self._part(self.get(path), part)
        return found

    def fields(self, kind: str) -> dict[str, Record]:
        """The fields of an object by API name, a reference by its relationship's name as well.

        Raises:
            RapportError: `object-missing` when there is no such object for this user.
        """
        try:
            described = self.listed(f"sobjects/{kind}/describe", "fields")
        except RapportError as error:
            raise self._no_object(kind) if error.code == "object-missing" else error from None
        related = {f["relationshipName"]: f for f in described if f.get("relationshipName")}
        return {**related, **{field["name"]: field for field in described}}

    def _token(self) -> tuple[str, str]:
        """A new access token, and the address that it is for."""
        answer = self.login.request("POST", "/services/oauth2/token", data=self.credentials)
        return self._part(answer, "access_token", str), self._part(answer, "instance_url", str)

    def _part(self, answer: Record, part: str, kind: type = list) -> Any:
        """A part of an answer that Salesforce never leaves out."""
        found = answer.get(part)
        if not isinstance(found, kind):
            raise self._error(
                "source-not-data",
                f"The answer has no {part}, so it is none of Salesforce's",
                "check the base URL: it is the org's My Domain, https://<name>.my.salesforce.com",
            )
        return found

    def _denied(self, response: Any) -> RapportError | None:
        """What a refused log-in means."""
        if response.status_code >= 500 or response.status_code == 429:
            return None
        told = document(response) or {}
        reason = ": ".join(str(told[key]) for key in ("error", "error_description") if key in told)
        return RapportError(
            "source-unauthorised",
            f"Salesforce refuses the log-in ({reason or f'HTTP {response.status_code}'})",
            self.where,
            "check key and secret of the external client app, that its client credentials flow is "
            "on and runs as a user, and that the base URL is the org's My Domain",
        )

    def _refused(self, response: Any) -> RapportError | None:
        """What a refused request means, where Salesforce says more than the HTTP status."""
        code, message = _told(response)
        if code == "INVALID_FIELD":
            named = re.search(r"No such column '([^']+)' on entity '([^']+)'", message)
            return self._error(
                "field-missing",
                f"{named[2]} has no field {named[1]}, or hides it from the connection's user"
                if named
                else f"A field cannot be asked for: {message}",
                "correct the column's `path` in sources/<source>.yml, or let the user see the "
                "field (field-level security)",
            )
        if code == "INVALID_TYPE":
            named = re.search(r"sObject type '([^']+)'", message)
            return self._no_object(named[1] if named else message)
        if code == "REQUEST_LIMIT_EXCEEDED":
            return self._error(
                "source-limited",
                f"The org's API calls are used up: {message}",
                "wait until calls of the last 24 hours fall out of the count, let other "
                "integrations ask less, or buy calls; `rapport source check` shows what is left",
            )
        if code == "INVALID_QUERY_LOCATOR":
            return self._error(
                "source-down",
                "Salesforce has lost its place in a long answer",
                "the task is retried by itself; if it comes again, give this connection a user of "
                "its own: one user has few such places at a time",
            )
        if code and 400 <= response.status_code < 500 and response.status_code not in (401, 404):
            is_right = response.status_code == 403
            return self._error(
                "source-forbidden" if is_right else "source-refused",
                f"Salesforce refuses the request ({code}: {message})",
                "give the connection's user the right (profile or permission set)"
                if is_right
                else "correct the entity in sources/<source>.yml; where the query took too long, "
                "ingest shorter intervals",
            )
        return None

    def _no_object(self, kind: str) -> RapportError:
        return self._error(
            "object-missing",
            f"Salesforce has no object {kind}, or hides it from the connection's user",
            "let the user read the object (profile or permission set), correct the entity's "
            "`fetch.object`, or drop the entity from the source's `entities`",
        )

    def _error(self, code: str, what: str, todo: str) -> RapportError:
        return RapportError(code, what, self.where, todo)


def _is_limited(response: Any) -> bool:
    """Too many calls at once pass within seconds; those of a day do not, but look the same."""
    return _told(response)[0] == "REQUEST_LIMIT_EXCEEDED"


def _told(response: Any) -> tuple[str, str]:
    """Salesforce's error code and the last line of its message, which says what is wrong."""
    try:
        first = orjson.loads(response.content)[0]
        message = str(first["message"]).strip().splitlines() or [""]
        return str(first["errorCode"]), message[-1]
    except (ValueError, LookupError, TypeError):
        return "", ""

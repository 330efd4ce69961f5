"""A system's REST API: back-off, Retry-After, and every refusal told as a person needs it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import orjson

from rapport import clock
from rapport.connectors.finding import Finding
from rapport.errors import RapportError

TIMEOUT_SECONDS = 30
MAX_ATTEMPTS = 6
BACKOFF_FACTOR = 0.5  # seconds, doubled from attempt to attempt: 15 s in all
MAX_WAIT_SECONDS = 60  # a longer Retry-After is no pause but an outage: the task's retry serves it
MAX_SKEW_SECONDS = 60

Explain = Callable[[Any], RapportError | None]


class Rest:
    """dlt's REST client; answers are JSON objects, or a RapportError that names the system.

    Attributes:
        server_time: what the system's clock said in its last answer, UTC; None if it did not.
    """

    def __init__(
        self, system: str, base_url: str, where: str, auth: Any = None,
        explain: Explain | None = None, is_passing: Callable[[Any], bool] | None = None,
    ) -> None:  # fmt: skip
        """A client of one system.

        Args:
            system: its name as people know it, for messages.
            base_url: address before all paths.
            where: interval or source that is worked on, for messages.
            auth: a `requests` auth object, or None.
            explain: what the system itself says of a failed response (status 400 and above): an
                error that waiting does not mend, or None. Of the responses that it does not
                explain, 429 and 5xx are asked again.
            is_passing: whether a failed response is one more that waiting may mend, though
                `explain` explains it; it is asked again before that is said.
        """
        from dlt.sources.helpers.requests import Client
        from dlt.sources.helpers.rest_client import RESTClient

        self.system, self.where = system, where
        self.explain: Explain = explain or (lambda response: None)
        self.is_passing = is_passing or (lambda response: False)
        self.server_time: datetime | None = None
        self.client = RESTClient(
            base_url=base_url,
            auth=auth,
            session=Client(
                request_timeout=TIMEOUT_SECONDS,
                request_max_attempts=MAX_ATTEMPTS,
                request_backoff_factor=BACKOFF_FACTOR,
                request_max_retry_delay=MAX_WAIT_SECONDS,
                status_codes=(),
                retry_condition=self._is_passing,
                raise_for_status=False,
            ).session,
        )

    def get(self, path: str, params: dict[str, Any] | None = None) -> dict[str, Any]:
        """Answer of a GET; `path` may be a whole URL (a link to the next page).

        Raises:
            RapportError: see `request`.
        """
        return self.request("GET", path, params=params)

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Answer of a POST with a JSON body.

        Raises:
            RapportError: see `request`.
        """
        return self.request("POST", path, json=body)

    def request(self, method: Any, path: str, **content: Any) -> dict[str, Any]:
        """Answer of any request; `content` as `requests` takes it (params, json, data, headers).

        Raises:
            RapportError: `source-unauthorised` (401), `source-forbidden` (403), `object-missing`
                (404), `source-limited` (429), `source-refused` (other 4xx), `source-down` (5xx or
                no answer), `source-not-data`, or what `explain` makes of it.
        """
        import requests

        try:
            response = self.client.request(path, method=method, **content)
        except requests.RequestException as error:
            raise self._error(
                "source-down",
                f"{self.system} cannot be reached ({type(error).__name__})",
                "check the base URL and the network; the task is retried by itself",
            ) from None
        self.server_time = _date_of(response)
        if response.status_code >= 400:
            raise self.explain(response) or self._refusal(response)
        answer = document(response)
        if answer is None:
            kind = response.headers.get("content-type", "unknown")
            raise self._error(
                "source-not-data",
                f"The answer is no JSON object but {kind}",
                "check the base URL: a proxy or log-in page may answer in its place",
            )
        return answer

    def clock_finding(self) -> Finding:
        """Whether the system's clock agrees with ours; intervals are cut by its times."""
        if self.server_time is None:
            return Finding(
                "clock", "", False, f"{self.system} does not tell its time",
                "compare the clocks by hand", is_warning=True,
            )  # fmt: skip
        seconds = (self.server_time - clock.now()).total_seconds()
        if abs(seconds) <= MAX_SKEW_SECONDS:
            return Finding("clock", "", True, f"The clocks differ by {abs(seconds):.0f} s")
        way = "ahead of" if seconds > 0 else "behind"
        return Finding(
            "clock", "", False,
            f"The clock of {self.system} is {abs(seconds):.0f} s {way} ours",
            "set this machine's clock by NTP: an interval would be cut at the wrong moment",
            is_warning=True,
        )  # fmt: skip

    def _is_passing(self, response: Any, error: BaseException | None) -> bool:
        """Whether asking again may help; failed connections are asked again anyway."""
        if response is None:
            return False
        if response.status_code >= 400 and self.is_passing(response):
            return True
        is_trouble = response.status_code == 429 or response.status_code >= 500
        return is_trouble and self.explain(response) is None

    def _refusal(self, response: Any) -> RapportError:
        status = response.status_code
        if status == 401:
            return self._error(
                "source-unauthorised",
                f"{self.system} refuses the credentials (HTTP 401): wrong, expired or revoked",
                "renew the token or password and set it in the environment",
            )
        if status == 403:
            return self._error(
                "source-forbidden",
                f"{self.system} denies access to this (HTTP 403)",
                "grant the connection's user or app the right to read it",
            )
        if status == 404:
            return self._error(
                "object-missing",
                f"{self.system} has nothing at {response.request.path_url.partition('?')[0]}",
                "drop the entity from the source's `entities`, or check the base URL",
            )
        if status == 429:
            return self._error(
                "source-limited",
                f"{self.system} still answers that there are too many requests (HTTP 429)",
                "let other integrations wait, or move this source's schedule; the task is "
                "retried by itself",
            )
        if status < 500:
            return self._error(
                "source-refused",
                f"{self.system} does not accept the request (HTTP {status})",
                "check the entity's `fetch` and columns against the system",
            )
        return self._error(
            "source-down",
            f"{self.system} answers HTTP {status}",
            f"see the status page of {self.system}; the task is retried by itself",
        )

    def _error(self, code: str, what: str, todo: str) -> RapportError:
        return RapportError(code, what, self.where, todo)


def document(response: Any) -> dict[str, Any] | None:
    """The JSON object that a response holds, or None where it holds something else."""
    try:
        answer = orjson.loads(response.content)
    except ValueError:
        return None
    return answer if isinstance(answer, dict) else None


def _date_of(response: Any) -> datetime | None:
    try:
        date: datetime = parsedate_to_datetime(response.headers["date"])
    except (KeyError, ValueError):
        return None
    return date.astimezone(UTC)

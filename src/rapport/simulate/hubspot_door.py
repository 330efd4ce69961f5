"""Who may ask the simulated CRM, for what, and how often: token, scopes and limits of HubSpot."""

from __future__ import annotations

import hmac
from collections import deque
from collections.abc import Callable, Collection

from starlette.requests import Request

from rapport.simulate.hubspot_http import Refused

SCOPES_PAGE = "https://developers.hubspot.com/scopes"
SCOPES = {
    "contacts": "crm.objects.contacts.read",
    "companies": "crm.objects.companies.read",
    "deals": "crm.objects.deals.read",
    "tickets": "tickets",
    "emails": "sales-email-read",
    "owners": "crm.objects.owners.read",
    "feedback_submissions": "crm.objects.feedback_submissions.read",
    "campaigns": "crm.objects.custom.read",
    "campaign_members": "crm.objects.custom.read",
}
OTHER_SCOPE = "crm.objects.contacts.read"  # of activities


class Door:
    """Lets a request in or raises what HubSpot answers in its place."""

    def __init__(
        self, token: str, per_10s: int, timer: Callable[[], float],
        scopes: Collection[str] | None, daily: int,
    ) -> None:  # fmt: skip
        """A door.

        Args:
            token: the bearer token every request must carry.
            per_10s: requests allowed in any ten seconds; 0 for no limit.
            timer: seconds, for that limit alone.
            scopes: what the token may read; None for everything.
            daily: requests allowed in all; 0 for no limit.
        """
        self.expected = f"Bearer {token}".encode()
        self.per_10s, self.timer, self.scopes, self.daily = per_10s, timer, scopes, daily
        self.calls: deque[float] = deque()
        self.served = 0

    def allow(self, request: Request) -> None:
        """Check token, scope and limits, in that order."""
        given = request.headers.get("authorization", "").encode()
        if not hmac.compare_digest(given, self.expected):
            raise Refused(
                401,
                "INVALID_AUTHENTICATION",
                "Authentication credentials not found. This API supports OAuth 2.0 authentication "
                "and you can find more details at https://developers.hubspot.com/docs/methods/auth/"
                "oauth-overview",
            )
        self._check_scope(request)
        self._count()

    def headers(self) -> dict[str, str]:
        """What HubSpot tells of its limit with every answer."""
        if not self.per_10s:
            return {}
        return {
            "X-HubSpot-RateLimit-Max": str(self.per_10s),
            "X-HubSpot-RateLimit-Interval-Milliseconds": "10000",
            "X-HubSpot-RateLimit-Remaining": str(self.per_10s - len(self.calls)),
        }

    def _check_scope(self, request: Request) -> None:
        parts = request.url.path.strip("/").split("/")
        if self.scopes is None or parts[0] != "crm":
            return
        kind = "owners" if "owners" in parts else request.path_params.get("kind", "")
        scope = SCOPES.get(kind, OTHER_SCOPE)
        if scope not in self.scopes:
            raise Refused(
                403,
                "MISSING_SCOPES",
                "This app hasn't been granted all required scopes to make this call. Read more "
                f"about required scopes here: {SCOPES_PAGE}.",
                errors=[
                    {
                        "message": "One or more of the following scopes are required.",
                        "context": {"requiredGranularScopes": [scope]},
                    }
                ],
                links={"scopes": SCOPES_PAGE},
            )

    def _count(self) -> None:
        self.served += 1
        if self.daily and self.served > self.daily:
            raise Refused(
                429,
                "RATE_LIMITS",
                "You have reached your daily limit.",
                errorType="RATE_LIMIT",
                policyName="DAILY",
            )
        if not self.per_10s:
            return
        now = self.timer()
        while self.calls and self.calls[0] <= now - 10:
            self.calls.popleft()
        if len(self.calls) >= self.per_10s:
            wait = max(1, int(self.calls[0] + 10 - now + 0.999))
            raise Refused(
                429,
                "RATE_LIMITS",
                "You have reached your ten_secondly_rolling limit.",
                {"Retry-After": str(wait)},
                errorType="RATE_LIMIT",
                policyName="TEN_SECONDLY_ROLLING",
            )
        self.calls.append(now)

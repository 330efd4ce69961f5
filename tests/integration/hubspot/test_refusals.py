"""A portal that refuses: asked again where that helps, told in a sentence where it does not."""

from __future__ import annotations

from typing import Any

import pytest

from rapport.errors import RapportError
from rapport.landing.zone import Interval, Zone
from tests.integration.hubspot.conftest import DAY, START, Fetch
from tests.support.portal import TOKEN, Portal, contact

NOON = "2024-03-01T12:00:00.000Z"
CONTACTS = tuple(contact(number, NOON) for number in range(1, 402))  # three pages


def refused(fetch: Fetch, connection: dict[str, str], name: str = "contacts") -> RapportError:
    with pytest.raises(RapportError) as caught:
        fetch(connection, name)
    assert TOKEN not in str(caught.value)
    assert f"crm.{name}" in caught.value.where
    return caught.value


def answer(status: int, *numbers: int, **headers: str) -> Any:
    """The n-th searches fail with this status."""
    searches = [0]

    def fault(number: int, request: str) -> tuple[int, dict[str, Any], dict[str, str]] | None:
        searches[0] += request.endswith("/search")
        hit = request.endswith("/search") and (not numbers or searches[0] in numbers)
        return (status, {"status": "error", "message": "no"}, headers) if hit else None

    return fault


def test_too_many_requests_are_waited_for(portal: Portal, fetch: Fetch) -> None:
    portal.add("contacts", *CONTACTS)
    portal.fault = answer(429, 2, **{"retry-after": "1"})
    with portal.served() as connection:
        assert len(fetch(connection, "contacts")) == len(CONTACTS)


def test_a_limit_that_stays_is_told_after_the_last_attempt(portal: Portal, fetch: Fetch) -> None:
    portal.fault = answer(429)
    with portal.served() as connection:
        assert refused(fetch, connection).code == "source-limited"
    assert len([request for request in portal.requests if request.endswith("/search")]) == 3


def test_a_used_up_day_is_told_at_once(portal: Portal, fetch: Fetch) -> None:
    portal.add("contacts", *CONTACTS)
    with portal.served(daily_limit=2) as connection:
        error = refused(fetch, connection)
    assert error.code == "source-limited"
    assert "daily limit" in error.what
    assert "midnight" in error.todo
    assert len(portal.requests) == 3


def test_a_server_error_between_pages_is_asked_again(portal: Portal, fetch: Fetch) -> None:
    portal.add("contacts", *CONTACTS)
    portal.fault = answer(500, 2, 3)
    with portal.served() as connection:
        assert len(fetch(connection, "contacts")) == len(CONTACTS)


def test_a_server_error_that_stays_leaves_nothing_half_landed(
    portal: Portal, fetch: Fetch, zone: Zone
) -> None:
    portal.add("contacts", *CONTACTS)
    portal.fault = answer(502, *range(2, 9))
    with portal.served() as connection:
        error = refused(fetch, connection)
    assert error.code == "source-down"
    assert "HTTP 502" in error.what
    interval = Interval("crm", "contacts", START, START + DAY)
    assert zone.manifest(interval) is None
    assert not [path for path in zone.fs.find(zone.root) if path.endswith(".gz")]


def test_a_token_that_expires_between_pages_says_what_to_renew(
    portal: Portal, fetch: Fetch, zone: Zone
) -> None:
    portal.add("contacts", *CONTACTS)

    def expire(number: int, request: str) -> tuple[int, dict[str, Any], dict[str, str]] | None:
        if number < 3:
            return None
        return 401, {"status": "error", "category": "EXPIRED_AUTHENTICATION"}, {}

    portal.fault = expire
    with portal.served() as connection:
        error = refused(fetch, connection)
    assert error.code == "source-unauthorised"
    assert "expired" in error.what
    assert "private app" in error.todo
    assert zone.manifest(Interval("crm", "contacts", START, START + DAY)) is None


def test_a_wrong_token_is_not_told_as_a_missing_scope(portal: Portal, fetch: Fetch) -> None:
    with portal.served() as connection:
        error = refused(fetch, {**connection, "token": "another"})
    assert error.code == "source-unauthorised"
    assert len(portal.requests) == 1


def test_a_missing_scope_is_named_and_is_the_entitys_alone(portal: Portal, fetch: Fetch) -> None:
    portal.add("contacts", *CONTACTS)
    with portal.served(scopes={"crm.objects.contacts.read"}) as connection:
        error = refused(fetch, connection, "feedback_submissions")
        assert len(fetch(connection, "contacts")) == len(CONTACTS)
    assert error.code == "source-forbidden"
    assert "crm.objects.feedback_submissions.read" in error.what
    assert "drop the entity" in error.todo


def test_an_object_that_the_portal_lacks_is_told_as_that(portal: Portal, fetch: Fetch) -> None:
    portal.drop("campaign_members")
    with portal.served() as connection:
        error = refused(fetch, connection, "campaign_members")
    assert error.code == "object-missing"
    assert "fetch.object" in error.todo


def test_what_hubspot_says_of_a_wrong_request_is_passed_on(portal: Portal, fetch: Fetch) -> None:
    portal.fault = answer(400)
    with portal.served() as connection:
        error = refused(fetch, connection)
    assert error.code == "source-refused"
    assert "request: no" in error.what
    assert len([request for request in portal.requests if request.endswith("/search")]) == 1


def test_an_answer_of_another_form_is_told_in_a_sentence(portal: Portal, fetch: Fetch) -> None:
    portal.fault = lambda number, request: (200, {"results": [{"label": "no name"}]}, {})
    with portal.served() as connection:
        error = refused(fetch, connection)
    assert error.code == "source-not-data"
    assert "base URL" in error.todo

"""A check says of each thing that is wrong what to do, and raises for none of them."""

from __future__ import annotations

import socket
from datetime import timedelta
from typing import Any

import pytest

from rapport import clock
from rapport.company import Column, Source
from rapport.connectors import hubspot
from rapport.connectors.finding import Finding
from rapport.systems import shipped_entities
from tests.support.portal import Portal


def check(connection: dict[str, str], *names: str, **columns: Column) -> list[Finding]:
    """What is found of these entities; `columns` are added to the first."""
    entities = {name: shipped_entities("hubspot")[name] for name in names}
    if columns:
        first = entities[names[0]]
        entities[names[0]] = first.model_copy(update={"columns": {**first.columns, **columns}})
    source = Source(name="crm", system="hubspot", kind="crm", entities=entities)
    return list(hubspot.check(connection, source))


def bad(findings: list[Finding]) -> dict[tuple[str, str], Finding]:
    found = {(one.subject, one.place): one for one in findings if not one.is_ok}
    assert all(one.todo for one in found.values())
    return found


def test_a_portal_that_has_everything_is_well(portal: Portal) -> None:
    names = tuple(shipped_entities("hubspot"))
    with portal.served() as connection:
        findings = check(connection, *names)
    assert bad(findings) == {}
    assert [one.subject for one in findings[:3]] == ["address", "credentials", "clock"]
    assert "portal 4242" in findings[1].says
    assert [one.place for one in findings[3:]] == list(names)


def test_no_answer_and_a_wrong_token_end_the_check(portal: Portal) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nowhere = {"base_url": f"http://127.0.0.1:{free.getsockname()[1]}", "token": "x"}
    (address,) = check(nowhere, "contacts")
    assert (address.subject, address.is_ok) == ("address", False)

    with portal.served() as connection:
        findings = check({**connection, "token": "pat-of-last-year"}, "contacts")
    assert [(one.subject, one.is_ok) for one in findings] == [
        ("address", True),
        ("credentials", False),
    ]
    assert "pat-of-last-year" not in findings[1].says + findings[1].todo


def test_a_clock_that_is_off_is_told(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAPPORT_CLOCK", clock.iso(clock.now() - timedelta(minutes=10)))
    with portal.served() as connection:
        found = bad(check(connection, "contacts"))
    assert found[("clock", "")].is_warning
    assert "ahead of ours" in found[("clock", "")].says


def test_missing_scopes_objects_and_properties_are_named_by_entity(portal: Portal) -> None:
    portal.drop("tickets")
    portal.drop_property("contacts", "referred_by_contact_id")
    own: dict[str, Any] = {"shoe": Column(type="integer", path="properties.shoe_size")}
    scopes = {"crm.objects.contacts.read", "tickets"}
    with portal.served(scopes=scopes) as connection:
        found = bad(check(connection, "contacts", "deals", "tickets", "owners", **own))
    assert set(found) == {
        ("field", "contacts.referred_by_contact_id"),
        ("field", "contacts.shoe"),
        ("permission", "deals"),
        ("entity", "tickets"),
        ("permission", "owners"),
    }
    assert found[("field", "contacts.referred_by_contact_id")].is_warning
    assert not found[("field", "contacts.shoe")].is_warning
    assert (
        "shoe: {type: integer, path: properties.shoe_size}" in found["field", "contacts.shoe"].todo
    )
    assert "crm.objects.deals.read" in found[("permission", "deals")].says
    assert not found[("permission", "deals")].is_warning  # a build waits for deals
    assert found[("permission", "owners")].is_warning


def test_what_can_be_fetched_is_found_with_the_portals_own_objects(portal: Portal) -> None:
    portal.add("2-77", {"id": 1, "plate": "B-AB 1", "hs_lastmodifieddate": "2024-03-01T00:00:00Z"})
    with portal.served() as connection:
        found = hubspot.discover(connection)
    assert found.keys() == {*shipped_entities("hubspot"), "object_77"}
    assert found["contacts"] == {}
    custom = found["object_77"]
    assert custom["fetch"] == {"object": "2-77"}
    assert custom["columns"]["plate"] == {"type": "text", "path": "properties.plate"}
    assert custom["columns"]["hs_lastmodifieddate"]["type"] == "timestamp"

    portal.drop("feedback_submissions")
    with portal.served(scopes={"crm.objects.contacts.read", "tickets"}) as connection:
        found = hubspot.discover(connection)
    assert {"contacts", "notes", "ticket_pipeline_stages"} <= found.keys()
    assert not {"deals", "owners", "feedback_submissions"} & found.keys()

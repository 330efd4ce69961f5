"""What a portal of HubSpot has beside its objects: pipelines, properties, the account itself."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rapport.simulate.hubspot_store import MOMENTS

MADE_AT = "2020-01-01T00:00:00Z"
ACCOUNT = {
    "portalId": 4242,
    "accountType": "STANDARD",
    "timeZone": "Europe/Berlin",
    "companyCurrency": "EUR",
    "utcOffset": "+01:00",
    "uiDomain": "app.hubspot.com",
    "dataHostingLocation": "eu1",
}
DEAL_STAGES = (
    ("appointmentscheduled", "Appointment scheduled", "0.2"),
    ("qualifiedtobuy", "Qualified to buy", "0.4"),
    ("presentationscheduled", "Presentation scheduled", "0.6"),
    ("contractsent", "Contract sent", "0.9"),
    ("closedwon", "Closed won", "1.0"),
    ("closedlost", "Closed lost", "0.0"),
)
TICKET_STAGES = (
    ("1", "New", "OPEN"),
    ("2", "Waiting on contact", "OPEN"),
    ("3", "Waiting on us", "OPEN"),
    ("4", "Closed", "CLOSED"),
)


def pipelines(kind: str) -> list[dict[str, Any]]:
    """The portal's one pipeline of deals or of tickets; none of other objects."""
    if kind == "deals":
        stages = [
            _stage(identity, label, place, probability=chance, isClosed=_flag("closed" in identity))
            for place, (identity, label, chance) in enumerate(DEAL_STAGES)
        ]
        return [_pipeline("default", "Sales pipeline", stages)]
    if kind == "tickets":
        stages = [
            _stage(identity, label, place, ticketState=state, isClosed=_flag(state == "CLOSED"))
            for place, (identity, label, state) in enumerate(TICKET_STAGES)
        ]
        return [_pipeline("0", "Support pipeline", stages)]
    return []


def stages_passed(last: str, start: str, end: str) -> list[dict[str, Any]]:
    """A deal's way to its stage, newest first: the stages in between at even distances.

    Args:
        last: the stage that it is in.
        start, end: when it was made and when it came there, ISO.
    """
    from rapport import clock

    names = [identity for identity, *_ in DEAL_STAGES if "closed" not in identity]
    way = [*names[: names.index(last)], last] if last in names else [*names, last]
    first, total = clock.parse(start), clock.parse(end) - clock.parse(start)
    moments = [first + total * place / max(len(way) - 1, 1) for place in range(len(way))]
    return [
        {"value": name, "timestamp": f"{moment:%Y-%m-%dT%H:%M:%S}.000Z", "sourceType": "CRM_UI"}
        for name, moment in reversed(list(zip(way, moments, strict=True)))
    ]


def properties(names: Iterable[str]) -> list[dict[str, Any]]:
    """Descriptions of properties, as far as anybody reads them."""
    return [
        {
            "name": name,
            "label": name.replace("_", " ").capitalize(),
            "type": "datetime" if name in MOMENTS else "string",
            "fieldType": "date" if name in MOMENTS else "text",
            "hubspotDefined": True,
        }
        for name in (*names, "hs_object_id")
    ]


def _pipeline(identity: str, label: str, stages: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "id": identity,
        "label": label,
        "displayOrder": 0,
        "stages": stages,
        "createdAt": MADE_AT,
        "updatedAt": MADE_AT,
        "archived": False,
    }


def _stage(identity: str, label: str, place: int, **metadata: str) -> dict[str, Any]:
    return {
        "id": identity,
        "label": label,
        "displayOrder": place,
        "metadata": metadata,
        "createdAt": MADE_AT,
        "updatedAt": MADE_AT,
        "archived": False,
    }


def _flag(value: bool) -> str:
    return "true" if value else "false"

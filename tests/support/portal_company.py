"""A company whose only source is a portal of HubSpot, on either engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from rapport import build, settings, transform
from rapport.settings import REPO, Settings
from rapport.systems import shipped_entities

FEEDS = {
    "parties": ["int_hubspot_parties_described"],
    "deals": ["int_hubspot_deals_described"],
    "deal_stages": ["int_hubspot_deal_stages_described"],
    "activities": ["int_hubspot_activities_unioned"],
    "leads": ["int_hubspot_leads_derived"],
    "tickets": ["int_hubspot_tickets_described"],
    "survey_answers": ["stg_hubspot__feedback_submissions"],
    "campaign_members": ["int_hubspot_campaign_members_described"],
}


def company(
    folder: Path,
    connection: dict[str, str],
    entities: list[str] | None = None,
    own: dict[str, Any] | None = None,
    **environment: str,
) -> Settings:
    """Settings of the company; what it keeps lies in `folder` too.

    Args:
        connection: as `Portal.served` gives it.
        entities: those it fetches; None for all that ship.
        own: what its `sources/crm.yml` says of entities.
    """
    target = folder / "company"
    (target / "models").mkdir(parents=True, exist_ok=True)
    demo = REPO / "companies" / "demo" / "dbt_project.yml"
    (target / "dbt_project.yml").write_text(demo.read_text())
    source = {
        "system": "hubspot",
        "kind": "crm",
        "required": True,
        "connection": {"base_url": connection["base_url"], "token": "env:TOKEN"},
        "entities": entities or list(shipped_entities("hubspot")),
    }
    described = {
        "name": "Portal Ltd",
        "business_timezone": "UTC",
        "reporting_currency": "EUR",
        "history_start": "2024-01-01",
        "sources": {"crm": source},
        "feeds": FEEDS,
    }
    (target / "company.yml").write_text(yaml.safe_dump(described))
    if own:
        (target / "sources").mkdir(exist_ok=True)
        (target / "sources" / "crm.yml").write_text(yaml.safe_dump({"entities": own}))
    secrets = {"RAPPORT_VAR": str(folder / "var"), "TOKEN": connection["token"]}
    return settings.load(target, {**secrets, **environment})


def model(found: Settings, *marts: str) -> None:
    """Build what these marts need and no more: staging, identity, the marts."""
    ticket = build.decide(found, waits=False)
    assert ticket is not None, "there was something new to build"
    failed = True
    try:
        build.stage(found, ticket)
        build.identify(found, ticket)
        transform.run(
            found,
            [f"+{mart}" for mart in marts],
            ticket["as_of"],
            {"build_id": ticket["build_id"]},
            exclude=["+int_identity_records"],
        )
        failed = False
    finally:
        build.release(found, ticket, failed)

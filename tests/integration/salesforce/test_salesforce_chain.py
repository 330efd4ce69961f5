"""From a served org to the marts, on each engine: what the feeds must say, worked out by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from rapport import build, ingest, transform
from rapport.settings import Settings
from tests.integration.salesforce import northwind as world
from tests.support.salesforce_server import served


class Built:
    """The company after both parts of the story, built and published."""

    def __init__(self, found: Settings, who: world.Ids) -> None:
        self.settings = found
        self.names = {identity: name for name, identity in who.items()}

    def rows(self, sql: str) -> list[dict[str, Any]]:
        """Rows of a query, with the story's names in the place of ids."""
        return [
            {column: self.names.get(value, value) for column, value in row.items()}
            for row in world.loaded(self.settings, sql)
        ]

    def keyed(self, sql: str) -> dict[str, tuple[Any, ...]]:
        """The same, the first column as key of the others."""
        found = [tuple(row.values()) for row in self.rows(sql)]
        assert len({row[0] for row in found}) == len(found)
        return {row[0]: row[1:] for row in found}


@pytest.fixture(
    scope="module", params=["duckdb", pytest.param("postgres", marks=pytest.mark.postgres)]
)
def built(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Built]:
    var: Path = tmp_path_factory.mktemp("salesforce")
    environ = {}
    if request.param == "postgres":
        server = request.getfixturevalue("postgres_server")
        environ = {"RAPPORT_WAREHOUSE": server.create_database()}
    with served(world.northwind_org()) as org:
        found = world.northwind(org, var, **environ)
        who = world.tell_january(org)
        ingest.interval(found, "sales", world.NEW_YEAR, world.FEBRUARY)
        who |= world.tell_february(org, who)
        ingest.interval(found, "sales", world.FEBRUARY, world.END)
        assert build.run(found) is not None
        yield Built(found, who)


def at(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute)


def test_people_come_with_account_owner_and_link(built: Built) -> None:
    people = built.keyed(
        "select record_id, full_name, company_name, phone, country_code, owner_name, record_url"
        " from intermediate.int_salesforce_parties_unioned where party_kind = 'person'"
    )
    assert set(people) == {"ada", "pia", "back", "lena", "lena_contact", "bea", "otto"}
    identity = next(i for i, name in built.names.items() if name == "ada")
    assert people["ada"] == (
        "Ada Lovelace", "Wheelworks", "+49 151 23456789", "DE", "Olga Owner",
        f"https://northwind.my.salesforce.com/{identity}",
    )  # fmt: skip
    assert people["pia"][1] is None, "a person account is no company"
    assert people["lena"][4] is None, "a queue is no colleague"


def test_a_converted_lead_and_its_contact_are_one_customer(built: Built) -> None:
    customers = built.keyed(
        "select split_part(record_key, '|', 2) as record_id, person_id, link_rule"
        " from intermediate.int_parties_identified"
        " inner join staging.stg_rapport__record_customers using (record_key)"
        " where party_kind = 'person'"
    )
    assert customers["lena"][0] == customers["lena_contact"][0]
    assert "cross_reference" in {customers["lena"][1], customers["lena_contact"][1]}
    assert len({customer for customer, _ in customers.values()}) == 6


def test_a_deal_is_closed_when_it_entered_the_stage_that_closed_it(built: Built) -> None:
    deals = built.keyed(
        "select source_deal_id, source_contact_id, closed_at, is_won, amount, currency"
        " from intermediate.int_salesforce_deals_described"
    )
    assert deals == {
        "won": ("ada", at(2, 2, 14), True, Decimal("1200.5000"), "EUR"),
        # Without a history the close date stands, from the midnight of Berlin on.
        "lost": ("pia", at(1, 19, 23), False, Decimal(90), "EUR"),
        # No primary contact: the one of the lead that was converted with it.
        "lena_deal": ("lena_contact", None, None, None, "EUR"),
    }


def test_stages_are_left_when_the_next_is_entered(built: Built) -> None:
    stages = built.rows(
        "select stage_number, stage_name, entered_at, left_at, is_closed, is_won"
        " from intermediate.int_deal_stages_dated order by stage_number"
    )
    assert [tuple(row.values()) for row in stages] == [
        (1, "Prospecting", at(1, 6, 10), at(1, 12, 10), False, False),
        (2, "Proposal", at(1, 12, 10), at(1, 13, 10), False, False),
        (3, "Prospecting", at(1, 13, 10), at(1, 15, 10), False, False),
        (4, "Proposal", at(1, 15, 10), at(2, 2, 14), False, False),
        (5, "Closed Won", at(2, 2, 14), None, True, True),
    ]


def test_talks_have_direction_and_answer(built: Built) -> None:
    talks = built.keyed(
        "select source_activity_id, source_contact_id, activity_at, activity_kind, is_outbound,"
        " is_answered from intermediate.int_salesforce_activities_unioned"
    )
    assert talks == {
        "rang_otto": ("otto", at(2, 1, 10), "call", True, True),
        "ada_rang": ("ada", at(2, 2, 9), "call", False, False),
        "old_style": ("pia", at(2, 2, 10), "call", True, False),
        "sent": ("ada", at(2, 3, 7, 59), "email", True, True),
        "received": ("ada", at(2, 3, 15, 58), "email", False, False),
        "met": ("ada", at(2, 4, 9), "meeting", True, True),
    }


def test_leads_are_who_came_by_themselves(built: Built) -> None:
    leads = built.keyed(
        "select source_lead_id, source_contact_id, lead_at, lead_kind"
        " from intermediate.int_salesforce_leads_unioned"
    )
    assert leads == {
        "lena": ("lena", at(1, 10, 8), "form"),
        "otto": ("otto", at(2, 1, 8), "message"),
        "ada_rang": ("ada", at(2, 2, 9), "message"),
        "received": ("ada", at(2, 3, 15, 58), "message"),
        "won": ("ada", at(1, 6, 10), "deal"),
        "lost": ("pia", at(1, 8, 10), "deal"),
        "lena_deal": ("lena_contact", at(2, 5, 11), "deal"),
    }


def test_the_first_lead_of_each_customer_is_answered_by_the_first_talk(built: Built) -> None:
    answered = built.rows(
        "select lead_at, first_response_at from intermediate.int_leads_answered order by lead_at"
    )
    assert [tuple(row.values()) for row in answered] == [
        (at(1, 6, 10), at(2, 3, 7, 59)),  # Ada: her own call is no answer
        (at(1, 8, 10), at(2, 2, 10)),  # Pia
        (at(1, 10, 8), None),  # Lena, as lead and contact
        (at(2, 1, 8), at(2, 1, 10)),  # Otto
    ]


def test_members_of_a_campaign_are_treated_or_held_out(built: Built) -> None:
    members = built.keyed(
        "select source_contact_id, campaign_name, is_control"
        " from intermediate.int_salesforce_campaign_members_described"
    )
    assert members == {"ada": ("Spring", False), "lena_contact": ("Spring", True)}


def test_a_case_is_a_ticket(built: Built) -> None:
    tickets = built.rows(
        "select source_contact_id, opened_at, closed_at, category, priority"
        " from staging.stg_salesforce__cases"
    )
    assert [tuple(row.values()) for row in tickets] == [
        ("ada", at(2, 6, 9), at(2, 8, 15), "problem", "high")
    ]


def test_a_field_of_the_company_is_loaded_beside_the_standard_ones(built: Built) -> None:
    levels = built.keyed(
        "select id, vip_level from raw.sales__contacts where vip_level is not null"
    )
    assert levels == {"ada": ("gold",)}


def test_the_models_keep_their_rules(built: Built) -> None:
    """dbt's unit tests of this system: no company that ships has a Salesforce org."""
    folders = ["path:models/staging/salesforce", "path:models/intermediate/salesforce"]
    results = transform.unit_tests(built.settings, folders)
    assert len(results) == 7

"""Fivetran's sample of a true org and Salesforce's own e-bike shop, from the API to the marts.

Asserted against what the files themselves say, read by nothing of Rapport.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from rapport import build, settings
from rapport.settings import Settings
from tests.acceptance import chain
from tests.acceptance.salesforce.origin import TABLES, fill, records, rows
from tests.support.salesforce_server import CLIENT_ID, CLIENT_SECRET, Org, served

pytestmark = pytest.mark.acceptance

ENTITIES = {
    "accounts": "Account", "contacts": "Contact", "leads": "Lead", "tasks": "Task",
    "opportunities": "Opportunity", "events": "Event", "users": "User",
}  # fmt: skip


@pytest.fixture(scope="module")
def shop(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The company after one interval of all years, built and published."""
    org = Org(page_rows=3)
    fill(org, data)
    with served(org):
        found = settings.load(
            Path(__file__).parent / "company",
            {
                "RAPPORT_VAR": str(tmp_path_factory.mktemp("salesforce")),
                "SALESFORCE_URL": org.url,
                "SALESFORCE_CLIENT_ID": CLIENT_ID,
                "SALESFORCE_CLIENT_SECRET": CLIENT_SECRET,
            },
        )
        chain.ingest_interval(found, ["crm"], date(2016, 1, 1), date(2020, 1, 1))
    assert build.run(found) is not None
    return found


def sample(data: Path, entity: str) -> list[dict[str, str]]:
    return list(rows(data, TABLES[ENTITIES[entity]]))


def is_live(row: dict[str, str]) -> bool:
    return row["is_deleted"].lower() != "true"


def test_every_record_is_landed_and_loaded(shop: Settings, data: Path) -> None:
    chain.check_accounts(shop)
    received = {row["entity"]: row["received"] for row in chain.deliveries(shop)}
    expected = {entity: len(sample(data, entity)) for entity in ENTITIES}
    expected["accounts"] += len(records(data, "Accounts"))
    expected["bikes"] = len(records(data, "Product__cs"))
    assert {entity: received[entity] for entity in expected} == expected
    assert expected["opportunities"] == 10


def test_deleted_records_are_loaded_and_not_shown(shop: Settings, data: Path) -> None:
    accounts = sum(map(is_live, sample(data, "accounts"))) + len(records(data, "Accounts"))
    deals = sum(map(is_live, sample(data, "opportunities")))
    assert (accounts, deals) == (4, 0), "the sample holds little else than what was deleted"
    shown = chain.warehouse_rows(
        shop,
        """
        select
            (select count(*) from staging.stg_salesforce__accounts) as accounts,
            (select count(*) from staging.stg_salesforce__opportunities) as deals,
            (select count(*) from raw.crm__opportunities) as deals_loaded,
            (select count(*) from staging.stg_salesforce__opportunity_history) as changes
        """,
    )
    assert shown == [{"accounts": accounts, "deals": deals, "deals_loaded": 10, "changes": 0}]


def test_people_are_the_contacts_and_the_lead(shop: Settings, data: Path) -> None:
    people = [
        (row["id"], row["email"] or None, row["mobile_phone"] or row["phone"] or None,
         row.get("mailing_country_code") or None)
        for row in sample(data, "contacts")
    ] + [
        (row["id"], row["email"] or None, row["mobile_phone"] or row["phone"] or None, None)
        for row in sample(data, "leads")
    ]  # fmt: skip
    found = chain.warehouse_rows(
        shop,
        "select record_id, email, phone, country_code"
        " from intermediate.int_salesforce_parties_unioned where party_kind = 'person'",
    )
    assert sorted(tuple(row.values()) for row in found) == sorted(people)
    assert len(people) == 5


def test_accounts_are_parties_to_which_their_contacts_belong(shop: Settings, data: Path) -> None:
    found = chain.warehouse_rows(
        shop,
        """
        select
            (select count(*) from intermediate.int_salesforce_parties_unioned
             where party_kind = 'account') as accounts,
            (select count(*) from intermediate.int_salesforce_parties_unioned as people
             inner join intermediate.int_identity_records as accounts
                on people.account_reference = accounts.record_key) as members
        """,
    )
    live = {row["id"] for row in sample(data, "accounts") if is_live(row)}
    members = [row for row in sample(data, "contacts") if row["account_id"] in live]
    accounts = len(live) + len(records(data, "Accounts"))
    assert found == [{"accounts": accounts, "members": len(members)}]


def test_the_converted_lead_refers_to_its_contact(shop: Settings, data: Path) -> None:
    (lead,) = sample(data, "leads")
    (found,) = chain.warehouse_rows(
        shop,
        "select record_id, cross_reference from intermediate.int_salesforce_parties_unioned"
        " where cross_reference is not null",
    )
    assert found == {
        "record_id": lead["id"],
        "cross_reference": f"crm|{lead['converted_contact_id']}",
    }


def test_calls_and_meetings_are_those_of_the_calendar(shop: Settings, data: Path) -> None:
    """The sample's tasks are all to-dos, which are no talk with anybody."""
    assert {row["task_subtype"] for row in sample(data, "tasks")} == {"Task"}
    kinds = [row["type"].lower() for row in sample(data, "events")]
    found = chain.warehouse_rows(
        shop,
        "select activity_kind, count(*) as n from intermediate.int_salesforce_activities_unioned"
        " group by 1 order by 1",
    )
    assert {row["activity_kind"]: row["n"] for row in found} == {
        "call": kinds.count("call"),
        "meeting": kinds.count("meeting"),
    }
    assert len(kinds) == kinds.count("call") + kinds.count("meeting")


def test_the_shops_own_object_is_a_feed_like_any(shop: Settings, data: Path) -> None:
    families = {
        f"@{record['attributes']['referenceId']}": record["Name"]
        for record in records(data, "Product_Family__cs")
    }
    bikes: dict[str, Any] = {
        record["Name"]: (
            f"{families[record['Product_Family__c']]} {record['Name']}",
            record["Category__c"],
            Decimal(record["MSRP__c"]),
        )
        for record in records(data, "Product__cs")
    }
    products = chain.published(
        shop, products="select sku, product_name, category_name, list_price from marts.dim_products"
    )["products"]
    assert {row["sku"]: tuple(row.values())[1:] for row in products} == bikes


def test_a_probability_above_a_hundred_is_told(shop: Settings, data: Path) -> None:
    too_high = sum(float(row["probability"]) > 100 for row in sample(data, "opportunities"))
    assert too_high == 1
    (deals,) = [row for row in chain.deliveries(shop) if row["entity"] == "opportunities"]
    told = {check["rule"]: check["unexpected"] for check in deals["checks"]}
    assert told["probability: to_be_between"] == too_high


def test_a_field_of_the_company_comes_along(shop: Settings, data: Path) -> None:
    expected = {row["id"]: row["technical_contact_c"] or None for row in sample(data, "contacts")}
    found = chain.warehouse_rows(shop, "select id, technical_contact from raw.crm__contacts")
    assert {row["id"]: row["technical_contact"] for row in found} == {
        identity: None if text is None else text.lower() == "true"
        for identity, text in expected.items()
    }

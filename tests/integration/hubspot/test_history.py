"""Two days of a portal: what was merged, archived and moved on is told as of each of them."""

from __future__ import annotations

from typing import Any

import pytest

from rapport import ingest, transform, warehouses
from rapport.settings import Settings
from tests.integration.hubspot.conftest import DAY, START
from tests.support.portal import Portal, contact, deal
from tests.support.portal_company import company, model

pytestmark = pytest.mark.slow
FIRST, SECOND = "2024-03-01T12:00:00.000Z", "2024-03-02T12:00:00.000Z"
SCOPES = {f"crm.objects.{kind}.read" for kind in ("contacts", "companies", "deals")} | {"tickets"}
# The two that the app may not read come first: they must not end the source.
ENTITIES = [
    "feedback_submissions", "owners", "contacts", "deals", "tickets", "notes", "communications",
    "deal_pipeline_stages", "ticket_pipeline_stages",
]  # fmt: skip
OWN = {"contacts": {"columns": {"shoe_size": {"type": "integer", "path": "properties.shoe_size"}}}}
Answer = dict[str, Any]


def first_day(portal: Portal) -> None:
    portal.add(
        "contacts",
        contact(1, FIRST, email="ann@example.org", firstname="Ann"),
        contact(2, FIRST, email="anna@example.net", firstname="Anna"),
        contact(3, FIRST, email="bob@example.com", mobilephone="+49 30 1234567", shoe_size="43"),
        contact(4, FIRST, email="eve@example.com", hs_merged_object_ids="9"),
    )
    portal.add("deals", deal(10, FIRST), deal(11, FIRST))
    portal.history("deals", 10, "dealstage", ("appointmentscheduled", "2024-02-25T12:00:00.000Z"))
    portal.history("deals", 10, "dealstage", ("qualifiedtobuy", FIRST))
    for number, stage, closed in ((20, "1", None), (21, "4", FIRST), (22, "2", FIRST)):
        ticket = {"id": number, "hs_pipeline_stage": stage, "closed_date": closed}
        times = {"createdate": "2024-02-01T00:00:00.000Z", "hs_lastmodifieddate": FIRST}
        portal.add("tickets", {**ticket, **times})
    for kind, number, person in (
        ("deals", 10, 2), ("deals", 11, 3), ("tickets", 20, 2), ("tickets", 21, 9),
        ("tickets", 22, 9),
    ):  # fmt: skip
        portal.link(kind, number, "contacts", person)


def second_day(portal: Portal) -> None:
    """Anna is merged into Ann, Bob and deal 11 are archived, deal 10 moves on."""
    run = portal.database.execute
    run("delete from contacts where id = 2")
    run(
        "update contacts set hs_merged_object_ids = '2', lastmodifieddate = ? where id = 1",
        (SECOND,),
    )
    portal.archive("contacts", 3, SECOND)
    portal.archive("deals", 11, SECOND)
    run(
        "update deals set dealstage = 'contractsent', hs_lastmodifieddate = ? where id = 10",
        (SECOND,),
    )
    portal.history("deals", 10, "dealstage", ("contractsent", SECOND))


@pytest.fixture(
    scope="module", params=["duckdb", pytest.param("postgres", marks=pytest.mark.postgres)]
)
def days(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[Answer]:
    """What is known at the end of each of the two days."""
    folder = tmp_path_factory.mktemp("portal")
    url = f"duckdb:///{folder / 'warehouse.duckdb'}"
    if request.param == "postgres":
        url = request.getfixturevalue("postgres_server").create_database()
    portal, answers = Portal(folder / "portal"), []
    for number, change in enumerate((first_day, second_day)):
        change(portal)
        with portal.served(scopes=SCOPES) as connection:
            found = company(folder, connection, ENTITIES, OWN, RAPPORT_WAREHOUSE_URL=url)
            start = START + number * DAY
            result = ingest.interval(found, "crm", start, start + DAY)
        model(found, "fct_deal_stages", "fct_tickets")
        answers.append({**known(found), "result": result, "settings": found})
    return answers


def known(found: Settings) -> Answer:
    with warehouses.open(found) as warehouse:

        def rows(sql: str) -> list[Answer]:
            return list(warehouse.read(sql).to_pylist())

        return {
            "customers": {
                row["record_id"]: row["customer_id"]
                for row in rows(
                    "select split_part(record_key, '|', 2) as record_id, customer_id"
                    " from intermediate.int_parties_identified"
                )
            },
            "tickets": {
                row["ticket_id"]: row
                for row in rows("select ticket_id, customer_id, is_open from candidate.fct_tickets")
            },
            "deals": {
                row["deal_id"]: row
                for row in rows("select deal_id, customer_id, stage_name from candidate.fct_deals")
            },
            "stages": rows(
                "select stage_name, left_at is null as stays, days_in_stage "
                "from candidate.fct_deal_stages where deal_id = 'crm|10' order by stage_number"
            ),
            "phones": rows("select phone from staging.stg_hubspot__contacts where record_id = '3'"),
            "sizes": rows("select shoe_size from raw.crm__contacts where shoe_size is not null"),
        }


def test_entities_that_the_app_may_not_read_do_not_end_the_source(days: list[Answer]) -> None:
    for day in days:
        assert day["result"]["emit"]
        assert day["result"]["held"] == ["feedback_submissions", "owners"]
        assert set(day["result"]["loaded"]) == set(ENTITIES) - {"feedback_submissions", "owners"}


def test_a_merged_contact_is_one_customer_with_its_survivor_from_the_merge_on(
    days: list[Answer],
) -> None:
    before, after = days
    assert before["customers"]["1"] != before["customers"]["2"]
    assert after["customers"]["1"] == after["customers"]["2"]
    # Neither deal nor ticket was modified by the merge: they still name the contact that is gone.
    assert after["tickets"]["crm|20"]["customer_id"] == after["customers"]["1"]
    assert after["deals"]["crm|10"]["customer_id"] == after["customers"]["1"]


def test_a_contact_merged_before_the_first_load_leads_to_its_survivor(days: list[Answer]) -> None:
    for day in days:
        assert day["customers"]["9"] == day["customers"]["4"]
        assert day["tickets"]["crm|21"]["customer_id"] == day["customers"]["4"]


def test_what_is_archived_is_gone_from_that_day_on(days: list[Answer]) -> None:
    before, after = days
    assert {"1", "2", "3", "4", "9"} == before["customers"].keys()
    assert {"1", "2", "4", "9"} == after["customers"].keys()
    assert before["deals"].keys() == {"crm|10", "crm|11"}
    assert after["deals"].keys() == {"crm|10"}
    assert (len(before["phones"]), len(after["phones"])) == (1, 0)


def test_properties_of_the_companys_own_are_landed_beside_the_shipped(
    days: list[Answer],
) -> None:
    assert days[0]["sizes"] == [{"shoe_size": 43}]
    assert days[0]["phones"] == [{"phone": "+49 30 1234567"}]


def test_a_deal_stands_in_its_stage_of_that_day(days: list[Answer]) -> None:
    before, after = days
    assert before["deals"]["crm|10"]["stage_name"] == "Qualified to buy"
    assert [(s["stage_name"], s["stays"], s["days_in_stage"]) for s in before["stages"]] == [
        ("Appointment scheduled", False, 5.0),
        ("Qualified to buy", True, 0.5),
    ]
    assert after["deals"]["crm|10"]["stage_name"] == "Contract sent"
    assert [(s["stage_name"], s["stays"], s["days_in_stage"]) for s in after["stages"]] == [
        ("Appointment scheduled", False, 5.0),
        ("Qualified to buy", False, 1.0),
        ("Contract sent", True, 0.5),
    ]


def test_a_ticket_is_open_as_its_stage_says(days: list[Answer]) -> None:
    tickets = days[0]["tickets"]
    states = {number: row["is_open"] for number, row in tickets.items()}
    assert states == {"crm|20": True, "crm|21": False, "crm|22": True}


def test_the_rules_hold_row_by_row(days: list[Answer]) -> None:
    folders = ("staging/hubspot", "intermediate/hubspot")
    models = ("int_deal_stages_dated", "fct_deals", "fct_deal_stages")
    selected = [*(f"path:models/{folder}" for folder in folders), *models]
    results = transform.unit_tests(days[1]["settings"], selected)
    assert {result["status"] for result in results} == {"pass"}
    assert len(results) >= 10

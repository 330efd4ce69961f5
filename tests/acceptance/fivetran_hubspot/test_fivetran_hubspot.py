"""Rows of a real portal through the API, staging, identity and marts; figures from the CSV files.

The figures were counted in the files by a script of their own (contacts: wc and the column of
merged ids; deals: distinct ids of three files; stages: 14 rows and 60 of the hashed property).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from rapport import ingest, warehouses
from tests.acceptance.fivetran_hubspot.rows import STAGE_PROPERTY, fill, merge, table
from tests.support.portal import Portal
from tests.support.portal_company import company, model

pytestmark = [pytest.mark.acceptance, pytest.mark.slow]
DAY = timedelta(days=1)
START = datetime(2024, 3, 1, tzinfo=UTC)
FIGURES = {
    "contacts": "staging.stg_hubspot__contacts",
    "deals": "candidate.fct_deals",
    "stages": "candidate.fct_deal_stages",
    "current_stages": "candidate.fct_deal_stages where is_current",
    "won_stages": "candidate.fct_deal_stages where is_won",
    "owned_deals": "candidate.fct_deals where owner_name is not null",
    "tickets": "candidate.fct_tickets",
    "open_tickets": "candidate.fct_tickets where is_open",
    "meetings": "intermediate.int_hubspot_activities_unioned where activity_kind = 'meeting'",
    "tasks": "staging.stg_hubspot__tasks",
    "owners": "staging.stg_hubspot__owners",
    "merges": "staging.stg_hubspot__contact_merges",
    "parties": "intermediate.int_hubspot_parties_described",
}


@pytest.fixture(scope="module")
def days(data: Path, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """The figures and every contact's customer, as of the end of each of the two days."""
    folder = tmp_path_factory.mktemp("fivetran_hubspot")
    portal, answers = Portal(folder / "portal"), []
    for number, change in enumerate((fill, merge)):
        change(portal, data)
        with portal.served() as connection:
            # Seven of its hundred meetings took place in 1970, more than the 5 % allowed.
            own = {"meetings": {"quarantine_max_pct": 10}}
            found = company(folder, connection, own=own)
            start = START + number * DAY
            result = ingest.interval(found, "crm", start, start + DAY)
        assert result["held"] == [], result["reasons"]
        model(
            found,
            "fct_deal_stages",
            "fct_tickets",
            "stg_hubspot__tasks",
            "int_activities_identified",
        )
        with warehouses.open(found) as warehouse:
            answer: dict[str, Any] = {
                name: warehouse.read(f"select count(*) as n from {source}")["n"][0].as_py()
                for name, source in FIGURES.items()
            }
            records = warehouse.read(
                "select split_part(record_key, '|', 2) as record_id, customer_id"
                " from intermediate.int_parties_identified"
            )
        answer["customers"] = dict(
            zip(records["record_id"].to_pylist(), records["customer_id"].to_pylist(), strict=True)
        )
        answers.append(answer)
    return answers


def test_every_object_comes_through(days: list[dict[str, Any]]) -> None:
    for day in days:
        assert (day["tickets"], day["meetings"], day["tasks"], day["owners"]) == (25, 93, 2, 100)
        # 44 deals, 14 with a stage and 59 with a history; no deal stands in two of the files.
        assert day["deals"] == 44 + 14 + 59
        assert day["contacts"] == 22 + 4  # those merged on the second day keep their last version


def test_stages_are_those_of_the_histories(days: list[dict[str, Any]], data: Path) -> None:
    history = [r for r in table(data, "deal_property_history") if r["name"] == STAGE_PROPERTY]
    assert len(history) == 60
    assert days[1]["stages"] == 14 + 60
    assert days[1]["current_stages"] == 14 + 59  # one deal has two
    won = {r["stage_id"] for r in table(data, "deal_pipeline_stage") if r["closed_won"] == "TRUE"}
    entered = [r["value"] for r in (*history, *table(data, "deal_stage"))]
    assert days[1]["won_stages"] == sum(stage in won for stage in entered)


def test_a_ticket_in_an_open_stage_is_open_whatever_its_closed_date(
    days: list[dict[str, Any]],
) -> None:
    # Two were never closed; one was, in 2025, and its stage is an open one.
    assert days[1]["open_tickets"] == 3


def test_owners_are_found_by_id(days: list[dict[str, Any]], data: Path) -> None:
    owners = {row["owner_id"] for row in table(data, "owner")}
    owned = sum(row["owner_id"] in owners for row in table(data, "deal"))
    assert days[1]["owned_deals"] == owned > 0


def test_merged_contacts_are_one_customer_with_their_survivor(
    days: list[dict[str, Any]], data: Path
) -> None:
    before, after = days
    assert (before["merges"], after["merges"]) == (0, 3 + 4)
    assert (before["parties"], after["parties"]) == (22 + 4, 22 + 4 + 4)
    assert len(set(before["customers"].values())) == 22 + 4
    assert len(set(after["customers"].values())) == 22 - 3 + 4
    pairs = [("78971951", merged) for merged in ("76340251", "46897301", "76226001")]
    pairs += [(r["canonical_vid"], r["vid_to_merge"]) for r in table(data, "contact_merge_audit")]
    for survivor, merged in pairs:
        assert after["customers"][survivor] == after["customers"][merged]

"""What identity decides reaches the marts: facts move with a merge, contacts count for accounts."""

from __future__ import annotations

from typing import Any

import pytest

from rapport import ingest, warehouses
from rapport.settings import Settings
from tests.integration.hubspot.conftest import DAY, START
from tests.support.portal import Portal, contact, deal
from tests.support.portal_company import company, model

pytestmark = pytest.mark.slow
FIRST, SECOND = "2024-03-01T12:00:00.000Z", "2024-03-02T12:00:00.000Z"
ENTITIES = ["contacts", "companies", "deals", "deal_pipeline_stages", "owners"]
MARTS = ("fct_deals", "dim_customer_aliases", "fct_identity_changes", "ops_identity")
Rows = dict[str, list[dict[str, Any]]]


def first_day(portal: Portal) -> None:
    times = {"createdate": FIRST, "hs_lastmodifieddate": FIRST}
    portal.add("companies", {"id": 5, "name": "Velo Ltd", "country": "Austria", **times})
    portal.add(
        "contacts",
        contact(1, FIRST, email="ann@example.org"),
        contact(2, FIRST, email="anna@example.net"),
        contact(5, FIRST, email="bob@velo.example", associatedcompanyid="5"),
    )
    portal.add("deals", deal(10, FIRST), deal(11, FIRST))
    portal.link("deals", 10, "contacts", 2)
    portal.link("deals", 11, "contacts", 5)


def second_day(portal: Portal) -> None:
    portal.database.execute(
        "update contacts set email = 'ANN@example.org', lastmodifieddate = ? where id = 2",
        (SECOND,),
    )


@pytest.fixture(
    scope="module", params=["duckdb", pytest.param("postgres", marks=pytest.mark.postgres)]
)
def days(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[Rows]:
    """The marts at the end of each of two days."""
    folder = tmp_path_factory.mktemp("portal")
    url = f"duckdb:///{folder / 'warehouse.duckdb'}"
    if request.param == "postgres":
        url = request.getfixturevalue("postgres_server").create_database()
    portal, found = Portal(folder / "portal"), []
    for number, change in enumerate((first_day, second_day)):
        change(portal)
        with portal.served() as connection:
            loaded = company(folder, connection, ENTITIES, RAPPORT_WAREHOUSE=url)
            start = START + number * DAY
            ingest.interval(loaded, "crm", start, start + DAY)
        model(loaded, *MARTS)
        found.append(_rows(loaded))
    return found


def _rows(loaded: Settings) -> Rows:
    with warehouses.open(loaded) as warehouse:
        tables = {name: f"candidate.{name}" for name in MARTS}
        tables["parties"] = "intermediate.int_parties_identified"
        return {
            name: list(warehouse.read(f"select * from {table}").to_pylist())
            for name, table in tables.items()
        }


def _ids(rows: Rows, id_column: str) -> dict[str, str]:
    return {row["record_key"]: row[id_column] for row in rows["parties"]}


def _deal(rows: Rows, deal_id: str) -> dict[str, Any]:
    (found,) = [row for row in rows["fct_deals"] if row["deal_id"] == deal_id]
    return found


def test_a_merge_moves_the_facts_and_the_old_id_still_leads_to_the_customer(
    days: list[Rows],
) -> None:
    before, after = days
    ids = [_ids(before, "customer_id")[key] for key in ("crm|1", "crm|2")]
    kept = _ids(after, "customer_id")["crm|2"]
    (lost,) = set(ids) - {kept}
    assert _deal(before, "crm|10")["customer_id"] == ids[1]
    assert _deal(after, "crm|10")["customer_id"] == kept
    (alias,) = [row for row in after["dim_customer_aliases"] if row["alias_kind"] == "merged"]
    assert (alias["alias_id"], alias["customer_id"]) == (lost, kept)
    assert alias["since"] == (START + 2 * DAY).replace(tzinfo=None)
    (change,) = [r for r in after["fct_identity_changes"] if r["change_kind"] == "merged"]
    assert (change["previous_customer_id"], change["customer_id"]) == (lost, kept)
    assert alias["reason"] == change["reason"]
    assert "e-mail" in change["reason"]


def test_a_contacts_deal_is_the_accounts_and_both_ids_are_there(days: list[Rows]) -> None:
    for rows in days:
        account = _ids(rows, "person_id")["crm|company:5"]
        bob = _ids(rows, "person_id")["crm|5"]
        assert account != bob
        deal_row = _deal(rows, "crm|11")
        assert (deal_row["customer_id"], deal_row["person_id"]) == (account, bob)
        (alias,) = [row for row in rows["dim_customer_aliases"] if row["alias_id"] == bob]
        assert (alias["alias_kind"], alias["customer_id"]) == ("account", account)


def test_every_build_says_how_it_decided(days: list[Rows]) -> None:
    people = [row["people"] for rows in days for row in rows["ops_identity"]]
    assert people == [4, 3]

"""What HubSpot's API leaves out, cuts off or moves is in the landing zone all the same."""

from __future__ import annotations

from typing import Any

import pyarrow.parquet as pq
import pytest

from rapport.company import Column
from rapport.errors import RapportError
from rapport.landing.zone import Interval, Zone
from rapport.systems import shipped_entities
from tests.integration.hubspot.conftest import DAY, START, Fetch, with_fetch
from tests.support.portal import Portal, contact, deal

NOON = "2024-03-01T12:00:00.000Z"
BEFORE, AFTER = "2024-02-29T23:59:59.999Z", "2024-03-02T00:00:00.000Z"


def ids(rows: list[dict[str, Any]]) -> list[str]:
    return [row["id"] for row in rows]


def test_an_interval_takes_its_start_and_leaves_its_end(portal: Portal, fetch: Fetch) -> None:
    portal.add(
        "contacts",
        contact(1, BEFORE),
        contact(2, "2024-03-01T00:00:00.000Z"),
        contact(3, "2024-03-01T23:59:59.999Z"),
        contact(4, AFTER),
    )
    with portal.served() as connection:
        assert ids(fetch(connection, "contacts")) == ["2", "3"]
        assert ids(fetch(connection, "contacts", lookback_days=1)) == ["1", "2", "3"]


@pytest.mark.slow
def test_more_rows_than_a_search_gives_out_come_once_each_even_of_one_instant(
    portal: Portal, fetch: Fetch
) -> None:
    portal.add("contacts", *(contact(number, NOON) for number in range(1, 10_502)))
    with portal.served() as connection:
        rows = fetch(connection, "contacts")
    assert ids(rows) == [str(number) for number in range(1, 10_502)]


def test_an_object_modified_while_pages_are_read_moves_no_other_past_the_reader(
    portal: Portal, fetch: Fetch
) -> None:
    portal.add("contacts", *(contact(number, NOON) for number in range(1, 402)))

    def modify(number: int, request: str) -> None:
        if len([r for r in portal.requests if r.endswith("/search")]) == 2:
            portal.database.execute(
                "update contacts set lastmodifieddate = ? where id <= 100", (AFTER,)
            )

    portal.fault = modify
    with portal.served() as connection:
        assert len(fetch(connection, "contacts")) == 401


def test_associations_and_history_stand_where_the_list_has_them(
    portal: Portal, fetch: Fetch
) -> None:
    portal.add("deals", *(deal(number, NOON) for number in range(1, 121)))
    portal.link("deals", 1, "contacts", 900)
    portal.link("deals", 1, "contacts", 88)
    stages = (("appointmentscheduled", "2024-01-01T00:00:00.000Z"), ("qualifiedtobuy", BEFORE))
    portal.history("deals", 1, "dealstage", *stages)
    with portal.served() as connection:
        searched = fetch(connection, "deals")
        history = [r for r in portal.requests if r.endswith("/batch/read") and "v3" in r]
        listed = fetch(connection, "deals", **with_fetch("deals", endpoint="list"))
    assert len(history) == 3  # 120 deals, 50 at a time
    for rows in (searched, listed):
        first = rows[0]
        assert {one["id"] for one in first["associations"]["contacts"]["results"]} == {"88", "900"}
        told = first["propertiesWithHistory"]["dealstage"]
        assert [entry["value"] for entry in told] == ["qualifiedtobuy", "appointmentscheduled"]
    assert searched[0]["associations"]["contacts"]["results"][0]["id"] == "88"  # the oldest
    assert ids(searched) == ids(listed)
    assert [row["properties"] for row in searched] == [row["properties"] for row in listed]


def test_the_list_endpoint_keeps_what_lies_in_the_interval(portal: Portal, fetch: Fetch) -> None:
    portal.add("contacts", contact(1, BEFORE), contact(2, NOON), contact(3, AFTER))
    with portal.served() as connection:
        rows = fetch(connection, "contacts", **with_fetch("contacts", endpoint="list"))
    assert ids(rows) == ["2"]
    assert not [request for request in portal.requests if request.endswith("/search")]


def test_what_was_archived_in_the_interval_is_its_own_last_version(
    portal: Portal, fetch: Fetch
) -> None:
    portal.add("contacts", *(contact(number, "2024-01-05T00:00:00.000Z") for number in (1, 2, 3)))
    portal.archive("contacts", 1, "2024-02-01T00:00:00.000Z")
    portal.archive("contacts", 2, NOON)
    portal.archive("contacts", 3, AFTER)
    with portal.served() as connection:
        (row,) = fetch(connection, "contacts")
    assert (row["id"], row["archived"]) == ("2", True)
    assert row["properties"]["lastmodifieddate"] == NOON
    assert row["properties"]["email"] == "c2@example.org"


def test_owners_who_left_and_stages_of_all_pipelines_come_each_time(
    portal: Portal, fetch: Fetch
) -> None:
    for number in (7001, 7002):
        portal.add("owners", {"id": number, "email": "o@example.org", "updatedAt": BEFORE})
    portal.archive("owners", 7002, BEFORE)
    with portal.served() as connection:
        owners = fetch(connection, "owners")
        stages = fetch(connection, "deal_pipeline_stages")
        tickets = fetch(connection, "ticket_pipeline_stages")
    assert [(row["id"], row["archived"]) for row in owners] == [("7001", False), ("7002", True)]
    won = next(row for row in stages if row["id"] == "closedwon")
    assert won["pipelineLabel"] == "Sales pipeline"
    assert won["metadata"] == {"probability": "1.0", "isClosed": "true"}
    assert [row["metadata"]["ticketState"] for row in tickets].count("CLOSED") == 1


def test_a_companys_own_property_is_asked_for(portal: Portal, fetch: Fetch) -> None:
    portal.add("contacts", contact(1, NOON, shoe_size="43"))
    columns = {
        **shipped_entities("hubspot")["contacts"].columns,
        "shoe_size": Column(type="integer", path="properties.shoe_size"),
    }
    with portal.served() as connection:
        (row,) = fetch(connection, "contacts", columns=columns)
    assert row["properties"]["shoe_size"] == "43"


def test_a_renamed_property_is_asked_for_under_the_name_that_the_portal_has(
    portal: Portal, fetch: Fetch
) -> None:
    portal.add("contacts", contact(1, NOON, shoe_size_eu="43"))
    both = Column(type="integer", path=["properties.shoe_size", "properties.shoe_size_eu"])
    columns = {**shipped_entities("hubspot")["contacts"].columns, "shoe": both}
    with portal.served() as connection:
        (row,) = fetch(connection, "contacts", columns=columns)
    assert row["properties"]["shoe_size_eu"] == "43"
    assert "shoe_size" not in row["properties"]


def test_a_renamed_property_stops_its_entity_and_an_optional_one_is_not_asked_for(
    portal: Portal, fetch: Fetch
) -> None:
    portal.add("contacts", contact(1, NOON, shoe_size_eu="43"))
    shipped = shipped_entities("hubspot")["contacts"].columns
    lost = Column(type="integer", path="properties.shoe_size")
    with portal.served() as connection:
        with pytest.raises(RapportError) as caught:
            fetch(connection, "contacts", columns={**shipped, "shoe": lost})
        spare = lost.model_copy(update={"required": False})
        (row,) = fetch(connection, "contacts", columns={**shipped, "shoe": spare})
    assert caught.value.code == "field-missing"
    assert "shoe_size_eu looks like it" in caught.value.what
    assert "shoe_size" not in row["properties"]


def test_a_preview_reads_no_more_than_it_shows(portal: Portal, fetch: Fetch) -> None:
    portal.add("contacts", *(contact(number, NOON) for number in range(1, 900)))
    with portal.served() as connection:
        rows = fetch(connection, "contacts", limit=10)
    assert len(rows) == 200  # a page of the search
    assert len([request for request in portal.requests if request.endswith("/search")]) == 1


def test_all_ids_are_told_where_deletions_are_found_by_comparing(
    portal: Portal, fetch: Fetch, zone: Zone
) -> None:
    portal.add("contacts", *(contact(number, BEFORE) for number in range(1, 131)))
    portal.archive("contacts", 130, BEFORE)
    with portal.served() as connection:
        assert fetch(connection, "contacts", deletes="compare") == []
    manifest = zone.manifest(Interval("crm", "contacts", START, START + DAY))
    assert manifest is not None
    (item,) = [item for item in manifest["files"] if item["format"] == "keys"]
    with zone.open(item["path"]) as stream:
        assert pq.read_table(stream)["id"].to_pylist() == [str(n) for n in range(1, 130)]

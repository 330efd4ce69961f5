"""What changes in the org between intervals: repeats, deletions, fields that are gone."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rapport import ingest, transform
from rapport.errors import RapportError
from rapport.settings import Settings
from tests.integration.salesforce import northwind as world
from tests.integration.salesforce.northwind import END, FEBRUARY, NEW_YEAR, loaded, northwind
from tests.support.salesforce_server import Org


@pytest.fixture
def january(org: Org, tmp_path: Path) -> tuple[Settings, world.Ids]:
    """The company after January."""
    found, who = northwind(org, tmp_path), world.tell_january(org)
    ingest.interval(found, "sales", NEW_YEAR, FEBRUARY)
    return found, who


def contacts(found: Settings, as_of: datetime) -> set[str]:
    """Contacts that staging shows as of an instant."""
    loaded(found, "select 1")
    transform.run(found, ["stg_salesforce__contacts"], as_of)
    rows = loaded(found, "select record_id from staging.stg_salesforce__contacts")
    return {row["record_id"] for row in rows}


def test_the_same_interval_twice_changes_nothing(
    january: tuple[Settings, world.Ids],
) -> None:
    found, _ = january
    raw = "select * from raw.sales__opportunity_history order by id, _row_number"
    before = loaded(found, raw)
    ingest.interval(found, "sales", NEW_YEAR, FEBRUARY)
    assert loaded(found, raw) == before
    assert len(before) == 5


def test_who_is_deleted_goes_and_comes_back_when_restored(
    org: Org, january: tuple[Settings, world.Ids]
) -> None:
    found, who = january
    org.change("Contact", who["back"], "2026-02-03 12:00", IsDeleted=True)
    ingest.interval(found, "sales", FEBRUARY, datetime(2026, 2, 4, tzinfo=UTC))
    assert who["back"] not in contacts(found, datetime(2026, 2, 4))

    org.change("Contact", who["back"], "2026-02-05 12:00", IsDeleted=False)
    ingest.interval(found, "sales", datetime(2026, 2, 4, tzinfo=UTC), END)
    assert who["back"] in contacts(found, datetime(2026, 2, 10))
    assert who["back"] not in contacts(found, datetime(2026, 2, 5)), "the past stays as it was"
    assert who["back"] in contacts(found, datetime(2026, 2, 2))


def test_what_was_looked_at_again_is_loaded_once(
    org: Org, january: tuple[Settings, world.Ids]
) -> None:
    found, who = january
    org.change("Contact", who["ada"], "2026-01-31 23:30", Title="Countess")
    ingest.interval(found, "sales", NEW_YEAR, FEBRUARY)
    late = org.add("Contact", "2026-01-31 23:40", LastName="Late", AccountId=who["shop"])
    ingest.interval(found, "sales", FEBRUARY, END)
    rows = loaded(
        found, "select id, _interval_start from raw.sales__contacts where system_modstamp >="
        " '2026-01-31 23:00:00' order by system_modstamp",
    )  # fmt: skip
    assert [tuple(row.values()) for row in rows] == [
        (who["ada"], datetime(2026, 1, 1)),
        (late, datetime(2026, 2, 1)),
    ]


def test_what_left_the_bin_is_missed_by_its_key(org: Org, tmp_path: Path) -> None:
    folder = tmp_path / "company"
    shutil.copytree(world.COMPANY, folder)
    own = folder / "sources" / "sales.yml"
    own.write_text(own.read_text().replace("  contacts:", "  contacts:\n    deletes: compare"))
    found, who = northwind(org, tmp_path / "var", folder), world.tell_january(org)
    ingest.interval(found, "sales", NEW_YEAR, FEBRUARY)

    org.rows["Contact"] = [row for row in org.rows["Contact"] if row["Id"] != who["pia"]]
    ingest.interval(found, "sales", FEBRUARY, END)

    assert who["pia"] not in contacts(found, datetime(2026, 2, 10))
    assert {who["ada"], who["gone"], who["back"]} == contacts(found, datetime(2026, 2, 10))


def test_a_field_that_was_renamed_stops_its_entity_alone(
    org: Org, january: tuple[Settings, world.Ids]
) -> None:
    found, who = january
    world.tell_february(org, who)
    org.fields["Case"]["Urgency__c"] = org.fields["Case"].pop("Priority")

    outcome = ingest.interval(found, "sales", FEBRUARY, END)

    assert outcome["held"] == ["cases"]
    assert outcome["emit"], "cases are not required"
    assert "Case has no field Priority" in outcome["errors"][0]
    assert loaded(found, "select * from raw.sales__tasks")


def test_a_required_entity_whose_field_is_hidden_withholds_the_source(
    org: Org, january: tuple[Settings, world.Ids]
) -> None:
    found, _ = january
    del org.fields["Contact"]["VIP_Level__c"]

    with pytest.raises(RapportError) as caught:
        ingest.interval(found, "sales", FEBRUARY, END)

    assert caught.value.code == "field-missing"
    assert "VIP_Level__c" in caught.value.what
    assert "entities.contacts.columns.vip_level" in caught.value.todo
    assert "sources/<source>.yml" in caught.value.todo
    assert len(loaded(found, "select * from raw.sales__contacts")) == 4

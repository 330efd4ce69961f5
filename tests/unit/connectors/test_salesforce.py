"""The Salesforce connector against a served org: what it asks, what it lands, how it fails."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from rapport.company import Column, Entity, Source
from rapport.connectors import rest, salesforce
from rapport.connectors.finding import Finding
from rapport.errors import RapportError
from rapport.landing.zone import Interval, Zone
from rapport.systems import shipped_entities
from tests.support.salesforce_server import CLIENT_ID, CLIENT_SECRET, Org, Refused, served

SERVER_ERROR = Refused(500, "UNKNOWN_EXCEPTION", "An unexpected error occurred")
LIMIT = Refused(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
CONTACTS = shipped_entities("salesforce")["contacts"]
DAY = Interval(
    "crm", "contacts", datetime(2026, 1, 31, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
)


@pytest.fixture
def org(monkeypatch: pytest.MonkeyPatch) -> Iterator[Org]:
    """An org with five contacts changed on the day; what is asked again is asked at once."""
    monkeypatch.setattr(rest, "MAX_ATTEMPTS", 3)
    monkeypatch.setattr(rest, "BACKOFF_FACTOR", 0.001)
    with served(Org()) as running:
        for number in range(5):
            running.add("Contact", f"2026-01-31 0{number}:00", LastName=f"Doe {number}")
        yield running


def connection(org: Org, **changed: str) -> dict[str, str]:
    return {"base_url": org.url, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, **changed}


def fetched(
    org: Org, zone: Zone, entity: Entity = CONTACTS, interval: Interval = DAY, **receive: Any
) -> list[dict[str, Any]]:
    """The rows as they were landed."""
    with zone.receive(interval, **receive) as delivery:
        salesforce.fetch(connection(org), entity, interval, delivery)
    manifest = zone.manifest(interval)
    assert manifest is not None
    data = next(item for item in manifest["files"] if item["format"] == "jsonl")
    with zone.open(data["path"]) as stream, gzip.open(stream) as lines:
        rows = [json.loads(line) for line in lines]
    assert manifest["rows"] == len(rows)
    return rows


@pytest.fixture
def zone(tmp_path: Path) -> Zone:
    return Zone(f"file://{tmp_path}")


def refusal(org: Org, zone: Zone, entity: Entity = CONTACTS) -> RapportError:
    """The error of a fetch, after which nothing is landed."""
    with pytest.raises(RapportError) as caught:
        fetched(org, zone, entity)
    assert zone.manifest(DAY) is None
    assert not list(Path(zone.root).rglob("part-*"))
    assert CLIENT_SECRET not in str(caught.value)
    return caught.value


def test_all_pages_are_landed_as_they_came(org: Org, zone: Zone) -> None:
    rows = fetched(org, zone)
    assert [row["LastName"] for row in rows] == [f"Doe {n}" for n in range(5)]
    assert rows[0]["attributes"]["type"] == "Contact"
    assert rows[0]["SystemModstamp"] == "2026-01-31T00:00:00.000+0000"


def test_an_interval_takes_its_start_and_leaves_its_end(org: Org, zone: Zone) -> None:
    org.add("Contact", "2026-02-01 00:00", LastName="next day")
    org.add("Contact", "2026-01-30 22:00", LastName="long before")
    assert len(fetched(org, zone)) == 5


def test_what_was_saved_late_is_found_by_looking_back(org: Org, zone: Zone) -> None:
    org.add("Contact", "2026-01-30 23:00", LastName="began before midnight")
    assert "began before midnight" in [row["LastName"] for row in fetched(org, zone)]


def test_deleted_rows_come_along_and_say_so(org: Org, zone: Zone) -> None:
    gone = org.rows["Contact"][0]["Id"]
    org.change("Contact", gone, "2026-01-31 20:00", IsDeleted=True)
    assert {row["Id"]: row["IsDeleted"] for row in fetched(org, zone)}[gone] is True


def test_what_has_no_cursor_is_taken_whole(org: Org, zone: Zone) -> None:
    org.add("User", "2019-01-01 00:00", Name="Olga", Email="o@x.example", IsActive=True)
    users = shipped_entities("salesforce")["users"]
    place = Interval("crm", "users", DAY.start, DAY.end)
    assert [row["Name"] for row in fetched(org, zone, users, place)] == ["Olga"]


def test_a_preview_stops_at_its_limit(org: Org, zone: Zone) -> None:
    assert len(fetched(org, zone, limit=3)) == 3
    assert org.soql[-1].endswith(" LIMIT 3")


def test_fields_that_only_some_orgs_have_are_asked_for_where_they_are(org: Org, zone: Zone) -> None:
    assert "MailingCountryCode" not in fetched(org, zone)[0]
    org.fields["Contact"]["MailingCountryCode"] = "picklist"
    org.rows["Contact"][0]["MailingCountryCode"] = "DE"
    assert fetched(org, zone)[0]["MailingCountryCode"] == "DE"


def test_a_renamed_field_is_asked_for_under_the_name_that_the_org_has(org: Org, zone: Zone) -> None:
    renamed = Column(path=["SystemModstamp_old__c", "SystemModstamp"], type="timestamp")
    columns = {**CONTACTS.columns, "system_modstamp": renamed}
    assert len(fetched(org, zone, CONTACTS.model_copy(update={"columns": columns}))) == 5
    assert "SystemModstamp_old__c" not in org.soql[-1]


def test_a_field_that_two_columns_want_is_asked_for_once(org: Org, zone: Zone) -> None:
    columns = {**CONTACTS.columns, "mail_again": Column(path="Email")}
    fetched(org, zone, CONTACTS.model_copy(update={"columns": columns}))
    assert org.soql[-1].count(" Email,") == 1


def test_a_field_of_a_related_record_is_landed_within_it(org: Org, zone: Zone) -> None:
    org.rows["Contact"][0]["OwnerId"] = org.add("User", "2026-01-01 00:00", Name="Olga")
    columns = {**CONTACTS.columns, "owner_name": Column(path="Owner.Name")}
    rows = fetched(org, zone, CONTACTS.model_copy(update={"columns": columns}))
    assert rows[0]["Owner"] == {"Name": "Olga"}


def test_a_token_that_expires_between_pages_is_renewed(org: Org, zone: Zone) -> None:
    org.token_serves = 2  # the describe call and the first page
    assert len(fetched(org, zone)) == 5
    assert len(org.tokens) == 2


def test_a_token_that_is_refused_at_once_stops(org: Org, zone: Zone) -> None:
    org.token_serves = 0
    assert refusal(org, zone).code == "source-unauthorised"


def test_a_server_error_between_pages_is_asked_again(org: Org, zone: Zone) -> None:
    org.failures = [None, SERVER_ERROR, None]
    assert len(fetched(org, zone)) == 5


def test_a_server_that_stays_down_lands_nothing(org: Org, zone: Zone) -> None:
    org.failures = [None, *[SERVER_ERROR] * 3]
    error = refusal(org, zone)
    assert error.code == "source-down"
    assert "crm.contacts 2026-01-31" in error.where


def test_too_many_calls_at_once_are_asked_again(org: Org, zone: Zone) -> None:
    org.failures = [LIMIT, None, LIMIT]
    assert len(fetched(org, zone)) == 5


def test_calls_that_are_used_up_are_told(org: Org, zone: Zone) -> None:
    org.failures = [LIMIT] * 3
    error = refusal(org, zone)
    assert error.code == "source-limited"
    assert "TotalRequests Limit exceeded" in error.what


def test_a_place_that_salesforce_lost_is_retried_by_the_task(org: Org, zone: Zone) -> None:
    org.failures = [None, Refused(400, "INVALID_QUERY_LOCATOR", "invalid query locator")]
    assert refusal(org, zone).code == "source-down"


def test_a_renamed_field_is_named_with_its_likely_new_name(org: Org, zone: Zone) -> None:
    del org.fields["Contact"]["MobilePhone"]
    org.fields["Contact"]["MobilePhone__c"] = "phone"
    error = refusal(org, zone)
    assert error.code == "field-missing"
    assert "Contact has no field MobilePhone" in error.what
    assert "MobilePhone__c looks like it" in error.what
    assert "entities.contacts.columns.mobile_phone" in error.todo


def test_a_field_in_other_letters_would_be_empty_and_is_refused(org: Org, zone: Zone) -> None:
    columns = {**CONTACTS.columns, "email": Column(path="email")}
    error = refusal(org, zone, CONTACTS.model_copy(update={"columns": columns}))
    assert "Email looks like it" in error.what


def test_a_field_hidden_only_from_the_query_is_named(org: Org, zone: Zone) -> None:
    columns = {**CONTACTS.columns, "boss": Column(path="ReportsTo.Name")}
    org.fields["Contact"]["ReportsTo"] = "string"  # described, yet not to be followed
    error = refusal(org, zone, CONTACTS.model_copy(update={"columns": columns}))
    assert error.code == "field-missing"
    assert "ReportsTo.Name" in error.what


def test_an_object_that_is_hidden_is_named(org: Org, zone: Zone) -> None:
    del org.fields["Contact"]
    error = refusal(org, zone)
    assert error.code == "object-missing"
    assert "no object Contact" in error.what


def test_a_wrong_secret_is_told_without_printing_it(org: Org, zone: Zone) -> None:
    with pytest.raises(RapportError) as caught, zone.receive(DAY) as delivery:
        salesforce.fetch(connection(org, client_secret="wr0ng"), CONTACTS, DAY, delivery)
    assert caught.value.code == "source-unauthorised"
    assert "invalid client credentials" in caught.value.what
    assert "wr0ng" not in str(caught.value)


def test_keys_are_compared_with_what_is_there_now(org: Org, zone: Zone) -> None:
    org.change("Contact", org.rows["Contact"][0]["Id"], "2026-01-31 20:00", IsDeleted=True)
    org.add("Contact", "2020-01-01 00:00", LastName="unchanged for years")
    fetched(org, zone, CONTACTS.model_copy(update={"deletes": "compare"}))
    manifest = zone.manifest(DAY) or {}
    keys = next(item for item in manifest["files"] if item["format"] == "keys")
    with zone.open(keys["path"]) as stream:
        found = pq.read_table(stream)["id"].to_pylist()
    assert sorted(found) == sorted(r["Id"] for r in org.rows["Contact"] if not r["IsDeleted"])


def source(org: Org, *names: str) -> Source:
    entities = {name: shipped_entities("salesforce")[name] for name in names or ("contacts",)}
    return Source(name="crm", system="salesforce", kind="crm", entities=entities)


def findings(org: Org, *names: str, **changed: str) -> list[Finding]:
    return list(salesforce.check(connection(org, **changed), source(org, *names)))


def test_a_check_of_a_sound_connection_warns_of_nothing_that_stops(org: Org) -> None:
    found = findings(org, "contacts", "opportunities")
    assert [f.subject for f in found[:4]] == ["address", "credentials", "permission", "clock"]
    assert all(f.is_ok or f.is_warning for f in found)
    assert [f.place for f in found if f.is_warning] == [
        "contacts.mailing_country_code",
        "opportunities.currency_iso_code",
    ]


@pytest.mark.parametrize(
    ("changed", "subject"),
    [({"base_url": "http://127.0.0.1:9"}, "address"), ({"client_id": "x"}, "credentials")],
)
def test_a_check_ends_at_what_bars_the_way(org: Org, changed: dict[str, str], subject: str) -> None:
    last = findings(org, **changed)[-1]
    assert (last.subject, last.is_ok) == (subject, False)
    assert last.todo


def test_a_check_names_fields_that_are_hidden_and_entities_that_are_missing(org: Org) -> None:
    del org.fields["Contact"]["Email"]
    del org.fields["EmailMessage"]
    found = {f.place: f for f in findings(org, "contacts", "email_messages") if not f.is_ok}
    assert "field-level security" in found["contacts.email"].todo
    assert not found["contacts.email"].is_warning
    assert found["email_messages"].is_warning  # nothing stops without it


def test_a_check_warns_of_a_field_that_has_another_type_now(org: Org) -> None:
    org.fields["Contact"]["Birthdate"] = "string"
    found = {f.place: f for f in findings(org)}["contacts.birthdate"]
    assert found.is_warning
    assert "Birthdate is a string there, the column a date" in found.says


def test_a_check_warns_of_few_calls_and_of_a_wrong_clock(org: Org) -> None:
    org.calls_left, org.skew = 99, timedelta(minutes=5)
    found = {f.subject: f for f in findings(org)}
    assert found["permission"].is_warning
    assert "99 of 1000" in found["permission"].says
    assert "ahead of" in found["clock"].says


def test_own_fields_and_objects_are_discovered(org: Org) -> None:
    org.fields["Contact"]["VIP_Level__c"] = "double"
    org.fields["Bike__c"] = {"Id": "id", "Name": "string", "MSRP__c": "currency",
                             "Showroom__c": "location", "SystemModstamp": "datetime"}  # fmt: skip
    found = salesforce.discover(connection(org))
    assert found["contacts"] == {
        "columns": {"vip_level__c": {"type": "double", "path": "VIP_Level__c", "required": False}}
    }
    assert found["bike"]["fetch"] == {"object": "Bike__c"}
    assert found["bike"]["cursor"] == "system_modstamp"
    assert list(found["bike"]["columns"]) == ["id", "name", "msrp__c", "system_modstamp"]
    assert found["opportunities"] == {}, "it ships, and there is nothing to add"

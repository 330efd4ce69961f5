"""Records in one shape, whatever columns came and in whatever order."""

from __future__ import annotations

import random
from datetime import date

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from rapport.identity.prepare import PREPARED_SCHEMA, prepare

BEFORE = date(2026, 7, 1)
RECORDS = {
    "record_key": ["crm|2", "crm|10", "erp|1", "erp|ä"],
    "party_kind": ["person", "person", "account", None],
    "first_name": ["Bob", None, None, None],
    "last_name": ["Müller", None, None, None],
    "full_name": [None, "王秀英", "Acme GmbH", "Smith, Jane"],
    "email": ["Bob@Firma.at", None, "office@acme.example", None],
    "phone": ["0664 1234567", "138 0013 8000", None, "020 7946 0958"],
    "country_code": ["Austria", "CN", None, None],
    "street": ["Hauptstr. 7", None, None, None],
    "house_number": [None, None, "5", None],
}


def _table(columns: dict[str, list[str | None]]) -> pa.Table:
    return pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})


def test_only_keys_are_needed() -> None:
    prepared = prepare(_table({"record_key": ["b", "a"]}), BEFORE)
    assert prepared.schema == PREPARED_SCHEMA
    assert prepared["record_key"].to_pylist() == ["a", "b"]
    assert prepared.drop_columns("record_key").to_pylist()[0] == dict.fromkeys(
        PREPARED_SCHEMA.names[1:]
    )
    assert prepare(_table({"record_key": []}), BEFORE).schema == PREPARED_SCHEMA


def test_records_come_out_in_one_spelling() -> None:
    rows = prepare(_table(RECORDS), BEFORE, default_country="GB").to_pylist()
    assert [row["record_key"] for row in rows] == ["crm|10", "crm|2", "erp|1", "erp|ä"]
    chinese, bob, acme, jane = rows
    assert (chinese["name_sorted"], chinese["phone"]) == ("wang xiuying", "+8613800138000")
    assert (bob["given_root"], bob["family_name"], bob["family_name_alt"]) == (
        *("robert", "muller", "mueller"),
    )
    assert (bob["street"], bob["house_number"], bob["country"]) == ("hauptstrasse", "7", "AT")
    assert (acme["company"], acme["company_form"], acme["family_name"]) == ("acme", "gmbh", None)
    assert acme["house_number"] == "5"
    assert (jane["given_name"], jane["phone"]) == ("jane", "+442079460958")


def test_a_company_is_no_person() -> None:
    columns = {"record_key": ["a"], "full_name": ["Acme Tools"], "company_name": ["Acme Tools"]}
    row = prepare(_table(columns), BEFORE).to_pylist()[0]
    assert (row["company"], row["family_name"]) == ("acme tools", None)


def test_the_order_of_rows_and_chunks_does_not_matter() -> None:
    table = _table(RECORDS)
    order = list(range(table.num_rows))
    expected = prepare(table, BEFORE)
    for seed in range(3):
        random.Random(seed).shuffle(order)
        shuffled = pa.concat_tables([table.take([row]) for row in order])
        assert prepare(shuffled, BEFORE).equals(expected)


@settings(max_examples=10, deadline=None)
@given(st.lists(st.lists(st.text(), min_size=10, max_size=10), min_size=1, max_size=10))
def test_no_text_stops_it(rows: list[list[str]]) -> None:
    columns = [list(column) for column in zip(*rows, strict=True)]
    table = _table(dict(zip(RECORDS, columns, strict=True)))
    assert prepare(table, BEFORE).num_rows == len(rows)

"""The identity step from the intermediate table to schema `identity`, on each engine."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from rapport import warehouses
from rapport.errors import RapportError
from rapport.identity.results import IdentityResult
from rapport.identity.run import identify
from rapport.settings import Settings
from rapport.state import store
from rapport.state.store import State
from tests.support.people import RECORD_SCHEMA, record

DAY_1, DAY_2 = datetime(2025, 1, 1, tzinfo=UTC), datetime(2025, 1, 2, tzinfo=UTC)
ROWS = [
    record("crm|1", email="Max.Muster+x@googlemail.com", phone="0664 1", country_code="AT"),
    record("erp|1", email="maxmuster@gmail.com"),
    record("web|1", source_role="web", cross_reference="erp|1"),
    record("crm|h", email="haus@gmx.at", birth_date=date(1980, 1, 2)),
    record("erp|h", email="haus@gmx.at", birth_date=date(1955, 11, 23)),
    *(record(f"crm|i{i:02}", email="info@firma.at") for i in range(11)),
]
TABLES = {
    "record_customers": ["record_key", "customer_id", "link_rule", "account_id", "link_weight"],
    "identity_links": [
        *("left_key", "right_key", "rule", "evidence", "weight", "is_cut", "reason"),
    ],
    "identity_changes": [
        *("change_no", "as_of", "change_kind", "customer_id", "record_key"),
        *("previous_customer_id", "reason"),
    ],
    "customer_aliases": ["alias_id", "customer_id", "since"],
    "shared_keys": ["key_kind", "key_value", "records"],
    "record_keys": ["record_key", "email_normalised", "phone_e164"],
    "review_pairs": ["left_key", "right_key", "match_weight", "probability", "kind", "reason"],
    "scenario_customers": ["scenario", "record_key", "customer_id"],
}


@pytest.fixture
def state(engine_settings: Settings) -> Iterator[State]:
    opened = store.open(engine_settings)
    yield opened
    opened.close()


def _run(
    settings: Settings, state: State, rows: list[dict[str, Any]], as_of: datetime, **options: Any
) -> tuple[IdentityResult, dict[str, list[dict[str, Any]]]]:
    schema = f"intermediate{options.get('suffix', '')}"
    with warehouses.open(settings) as warehouse:
        data = pa.Table.from_pylist(rows, schema=RECORD_SCHEMA)
        warehouse.write(schema, "int_identity_records", data)
        result = identify(settings, state, warehouse, as_of, **options)
        identity = f"identity{options.get('suffix', '')}"
        tables = {name: warehouse.read(f"select * from {identity}.{name}") for name in TABLES}
    for name, columns in TABLES.items():
        assert tables[name].column_names == columns
    return result, {name: table.to_pylist() for name, table in tables.items()}


def test_records_get_customers_with_evidence(engine_settings: Settings, state: State) -> None:
    result, tables = _run(engine_settings, state, ROWS, DAY_1)
    ids = {row["record_key"]: row["customer_id"] for row in tables["record_customers"]}
    assert ids["crm|1"] == ids["erp|1"] == ids["web|1"]
    assert ids["crm|h"] != ids["erp|h"]
    assert result.records == len(ROWS)
    assert result.customers == len(set(ids.values())) == 14
    assert tables["shared_keys"] == [
        {"key_kind": "email", "key_value": "info@firma.at", "records": 11}
    ]
    links = [
        (r["left_key"], r["right_key"], r["rule"], r["reason"]) for r in tables["identity_links"]
    ]
    assert sorted(links) == [
        ("crm|1", "erp|1", "email", None),
        ("crm|h", "erp|h", "email", "strong_key"),
        ("erp|1", "web|1", "login", None),
    ]
    rules = {row["record_key"]: row["link_rule"] for row in tables["record_customers"]}
    assert (rules["crm|1"], rules["erp|1"], rules["web|1"]) == ("self", "login", "login")


def test_a_second_run_changes_no_table(engine_settings: Settings, state: State) -> None:
    _, first = _run(engine_settings, state, ROWS, DAY_1)
    again, second = _run(engine_settings, state, ROWS[::-1], DAY_1)
    assert again.changes == {}
    for name in TABLES:
        assert sorted(map(repr, first[name])) == sorted(map(repr, second[name]))


def test_tables_that_were_patched_are_those_written_whole(
    engine_settings: Settings, state: State
) -> None:
    grown = [*ROWS, record("web|2", email="maxmuster@gmail.com"), record("crm|9", email="x@y.at")]
    changed = [*grown[1:], record("crm|10", cross_reference="crm|9")]
    for day, rows in enumerate((ROWS, grown, changed)):
        _, patched = _run(engine_settings, state, rows, DAY_1 + timedelta(days=day))
    _, again = _run(engine_settings, state, rows, DAY_1 + timedelta(days=day))
    shutil.rmtree(engine_settings.var_dir / "identity")
    result, whole = _run(engine_settings, state, rows, DAY_1 + timedelta(days=day))
    assert result.from_nothing == "no workspace"
    for name in TABLES:
        expected = sorted(map(repr, whole[name]))
        assert sorted(map(repr, patched[name])) == sorted(map(repr, again[name])) == expected


def test_a_merge_shows_as_alias_with_its_day(engine_settings: Settings, state: State) -> None:
    apart = [record("crm|1", email="a@firma.at"), record("erp|1", email="b@firma.at")]
    _, before = _run(engine_settings, state, apart, DAY_1)
    young = {r["record_key"]: r["customer_id"] for r in before["record_customers"]}["erp|1"]
    together = [record("crm|1", email="a@firma.at"), record("erp|1", email="a@firma.at")]
    _, after = _run(engine_settings, state, together, DAY_2)
    (kept,) = {row["customer_id"] for row in after["record_customers"]}
    assert after["customer_aliases"] == [
        {"alias_id": young, "customer_id": kept, "since": DAY_2.replace(tzinfo=None)}
    ]
    assert [row["change_kind"] for row in after["identity_changes"]] == [
        *("minted", "minted", "merged"),
    ]


def test_a_side_build_writes_beside_and_leaves_the_registry(
    engine_settings: Settings, state: State
) -> None:
    _, published = _run(engine_settings, state, ROWS[:2], DAY_2)
    _, side = _run(engine_settings, state, ROWS, DAY_1, dry_run=True, suffix="__20250101")
    ids = {row["record_key"]: row["customer_id"] for row in side["record_customers"]}
    assert ids["crm|1"] == published["record_customers"][0]["customer_id"]
    assert side["identity_changes"] == []  # the history begins later
    _, again = _run(engine_settings, state, ROWS[:2], DAY_2)
    assert again == published


def test_no_records_give_empty_typed_tables(engine_settings: Settings, state: State) -> None:
    result, tables = _run(engine_settings, state, [], DAY_1)
    assert result.records == 0
    assert not any(tables.values())


def test_records_without_any_value_are_customers_of_their_own(
    engine_settings: Settings, state: State
) -> None:
    result, _ = _run(engine_settings, state, [record(f"erp|{i}") for i in range(50)], DAY_1)
    assert result.customers == 50


def test_a_key_that_stands_twice_is_refused(engine_settings: Settings, state: State) -> None:
    with pytest.raises(RapportError) as raised:
        _run(engine_settings, state, [record("crm|1"), record("crm|1")], DAY_1)
    assert raised.value.code == "identity-duplicate-records"
    assert "crm|1" in str(raised.value)

"""Links and the guard: shared keys never link, contradictions never share a cluster."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapport.identity.components import contradict, damerau_levenshtein
from rapport.identity.run import link
from tests.support.people import RECORD_SCHEMA, record, records

AS_OF = datetime(2025, 1, 1, tzinfo=UTC)
LIMIT = 4


def clusters_of(rows: list[dict[str, Any]]) -> set[frozenset[str]]:
    """Clusters as sets of record keys."""
    table = pa.Table.from_pylist(rows, schema=RECORD_SCHEMA).sort_by("record_key")
    linked = link(table, AS_OF, max_records_per_key=LIMIT)
    found: dict[int, set[str]] = {}
    for key, label in zip(linked.record_keys.to_pylist(), linked.labels.tolist(), strict=True):
        found.setdefault(label, set()).add(key)
    return {frozenset(members) for members in found.values()}


def test_a_chain_of_different_keys_is_one_customer() -> None:
    rows = [
        record("crm|1", email="a@firma.at", phone="+436641234567"),
        record("erp|1", email="A@firma.at"),
        record("erp|2", phone="0664 1234567", country_code="AT"),
        record("web|1", source_role="web", cross_reference="erp|2"),
        record("crm|9", cross_reference="erp|nobody"),
    ]
    assert clusters_of(rows) == {
        frozenset({"crm|1", "erp|1", "erp|2", "web|1"}),
        frozenset({"crm|9"}),
    }


def test_a_role_mailbox_links_nobody_and_is_reported() -> None:
    rows = [record(f"crm|{i}", email="info@firma.at") for i in range(LIMIT + 1)]
    assert len(clusters_of(rows)) == LIMIT + 1
    table = pa.Table.from_pylist(rows, schema=RECORD_SCHEMA)
    assert link(table, AS_OF, LIMIT).email.shared == {"info@firma.at": LIMIT + 1}
    assert len(clusters_of(rows[:LIMIT])) == 1


def test_ten_thousand_records_of_one_address_stay_apart() -> None:
    rows = [record(f"crm|{i:05}", email="x@firma.at") for i in range(10_000)]
    assert len(clusters_of(rows)) == 10_000


def test_a_household_mailbox_with_two_birth_dates_splits_by_what_agrees() -> None:
    anna, hans = date(1980, 1, 2), date(1955, 11, 23)
    rows = [
        record("crm|a", email="haus@gmx.at", birth_date=anna, first_name="Anna"),
        record("erp|a", email="haus@gmx.at", first_name="ANNA"),
        record("crm|h", email="haus@gmx.at", birth_date=hans, first_name="Hans"),
        record("erp|h", email="haus@gmx.at", birth_date=hans),
    ]
    assert clusters_of(rows) == {frozenset({"crm|a", "erp|a"}), frozenset({"crm|h", "erp|h"})}


def test_a_typo_in_a_birth_date_is_no_contradiction() -> None:
    rows = [
        record("crm|a", email="a@gmx.at", birth_date=date(1980, 1, 12)),
        record("erp|a", email="a@gmx.at", birth_date=date(1980, 1, 21)),
    ]
    assert len(clusters_of(rows)) == 1


@pytest.mark.parametrize("impossible", [date(1900, 1, 1), date(2999, 1, 1), date(1970, 1, 1)])
def test_an_impossible_birth_date_contradicts_nobody(impossible: date) -> None:
    rows = [
        record("crm|a", email="a@gmx.at", birth_date=date(1984, 12, 31)),
        record("erp|a", email="a@gmx.at", birth_date=impossible),
    ]
    assert len(clusters_of(rows)) == 1


@pytest.mark.parametrize(
    ("one", "other", "distance"),
    [("", "ab", 2), ("ca", "abc", 3), ("1980-01-12", "1980-01-21", 1), ("kitten", "sitting", 3)],
)
def test_damerau_levenshtein(one: str, other: str, distance: int) -> None:
    assert damerau_levenshtein(one, other) == distance
    assert damerau_levenshtein(other, one) == distance


@settings(deadline=timedelta(seconds=5), max_examples=60)
@given(records())
def test_no_cluster_holds_a_contradiction(rows: list[dict[str, Any]]) -> None:
    births = {row["record_key"]: row["birth_date"] for row in rows}
    for members in clusters_of(rows):
        known = [births[key] for key in members if births[key]]
        for one, other in itertools.combinations(known, 2):
            assert not contradict(*((day - date(1970, 1, 1)).days for day in (one, other)))


@settings(deadline=timedelta(seconds=5), max_examples=60)
@given(records(), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(rows: list[dict[str, Any]], random: Any) -> None:
    expected = clusters_of(rows)
    random.shuffle(rows)
    assert clusters_of(rows) == expected


@settings(deadline=timedelta(seconds=5), max_examples=60)
@given(records())
def test_records_without_contradiction_link_exactly_by_their_keys(
    rows: list[dict[str, Any]],
) -> None:
    """Against the plainest possible method: merge until nothing merges."""
    for row in rows:
        row["birth_date"] = None
    parts = [{row["record_key"]} for row in rows]
    groups = []
    for column in ("email", "phone"):
        for value in {row[column] for row in rows} - {None}:
            group = {row["record_key"] for row in rows if row[column] == value}
            groups += [group] if len(group) <= LIMIT else []
    groups += [{row["record_key"], row["cross_reference"]} for row in rows]
    for group in groups:
        touched = [part for part in parts if part & group]
        parts = [part for part in parts if not part & group] + [set().union(*touched)]
    assert clusters_of(rows) == {frozenset(part) for part in parts}

"""Customer ids stay, merge into the older, split with their first record, and never move on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import pyarrow as pa
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from rapport.identity import registry
from rapport.identity.run import link
from rapport.state import tables
from tests.support.people import RECORD_SCHEMA, record, records

FIRST_DAY = datetime(2025, 1, 1, tzinfo=UTC)


class Days:
    """One build a day on a state store in memory."""

    def __init__(self) -> None:
        self.engine = sa.create_engine("sqlite://")
        tables.metadata.create_all(self.engine)
        self.day = 0

    def build(self, rows: list[dict[str, Any]], again: bool = False) -> dict[str, str]:
        """Ids by record key after the next day's build (`again`: the same day's)."""
        self.day += 0 if again else 1
        as_of = FIRST_DAY + timedelta(days=self.day)
        table = pa.Table.from_pylist(rows, schema=RECORD_SCHEMA).sort_by("record_key")
        linked = link(table, as_of, max_records_per_key=4)
        keys = pd.Index(linked.record_keys.to_pylist(), dtype=object)
        moment = as_of.strftime("%Y-%m-%dT%H:%M:%SZ")
        with self.engine.begin() as connection:
            known = registry.load(connection)
            found = registry.assign(
                known,
                pd.Series(linked.labels, index=keys, dtype="int64"),
                pd.Series("email", index=keys, dtype=object),
                moment,
            )
            registry.save(connection, known, found, moment)
        return dict(found.customer_ids)

    def changes(self) -> list[tuple[str, str, str | None]]:
        """Kind, record and previous id of the last day's history."""
        table = tables.identity_changes
        moment = (FIRST_DAY + timedelta(days=self.day)).strftime("%Y-%m-%dT%H:%M:%SZ")
        with self.engine.begin() as connection:
            rows = connection.execute(
                sa.select(table.c.change_kind, table.c.record_key, table.c.previous_customer_id)
                .where(table.c.as_of == moment)
                .order_by(table.c.change_no)
            )
            return [tuple(row) for row in rows]

    def aliases(self) -> dict[str, str]:
        """The id in use by alias."""
        with self.engine.begin() as connection:
            known = registry.load(connection)
        retired = known.customers[known.customers["status"] == registry.ALIAS]["alias_of"]
        return dict(known.resolve(retired))

    def all_rows(self) -> list[Any]:
        """Everything in the registry."""
        with self.engine.begin() as connection:
            return [
                sorted(map(repr, connection.execute(sa.select(table))))
                for table in (
                    tables.identity_records,
                    tables.identity_customers,
                    tables.identity_changes,
                )
            ]


def _growing(rows: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    for end in range(1, len(rows) + 1, 3):
        yield rows[:end]
    yield rows


def test_ids_stay_when_a_smaller_key_joins() -> None:
    days = Days()
    before = days.build([record("erp|5", email="a@firma.at")])
    after = days.build([record("erp|5", email="a@firma.at"), record("crm|1", email="a@firma.at")])
    assert after == {"erp|5": before["erp|5"], "crm|1": before["erp|5"]}
    assert days.changes() == [("joined", "crm|1", None)]


def test_a_merge_keeps_the_older_id_and_makes_the_other_an_alias() -> None:
    days = Days()
    old = days.build([record("erp|5", email="a@firma.at")])["erp|5"]
    rows = [record("erp|5", email="a@firma.at"), record("crm|1", phone="+436641234501")]
    young = days.build(rows)["crm|1"]
    bridge = record("crm|2", email="a@firma.at", phone="+436641234501")
    assert set(days.build([*rows, bridge]).values()) == {old}
    assert days.aliases() == {young: old}
    assert days.changes() == [("merged", "crm|1", young), ("joined", "crm|2", None)]


def test_a_split_leaves_the_id_with_its_first_record_and_an_undone_merge_gives_ids_back() -> None:
    days = Days()
    apart = [record("erp|5", email="a@firma.at"), record("crm|1", email="b@firma.at")]
    first = days.build(apart)
    one = [record("erp|5", email="a@firma.at"), record("crm|1", email="a@firma.at")]
    merged = days.build(one)
    assert merged == dict.fromkeys(first, first["crm|1"])  # of the same age: smaller first record
    assert days.build(apart) == first
    assert days.changes() == [("split", "erp|5", first["crm|1"])]
    assert days.aliases() == {}
    assert days.build(one) == merged  # and so for ever, without new ids


def test_a_record_that_vanishes_comes_back_to_its_customer() -> None:
    days = Days()
    rows = [record("crm|1", email="a@firma.at"), record("erp|5", email="a@firma.at")]
    known = days.build(rows)
    assert days.build(rows[1:]) == {"erp|5": known["erp|5"]}
    assert days.build([]) == {}
    assert days.build(rows) == known
    assert days.changes() == []


def test_a_key_that_another_id_was_minted_from_gets_a_fresh_id() -> None:
    days = Days()
    with days.engine.begin() as connection:  # an id that was, by accident, minted elsewhere
        connection.execute(
            sa.insert(tables.identity_customers).values(
                customer_id=registry._hashed("crm|1"),
                status="active",
                minted_from="x|0",
                since_as_of="2024-01-01T00:00:00Z",
            )
        )
    assert days.build([record("crm|1")])["crm|1"] == registry._hashed("crm|1#1")


@settings(deadline=None, max_examples=25)
@given(records(least=1))
def test_a_second_run_changes_nothing(rows: list[dict[str, Any]]) -> None:
    days = Days()
    ids = days.build(rows)
    before = days.all_rows()
    assert days.build(rows, again=True) == ids
    assert days.build(list(reversed(rows))) == ids
    assert days.all_rows() == before


@settings(deadline=None, max_examples=25)
@given(records(least=1), st.randoms(use_true_random=False))
def test_any_order_of_rows_gives_the_same_ids(rows: list[dict[str, Any]], random: Any) -> None:
    expected = Days().build(rows)
    random.shuffle(rows)
    assert Days().build(rows) == expected


@settings(deadline=None, max_examples=25)
@given(records(least=1))
def test_whatever_arrives_an_id_stays_or_becomes_an_alias_or_splits(
    rows: list[dict[str, Any]],
) -> None:
    days = Days()
    before: dict[str, str] = {}
    owner: dict[str, str] = {}  # who an id was minted from, for ever
    for part in _growing(rows):
        after = days.build(part)
        aliases = days.aliases()
        kinds = {key: kind for kind, key, _ in days.changes()}
        for key, old in before.items():
            if after[key] != old:
                is_merge = aliases.get(old) == after[key]
                assert kinds[key] in ({"merged"} if is_merge else {"split", "moved"})
        with days.engine.begin() as connection:
            known = registry.load(connection).customers
        for customer_id, first in known["minted_from"].items():
            assert owner.setdefault(customer_id, first) == first
        assert not set(after.values()) & set(aliases)
        assert len(set(after.values())) == len(
            set(link(
                pa.Table.from_pylist(part, schema=RECORD_SCHEMA).sort_by("record_key"),
                FIRST_DAY + timedelta(days=days.day), 4,
            ).labels.tolist())
        )  # fmt: skip
        before = after


@settings(deadline=None, max_examples=25)
@given(records(least=1), st.randoms(use_true_random=False))
def test_any_order_of_arrival_ends_with_the_same_clusters(
    rows: list[dict[str, Any]], random: Any
) -> None:
    def clusters(ids: dict[str, str]) -> set[frozenset[str]]:
        return {frozenset(k for k, v in ids.items() if v == i) for i in set(ids.values())}

    at_once = clusters(Days().build(rows))
    random.shuffle(rows)
    days = Days()
    for part in _growing(rows):
        last = days.build(part)
    assert clusters(last) == at_once

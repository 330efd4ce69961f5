"""Customer ids stay, merge into the older, split with their first record, and never move on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import pyarrow as pa
import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from rapport.identity import registry, store
from rapport.identity.persons import PERSON
from rapport.state import tables

FIRST_DAY = datetime(2025, 1, 1, tzinfo=UTC)
KEYS = [f"{system}|{number}" for system in ("crm", "erp", "web") for number in range(3)]
PEOPLE = pa.schema([(name, pa.string()) for name in ("record_key", *PERSON)])
ANNA = {"given_name": "anna", "given_root": "anna", "family_name": "berger"}
PETER = {"given_name": "peter", "given_root": "peter", "family_name": "holz"}
OLD, YOUNG = {"birth_date": "1955-11-23"}, {"birth_date": "1980-01-12"}
MAIL, PHONE = {"email": "a@firma.at"}, {"phone": "+436641234501"}


class Days:
    """One build a day on a state store in memory, read anew each day."""

    def __init__(self) -> None:
        self.engine = sa.create_engine("sqlite://")
        tables.metadata.create_all(self.engine)
        self.day = 0

    def build(
        self,
        clusters: dict[str, Any],
        people: dict[str, dict[str, str]] | None = None,
        bonds: list[tuple[str, str, int, str]] = [],  # noqa: B006
        cuts: list[tuple[str, str, str]] = [],  # noqa: B006
        again: bool = False,
    ) -> dict[str, str]:
        """Ids by record key after the next day's build (`again`: the same day's)."""
        self.day += 0 if again else 1
        numbers = {name: i for i, name in enumerate(dict.fromkeys(clusters.values()))}
        claims = [(key, numbers[name]) for key, name in clusters.items()]
        seen = [{"record_key": key, **(people or {}).get(key, {})} for key in clusters]
        work = duckdb.connect()
        tables_in = {
            "identity_claims": _table(claims, record_key="", cluster=0),
            "identity_seen": pa.Table.from_pylist(seen, PEOPLE),
            "identity_bonds": _table(bonds, left_key="", right_key="", belief=0, words=""),
            "identity_cut": _table(cuts, left_key="", right_key="", words=""),
        }
        for name, table in tables_in.items():
            work.register("incoming", table)
            work.execute(f"create temp table {name} as from incoming")
        with self.engine.begin() as connection:
            before = store.revision(connection)
            store.load(work, connection)
            store.remember(work, connection)
            registry.assign(work, self.moment)
            store.save(work, connection, before)
        found = work.execute("select record_key, customer_id from identity_assigned").fetchall()
        return dict(found)

    @property
    def moment(self) -> str:
        return (FIRST_DAY + timedelta(days=self.day)).strftime("%Y-%m-%dT%H:%M:%SZ")

    def changes(self) -> list[tuple[str, str, str | None]]:
        """Kind, record and previous id of the last day's history."""
        return [row[:3] for row in self.history()]

    def history(self) -> list[tuple[str, str, str | None, str]]:
        """Kind, record, previous id and reason of the last day's history."""
        table = tables.identity_changes
        columns = ("change_kind", "record_key", "previous_customer_id", "reason")
        with self.engine.begin() as connection:
            rows = connection.execute(
                sa.select(*(table.c[name] for name in columns))
                .where(table.c.as_of == self.moment)
                .order_by(table.c.change_no)
            )
            return [tuple(row) for row in rows]

    def aliases(self) -> dict[str, str]:
        """The id in use by alias."""
        table = tables.identity_customers
        with self.engine.begin() as connection:
            rows = connection.execute(sa.select(table.c.customer_id, table.c.alias_of)).fetchall()
        names = {name: other for name, other in rows if other}
        found = dict(names)
        while any(other in names for other in found.values()):
            found = {name: names.get(other, other) for name, other in found.items()}
        return found

    def all_rows(self) -> list[Any]:
        """Everything in the registry."""
        with self.engine.begin() as connection:
            return [
                sorted(map(repr, connection.execute(sa.select(table))))
                for table in (
                    *(tables.identity_records, tables.identity_customers),
                    *(tables.identity_changes, tables.identity_revision, tables.identity_people),
                )
            ]


def _table(rows: list[Any], **columns: Any) -> pa.Table:
    kinds = [(name, pa.int64() if value == 0 else pa.string()) for name, value in columns.items()]
    return pa.Table.from_pylist(
        [dict(zip(columns, row, strict=True)) for row in rows], pa.schema(kinds)
    )


def test_ids_stay_when_a_smaller_key_joins() -> None:
    days = Days()
    before = days.build({"erp|5": "a"})
    bond = ("crm|1", "erp|5", 3, "same e-mail address")
    after = days.build({"erp|5": "a", "crm|1": "a"}, bonds=[bond])
    assert after == {"erp|5": before["erp|5"], "crm|1": before["erp|5"]}
    assert days.history() == [("joined", "crm|1", None, "same e-mail address")]


def test_a_merge_keeps_the_older_id_makes_the_other_an_alias_and_names_the_bridge() -> None:
    days = Days()
    old = days.build({"erp|5": "a"})["erp|5"]
    young = days.build({"erp|5": "a", "crm|1": "b", "crm|3": "b"})["crm|1"]
    bonds = [
        ("crm|1", "crm|3", 0, "one record names the other"),
        ("crm|1", "crm|2", 3, "same phone number"),
        ("crm|2", "erp|5", 3, "same e-mail address"),
    ]
    after = days.build(dict.fromkeys(["erp|5", "crm|1", "crm|2", "crm|3"], "a"), bonds=bonds)
    assert set(after.values()) == {old}
    assert days.aliases() == {young: old}
    assert days.history() == [
        ("merged", "crm|1", young, "same phone number"),
        ("joined", "crm|2", None, "same phone number"),
        ("merged", "crm|3", young, "same phone number"),
    ]


def test_a_split_leaves_the_id_with_its_first_record_and_an_undone_merge_gives_ids_back() -> None:
    days = Days()
    apart, one = {"erp|5": "a", "crm|1": "b"}, {"erp|5": "a", "crm|1": "a"}
    first = days.build(apart)
    merged = days.build(one)
    assert merged == dict.fromkeys(first, first["crm|1"])  # of the same age: smaller first record
    assert days.build(apart, cuts=[("crm|1", "erp|5", "cut: birth dates contradict")]) == first
    assert days.history() == [("split", "erp|5", first["crm|1"], "cut: birth dates contradict")]
    assert days.aliases() == {}
    assert days.build(one) == merged  # and so for ever, without new ids


def test_a_record_that_vanishes_comes_back_to_its_customer() -> None:
    days = Days()
    both = {"crm|1": "a", "erp|5": "a"}
    known = days.build(both)
    assert days.build({"erp|5": "a"}) == {"erp|5": known["erp|5"]}
    assert days.build({}) == {}
    assert days.build(both) == known
    assert days.changes() == []


@pytest.mark.parametrize(
    ("was", "now", "is_other"),
    [
        (ANNA | OLD, PETER | YOUNG, True),
        (ANNA | OLD | MAIL, PETER | YOUNG | MAIL, True),  # the mailbox stays, the person goes
        (ANNA | OLD | MAIL, ANNA | YOUNG | MAIL, False),  # a birth date corrected
        (ANNA | OLD | MAIL, ANNA | YOUNG | PHONE, True),
        (ANNA | {"birth_date": "1980-01-21"}, ANNA | YOUNG, False),  # a typo
        (ANNA, PETER, True),
        (ANNA | MAIL, PETER | MAIL, False),
        (ANNA | MAIL, PETER | PHONE, True),
        (ANNA | PHONE | MAIL, PETER | PHONE, False),
        (ANNA | YOUNG, PETER | YOUNG, False),
        (ANNA | MAIL, ANNA | {"family_name": "holz"} | PHONE, False),  # married
        (ANNA, {"given_name": "berger", "family_name": "anna"}, False),  # turned round
        (ANNA, {"given_name": "a", "family_name": "holz"}, False),  # an initial
        (ANNA | MAIL, {"email": "b@firma.at"}, False),  # nothing left to tell by
        (ANNA | {"given_name": "bob", "given_root": "robert"}, PETER | {"given_root": "robert"},
         False),
        ({"tax_id": "ATU12345678"}, {"tax_id": "ATU87654321"}, True),
        ({"national_id": "1234010180"}, {"national_id": "1234010181"}, False),
    ],
)  # fmt: skip
def test_a_key_that_the_source_gives_to_another_person_takes_no_id_with_it(
    was: dict[str, str], now: dict[str, str], is_other: bool
) -> None:
    days = Days()
    before = days.build({"crm|1": "a"}, {"crm|1": was})["crm|1"]
    after = days.build({"crm|1": "a"}, {"crm|1": now})["crm|1"]
    assert (after != before) == is_other
    assert days.changes() == [("reassigned", "crm|1", before)] * is_other
    rows = days.all_rows()
    assert days.build({"crm|1": "a"}, {"crm|1": now}, again=True)["crm|1"] == after
    assert days.all_rows() == rows


def test_what_a_source_leaves_out_for_a_while_is_remembered() -> None:
    days = Days()
    before = days.build({"crm|1": "a"}, {"crm|1": ANNA | OLD})["crm|1"]
    assert days.build({"crm|1": "a"}, {"crm|1": {}})["crm|1"] == before
    assert days.build({"crm|1": "a"}, {"crm|1": PETER | YOUNG})["crm|1"] != before


def test_the_customer_of_a_reassigned_key_stays_with_the_other_records() -> None:
    days = Days()
    both = {"crm|1": "a", "erp|1": "a"}
    anna = days.build(both, {"crm|1": ANNA | OLD, "erp|1": ANNA | OLD})["crm|1"]
    people = {"crm|1": PETER | YOUNG, "erp|1": ANNA | OLD}
    after = days.build({"crm|1": "a", "erp|1": "b"}, people)
    assert after["erp|1"] == anna
    assert after["crm|1"] not in (anna, None)
    back = days.build(both, {"crm|1": ANNA | OLD, "erp|1": ANNA | OLD})
    assert set(back.values()) == {anna}  # Anna's again, by what links her records
    assert [kind for kind, *_ in days.changes()] == ["reassigned"]


def test_two_records_that_turn_into_somebody_else_together_leave_the_id_behind() -> None:
    days = Days()
    both = {"crm|1": "a", "erp|1": "a"}
    anna = days.build(both, dict.fromkeys(both, ANNA | OLD))["crm|1"]
    peter = days.build(both, dict.fromkeys(both, PETER | YOUNG))
    assert set(peter.values()) != {anna} and len(set(peter.values())) == 1


def test_a_key_that_another_id_was_minted_from_gets_a_fresh_id() -> None:
    days = Days()
    taken = days.build({"crm|1": "a"})["crm|1"]
    with days.engine.begin() as connection:  # an id that was, by accident, minted elsewhere
        connection.execute(sa.delete(tables.identity_records))
        connection.execute(sa.update(tables.identity_customers).values(minted_from="x|0"))
    assert days.build({"crm|1": "a"})["crm|1"] != taken


_PARTITIONS = st.dictionaries(st.sampled_from(KEYS), st.integers(0, 3), min_size=1)
_PEOPLE = st.dictionaries(
    st.sampled_from(KEYS), st.sampled_from([{}, ANNA | OLD, PETER | YOUNG, ANNA | MAIL])
)


@settings(deadline=None, max_examples=6)
@given(st.lists(st.tuples(_PARTITIONS, _PEOPLE), min_size=1, max_size=4), st.randoms())
def test_a_second_run_changes_nothing_in_any_order_of_rows(
    story: list[tuple[dict[str, int], dict[str, dict[str, str]]]], random: Any
) -> None:
    days = Days()
    for clusters, people in story:
        ids = days.build(clusters, people)
    before = days.all_rows()
    shuffled = list(clusters.items())
    random.shuffle(shuffled)
    assert days.build(dict(shuffled), people, again=True) == ids
    assert days.all_rows() == before


@settings(deadline=None, max_examples=10)
@given(st.lists(st.tuples(_PARTITIONS, _PEOPLE), min_size=2, max_size=6))
def test_whatever_happens_an_id_stays_or_becomes_an_alias_or_splits_and_serves_one(
    story: list[tuple[dict[str, int], dict[str, dict[str, str]]]],
) -> None:
    days = Days()
    before: dict[str, str] = {}
    owner: dict[str, str] = {}  # who an id was minted from, for ever
    for clusters, people in story:
        known = days.aliases()  # what became of the ids of records that were away
        after = days.build(clusters, people)
        aliases = days.aliases()
        kinds = {key: kind for kind, key, _ in days.changes()}
        for key in before.keys() & after.keys():
            old = known.get(before[key], before[key])
            if after[key] != old and kinds[key] != "reassigned":
                is_merge = aliases.get(old) == after[key]
                assert kinds[key] in ({"merged"} if is_merge else {"split", "moved"})
        for name, first in _minted(days):
            assert owner.setdefault(name, first) == first
        assert not set(after.values()) & set(aliases)
        assert len(set(after.values())) == len(set(clusters.values()))
        for name in set(clusters.values()):
            assert len({after[key] for key, other in clusters.items() if other == name}) == 1
        before = before | after


def _minted(days: Days) -> Iterator[tuple[str, str]]:
    table = tables.identity_customers
    with days.engine.begin() as connection:
        yield from connection.execute(sa.select(table.c.customer_id, table.c.minted_from)).all()

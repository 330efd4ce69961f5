"""Candidate pairs: none twice, none of a block too large, those of an increment like all."""

from __future__ import annotations

import itertools

import pytest

from rapport.identity.linkage import blocking
from rapport.identity.linkage.model import Rule
from tests.support.linking import connect, people, prepared, table

RULES = (Rule(1, "e-mail", "email", 3), Rule(6, "family name", "family_name", 50))


def test_a_block_of_more_than_its_cap_links_nobody() -> None:
    rows = [prepared(f"crm|{i}", email="x@a.at") for i in range(3)]
    rows += [prepared(f"erp|{i}", email="y@a.at") for i in range(4)]
    with connect(table(rows)) as connection:
        features = blocking.features(connection, "records")
        keys = blocking.block_keys(connection, RULES, features)
        pairs = connection.execute(f"from {blocking.pairs(connection, RULES, keys)}").fetchall()
        hubs = connection.execute(f"from {blocking.hubs(connection, RULES, keys)}").fetchall()
    assert len(pairs) == 3 and all(left < right for left, right, _ in pairs)
    assert [(rule, count) for rule, _, count in hubs] == [(1, 4)]


def test_a_pair_of_several_rules_stands_once_with_all_of_them() -> None:
    rows = [prepared(f"crm|{i}", email="x@a.at", family_name="huber") for i in range(2)]
    with connect(table(rows)) as connection:
        features = blocking.features(connection, "records")
        keys = blocking.block_keys(connection, RULES, features)
        pairs = connection.execute(f"from {blocking.pairs(connection, RULES, keys)}").fetchall()
    assert pairs == [("crm|0", "crm|1", 1 << 1 | 1 << 6)]


def test_pairs_of_changed_records_are_those_among_all_that_have_one() -> None:
    rows, _ = people(120)
    changed = {row["record_key"] for row in rows[::9]}
    with connect(table(rows)) as connection:
        features = blocking.features(connection, "records")
        keys = blocking.block_keys(connection, RULES, features)
        whole = set(
            connection.execute(f"from {blocking.pairs(connection, RULES, keys)}").fetchall()
        )
        values = ", ".join(f"('{key}')" for key in sorted(changed))
        connection.execute(f"create table changed as from (values {values}) as t (record_key)")
        some = blocking.pairs(connection, RULES, keys, "changed", "some_pairs")
        part = set(connection.execute(f"from {some}").fetchall())
    assert part == {pair for pair in whole if changed & set(pair[:2])}
    assert part and part != whole


def test_without_rules_there_are_no_pairs() -> None:
    with connect(table([prepared("crm|1"), prepared("crm|2")])) as connection:
        keys = blocking.block_keys(connection, (), blocking.features(connection, "records"))
        assert not connection.execute(f"from {blocking.pairs(connection, (), keys)}").fetchall()


@pytest.mark.parametrize("first", ["person", "account"])
def test_persons_and_accounts_meet_by_their_own_keys_only(first: str) -> None:
    from rapport.identity.linkage import catalogue

    shared = {"company": "acme", "postcode": "1010", "city": "wien", "given_name": "anna"}
    shared |= {"family_name": "huber", "street": "ring", "house_number": "1"}
    rows = [prepared("a|1", party_kind=first, **shared)]
    rows += [prepared("a|2", party_kind="account" if first == "person" else "person", **shared)]
    rules = catalogue.rules(10)
    for extra, expected in (({}, 0), ({"email": "x@a.at"}, 1)):
        with connect(table([{**row, **extra} for row in rows])) as connection:
            keys = blocking.block_keys(connection, rules, blocking.features(connection, "records"))
            pairs = connection.execute(f"from {blocking.pairs(connection, rules, keys)}").fetchall()
        assert len(pairs) == expected


def test_numbers_and_names_of_rules_are_distinct() -> None:
    from rapport.identity.linkage.catalogue import ENTRIES

    for one, other in itertools.combinations(ENTRIES, 2):
        assert one.number != other.number and one.name != other.name and one.sql != other.sql

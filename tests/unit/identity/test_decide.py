"""Pair by pair: what links by itself, what a household keeps apart, what a person decided."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import duckdb
import pyarrow as pa
import pytest

from rapport.identity import decide
from rapport.identity.linkage import blocking, scoring, training
from rapport.identity.linkage.model import Model
from tests.support.linking import connect, link, people, prepared, table

Pairs = dict[tuple[str, str], str]
BORN = date(1980, 1, 12)


def decided(
    rows: list[dict[str, object]], hand: Sequence[tuple[str, str, str]] = ()
) -> tuple[Pairs, Pairs]:
    """Rules and reasons by pair, by rules alone."""
    with connect(table(rows)) as connection:
        model = training.train(connection, "records", 10)
        features = training.disarmed(connection, model.chosen_rules, "records")
        keys = blocking.block_keys(connection, model.chosen_rules, features)
        scored = scoring.score(
            connection, model, features, blocking.pairs(connection, model.chosen_rules, keys)
        )
        given = pa.table(
            {
                name: pa.array([decision[place] for decision in hand], pa.string())
                for place, name in enumerate(("left_key", "right_key", "kind"))
            }
        )
        connection.register("hand", given)
        return _read(connection, model, scored)


def _read(connection: duckdb.DuckDBPyConnection, model: Model, scored: str) -> tuple[Pairs, Pairs]:
    names = decide.links(connection, model, scored, "records", "hand")
    found = [connection.execute(f"select * from {name}").fetchall() for name in names]
    links, apart = ({(row[0], row[1]): row[2] for row in rows} for rows in found)
    return links, apart


def test_the_most_believed_rule_of_a_pair_is_its_rule() -> None:
    rows = [
        prepared("crm|1", email="a@a.at", phone="+431", source_role="crm"),
        prepared("erp|1", email="a@a.at", phone="+431", cross_reference="crm|1"),
        prepared("web|1", email="a@a.at", source_role="web", cross_reference="erp|1"),
        prepared("erp|2", phone="+431", cross_reference="crm|nobody"),
    ]
    links, _ = decided(rows, [("crm|1", "erp|2", "link")])
    assert links == {
        ("crm|1", "erp|1"): "cross_reference",
        ("erp|1", "web|1"): "login",
        ("crm|1", "web|1"): "email",
        ("crm|1", "erp|2"): "hand",
        ("erp|1", "erp|2"): "phone",
    }


def test_two_of_a_household_are_apart_but_one_person_written_otherwise_is_not() -> None:
    def apart(one: dict[str, object], other: dict[str, object]) -> bool:
        shared = {"email": "haus@a.at", "family_name": "huber"}
        rows = [prepared("crm|1", **shared, **one), prepared("crm|2", **shared, **other)]
        return bool(decided(rows)[1])

    assert apart({"given_name": "anna"}, {"given_name": "hans"})
    assert not apart({"given_name": "anna"}, {})
    assert not apart({"given_name": "anna"}, {"given_name": "annna"})
    assert not apart({"given_name": "anna"}, {"given_name": "a"})
    assert not apart({"given_name": "robert"}, {"given_name": "bob", "given_root": "robert"})
    assert not apart({"given_name": "sofia"}, {"given_name": "fosia"})
    assert not apart(
        {"given_name": "anna", "birth_date": BORN}, {"given_name": "hans", "birth_date": BORN}
    )
    other = {"given_name": "hans", "birth_date": date(1990, 5, 5)}
    assert apart({"given_name": "anna", "birth_date": BORN}, other)


def test_a_person_may_join_what_a_household_keeps_apart() -> None:
    rows = [
        prepared("crm|1", email="haus@a.at", given_name="anna", family_name="huber"),
        prepared("crm|2", email="haus@a.at", given_name="hans", family_name="huber"),
    ]
    links, apart = decided(rows, [("crm|1", "crm|2", "link")])
    assert links == {("crm|1", "crm|2"): "hand"} and not apart
    assert decided(rows, [("crm|1", "crm|2", "unlink")])[1] == {("crm|1", "crm|2"): "hand"}


@pytest.fixture(scope="module")
def model() -> Model:
    return link(table(people(700)[0])).model


def test_a_key_that_went_to_somebody_else_is_not_believed(model: Model) -> None:
    """An address that a company gave to the next of the same kind links two strangers else."""
    stranger = {
        "email": "verkauf@a.at",
        "street": "ring",
        "house_number": "1",
        "city": "wien",
        "postcode": "1010",
        "birth_date": BORN,
        "given_name": "anna",
        "family_name": "huber",
    }
    other = {
        "email": "verkauf@a.at",
        "street": "platz",
        "house_number": "2",
        "city": "graz",
        "postcode": "8010",
        "birth_date": date(1955, 11, 23),
        "given_name": "zoran",
        "family_name": "petrovic",
    }
    apart = link(table([prepared("crm|1", **stranger), prepared("erp|1", **other)]), model)
    assert len(apart.sets()) == 2
    same = {**other, "given_name": "anna", "family_name": "huber", "birth_date": BORN}
    assert (
        len(link(table([prepared("crm|1", **stranger), prepared("erp|1", **same)]), model).sets())
        == 1
    )


def test_a_nameless_record_links_by_its_address(model: Model) -> None:
    rows = [
        prepared("crm|1", email="anna@a.at", given_name="anna", family_name="huber"),
        prepared("web|1", email="anna@a.at", source_role="web"),
    ]
    found = link(table(rows), model)
    assert len(found.sets()) == 1
    assert found.links["rule"].to_pylist() == ["email"]

"""A model is the same for the same records, knows when it is out of date, and needs no labels."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from rapport.identity.evaluate.metrics import measures
from rapport.identity.linkage import training
from rapport.identity.linkage.model import Model, stability_index
from rapport.identity.linkage.scoring import level_weights
from tests.support.linking import Linked, connect, link, people, prepared, table


@pytest.fixture(scope="module")
def rows() -> tuple[list[dict[str, object]], dict[str, int]]:
    return people(1_300)


@pytest.fixture(scope="module")
def linked(rows: tuple[list[dict[str, object]], dict[str, int]]) -> Linked:
    return link(table(rows[0]))


def test_people_are_found_without_labels(
    linked: Linked, rows: tuple[list[dict[str, object]], dict[str, int]]
) -> None:
    keys = linked.records["record_key"].to_pylist()
    found = measures(linked.clusters.labels, [rows[1][key] for key in keys])
    assert found["precision"] >= 0.999
    assert found["recall"] >= 0.99


def test_any_order_of_rows_and_any_number_of_threads_give_the_same_model(
    linked: Linked, rows: tuple[list[dict[str, object]], dict[str, int]]
) -> None:
    shuffled = list(rows[0])
    random.Random(7).shuffle(shuffled)
    again = link(table(shuffled), threads=1)
    assert again.model.to_json() == linked.model.to_json()
    assert again.scored.equals(linked.scored)
    assert again.sets() == linked.sets()


def test_a_saved_model_is_read_back_to_the_byte(linked: Linked) -> None:
    again = Model.from_json(linked.model.to_json())
    assert again == linked.model
    assert again.model_id == linked.model.model_id
    changed = replace(again, rare={**again.rare, "city": 0.5})
    assert changed.model_id != again.model_id


def test_no_kind_of_agreement_weighs_less_than_to_differ(linked: Linked) -> None:
    weights = level_weights(linked.model)
    assert {"given_name", "family_name", "birth_date", "email"} <= set(weights)
    for name, levels in weights.items():
        assert min(levels) == levels[0], name
        if name != "country":  # there is but one
            assert levels[-1] > 0 > levels[0], name


def test_a_handful_of_records_gets_rules_and_no_model() -> None:
    rows = [prepared(f"crm|{i}", given_name="anna", email=f"{i % 4}@a.at") for i in range(8)]
    found = link(table(rows))
    assert found.model.settings is None and "too few" in found.model.reason
    assert len(found.sets()) == 4
    assert Model.from_json(found.model.to_json()) == found.model


@pytest.mark.parametrize("count", [0, 1, 60])
def test_records_that_say_nothing_are_left_alone(count: int) -> None:
    found = link(table([prepared(f"crm|{i}") for i in range(count)]))
    assert len(found.sets()) == count
    assert not len(found.links)


def test_ten_thousand_records_of_one_address_link_nobody() -> None:
    rows = [prepared(f"crm|{i:05}", email="info@firma.at") for i in range(10_000)]
    assert len(link(table(rows)).sets()) == 10_000


def test_a_shared_address_is_no_evidence_beside_names() -> None:
    """Namesakes behind one role mailbox must not gain by it."""
    rows, _ = people(300)
    for row in rows[:200]:
        row["email"], row["email_local"] = "info@firma.at", "info"
    found = link(table(rows))
    levels = dict(
        zip(
            found.scored["left_key"].to_pylist(),
            found.scored["gamma_email"].to_pylist(),
            strict=True,
        )
    )
    assert {levels[row["record_key"]] for row in rows[:200] if row["record_key"] in levels} <= {-1}


def test_a_model_says_why_it_is_out_of_date(linked: Linked) -> None:
    model = linked.model
    filled = dict(model.facts["filled"])
    records = model.facts["records"]
    assert model.drift(records + 10, filled, model.facts["levels"]) == []
    assert "records" in model.drift(2 * records, filled)[0]
    assert "phone is filled in 100%" in model.drift(records, {**filled, "phone": 1.0})[0]
    other = {**model.facts["levels"], "email": {"0": 1.0}}
    assert "agreement on email" in model.drift(records, filled, other)[0]


def test_a_stability_index_is_nought_for_the_same_and_grows() -> None:
    assert stability_index({"a": 0.5, "b": 0.5}, {"a": 0.5, "b": 0.5}) == 0
    assert stability_index({"a": 0.5, "b": 0.5}, {"a": 0.9, "b": 0.1}) > 0.2


def test_a_key_that_is_often_wrong_itself_forbids_nothing(
    rows: tuple[list[dict[str, object]], dict[str, int]], linked: Linked
) -> None:
    """Where one birth date in four is nonsense it is evidence and no veto."""
    assert "birth_date" in linked.model.strong_keys
    draw = random.Random(3)
    born = [row["birth_date"] for row in rows[0] if row["birth_date"]]
    dirty = [
        {**row, "birth_date": draw.choice(born)} if draw.random() < 0.25 else row for row in rows[0]
    ]
    with connect(table(dirty)) as connection:
        assert "birth_date" not in training.train(connection, "records", 10).strong_keys


def test_how_often_a_key_is_wrong_is_judged_by_all_candidates() -> None:
    """Not by the pairs of the few records that are drawn whole, among which matches are rare."""
    rows, _ = people(2_400)
    dates = [row["birth_date"] for row in rows]
    for place in range(0, len(rows), 7):
        rows[place]["birth_date"] = dates[(place + 1_001) % len(rows)]
    found = link(table(rows))
    assert found.model.facts["contradicting"]["birth_date"] > 0.1
    assert "birth_date" not in found.model.strong_keys
    untouched = link(table(people(2_400)[0]))
    assert untouched.model.facts["contradicting"]["birth_date"] < 0.02
    assert "birth_date" in untouched.model.strong_keys


def test_to_differ_is_never_evidence_for_a_match() -> None:
    """Where all but a few live in one town, the few must not stand out as matches."""
    rows, _ = people(600)
    for place, row in enumerate(rows):
        row["city"], row["postcode"] = ("far", "9") if place % 211 == 0 else ("near", "1")
    for name, levels in level_weights(link(table(rows)).model).items():
        assert levels[0] <= 0, name

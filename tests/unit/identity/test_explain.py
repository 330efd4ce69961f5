"""A steward is told nothing that the model did not say, in figures that add up."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.identity.explain import figures, words
from rapport.identity.explain.weigh import (
    DIFFERENT,
    MISSING,
    SAID_ALREADY,
    SAME,
    SHARED,
    Field,
    Weighed,
    weigh,
)
from rapport.identity.linkage.comparisons import BY_NAME
from rapport.identity.prepare import prepare
from tests.support import linkage_model
from tests.support.people import RECORD_SCHEMA, record

FREQUENCIES = {
    "given_name": {"AT|anna": 0.2, "|anna": 0.15, "AT|": 0.01},
    "family_name": {"AT|maier": 0.05, "DE|maier": 0.001, "|maier": 0.03},
    "postcode": {"AT|1010": 0.3},
    "city": {"|wien": 0.4},
}
MODEL = linkage_model.made(FREQUENCIES)


def prepared(*rows: dict[str, Any]) -> pa.Table:
    return prepare(pa.Table.from_pylist(list(rows), RECORD_SCHEMA), date(2025, 1, 1))


def pair(one: dict[str, Any], other: dict[str, Any], **options: Any) -> Weighed:
    """Two records, as `crm|1` and `erp|1`, taken apart."""
    rows = prepared(record("crm|1", **one), record("erp|1", **other))
    asked = {"shared": {}, "hand": {}, **options}
    (found,) = weigh(MODEL, rows, [("crm|1", "erp|1")], **asked)
    return found


def fields(found: Weighed) -> dict[str, Field]:
    return {field.name: field for field in found.fields}


def test_the_parts_of_any_pair_sum_to_the_weight_that_splink_gives() -> None:
    rng = random.Random(5)
    draw = rng.choice
    rows = [
        record(
            f"crm|{n:02}",
            first_name=draw(["Anna", "Ana", "A", "Bob", "Robert", "Maier", None]),
            last_name=draw(["Maier", "Mayer", "Novak", "Anna", "Maier-Lang", None]),
            birth_date=draw([date(1980, 1, 12), date(1980, 1, 21), date(1955, 11, 23), None]),
            email=draw(["anna@firma.at", "ana@firma.at", "anna@gmx.at", "x@y.at", None]),
            phone=draw(["+436641234501", "+436641234502", None]),
            street=draw(["Ring 1", "Ring 2", "Gasse 7", None]),
            postal_code=draw(["1010", "1020", None]),
            city=draw(["Wien", "Wie", "Graz", None]),
            country_code=draw(["AT", "DE", None]),
            company_name=draw(["Lang GmbH", "Lange AG", None]),
        )
        for n in range(30)
    ]
    keys = [row["record_key"] for row in rows]
    pairs = [(a, b) for a in keys for b in keys if a < b]
    found = weigh(MODEL, prepared(*rows), pairs, {}, {})
    for one in found:
        assert one.weight == pytest.approx(one.prior + sum(f.bits for f in one.fields), abs=2e-6)
    told = {(field.name, field.level) for one in found for field in one.fields}
    for name in ("given_name", "family_name", "place", "email"):
        labels = {level.label for level in BY_NAME[name].levels}
        assert len(labels & {level for told_name, level in told if told_name == name}) >= 3


def test_a_frequent_value_says_less_and_the_part_is_told() -> None:
    anna = {"first_name": "Anna", "last_name": "Maier", "country_code": "AT"}
    common = fields(pair(anna, anna))["given_name"]
    rare = fields(pair(anna | {"first_name": "Zora"}, anna | {"first_name": "Zora"}))["given_name"]
    assert (common.value, rare.value) == ("anna", "zora")
    assert common.bits - common.frequency_bits == pytest.approx(rare.bits - rare.frequency_bits)
    assert common.frequency_bits < rare.frequency_bits
    assert (common.among_others, rare.among_others) == (0.2, 0.01)


def test_what_says_nothing_is_told_with_its_reason() -> None:
    turned = pair(
        {"first_name": "Anna", "last_name": "Maier", "email": "anna@a.at"},
        {"first_name": "Maier", "last_name": "Anna"},
    )
    assert fields(turned)["given_name"].level == "turned round with the family name"
    assert fields(turned)["family_name"].level == SAID_ALREADY
    assert fields(turned)["email"].level == MISSING
    assert words.level_words(fields(turned)["email"]) == "known of one at most"


def test_a_key_that_too_many_share_is_no_evidence_and_says_so() -> None:
    mail = {"email": "info@firma.at"}
    found = pair(mail, mail, shared={"email": {"info@firma.at": 812}})
    assert fields(found)["email"].level == SHARED
    (met,) = (met for met in found.met if met.rule == "e-mail")
    assert (met.status, met.records, found.rule) == (SHARED, 812, "")
    assert not found.is_candidate
    assert pair(mail, mail).rule == "email"


def test_a_pair_that_no_rule_compares_is_weighed_all_the_same() -> None:
    found = pair({"first_name": "Anna", "last_name": "Maier"}, {"first_name": "Otto"})
    assert not found.is_candidate
    assert found.weight is not None and found.weight < 0
    assert fields(found)["given_name"].level == DIFFERENT
    assert {met.status for met in found.met} == {MISSING}


def test_a_candidate_names_the_rules_that_compare_it() -> None:
    found = pair(
        {"first_name": "Anna", "last_name": "Maier", "birth_date": date(1980, 1, 2)},
        {"first_name": "Anna", "last_name": "Huber", "birth_date": date(1980, 1, 2)},
    )
    status = {met.rule: met.status for met in found.met}
    assert status["given name + birth date"] == SAME
    assert status["both names"] == DIFFERENT
    assert status["birth date + postcode"] == MISSING


def test_without_a_model_it_is_told_how_the_fields_agree_and_which_rule_links() -> None:
    rules_only = replace(MODEL, settings=None, reason="too few")
    rows = prepared(
        record("crm|1", first_name="Anna", email="a@b.at"),
        record("erp|1", first_name="Ana", email="a@b.at"),
    )
    (found,) = weigh(rules_only, rows, [("crm|1", "erp|1")], {}, {})
    assert (found.weight, found.rule) == (None, "email")
    assert fields(found)["given_name"] == Field("given_name", "spelt alike")


def test_a_household_and_a_hand_keep_apart() -> None:
    home = {"last_name": "Maier", "email": "haus@gmx.at"}
    found = pair(home | {"first_name": "Anna"}, home | {"first_name": "Otto"})
    assert found.apart == "household"
    by_hand = pair(home, home, hand={("crm|1", "erp|1"): "unlink"})
    assert by_hand.apart == "hand"
    assert pair({}, {}, hand={("crm|1", "erp|1"): "link"}).rule == "hand"


def test_shares_and_odds_read_as_people_say_them() -> None:
    assert figures.chance(1 / 1262) == "1 in 1,260"
    assert figures.chance(0.83) == "83 in 100"
    assert figures.chance(0.999) == "nearly all"
    assert figures.chance(0.0) == "1 in 1 trillion"
    assert figures.odds(10.3) == "1,260 to 1 for"
    assert figures.odds(0.0) == "even for"
    assert figures.odds(-1.0) == "2 to 1 against"
    assert figures.number(2_345_678) == "2.3 million"
    assert figures.signed(-0.01) == "0.0"
    assert figures.signed(10.25).startswith("+10.")


@given(st.lists(st.floats(-40, 40), min_size=1, max_size=12))
def test_rounded_figures_still_sum_to_the_rounded_total(values: list[float]) -> None:
    total = sum(values)
    shown = figures.tenths(values, total)
    assert round(sum(shown) * 10) == round(total * 10)
    assert all(abs(a - b) <= 0.1 + 1e-9 for a, b in zip(shown, values, strict=True))


def test_chinese_characters_take_two_places() -> None:
    assert figures.width("王伟") == 4
    assert words.command("link", "crm|1", "erp|2") == (
        "rapport identity link 'crm|1' 'erp|2' --note '...'"
    )

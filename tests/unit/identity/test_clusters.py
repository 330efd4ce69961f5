"""Clusters: no contradiction inside, whatever the order, and nothing outside matters."""

from __future__ import annotations

import itertools
import random
from datetime import date
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapport.identity.agglomerate import contradict, damerau_levenshtein
from rapport.identity.clusters import Clusters, cluster
from tests.support.linking import prepared, sets, table

BORN = [date(1980, 1, 12), date(1980, 1, 21), date(1955, 11, 23), date(2001, 7, 7)]
LINKS = pa.schema(
    [
        ("left_key", pa.string()),
        ("right_key", pa.string()),
        ("rule", pa.string()),
        ("weight", pa.float64()),
        ("information", pa.float64()),
    ]
)
APART = pa.schema([("left_key", pa.string()), ("right_key", pa.string()), ("reason", pa.string())])
Link = tuple[str, str, str, float]


def made(
    rows: list[dict[str, Any]],
    links: list[Link],
    apart: list[tuple[str, str, str]] = (),  # type: ignore[assignment]
    **options: Any,
) -> Clusters:
    ordered = [(min(a, b), max(a, b), rule, weight, 10.0) for a, b, rule, weight in links]
    foes = [(min(a, b), max(a, b), why) for a, b, why in apart]
    return cluster(
        table(rows),
        pa.Table.from_pylist([dict(zip(LINKS.names, x, strict=True)) for x in ordered], LINKS),
        pa.Table.from_pylist([dict(zip(APART.names, x, strict=True)) for x in foes], APART),
        0.0,
        **options,
    )


def groups(rows: list[dict[str, Any]], links: list[Link], *rest: Any, **options: Any) -> set[str]:
    """Clusters of more than one record as sorted letters."""
    found = sets(table(rows), made(rows, links, *rest, **options))
    return {"".join(sorted(keys)) for keys in found if len(keys) > 1}


def named(letters: str, **values: Any) -> list[dict[str, Any]]:
    return [prepared(letter, **values) for letter in letters]


def test_one_weak_link_does_not_chain_two_customers() -> None:
    sure = [("a", "b", "model", 20.0), ("c", "d", "model", 20.0)]
    bridge = [("b", "c", "model", 2.0)]
    against = [("a", "c", "model", -9.0), ("a", "d", "model", -9.0), ("b", "d", "model", -9.0)]
    assert groups(named("abcd"), sure + bridge) == {"abcd"}
    assert groups(named("abcd"), sure + bridge + against) == {"ab", "cd"}
    cuts = made(named("abcd"), sure + bridge + against).cuts.to_pylist()
    assert [(cut["left_key"], cut["right_key"], cut["reason"]) for cut in cuts] == [
        ("b", "c", "evidence")
    ]


def test_a_contradiction_is_cut_at_the_weakest_link() -> None:
    rows = [
        prepared("a", birth_date=BORN[0]),
        prepared("b"),
        prepared("c", birth_date=BORN[2]),
    ]
    links = [("a", "b", "email", 5.0), ("b", "c", "email", 9.0)]
    assert groups(rows, links) == {"bc"}
    assert made(rows, links).cuts["reason"].to_pylist() == ["strong_key"]
    assert groups(rows, links, strong_keys=()) == {"abc"}


def test_a_typo_is_no_contradiction() -> None:
    rows = [prepared("a", birth_date=BORN[0]), prepared("b", birth_date=BORN[1])]
    assert groups(rows, [("a", "b", "email", 5.0)]) == {"ab"}


def test_what_a_person_decides_outranks_a_contradiction() -> None:
    rows = [prepared("a", birth_date=BORN[0]), prepared("b", birth_date=BORN[2])]
    assert groups(rows, [("a", "b", "hand", 0.0)]) == {"ab"}
    assert groups(rows, [("a", "b", "cross_reference", 0.0)]) == set()
    assert groups(rows, [("a", "b", "email", 30.0)], [("a", "b", "hand")]) == set()


def test_a_source_that_holds_a_customer_once_is_believed() -> None:
    rows = [prepared("erp|1"), prepared("erp|2"), prepared("crm|1")]
    links = [("crm|1", "erp|1", "model", 9.0), ("crm|1", "erp|2", "model", 5.0)]
    found = sets(table(rows), made(rows, links, one_per_source=["erp"]))
    assert found == {frozenset({"crm|1", "erp|1"}), frozenset({"erp|2"})}
    assert made(rows, links, one_per_source=["erp"]).cuts["reason"].to_pylist() == [
        "one_per_source"
    ]


def test_who_links_equally_well_to_two_that_are_apart_belongs_to_neither() -> None:
    links = [("a", "n", "email", 3.0), ("b", "n", "email", 3.0), ("a", "b", "email", 1.0)]
    apart = [("a", "b", "household")]
    assert groups(named("abn"), links, apart) == set()
    reasons = made(named("abn"), links, apart).cuts["reason"].to_pylist()
    assert sorted(reasons) == ["ambiguous", "ambiguous", "household"]
    better = [("a", "n", "email", 9.0), *links[1:]]
    assert groups(named("abn"), better, apart) == {"an"}
    told = [("a", "n", "login", 0.0), *links[1:]]
    assert groups(named("abn"), told, apart) == {"an"}


def test_a_link_to_a_record_that_is_gone_is_left_out() -> None:
    assert groups(named("ab"), [("a", "b", "email", 3.0), ("b", "z", "email", 9.0)]) == {"ab"}


@st.composite
def cases(draw: Any) -> tuple[list[dict[str, Any]], list[Link], list[tuple[str, str, str]]]:
    letters = "abcdefghij"[: draw(st.integers(2, 10))]
    rows = [
        prepared(letter, birth_date=draw(st.sampled_from([None, None, *BORN])))
        for letter in letters
    ]
    pairs = list(itertools.combinations(letters, 2))
    weight = st.integers(-12, 20).map(float)
    rule = st.sampled_from(["model", "model", "model", "email", "cross_reference"])
    links = [
        (a, b, draw(rule), draw(weight))
        for a, b in draw(st.lists(st.sampled_from(pairs), unique=True))
    ]
    apart = [
        (a, b, "household")
        for a, b in draw(st.lists(st.sampled_from(pairs), max_size=3, unique=True))
    ]
    return rows, links, apart


@settings(deadline=None, max_examples=150)
@given(cases())
def test_no_cluster_holds_a_contradiction(case: Any) -> None:
    rows, links, apart = case
    born = {row["record_key"]: row["birth_date"] for row in rows}
    foes = {frozenset(pair[:2]) for pair in apart}
    for members in sets(table(rows), made(rows, links, apart)):
        for one, other in itertools.combinations(sorted(members), 2):
            assert frozenset((one, other)) not in foes
            if born[one] and born[other]:
                assert not contradict(str(born[one]), str(born[other]))


@settings(deadline=None, max_examples=100)
@given(cases(), st.integers(0, 10_000))
def test_the_order_of_links_does_not_matter(case: Any, seed: int) -> None:
    rows, links, apart = case
    expected = sets(table(rows), made(rows, links, apart))
    for part in (rows, links, apart):
        random.Random(seed).shuffle(part)
    assert sets(table(rows), made(rows, links, apart)) == expected


@settings(deadline=None, max_examples=100)
@given(cases(), cases())
def test_what_is_not_connected_does_not_matter(one: Any, other: Any) -> None:
    """Increments cluster touched components alone; that must give what all together gives."""
    moved = [
        [{**row, "record_key": "0" + row["record_key"]} for row in other[0]],
        [("0" + a, "0" + b, *rest) for a, b, *rest in other[1]],
        [("0" + a, "0" + b, why) for a, b, why in other[2]],
    ]
    alone = sets(table(one[0]), made(*one)) | sets(table(moved[0]), made(*moved))  # type: ignore[arg-type]
    both = [mine + theirs for mine, theirs in zip(one, moved, strict=True)]
    assert sets(table(both[0]), made(*both)) == alone


@settings(deadline=None, max_examples=100)
@given(cases())
def test_every_link_that_counts_is_kept_or_cut_with_a_reason(case: Any) -> None:
    rows, links, apart = case
    found = made(rows, links, apart)
    counts = [link for link in links if link[2] != "model" or link[3] >= 0]
    assert len(found.kept) + len(found.cuts) == len(counts)
    assert all(found.cuts["reason"].to_pylist())


@pytest.mark.parametrize(
    ("one", "other", "distance"),
    [("", "ab", 2), ("ca", "abc", 3), ("1980-01-12", "1980-01-21", 1), ("kitten", "sitting", 3)],
)
def test_damerau_levenshtein(one: str, other: str, distance: int) -> None:
    assert damerau_levenshtein(one, other) == distance
    assert damerau_levenshtein(other, one) == distance


def test_a_log_in_that_repeats_an_address_is_no_second_witness() -> None:
    """It knows no more than the record that it came to, whose weight has counted it."""
    links: list[Link] = [
        ("A", "B", "model", 3.0),
        ("B", "W", "email", 1.0),
        ("A", "W", "model", -20.0),
    ]
    rows = [prepared(letter, name_sorted="berger hans") for letter in "AB"]
    assert groups([*rows, prepared("W")], links) == {"ABW"}
    assert groups([*rows, prepared("W", name_sorted="berger eva")], links) == {"BW"}

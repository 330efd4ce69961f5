"""One name, one spelling; and the second form that other scripts and languages need."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapport.identity import normalise
from rapport.identity.normalise import words
from rapport.identity.normalise.name_splitting import split


def _names(
    first: str | None = None,
    last: str | None = None,
    full: str | None = None,
    country: str | None = None,
) -> dict[str, str | None]:
    parts = [pa.array([part], pa.string()) for part in (first, last, full, country)]
    found = normalise.person_names(*parts)
    return {name: values.to_pylist()[0] for name, values in vars(found).items()}


def test_names_fold() -> None:
    names = pa.array(["  JÜRGEN-Peter ", "O’Brien", "Łukasz Weiß", "王小明", "が", "-", None])
    assert normalise.fold(names).to_pylist() == [
        *("jurgen peter", "obrien", "lukasz weiss", "王小明", "が", None, None)
    ]


@pytest.mark.parametrize(
    ("full", "given_name", "family_name"),
    [
        ("John Smith", "John", "Smith"),
        ("Smith, John", "John", "Smith"),
        ("John Ronald Reuel Tolkien", "John Ronald Reuel", "Tolkien"),
        ("Ludwig van Beethoven", "Ludwig", "van Beethoven"),
        ("Otto von der Heide", "Otto", "von der Heide"),
        ("DUPONT Jean", "Jean", "DUPONT"),
        ("Jean-Paul LE GOFF", "Jean-Paul LE", "GOFF"),
        ("JOHN SMITH", "JOHN", "SMITH"),
        ("王秀英", "秀英", "王"),
        ("欧阳娜娜", "娜娜", "欧阳"),
        ("欧阳", "阳", "欧"),
        ("王 秀英", "秀英", "王"),
        ("秀英 王", "秀英", "王"),
        ("约翰·史密斯", "约翰", "史密斯"),
        ("김민수", "민수", "김"),
        ("Madonna", None, "Madonna"),
        ("", None, None),
        (None, None, None),
    ],
)
def test_a_full_name_is_split(
    full: str | None, given_name: str | None, family_name: str | None
) -> None:
    assert split(full) == (given_name, family_name)


def test_parts_that_are_missing_come_from_the_full_name() -> None:
    found = _names(last="Smith", full="John Smith")
    assert (found["given"], found["family"]) == ("john", "smith")
    found = _names(first="John", full="John")
    assert (found["given"], found["family"]) == ("john", None)


def test_titles_suffixes_and_placeholders_go() -> None:
    found = _names(full="Herr Prof. Dr. Max Huber Jr.")
    assert (found["given"], found["family"]) == ("max", "huber")
    assert _names(full="王伟 先生")["family"] == "王"
    assert set(_names(first="N/A", last="unknown").values()) == {None}
    assert set(_names(full="Xxx").values()) == {None}
    assert set(_names(first="Guest", last="User").values()) == {None}
    assert _names(first="John", last="Guest")["family"] == "guest"
    # A name in its own right is no title.
    assert _names(first="Mag", last="Don")["given"] == "mag"
    assert _names(first="娜", last="查")["given_alt"] == "na"


@pytest.mark.parametrize(
    ("first", "last", "given_alt", "family_alt"),
    [
        ("秀英", "王", "xiuying", "wang"),
        ("国藩", "曾", "guofan", "zeng"),  # not ceng, as the character is read elsewhere
        ("Юлия", "Щербакова", "yuliya", "shcherbakova"),
        ("Jürgen", "Müller", "juergen", "mueller"),
        ("Xiu Ying", "Wang", "xiuying", None),
        ("José", "Núñez", None, None),
        ("Li Ann", "Smith", None, None),
    ],
)
def test_the_second_form_is_what_others_write(
    first: str, last: str, given_alt: str | None, family_alt: str | None
) -> None:
    found = _names(first, last)
    assert (found["given_alt"], found["family_alt"]) == (given_alt, family_alt)


def test_chinese_and_pinyin_meet() -> None:
    spellings = [
        _names(full="王秀英"),
        _names(first="秀英", last="王"),
        _names(last="王秀英"),
        _names(first="Xiuying", last="Wang"),
        _names(full="Wang Xiu Ying", country="CN"),
        _names(full="Xiuying Wang", country="CN"),
    ]
    assert {found["in_order"] for found in spellings} == {"wang xiuying"}
    assert {found["family_alt"] or found["family"] for found in spellings} == {"wang"}


def test_swapped_names_have_the_same_words() -> None:
    assert _names("Müller", "Anna")["in_order"] == _names("Anna", "Müller")["in_order"]


@pytest.mark.parametrize(
    ("first", "root"),
    [
        ("Bob", "robert"),
        ("Robert", "robert"),
        ("Kathi", "katherine"),
        ("Anna Maria", "anna"),
        ("Jean-Pierre", "jean pierre"),
        ("J. R.", "j r"),
        ("Дима", "dmitriy"),
        ("秀英", "秀英"),
        ("Xylophon", "xylophon"),
    ],
)
def test_the_root_is_what_a_nickname_is_short_for(first: str, root: str) -> None:
    assert _names(first, "Wong")["given_root"] == root


def test_a_nickname_has_one_root_and_a_root_is_no_nickname() -> None:
    roots = [root for table in words._read("nicknames.yml").values() for root in table]
    short = [
        nickname
        for table in words._read("nicknames.yml").values()
        for nicknames in table.values()
        for nickname in nicknames.split()
    ]
    assert len(set(roots)) == len(roots)
    assert len(set(short)) == len(short)
    assert not set(roots) & set(short)
    assert normalise.fold(pa.array(roots + short)).to_pylist() == roots + short


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.text(), st.text(), st.text()), min_size=1, max_size=20))
def test_any_text_has_names_that_are_folded(rows: list[tuple[str, str, str]]) -> None:
    found = normalise.person_names(*(pa.array(column) for column in zip(*rows, strict=True)))
    for values in vars(found).values():
        assert normalise.fold(values) == values


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(), min_size=1, max_size=20))
def test_folding_twice_changes_nothing(written: list[str]) -> None:
    once = normalise.fold(pa.array(written))
    assert normalise.fold(once) == once
    latin = normalise.latin(pa.array(written))
    assert normalise.latin(latin) == latin

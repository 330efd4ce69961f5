"""The table of words finds what it names, and turns round what a "not" turns round."""

from __future__ import annotations

import csv

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapport.errors import RapportError
from rapport.settings import REPO
from rapport.voice import texts
from rapport.voice.words import Words

with (REPO / "dbt_project" / "seeds" / "voice_words.csv").open(encoding="utf-8") as lines:
    ROWS = list(csv.DictReader(lines))
WORDS = Words.of(ROWS)


@pytest.mark.parametrize(
    ("text", "good", "bad"),
    [
        ("Good.", 1, 0),
        ("Not bad at all", 1, 0),
        ("I was not really happy", 0, 1),
        ("Not cheap, but good", 1, 0),
        ("No problem, no. Great!", 2, 0),
        ("goodbye", 0, 0),
        ("很好", 1, 0),
        ("不太满意", 0, 1),
        ("快递还没发", 0, 0),
        ("快递很快", 1, 0),
        ("不错", 1, 0),
        ("没有瑕疵", 1, 0),
        ("您好，请问什么时候发货？", 0, 0),
        ("你好，最快几号能到？麻烦告诉我，好吗？", 0, 0),
        ("说好次日达", 0, 0),
        ("Good morning, quick question: when will it ship? Kind regards", 0, 0),
        ("👎 and 👍", 1, 1),
        ("", 0, 0),
    ],
)
def test_a_not_turns_round_the_word_after_it(text: str, good: int, bad: int) -> None:
    assert WORDS.tone_of(texts.plain(text)) == (good, bad)


def test_a_word_of_letters_is_found_amid_characters() -> None:
    """Chinese puts no blank beside it: of complaints about the app none was about the website."""
    assert WORDS.topics_of(texts.plain("你们的APP有问题")) == ["website"]
    assert WORDS.topics_of("happy") == []


def test_the_topic_with_most_words_comes_first_and_of_equals_the_one_named_first() -> None:
    assert WORDS.topics_of("my parcel was late and the staff") == ["delivery", "service"]
    assert WORDS.topics_of("the staff said the parcel was late") == ["delivery", "service"]
    assert WORDS.topics_of("the staff lost my parcel") == ["service", "delivery"]
    assert WORDS.topics_of("退款的发票") == ["returns", "billing"]
    assert WORDS.topics_of("hello") == []


def test_a_company_adds_words_and_topics_of_its_own() -> None:
    own = [
        {"meaning": "delivery", "language": "de", "words": "paket*|verspätet*|schon wieder"},
        {"meaning": "roastery", "language": "en", "words": "Roast*|drum"},
    ]
    words = Words.of([*ROWS, *own])
    assert words.topics_of(texts.plain("Die Pakete, the ROASTERS")) == ["delivery", "roastery"]
    assert words.topics_of(texts.plain("Die VERSPÄTETE Post")) == ["delivery"]
    assert words.topics_of(texts.plain("nicht schon wiederholt")) == []


@pytest.mark.parametrize(
    "row", [{"words": "a"}, {"meaning": "price"}, {"meaning": "price", "words": "a||b"},
            {"meaning": "other", "words": "a"}],
)  # fmt: skip
def test_a_row_that_says_nothing_is_refused_by_name(row: dict[str, str]) -> None:
    with pytest.raises(RapportError) as caught:
        Words.of([row])
    assert caught.value.code == "company-invalid"
    assert str(row) in caught.value.where


@settings(deadline=None)
@given(st.text(max_size=300))
def test_any_text_can_be_looked_at(text: str) -> None:
    plain = texts.plain(text)
    good, bad = WORDS.tone_of(plain)
    assert good >= 0 and bad >= 0
    assert len(set(WORDS.topics_of(plain))) == len(WORDS.topics_of(plain))
    assert len(texts.languages([plain], ["en", "de"])) == 1


def test_markup_addresses_and_width_of_letters_do_not_count() -> None:
    said = "<p>Ｓｅｅ  https://a.example/good?x and ann@good.example</p>\nIt’s GOOD"
    assert texts.plain(said) == "see and it's good"


def test_short_texts_are_of_the_usual_language_unless_clearly_of_another() -> None:
    said = ["nice mug", "ok", "refund pls!!", "杯子碎了", "Sehr enttäuscht von der Lieferung"]
    found = texts.languages([texts.plain(one) for one in said], ["en", "zh", "de", "fr"])
    assert found.tolist() == ["en", "en", "en", "zh", "de"]


def test_a_language_that_nobody_can_tell_is_named() -> None:
    with pytest.raises(RapportError, match=r"xx.*voice_languages.*ISO codes") as caught:
        texts.languages(["guten tag"], ["en", "xx"])
    assert caught.value.code == "company-invalid"

"""What comments teach is used where it was checked; the labelled sample is only looked at."""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from rapport.settings import REPO
from rapport.voice import checking
from rapport.voice.checking import MODEL, TONE, WORDS
from rapport.voice.hearing import VOTES, Asked, Hearing, hear
from rapport.voice.words import Words

with (REPO / "dbt_project" / "seeds" / "voice_words.csv").open(encoding="utf-8") as lines:
    ASKED = Asked(Words.of(csv.DictReader(lines)), ["en", "zh", "de", "fr"], 50, 20)

# In a language of which the table has no words: dishes that come with a score.
PRAISED = ["die suppe", "der braten", "die knödel", "das gulasch", "der strudel", "die torte"]
BLAMED = ["die sauce", "der fisch", "die nudeln", "das schnitzel", "der salat", "das eis"]
PLACES = ["gestern", "heute", "am montag", "am dienstag", "im garten", "im saal", "zu hause"]
PEOPLE = ["mit oma", "mit den kindern", "allein", "mit freunden", "mit kollegen", "zu zweit"]


def comments(rows: list[tuple[str, int]]) -> pa.Table:
    """Comments with an opinion each, as the step reads them."""
    by_text: dict[str, Counter[int]] = {}
    for text, opinion in rows:
        by_text.setdefault(text, Counter())[opinion] += 1
    found = [
        {"text_key": hashlib.md5(text.encode()).hexdigest()[:16], "text": text}
        | {name: counts[opinion] for name, opinion in zip(VOTES, (-1, 0, 1), strict=True)}
        for text, counts in by_text.items()
    ]
    kinds = [("text_key", pa.string()), ("text", pa.string()), *((v, pa.int64()) for v in VOTES)]
    return pa.Table.from_pylist(sorted(found, key=lambda row: row["text_key"]), pa.schema(kinds))


def dinners() -> list[tuple[str, int]]:
    return [
        (f"wir hatten {place} {dish} {people}", opinion)
        for dishes, opinion in ((PRAISED, 1), (BLAMED, -1))
        for dish in dishes
        for place in PLACES
        for people in PEOPLE
    ]


@pytest.fixture(scope="module")
def heard() -> Hearing:
    return hear(comments(dinners()), ASKED)


def _figures(hearing: Hearing) -> dict[tuple[str, str, str], dict[str, Any]]:
    rows = hearing.quality().to_pylist()
    return {(row["prediction"], row["model"], row["metric"]): row for row in rows}


def test_a_language_without_words_is_learned_from_the_scores_of_its_comments(
    heard: Hearing,
) -> None:
    found = _figures(heard)["voice_tone_de", MODEL, "macro_f1"]
    assert found["is_published"] and found["value"] > 0.95
    told = heard.tell(["1", "2"], ["Es gab Strudel und Torte", "Fisch und Schnitzel, allein"])
    assert told["tone"].to_pylist() == ["positive", "negative"]
    assert told["topic"].to_pylist() == [None, None]  # no sample in German to check topics by


def test_what_comments_in_one_language_taught_is_not_used_in_another(heard: Hearing) -> None:
    for language in ("en", "zh"):
        assert heard.tones[language].model == WORDS
    assert heard.tell(["1"], ["It was great"])["model"].to_pylist() == [WORDS]


def test_scores_that_say_nothing_publish_nothing() -> None:
    dice = np.random.default_rng(4)
    rows = [(text, int(dice.choice([-1, 1]))) for text, _ in dinners()]
    hearing = hear(comments(rows), ASKED)
    found = _figures(hearing)["voice_tone_de", MODEL, "accuracy"]
    assert hearing.tones["de"].model is None
    assert not found["is_published"] and found["reason"].startswith("no better than calling all")
    assert found["reason_zh"].startswith("不优于全部判为")
    assert hearing.tell(["1"], ["wir hatten fisch"])["tone"].to_pylist() == [None]


@pytest.mark.parametrize("rows", [[], [("so gut", 1)], [("fein", 1), ("fein", -1), ("naja", 0)]])
def test_too_few_comments_teach_nothing_and_words_tell(rows: list[tuple[str, int]]) -> None:
    hearing = hear(comments(rows), ASKED)
    assert hearing.model is None
    told = hearing.tell(
        ["1", "2", "3"], ["Lovely, thank you", "太慢了，很失望", "so ein Mist aber auch"]
    )
    assert told["tone"].to_pylist() == ["positive", "negative", None]
    assert len(hearing.tell([], [])) == 0


def test_the_order_of_words_in_memory_and_of_rows_is_of_no_matter(heard: Hearing) -> None:
    again = hear(comments(dinners()[::-1]), ASKED)
    assert again.quality() == heard.quality()
    assert heard.model and again.model and (again.model.weights == heard.model.weights).all()


def test_the_sample_is_told_better_than_by_chance_in_both_languages(
    heard: Hearing, capsys: pytest.CaptureFixture[str]
) -> None:
    """With words alone. A third of the sample has each tone, a sixth the most frequent topic.

    The bounds are the largest class and three standard deviations of a share over its sentences:
    less would be chance. They are no aim: the words were written before the sample, and stay.
    """
    size = Counter(checking.sample().language)
    assert min(size.values()) >= 100 and size.total() >= 200
    with capsys.disabled():
        for (prediction, model, metric), row in sorted(_figures(heard).items()):
            if model == WORDS and metric == "sample_accuracy":
                print(f"\n{prediction}: {row['value']:.3f}, largest class {row['naive_value']:.3f}")
                chance = row["naive_value"]
                error = (chance * (1 - chance) / row["customers"]) ** 0.5
                assert row["value"] > chance + 3 * error, prediction


def test_a_class_that_is_all_has_no_better() -> None:
    actual = np.array(["positive"] * 30, dtype=object)
    measured = checking.measure(actual, actual, ("negative", "neutral", "positive"))
    assert measured.accuracy == measured.base_accuracy == measured.macro_f1 == 1
    assert not measured.is_better


def test_no_sentence_of_the_sample_is_learned_from(heard: Hearing) -> None:
    """Else its accuracy would be no check."""
    sample = checking.sample()
    rows = [*dinners(), ("zu teuer war es", -1)]
    assert not {text for text, _ in rows} & set(sample.texts)
    assert checking.of_sample({}, "de", TONE) == {}

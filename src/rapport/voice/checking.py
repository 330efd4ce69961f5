"""How right tones and topics are: on comments not learned from, and on a labelled sample.

The company's own comments decide which way of telling tones is used. The sample, 225 sentences
written by hand, decides nothing but whether figures that cannot be checked otherwise are published.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np

from rapport.voice.tone import NEGATIVE, POSITIVE, TONES, Labels

WORDS, MODEL = "words", "comments"  # by the table of words; learned from the company's comments
_ERRORS = 2  # standard errors of a share: more than these chance makes once in forty times
TONE, TOPIC = "voice_tone", "voice_topic"


@dataclass(frozen=True)
class Sample:
    """The labelled sample, (n,) each."""

    texts: Sequence[str]
    language: Labels
    tone: Labels
    topic: Labels

    @property
    def languages(self) -> list[str]:
        """Of its sentences."""
        return sorted(set(self.language))


@dataclass(frozen=True)
class Measured:
    """Shares over `texts` texts, and the same of calling all of them what most are.

    Attributes:
        macro_f1: mean over the labels of the harmonic mean of precision and recall.
    """

    texts: int
    accuracy: float
    macro_f1: float
    base_accuracy: float
    base_macro_f1: float
    majority: str

    @property
    def is_better(self) -> bool:
        """Better than the largest class in both, and in accuracy by more than chance."""
        share = self.base_accuracy
        chance = _ERRORS * (share * (1 - share) / self.texts) ** 0.5
        return self.accuracy > share + chance and self.macro_f1 > self.base_macro_f1


@dataclass(frozen=True)
class Verdict:
    """What is told in one language, and by what.

    Attributes:
        model: None where nothing is published.
        own, sample: by model: on the company's comments, on the labelled sample; empty where there
            are too few, or none.
    """

    model: str | None
    reason: str | None = None
    reason_zh: str | None = None
    own: Mapping[str, Measured] = field(default_factory=dict)
    sample: Mapping[str, Measured] = field(default_factory=dict)


@cache
def sample() -> Sample:
    """The labelled sample that comes with this package."""
    with Path(__file__).with_name("sample.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    parts = {name: np.array([row[name] for row in rows], dtype=object) for name in rows[0]}
    return Sample(parts["text"].tolist(), parts["language"], parts["tone"], parts["topic"])


def measure(actual: Labels, told: Labels, labels: Sequence[str]) -> Measured:
    """Compare what was told of each text with what is so, (n,) each and at least one."""
    from sklearn.metrics import accuracy_score, f1_score

    counts = [int(np.count_nonzero(actual == label)) for label in labels]
    majority = labels[int(np.argmax(counts))]
    share = max(counts) / len(actual)
    present = [label for label, count in zip(labels, counts, strict=True) if count]
    return Measured(
        len(actual),
        round(float(accuracy_score(actual, told)), 9),
        round(float(f1_score(actual, told, labels=present, average="macro", zero_division=0)), 9),
        round(share, 9),
        # Of the largest class precision is its share and recall 1, of the others both are 0.
        round(2 * share / (1 + share) / len(present), 9),
        majority,
    )


def judge(
    language: str,
    actual: Labels,
    told: Mapping[str, Labels],
    in_sample: Mapping[str, Measured],
    fewest: int,
) -> Verdict:
    """Choose how tones are told in one language, and whether they are published.

    By what does best on comments that it was not taught by; in a language of too few, where
    nothing can have been learned, by the table of words.

    Args:
        actual: tones by the scores of comments in this language, (n,).
        told: by model, of the same comments.
        in_sample: by model, on the labelled sample's sentences in this language.
        fewest: comments of either tone that are needed to check by.
    """
    checked = min(int(np.count_nonzero(actual == tone)) for tone in (NEGATIVE, POSITIVE))
    own: dict[str, Measured] = {}
    if checked >= fewest:
        own = {name: measure(actual, tones, TONES) for name, tones in told.items()}
        # Where they are equal the words, which say why.
        model = max(sorted(own, reverse=True), key=lambda name: own[name].macro_f1)
        found = own[model]
    elif in_sample:
        model, found = WORDS, in_sample[WORDS]
    else:
        return Verdict(
            None,
            f"fewer than {fewest} scored comments of either tone to check by in {language}, "
            "and no labelled sample",
            f"{language}可供检验的评分留言每类不足{fewest}条，且无标注样本",
        )
    if found.is_better:
        return Verdict(model, None, None, own, in_sample)
    return Verdict(None, *refusal(found), own, in_sample)


def refusal(found: Measured) -> tuple[str, str]:
    """Why nothing is published, in English and Chinese."""
    figures = (found.accuracy, found.base_accuracy, found.macro_f1, found.base_macro_f1)
    return (
        f"no better than calling all {found.majority}: accuracy {figures[0]:.3f} against "
        f"{figures[1]:.3f}, macro F1 {figures[2]:.3f} against {figures[3]:.3f}",
        f"不优于全部判为{found.majority}：准确率{figures[0]:.3f}对{figures[1]:.3f}，"
        f"宏F1 {figures[2]:.3f}对{figures[3]:.3f}",
    )


def of_sample(told: Mapping[str, Labels], language: str, kind: str) -> dict[str, Measured]:
    """By model, how right the sample's tones or topics in one language are; empty without any.

    Args:
        told: by model, of all sentences of the sample.
        kind: TONE or TOPIC.
    """
    ours = sample().language == language
    actual = (sample().tone if kind == TONE else sample().topic)[ours]
    if not len(actual):
        return {}
    labels = TONES if kind == TONE else sorted(set(actual))
    return {name: measure(actual, labelled[ours], labels) for name, labelled in told.items()}

"""What customers write in tickets and beside their scores, put together from voices.yml.

The phrases are nobody's lexicon: how right tones are told is measured on them, not made by them.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import yaml

from rapport.simulate import dirt, text
from rapport.simulate import vocabulary as words
from rapport.simulate.text import Bools, Column, Ints

TONES = ("negative", "neutral", "positive")
NEGATIVE, NEUTRAL, POSITIVE = range(3)
TOPICS = ("delivery", "quality", "returns", "billing", "price", "service", "website")
_LANGUAGES = ("en", "de", "zh")
_GERMAN = ("DE", "AT", "CH")
_BEFORE, _AFTER, _TYPO, _CARELESS = 0.35, 0.3, 0.12, 0.15  # shares of texts


@cache
def _phrases() -> dict[str, Any]:
    path = Path(__file__).with_name("voices.yml")
    found: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def languages(rng: np.random.Generator, country: Ints) -> Ints:
    """Language of each text by its writer's country: a third of those who could write German do."""
    dice = rng.random(len(country))
    codes = np.array([one.code for one in words.COUNTRIES])[country]
    german = np.isin(codes, _GERMAN) & (dice < 0.33)
    return np.where((codes == "CN") & (dice < 0.95), 2, np.where(german, 1, 0))


def write(
    rng: np.random.Generator, language: Ints, topic: Ints, tone: Ints
) -> tuple[Column, pa.Table]:
    """Texts, and the truth about them: language, topic and tone, (n,) each.

    A topic that a language has no phrases for becomes service.
    """
    count = len(language)
    phrases = _phrases()
    for number, name in enumerate(_LANGUAGES):
        missing = [place for place, one in enumerate(TOPICS) if one not in phrases[name]]
        topic = np.where(
            (language == number) & np.isin(topic, missing), TOPICS.index("service"), topic
        )
    dice = rng.random((count, 7))
    said = np.full(count, None, dtype=object)
    for row in range(count):
        own = phrases[_LANGUAGES[language[row]]]
        feeling = TONES[tone[row]]
        parts = [own[TOPICS[topic[row]]][feeling]]
        if dice[row, 0] < _BEFORE:
            parts.insert(0, own["before"][feeling])
        if dice[row, 1] < _AFTER:
            parts.append(own["after"][feeling])
        chosen = [
            part[int(die * len(part))] for part, die in zip(parts, dice[row, 2:5], strict=False)
        ]
        thing = own["things"][int(dice[row, 5] * len(own["things"]))]
        sentence = own["blank"].join(chosen).replace("{thing}", thing)
        careless = dice[row, 6] < _CARELESS
        said[row] = sentence.lower() if careless else sentence[:1].upper() + sentence[1:]
    typos: Bools = rng.random(count) < _TYPO
    return dirt.typo(rng, pa.array(said, pa.string()), typos), pa.table(
        {
            "language": text.pick(list(_LANGUAGES), language),
            "topic": text.pick(list(TOPICS), topic),
            "tone": text.pick(list(TONES), tone),
        }
    )

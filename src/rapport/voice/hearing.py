"""What is known after a look at the scored comments, and by which texts are told."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from rapport.predictions import NONE, QUALITY
from rapport.voice import checking, texts, tone
from rapport.voice.checking import MODEL, TONE, TOPIC, WORDS, Measured, Verdict
from rapport.voice.tone import Floats, Model, Told
from rapport.voice.words import OTHER, Words

_PARTS = 3  # of the comments, by their keys: each part is told by what the others taught
VOTES = ("blames", "middles", "praises")
TEXTS = pa.schema(
    [
        ("text_key", pa.string()),
        ("language", pa.string()),
        ("topic", pa.string()),
        ("topics", pa.string()),
        ("tone", pa.string()),
        ("tone_score", pa.float64()),
        ("model", pa.string()),
    ]
)


@dataclass(frozen=True)
class Asked:
    """What a company may set, see the vars of the same names with `voice_` before them."""

    words: Words
    languages: Sequence[str]
    min_comments: int
    min_checked: int


@dataclass(frozen=True)
class Hearing:
    """How texts are told.

    Attributes:
        model: None where there are too few scored comments.
        tones, topics: verdicts by language.
    """

    asked: Asked
    model: Model | None
    tones: Mapping[str, Verdict]
    topics: Mapping[str, Verdict]

    def tell(self, keys: Sequence[str], raw: Sequence[str]) -> pa.Table:
        """Language, topics and tone of each text, in the shape of `TEXTS`."""
        plain = [texts.plain(text) for text in raw]
        language = texts.languages(plain, self.asked.languages)
        model = np.array([self._model(one) for one in language], dtype=object)
        score, tones = np.full(len(plain), np.nan), np.full(len(plain), None, dtype=object)
        for name, told in _told(self.model, plain, tone.balances(plain, self.asked.words)).items():
            score = np.where(model == name, told.scores, score)
            tones = np.where(model == name, told.tones, tones)
        topics = [
            (self.asked.words.topics_of(text) or [OTHER])
            if one in self.topics and self.topics[one].model
            else None
            for text, one in zip(plain, language, strict=True)
        ]
        return pa.table(
            {
                "text_key": pa.array(keys, pa.string()),
                "language": pa.array(language, pa.string()),
                "topic": pa.array([found and found[0] for found in topics], pa.string()),
                "topics": pa.array([found and ", ".join(found) for found in topics], pa.string()),
                "tone": pa.array(tones, pa.string()),
                "tone_score": pa.array(score, pa.float64(), from_pandas=True),
                "model": pa.array(model, pa.string()),
            },
            schema=TEXTS,
        )

    def _model(self, language: str) -> str | None:
        verdict = self.tones.get(language)
        return verdict.model if verdict else None

    def quality(self) -> pa.Table:
        """In the shape of `QUALITY`: accuracy and macro F1 beside those of the largest class."""
        rows: list[dict[str, object]] = []
        for kind, verdicts in ((TONE, self.tones), (TOPIC, self.topics)):
            for language, verdict in sorted(verdicts.items()):
                if not (verdict.own or verdict.sample):
                    rows.append(_row(f"{kind}_{language}", NONE, NONE, verdict))
                for prefix, measured in (("", verdict.own), ("sample_", verdict.sample)):
                    for name, found in sorted(measured.items()):
                        rows += _rows(f"{kind}_{language}", name, prefix, found, verdict)
        return pa.Table.from_pylist(rows, QUALITY)


def hear(comments: pa.Table, asked: Asked) -> Hearing:
    """Learn from scored comments, check on those not learned from and on the sample, and choose.

    Args:
        comments: a row a different text, in the order of `text_key`: `text`, and how many
            customers gave a low, a middle and a high score with it (`VOTES`).
    """
    plain = [texts.plain(text) for text in comments["text"].to_pylist()]
    votes = np.column_stack([comments[name].to_numpy() for name in VOTES]).astype(np.float64)
    balance = tone.balances(plain, asked.words)
    model = None
    told = {WORDS: tone.by_words(balance).tones}
    if np.count_nonzero(votes, axis=0)[[0, 2]].min() >= asked.min_comments:
        features = tone.features(plain, balance)
        part = np.array([int(one[:8], 16) % _PARTS for one in comments["text_key"].to_pylist()])
        told[MODEL] = told[WORDS].copy()
        for held in (part == number for number in range(_PARTS)):
            told[MODEL][held] = tone.fit(features[~held], votes[~held]).tell(features[held]).tones
        model = tone.fit(features, votes)
    # A text that came with several scores counts once with each.
    places, labels = np.nonzero(votes)
    actual = np.array(tone.TONES, dtype=object)[labels]
    language = texts.languages(plain, asked.languages)
    ours = [texts.plain(text) for text in checking.sample().texts]
    in_sample = _told(model, ours, tone.balances(ours, asked.words))
    topics = {WORDS: np.array([(asked.words.topics_of(one) or [OTHER])[0] for one in ours], object)}
    every = sorted({*language, *checking.sample().languages})
    tones = {}
    for one in every:
        mine = language[places] == one
        tones[one] = checking.judge(
            one,
            actual[mine],
            {name: found[places][mine] for name, found in told.items()},
            checking.of_sample({name: f.tones for name, f in in_sample.items()}, one, TONE),
            asked.min_checked,
        )
    return Hearing(asked, model, tones, {one: _topic(topics, one) for one in every})


def fingerprint(comments: pa.Table, asked: Asked, method: str) -> str:
    """Of all that a hearing is made from."""
    digest = hashlib.sha256()
    words = [(topic, found.pattern) for topic, found in asked.words.topics.items()]
    words += sorted(asked.words.meanings.items())
    settings = [method, words, list(asked.languages), asked.min_comments, asked.min_checked]
    digest.update(json.dumps(settings, ensure_ascii=False).encode())
    for name in ("text_key", *VOTES):
        digest.update(json.dumps(comments[name].to_pylist()).encode())
    return digest.hexdigest()


def _topic(told: Mapping[str, np.ndarray], language: str) -> Verdict:
    measured = checking.of_sample(told, language, TOPIC)
    if not measured:
        return Verdict(
            None,
            f"no labelled sample in {language} to check by",
            f"{language}无标注样本可供检验",
        )
    found = measured[WORDS]
    if found.is_better:
        return Verdict(WORDS, sample=measured)
    reason, reason_zh = checking.refusal(found)
    return Verdict(None, reason, reason_zh, sample=measured)


def _told(model: Model | None, plain: Sequence[str], balance: Floats) -> dict[str, Told]:
    told = {WORDS: tone.by_words(balance)}
    if model is not None and len(plain):
        told[MODEL] = model.tell(tone.features(plain, balance))
    return told


def _rows(
    prediction: str, name: str, prefix: str, found: Measured, verdict: Verdict
) -> list[dict[str, object]]:
    """Two figures of one model."""
    return [
        _row(prediction, name, prefix + metric, verdict)
        | {
            "customers": found.texts,
            "value": getattr(found, metric),
            "naive_value": getattr(found, f"base_{metric}"),
        }
        for metric in ("accuracy", "macro_f1")
    ]


def _row(prediction: str, name: str, metric: str, verdict: Verdict) -> dict[str, object]:
    """A row without figures: whether the model is used, else why not."""
    reasons = (verdict.reason, verdict.reason_zh)
    if verdict.model == name:
        reasons = (None, None)
    elif verdict.model:
        reasons = (f"for comparison: {verdict.model} is used", f"仅供比较：采用{verdict.model}")
    return {
        "prediction": prediction,
        "model": name,
        "metric": metric,
        "is_published": verdict.model == name,
        "reason": reasons[0],
        "reason_zh": reasons[1],
    }

"""Tone of texts: by the words of the table, and by a model of the company's own scored comments.

Customers who write a comment also give a score: the scores are the labels, in whatever language.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from rapport.voice.words import Words

Floats = NDArray[np.float64]
Labels = NDArray[np.object_]
NEGATIVE, NEUTRAL, POSITIVE = TONES = ("negative", "neutral", "positive")
# One word of tone more than of the other makes 1/2; of two words for and one against it is 1/4.
_NEUTRAL_UP_TO = 1 / 3
# Parts of words up to four characters: endings and typos in letters, whole words in Chinese.
_NGRAMS = (1, 4)
_FEATURES = 2**16  # few of the parts in 3,000 comments share a place
# Variance of the weights' normal prior. A text's parts have length 1 together, so that one whose
# parts all speak for a tone may come to odds of e^3, twenty to one.
_STRENGTH = 10.0
_DIGITS = 6  # beyond them processors differ


@dataclass(frozen=True)
class Told:
    """What is told of texts, (n,) each.

    Args:
        scores: from -1 (blame is certain) to 1 (praise is).
        tones: of TONES.
    """

    scores: Floats
    tones: Labels


@dataclass(frozen=True)
class Model:
    """Weights of three logistic regressions, each tone against the others.

    Args:
        weights: the constant, then each place of a part of a word, then the balance of the table's
            words; (3, places + 2).
    """

    weights: Floats

    def tell(self, features: Any) -> Told:
        """Tone of texts by their `features`."""
        odds = np.asarray(features @ self.weights[:, 1:].T) + self.weights[:, 0]
        chance = special.expit(odds)
        chance = np.round(chance / chance.sum(axis=1, keepdims=True), _DIGITS)
        names = np.array(TONES, dtype=object)
        return Told(np.round(chance[:, 2] - chance[:, 0], _DIGITS), names[chance.argmax(axis=1)])


def balances(texts: Sequence[str], words: Words) -> Floats:
    """(good - bad) / (good + bad + 1) of the words in each plain text, (n,): -1 to 1."""
    counts = np.array([words.tone_of(text) for text in texts], np.float64).reshape(-1, 2)
    good, bad = counts.T
    return np.asarray(np.round((good - bad) / (good + bad + 1), _DIGITS), np.float64)


def by_words(balance: Floats) -> Told:
    """Tone by nothing but the balance of words, (n,)."""
    places = 1 + (balance > _NEUTRAL_UP_TO).astype(np.int64) - (balance < -_NEUTRAL_UP_TO)
    return Told(balance, np.array(TONES, dtype=object)[places])


def fit(features: Any, votes: Floats) -> Model:
    """Learn from comments by the scores that customers gave with them.

    Logistic regression with a ridge (Yu, Huang, Lin 2011, Machine Learning 85: dual coordinate
    descent, the order of coordinates from a seed). The tones weigh alike in all, since of tickets
    far more are cross than of comments.

    Args:
        features: of different texts, (n, f).
        votes: customers who wrote it with a low, a middle and a high score, (n, 3).
    """
    from sklearn.linear_model import LogisticRegression

    rows, tones = np.nonzero(votes)
    weight = votes[rows, tones] / votes.sum(axis=0)[tones]
    weight *= len(rows) / weight.sum()
    found = np.zeros((len(TONES), features.shape[1] + 1))
    for place in range(len(TONES)):
        if (hits := np.count_nonzero(tones == place)) in (0, len(rows)):
            found[place, 0] = np.inf if hits else -np.inf
            continue
        model = LogisticRegression(
            C=_STRENGTH, solver="liblinear", dual=True, max_iter=1_000, random_state=0
        )
        model.fit(features[rows], tones == place, sample_weight=weight)
        found[place] = np.round([model.intercept_[0], *model.coef_[0]], 9)
    return Model(found)


def features(texts: Sequence[str], balance: Floats) -> Any:
    """Parts of words of plain texts, and their balance, as a sparse matrix, (n, places + 1)."""
    from scipy import sparse
    from sklearn.feature_extraction.text import HashingVectorizer

    parts = HashingVectorizer(
        analyzer="char_wb", ngram_range=_NGRAMS, n_features=_FEATURES, alternate_sign=False
    )
    return sparse.hstack([parts.transform(texts), balance[:, None]], format="csr")

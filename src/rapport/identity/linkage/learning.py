"""Expectation maximisation over counted agreement patterns (Fellegi and Sunter 1969, Winkler 1988).

All comparisons are learnt together from the pairs of several blocking rules. Pairs outside of the
candidates count as pairs that do not match, so that what was learnt holds for all pairs of records
and not for those of one block: the prior comes out as matches per pair of records.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

Floats = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
Mask = np.ndarray[tuple[int, ...], np.dtype[np.bool_]]
Levels = np.ndarray[tuple[int, ...], np.dtype[np.int8]]

MOST_ROUNDS = 300
SETTLED = 1e-5  # of any m: far below what a weight rounded for people shows
# So many imagined matches hold the shares near their start while few real ones speak.
IMAGINED = 10.0


@dataclass(frozen=True)
class Patterns:
    """Agreement patterns with the number of pairs that show each.

    Attributes:
        levels: patterns x comparisons, -1 missing.
        pairs: number of pairs by pattern; a sampled pair counts for those it stands for.
    """

    levels: Levels
    pairs: Floats

    def where(self, mask: Mask) -> Patterns:
        """The patterns for which `mask` holds."""
        return Patterns(self.levels[mask], self.pairs[mask])


@dataclass(frozen=True)
class Learnt:
    """Parameters of Fellegi-Sunter.

    Attributes:
        m: by comparison the share of matches at each level, the rest first.
        u: the same for pairs that do not match.
        prior: probability that two records drawn at random match.
        rounds: of expectation maximisation.
    """

    m: tuple[Floats, ...]
    u: tuple[Floats, ...]
    prior: float
    rounds: int

    def weights(self, levels: Levels) -> Floats:
        """Log2 odds of a match for each pattern, without frequencies."""
        total = np.full(len(levels), np.log2(self.prior / (1 - self.prior)))
        for place, (m, u) in enumerate(zip(self.m, self.u, strict=True)):
            total += np.append(np.log2(m / u), 0.0)[levels[:, place]]
        return total

    def probabilities(self, levels: Levels) -> Floats:
        """Probability of a match for each pattern."""
        return probability(self.weights(levels))


def probability(weights: Floats) -> Floats:
    """Probability for a match weight (log2 odds)."""
    return np.asarray(1 / (1 + np.exp2(-np.clip(weights, -1000, 1000))))


def learn(
    candidates: Patterns,
    anyhow: Patterns,
    shows: Mask,
    start: Sequence[Sequence[float]],
    all_pairs: float,
    prior: float,
) -> Learnt:
    """Parameters that explain the patterns best.

    Args:
        candidates: patterns of pairs most of which may well match.
        anyhow: patterns of pairs drawn whatever they hold, for the pairs that do not match.
        shows: patterns x comparisons, whether these pairs say how often such pairs agree there.
        start: shares of matches at each level to start from, by comparison, the rest first.
        all_pairs: number of pairs of records there are.
        prior: to start from.
    """
    imagined = [np.asarray(shares) / sum(shares) * IMAGINED for shares in start]
    everywhere = np.ones_like(candidates.levels, bool)
    once = [np.ones(len(shares)) / len(shares) for shares in start]
    m = tuple(shares / IMAGINED for shares in imagined)
    u = _never_for(m, _shares(anyhow, np.ones(len(anyhow.pairs)), shows, once))
    learnt = Learnt(m, u, prior, 0)
    for rounds in range(1, MOST_ROUNDS + 1):
        is_match = learnt.probabilities(candidates.levels)
        m = _shares(candidates, is_match, everywhere, imagined)
        u = _shares(anyhow, 1 - learnt.probabilities(anyhow.levels), shows, once)
        u = _never_for(m, u)
        moved = max(float(abs(a - b).max()) for a, b in zip(m, learnt.m, strict=True))
        matches = float((is_match * candidates.pairs).sum())
        learnt = Learnt(m, u, _prior(matches, all_pairs), rounds)
        if moved < SETTLED:
            break
    return learnt


def with_prior(learnt: Learnt, candidates: Patterns, all_pairs: float) -> Learnt:
    """The same with the prior that all candidate pairs suggest."""
    for _ in range(MOST_ROUNDS):
        matches = float((learnt.probabilities(candidates.levels) * candidates.pairs).sum())
        prior = _prior(matches, all_pairs)
        settled = abs(prior / learnt.prior - 1) < SETTLED
        learnt = replace(learnt, prior=prior)
        if settled:
            break
    return learnt


def _prior(matches: float, all_pairs: float) -> float:
    return min(max(matches, 1.0) / all_pairs, 0.5)


def _never_for(m: tuple[Floats, ...], u: tuple[Floats, ...]) -> tuple[Floats, ...]:
    """`u` with a rest that is at least that of `m`: to differ is never evidence for a match.

    Where nearly all records agree (one town) differing is so rare that chance could say otherwise.
    """
    return tuple(
        np.concatenate([np.maximum(of_u[:1], of_m[:1]), of_u[1:]])
        for of_m, of_u in zip(m, u, strict=True)
    )


def _shares(
    patterns: Patterns, weights: Floats, shows: Mask, imagined: Sequence[Floats]
) -> tuple[Floats, ...]:
    """By comparison the share of pairs at each level, each pair taken with its weight."""
    found = []
    for place, extra in enumerate(imagined):
        levels = patterns.levels[:, place]
        known = (levels >= 0) & shows[:, place]
        counts = np.bincount(levels[known], (weights * patterns.pairs)[known], minlength=len(extra))
        found.append((counts + extra) / (counts.sum() + extra.sum()))
    return tuple(found)

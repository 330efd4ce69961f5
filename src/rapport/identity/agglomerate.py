"""One connected component cut into clusters that hold no contradiction."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

MAX_TYPO_DISTANCE = 2
# Weights (log2 odds) closer than 2 to 1 count as equal: neither side has the better claim.
EQUAL = 1.0

HAND, STRONG_KEY, ONE_PER_SOURCE = "hand", "strong_key", "one_per_source"
AMBIGUOUS, EVIDENCE = "ambiguous", "evidence"


@dataclass(frozen=True)
class Pair:
    """A link inside a component; `rank` is the place of its rule in the order of belief."""

    left: int
    right: int
    rank: int
    weight: float
    information: float


@dataclass(frozen=True)
class Ranks:
    """First ranks of what is believed less: shared keys, then the model; 0 is the hand."""

    keys: int
    model: int


@dataclass
class Group:
    """A cluster in the making.

    Attributes:
        strong: (column, value) of its strong keys.
        sources: systems, of those that hold a customer once.
        foes: reason by record that must not be in it.
        named: whether one of its records says more of its customer than keys that records share.
    """

    members: list[int]
    strong: set[tuple[str, str]] = field(default_factory=set)
    sources: set[str] = field(default_factory=set)
    foes: dict[int, str] = field(default_factory=dict)
    named: bool = True

    def conflict(self, other: Group) -> str:
        """Why the two cannot be one; empty when they can."""
        reasons = {self.foes[member] for member in other.members if member in self.foes}
        if reasons:
            return HAND if HAND in reasons else min(reasons)
        if self.sources & other.sources:
            return ONE_PER_SOURCE
        if any(
            column == theirs and contradict(value, their_value)
            for column, value in self.strong
            for theirs, their_value in other.strong
        ):
            return STRONG_KEY
        return ""

    def take(self, other: Group) -> None:
        """Join the other into this one."""
        self.members += other.members
        self.strong |= other.strong
        self.sources |= other.sources
        self.named |= other.named
        self.foes |= {record: why for record, why in other.foes.items() if why == HAND} | {
            record: why for record, why in other.foes.items() if record not in self.foes
        }


class Component:
    """Clusters of one component.

    Args:
        groups: one a record, by its position.
        pairs: links and evidence, in any order.
        ranks: where in the order of belief keys and model begin.
        at: weight (log2 odds) from which the model links.
    """

    def __init__(
        self, groups: Mapping[int, Group], pairs: Sequence[Pair], ranks: Ranks, at: float
    ) -> None:
        self.groups = dict(groups)
        self.home = {record: record for record in groups}
        self.nameless = {record for record, group in groups.items() if not group.named}
        self.pairs = sorted(pairs, key=lambda pair: (pair.left, pair.right))
        self.ranks = ranks
        self.at = at
        self.ambiguous = set(self._torn_between())

    def clusters(self) -> dict[int, int]:
        """By record the first record of its cluster."""
        for pair in sorted(self.pairs, key=self._belief):
            if pair.rank < self.ranks.model and not self._is_doubtful(pair):
                self._join(pair)
        self._average()
        first = {root: min(group.members) for root, group in self.groups.items()}
        return {record: first[self._root(record)] for record in self.home}

    def reason(self, pair: Pair) -> str:
        """Why the link did not hold, once clusters are made."""
        if self._is_doubtful(pair):
            return AMBIGUOUS
        left, right = self.groups[self._root(pair.left)], self.groups[self._root(pair.right)]
        return left.conflict(right) or EVIDENCE

    def _belief(self, pair: Pair) -> tuple[int, float, int, int, int]:
        if pair.rank < self.ranks.keys:
            return (pair.rank, 0.0, 0, pair.left, pair.right)
        return (self.ranks.keys, -pair.weight, pair.rank, pair.left, pair.right)

    def _is_doubtful(self, pair: Pair) -> bool:
        return pair.rank >= self.ranks.keys and (
            pair.left in self.ambiguous or pair.right in self.ambiguous
        )

    def _is_echo(self, record: int) -> bool:
        """A log-in that repeats a named record's e-mail is no second witness, for or against."""
        return record in self.nameless and self.groups[self._root(record)].named

    def _root(self, record: int) -> int:
        while (above := self.home[record]) != record:
            self.home[record] = self.home[above]
            record = above
        return record

    def _join(self, pair: Pair) -> None:
        a, b = self._root(pair.left), self._root(pair.right)
        if a == b:
            return
        conflict = self.groups[a].conflict(self.groups[b])
        # What a person decided outranks every contradiction but another person's decision.
        if conflict and (pair.rank > 0 or conflict == HAND):
            return
        self._merge(a, b)

    def _merge(self, a: int, b: int) -> None:
        self.groups[a].take(self.groups.pop(b))
        self.home[b] = a

    def _torn_between(self) -> Iterator[int]:
        """Records that link equally well to two that are kept apart, and to nobody explicitly."""
        if not any(group.foes for group in self.groups.values()):
            return
        near: dict[int, list[tuple[float, int]]] = {}
        named = set()
        for pair in self.pairs:
            if pair.rank < self.ranks.keys:
                named |= {pair.left, pair.right}
            elif pair.rank < self.ranks.model or pair.weight >= self.at:
                near.setdefault(pair.left, []).append((pair.weight, pair.right))
                near.setdefault(pair.right, []).append((pair.weight, pair.left))
        for record, found in near.items():
            best = max(found)[0]
            equals = [other for weight, other in found if weight > best - EQUAL]
            if record not in named and any(
                other in self.groups[one].foes for one in equals for other in equals
            ):
                yield record

    def _average(self) -> None:
        """Join the two clusters with the highest mean weight while it reaches the threshold."""
        near: dict[int, dict[int, tuple[float, float]]] = {root: {} for root in self.groups}
        for pair in self.pairs:
            a, b = self._root(pair.left), self._root(pair.right)
            silent = (
                self._is_doubtful(pair) or self._is_echo(pair.left) or self._is_echo(pair.right)
            )
            if a != b and pair.information > 0 and not silent:
                total, information = near[a].get(b, (0.0, 0.0))
                total += pair.weight * pair.information
                near[a][b] = near[b][a] = (total, information + pair.information)
        heap = [
            entry
            for a, others in near.items()
            for b, evidence in others.items()
            if a < b and (entry := self._entry(a, b, evidence))[0] <= -self.at
        ]
        heapq.heapify(heap)
        while heap:
            entry = heapq.heappop(heap)
            _, a, b, evidence = entry
            if near.get(a, {}).get(b) != evidence:
                continue  # one of the two has grown since
            if self.groups[a].conflict(self.groups[b]):
                continue  # and stays so: what clusters hold only grows
            self._merge(a, b)
            for other, (total, information) in near.pop(b).items():
                near[other].pop(b)
                if other == a:
                    continue
                mine = near[a].get(other, (0.0, 0.0))
                joint = (mine[0] + total, mine[1] + information)
                near[a][other] = near[other][a] = joint
                low, high = min(a, other), max(a, other)
                if (fresh := self._entry(low, high, joint))[0] <= -self.at:
                    heapq.heappush(heap, fresh)

    @staticmethod
    def _entry(
        a: int, b: int, evidence: tuple[float, float]
    ) -> tuple[float, int, int, tuple[float, float]]:
        total, information = evidence
        return (-round(total / information, 9), a, b, evidence)


@lru_cache(maxsize=1 << 20)
def contradict(one: str, other: str) -> bool:
    """Whether two valid values are further apart than a typo."""
    return one != other and damerau_levenshtein(one, other) > MAX_TYPO_DISTANCE


def damerau_levenshtein(one: str, other: str) -> int:
    """Edits (insert, delete, replace, swap of neighbours) from one text to the other.

    The optimal string alignment distance: no part is edited twice.
    """
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        two_before, before, row = before, row, [i]
        for j, b in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, two_before[j - 2] + 1)
            row.append(cost)
    return row[-1]

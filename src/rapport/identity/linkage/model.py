"""A trained linkage model: a value that is saved, read again and compared with today's data."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

# With twice the records a name's frequency, and with it the weight of agreeing on it, has moved.
GROWTH = 2.0
# A column that is filled for ten points more or fewer of the records comes from another process.
FILL_POINTS = 0.10
# The usual reading of the population stability index: above 0.2 the distribution has shifted.
PSI = 0.2
_RARE = 1e-4  # keeps the index finite where a level is empty on one side


@dataclass(frozen=True)
class Rule:
    """A blocking rule: records with the same value of `sql` are candidates for each other.

    Attributes:
        number: stands in the table of block keys; stays with the rule's place in the catalogue.
        name: for people, such as "family name + birth date".
        sql: expression over `comparisons.FEATURES`; null makes no key.
        cap: a block of more records than this links nobody.
        pairs: candidate pairs at training.
        is_chosen: whether the model uses the rule.
        reason: why, or why not.
    """

    number: int
    name: str
    sql: str
    cap: int
    pairs: int = 0
    is_chosen: bool = True
    reason: str = ""


@dataclass(frozen=True)
class Threshold:
    """Match weights (log2 odds) from which two records are one customer.

    Attributes:
        chosen: what clusters are made at.
        stricter: for the sensitivity of KPIs: what a doubter would still accept.
        looser: what a believer would accept; scored pairs below it are not kept.
        optimises: what `chosen` optimises, in words.
        expected: precision, recall and F1 that the model expects at `chosen`, 0 to 1.
    """

    chosen: float
    stricter: float
    looser: float
    optimises: str
    expected: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Model:
    """All that scoring needs; nothing else is looked up in the data.

    Attributes:
        settings: Splink's settings with trained m and u; none where only rules link.
        frequencies: by column the share of records with a value, for values seen often enough.
        rare: by column the share that stands for every other value.
        rules: blocking rules, chosen and rejected.
        threshold: the three thresholds.
        facts: what it was trained on: `records`, `filled` (share by column), `levels` (by
            comparison the share of likely matches at each level), `contradicting` (by strong key
            the share of likely matches whose values contradict), `prior`, `matches`, `rounds`.
        strong_keys: prepared columns in which a contradiction forbids a link.
        reason: why there is no probabilistic model; empty where there is one.
    """

    settings: Mapping[str, Any] | None
    frequencies: Mapping[str, Mapping[str, float]]
    rare: Mapping[str, float]
    rules: tuple[Rule, ...]
    threshold: Threshold
    facts: Mapping[str, Any]
    strong_keys: tuple[str, ...]
    reason: str = ""

    @property
    def chosen_rules(self) -> tuple[Rule, ...]:
        """The blocking rules in use."""
        return tuple(rule for rule in self.rules if rule.is_chosen)

    @property
    def model_id(self) -> str:
        """Twelve hex digits that change with anything in the model."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()[:12]

    def to_json(self) -> str:
        """The same bytes for the same model."""
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Model:
        """The model that `to_json` wrote."""
        values = json.loads(text)
        values["rules"] = tuple(Rule(**rule) for rule in values["rules"])
        values["strong_keys"] = tuple(values["strong_keys"])
        values["threshold"] = Threshold(**values["threshold"])
        return cls(**values)

    def drift(
        self,
        records: int,
        filled: Mapping[str, float],
        levels: Mapping[str, Mapping[str, float]] | None = None,
    ) -> list[str]:
        """Reasons to train again, in words; empty while the model still fits.

        Args:
            records: number of records now.
            filled: share of records with a value, by column (`training.filled`).
            levels: by comparison the share of scored pairs at each level (`increments.levels`),
                where pairs of all records were scored.
        """
        reasons = []
        before = int(self.facts["records"])
        if records >= GROWTH * max(before, 1):
            reasons.append(f"{records:,} records, {before:,} at training")
        for column, share in sorted(self.facts["filled"].items()):
            now = filled.get(column, 0.0)
            if abs(now - share) > FILL_POINTS:
                reasons.append(f"{column} is filled in {now:.0%} of records, {share:.0%} before")
        for name, known in sorted(self.facts["levels"].items()):
            if levels and (index := stability_index(known, levels.get(name, {}))) > PSI:
                reasons.append(f"agreement on {name} shifted (stability index {index:.2f})")
        return reasons


def stability_index(before: Mapping[str, float], now: Mapping[str, float]) -> float:
    """Population stability index of two distributions: sum of (q - p) ln(q / p)."""
    names = sorted({*before, *now})
    p, q = (
        np.maximum([shares.get(name, 0.0) for name in names], _RARE) for shares in (before, now)
    )
    return float(((q - p) * np.log(q / p)).sum())

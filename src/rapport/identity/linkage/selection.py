"""Blocking rules chosen from the data: the most likely matches for the fewest pairs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import duckdb
import numpy as np

from rapport.identity.linkage.blocking import block_keys
from rapport.identity.linkage.catalogue import BY_NUMBER, DETERMINISTIC
from rapport.identity.linkage.comparisons import Comparison
from rapport.identity.linkage.learning import Floats, Mask, Patterns
from rapport.identity.linkage.model import GROWTH, Rule
from rapport.identity.linkage.scoring import gamma_columns

# Up to so many pairs (2,000 records) all are compared: that takes seconds and misses none.
COMPARE_ALL = 2_000_000
# Candidate pairs drawn of each rule for learning; shares of a hundredth are then known to a tenth.
PAIRS_PER_RULE = 40_000
# What one rule may bring, and all together, by record: a million records are scored in a minute.
PAIRS_PER_RECORD = 6.0
PAIRS_PER_RECORD_IN_ALL = 12.0
# A rule that finds fewer than one in two thousand of the likely matches is not worth its pairs.
LEAST_GAIN = 0.0005

# A rule teaches what matches look like where it makes twice the pairs of chance, or more.
LEAST_PURE = 2.0

Bits = np.ndarray[tuple[int, ...], np.dtype[np.uint64]]


@dataclass(frozen=True)
class Sample:
    """Candidate pairs to learn from.

    Attributes:
        patterns: agreement patterns.
        bits: by pattern the rules that make such a pair, a bit a rule.
        rules: all rules with their number of pairs; those that cost too much are rejected.
    """

    patterns: Patterns
    bits: Bits
    rules: tuple[Rule, ...]


def candidates(
    connection: duckdb.DuckDBPyConnection,
    features: str,
    rules: Sequence[Rule],
    chosen: Sequence[Comparison],
    count: int,
    seed: int,
) -> Sample:
    """Draw candidate pairs of every affordable rule and count their agreement patterns.

    Whole blocks are drawn by hash, so that the same records give the same sample. A pair counts
    under the first rule that makes it, for as many pairs as that rule's share of blocks says. The
    levels of each pair stay in `sample_levels`.
    """
    keys = block_keys(connection, rules, features)
    priced = _priced(connection, rules, keys, count)
    _draw(connection, [rule for rule in priced if rule.is_chosen], keys, seed)
    counted = _counted(connection, features, chosen, "sample_pairs", "sample_levels")
    return Sample(*counted, priced)


def drawn_whole(
    connection: duckdb.DuckDBPyConnection,
    features: str,
    chosen: Sequence[Comparison],
    records: int,
    seed: int,
) -> Patterns:
    """Patterns of all pairs of `records` records that a hash draws."""
    connection.execute(
        f"""
        create or replace temp table drawn_pairs as
        with drawn as (
            select record_key, party_kind
            from {features}
            order by md5_number_lower({seed} || record_key), record_key
            limit {records}
        )
        select l.record_key as left_key, r.record_key as right_key, 0::ubigint as rules,
            1.0 as stands_for
        from drawn as l
        inner join drawn as r on l.record_key < r.record_key and l.party_kind = r.party_kind
        """
    )
    return _counted(connection, features, chosen, "drawn_pairs", "drawn_levels")[0]


def select(sample: Sample, is_match: Floats, count: int) -> tuple[Rule, ...]:
    """Rules by likely matches found for each pair, until another finds next to nothing.

    Args:
        is_match: probability of a match by pattern.
        count: number of records.
    """
    if count * (count - 1) / 2 <= COMPARE_ALL:
        # Until it is trained again the model may see twice the records.
        cap = int(GROWTH * count)
        whole = Rule(0, "all pairs", "party_kind", cap, count * (count - 1) // 2)
        kept = tuple(
            replace(
                rule,
                is_chosen=rule.number in DETERMINISTIC,
                reason="links by itself" if rule.number in DETERMINISTIC else "all are compared",
            )
            for rule in sample.rules
        )
        return (replace(whole, reason="so few records are all compared"), *kept)
    pairs, likely = sample.patterns.pairs, sample.patterns.pairs * is_match
    all_likely = max(float(likely.sum()), 1e-9)
    budget = PAIRS_PER_RECORD_IN_ALL * count
    open_rules = {rule.number: rule for rule in sample.rules if rule.is_chosen}
    taken = {number: "links by itself" for number in DETERMINISTIC if number in open_rules}
    found = made_by(sample.bits, taken)
    while left := [number for number in open_rules if number not in taken]:
        gains = {n: float(likely[made_by(sample.bits, [n]) & ~found].sum()) for n in left}
        costs = {n: float(pairs[made_by(sample.bits, [n]) & ~found].sum()) for n in left}
        spent = float(pairs[found].sum())
        useful = [
            n for n in left if gains[n] >= LEAST_GAIN * all_likely and spent + costs[n] <= budget
        ]
        if not useful:
            break
        best = min(useful, key=lambda n: (-gains[n] / max(costs[n], 1.0), n))
        taken[best] = f"finds {gains[best] / all_likely:.1%} more of the likely matches"
        found = made_by(sample.bits, taken)
    return tuple(
        rule
        if rule.number not in open_rules
        else replace(
            rule,
            is_chosen=rule.number in taken,
            reason=taken.get(rule.number, "finds next to nothing more for its pairs"),
        )
        for rule in sample.rules
    )


def teachers(
    connection: duckdb.DuckDBPyConnection,
    features: str,
    sample: Sample,
    chosen: Sequence[Comparison],
    count: int,
) -> list[int]:
    """Rules that make far more pairs than chance would, if their parts were independent.

    Chance agrees on a part in sum(c (c - 1)) of n (n - 1) pairs, c records having each value.
    For a comparison that all of these choose their pairs by, the best of the others is taken too.
    """
    open_rules = [rule for rule in sample.rules if rule.is_chosen and rule.pairs]
    entries = [BY_NUMBER[rule.number] for rule in open_rules if BY_NUMBER[rule.number].teaches]
    parts = sorted({part for entry in entries for part in entry.parts})
    agree = {}
    for part in parts:
        (pairs,) = connection.execute(
            f"""
            select coalesce(sum(n * (n - 1)), 0)::double
            from (select count(*) as n from {features} where ({part}) is not null group by {part})
            """
        ).fetchall()[0]
        agree[part] = pairs / (count * (count - 1))
    made = {rule.number: float(rule.pairs) for rule in open_rules}
    purity = {
        entry.number: np.inf
        if entry.number in DETERMINISTIC
        else made[entry.number]
        / max(count * (count - 1) / 2 * np.prod([agree[part] for part in entry.parts]), 1e-9)
        for entry in entries
    }
    taken = {number for number, times in purity.items() if times >= LEAST_PURE}
    for comparison in chosen:
        free = {n for n in purity if comparison.name not in BY_NUMBER[n].compared}
        if free and not free & taken:
            taken.add(min(free, key=lambda n: (-purity[n], n)))
    return sorted(taken)


def made_by(bits: Bits, numbers: Collection[int]) -> Mask:
    """Patterns of pairs that at least one of these rules makes."""
    mask = sum(1 << number for number in numbers)
    return np.asarray((bits & np.uint64(mask)) != 0)


def _priced(
    connection: duckdb.DuckDBPyConnection, rules: Sequence[Rule], keys: str, count: int
) -> tuple[Rule, ...]:
    """Rules with their number of pairs; what is too dear, or makes none, is rejected."""
    caps = ", ".join(f"({rule.number}, {rule.cap})" for rule in rules)
    made = dict(
        connection.execute(
            f"""
            with blocks as (select rule, value, count(*) as n from {keys} group by all)
            select rule, sum(n * (n - 1) // 2)::bigint
            from blocks inner join (values {caps}) as caps (number, cap) on number = rule
            where n between 2 and cap
            group by rule
            """
        ).fetchall()
    )
    most = PAIRS_PER_RECORD * count
    found = []
    for rule in rules:
        number = int(made.get(rule.number, 0))
        reason = "makes no pair" if not number else "makes too many pairs" if number > most else ""
        keeps = rule.number in DETERMINISTIC or not reason
        found.append(replace(rule, pairs=number, is_chosen=keeps, reason=reason))
    return tuple(found)


def _draw(
    connection: duckdb.DuckDBPyConnection, rules: Sequence[Rule], keys: str, seed: int
) -> None:
    """Fill `sample_pairs` with pairs of drawn blocks."""
    listed = ", ".join(
        f"({rule.number}, {rule.cap}, {min(1.0, PAIRS_PER_RULE / max(rule.pairs, 1))}::double)"
        for rule in rules
    )
    connection.execute(
        f"""
        create or replace temp table sample_kept as
        with blocks as (
            select rule, value, share
            from {keys} inner join (values {listed}) as rules (number, cap, share) on number = rule
            group by rule, value, share, cap
            having count(*) between 2 and cap
        )
        select record_key, rule, value, share,
            hash(value, {seed}) < share * {2**64 - 2**12}::double as is_drawn
        from {keys} inner join blocks using (rule, value)
        """
    )
    connection.execute(
        """
        create or replace temp table sample_pairs as
        with made as (
            select l.record_key as left_key, r.record_key as right_key, l.rule, l.share
            from sample_kept as l
            inner join sample_kept as r
                on l.rule = r.rule and l.value = r.value and l.record_key < r.record_key
            where l.is_drawn and r.is_drawn
        ),
        owned as (
            select left_key, right_key, bit_or(1::ubigint << l.rule) as rules, min(l.rule) as rule
            from (select distinct left_key, right_key from made) as pairs
            inner join sample_kept as l on l.record_key = left_key
            inner join sample_kept as r
                on r.record_key = right_key and l.rule = r.rule and l.value = r.value
            group by left_key, right_key
        )
        select left_key, right_key, rules, 1 / share as stands_for
        from owned inner join made using (left_key, right_key, rule)
        """
    )


def _counted(
    connection: duckdb.DuckDBPyConnection,
    features: str,
    chosen: Sequence[Comparison],
    pairs_table: str,
    into: str,
) -> tuple[Patterns, Bits]:
    """Agreement patterns of pairs with the rules that make them, in a fixed order.

    Args:
        into: table in which the levels of each pair stay.
    """
    names = [comparison.gamma for comparison in chosen]
    columns = ", ".join([*names, "rules"])
    connection.execute(
        f"""
        create or replace temp table {into} as
        select {pairs_table}.*, {gamma_columns(chosen)}
        from {pairs_table}
        inner join {features} as l on l.record_key = left_key
        inner join {features} as r on r.record_key = right_key
        """
    )
    # All pairs of one set of rules stand for equally many: no sum of fractions in any order.
    found = connection.execute(
        f"""
        select {columns}, count(*) * any_value(stands_for)::double as pairs
        from {into} group by {columns} order by {columns}
        """
    ).fetchnumpy()
    levels = np.stack([np.asarray(found[name], np.int8) for name in names], axis=1)
    pairs = np.asarray(found["pairs"], np.float64)
    return Patterns(levels, pairs), np.asarray(found["rules"], np.uint64)

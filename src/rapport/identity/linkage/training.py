"""Train a model on the data itself, without labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import duckdb
import numpy as np

from rapport.identity.linkage import blocking, catalogue, threshold
from rapport.identity.linkage.comparisons import (
    COMPARISONS,
    COUNTRY,
    FEATURES,
    LEAST_SEEN,
    MOST_VALUES,
    STRONG_KEYS,
    Comparison,
    contradicts,
    frequency_columns,
    usable,
)
from rapport.identity.linkage.learning import Learnt, Patterns, learn, with_prior
from rapport.identity.linkage.model import Model, Rule, Threshold
from rapport.identity.linkage.scoring import odds, sided
from rapport.identity.linkage.selection import (
    Sample,
    candidates,
    drawn_whole,
    made_by,
    select,
    teachers,
)
from rapport.identity.linkage.splink_settings import splink_settings

# Of so few records nothing can be learnt that a rule does not know.
LEAST_RECORDS = 50
# Records drawn, all pairs of which show how often records agree that have nothing in common.
DRAWN = 1_500
# A key that contradicts in more than one of fifty likely matches is often wrong itself: where it
# is typed with care that happens in a few of a thousand. It remains evidence, without a veto.
MOST_CONTRADICTING = 0.02
# A country of fewer records does not tell its own frequent names from chance.
LEAST_COUNTRY = 50
DIGITS = 9  # of a saved parameter


def train(
    connection: duckdb.DuckDBPyConnection,
    records_table: str,
    max_records_per_key: int,
    seed: int = 1,
) -> Model:
    """Train on a table of prepared records; the same records give the same model.

    Args:
        records_table: as `prepare` makes it.
        max_records_per_key: more records than this with one e-mail, phone or id: it links nobody.
        seed: of the samples.
    """
    count, shares = filled(connection, records_table)
    chosen = usable(shares, count)
    rules = catalogue.rules(max_records_per_key)
    facts = {"records": count, "filled": shares, "levels": {}}
    if count < LEAST_RECORDS or not chosen:
        return _rules_only(rules, facts, f"{count} records are too few to learn from")
    features = _numbered(connection, disarmed(connection, rules, records_table))
    sample = candidates(connection, features, rules, chosen, count, seed)
    learnt = _learnt(connection, features, sample, chosen, count, seed)
    contradicting = _contradicting(connection, features, chosen, learnt)
    weights = learnt.weights(sample.patterns.levels)
    is_match = learnt.probabilities(sample.patterns.levels)
    frequencies, rare = _frequencies(connection, features, frequency_columns(chosen))
    facts |= {
        "prior": learnt.prior,
        "matches": round(float((is_match * sample.patterns.pairs).sum()), 1),
        "rounds": learnt.rounds,
        "contradicting": contradicting,
        "levels": _levels(chosen, sample.patterns, is_match >= 0.5),
    }
    return Model(
        settings=splink_settings(
            chosen,
            _named(chosen, learnt.m),
            _named(chosen, learnt.u),
            learnt.prior,
        ),
        frequencies=frequencies,
        rare=rare,
        rules=select(sample, is_match, count),
        threshold=threshold.choose(weights, sample.patterns.pairs),
        facts=facts,
        strong_keys=tuple(
            name for name in STRONG_KEYS if contradicting.get(name, 0.0) <= MOST_CONTRADICTING
        ),
    )


def _learnt(
    connection: duckdb.DuckDBPyConnection,
    features: str,
    sample: Sample,
    chosen: Sequence[Comparison],
    count: int,
    seed: int,
) -> Learnt:
    """Parameters: m from pairs of rules that teach, u from pairs drawn whole, the prior from all.

    All rules teach together, on each comparison some that do not choose their pairs by it. To learn
    a comparison from those alone would be worse: where a duplicate mostly differs in one place, the
    pairs that they find are just those that differ there.
    """
    all_pairs = count * (count - 1) / 2
    anyhow = drawn_whole(connection, features, chosen, DRAWN, seed)
    teaching = teachers(connection, features, sample, chosen, count)

    start = [comparison.first_m() for comparison in chosen]
    shows = np.ones_like(anyhow.levels, bool)
    names = [comparison.name for comparison in chosen]
    if COUNTRY in names:
        place = names.index(COUNTRY)
        shows[anyhow.levels[:, place] == 0] = np.arange(len(names)) == place
    is_taught = made_by(sample.bits, teaching)
    learnt = learn(
        sample.patterns.where(is_taught),
        anyhow,
        shows,
        start,
        all_pairs,
        1 / count,
    )
    return rounded(with_prior(learnt, sample.patterns, all_pairs))


def filled(
    connection: duckdb.DuckDBPyConnection, records_table: str
) -> tuple[int, dict[str, float]]:
    """Number of records, and by feature the share that has a value, to four digits."""
    names = sorted({column for comparison in COMPARISONS for column in comparison.columns})
    counts = ", ".join(f"count({FEATURES[name]})" for name in names)
    total, *found = connection.execute(
        f"select count(*), {counts} from {records_table}"
    ).fetchall()[0]
    return int(total), {
        name: round(number / max(total, 1), 4) for name, number in zip(names, found, strict=True)
    }


def disarmed(
    connection: duckdb.DuckDBPyConnection, rules: Sequence[Rule], records_table: str
) -> str:
    """Features of all records without the keys that too many share."""
    own = [rule for rule in rules if rule.number in catalogue.DETERMINISTIC]
    keys = blocking.block_keys(connection, own, records_table)
    return blocking.features(connection, records_table, blocking.hubs(connection, own, keys))


def _numbered(connection: duckdb.DuckDBPyConnection, features: str) -> str:
    """The same with whole numbers, in the order of the keys, for keys: what pairs are joined by."""
    connection.execute(
        f"""
        create or replace temp table training_features as
        select * replace (row_number() over (order by record_key) as record_key) from {features}
        """
    )
    return "training_features"


def rounded(learnt: Learnt) -> Learnt:
    """Parameters to a fixed number of digits, so that a saved model is the same to the byte.

    A level that hardly any match shows is not known better than the rest: no kind of agreement
    weighs less than to differ.
    """
    return replace(
        learnt,
        m=tuple(
            np.maximum(np.round(np.maximum(m, u * m[0] / u[0]), DIGITS), 10**-DIGITS)
            for m, u in zip(learnt.m, learnt.u, strict=True)
        ),
        u=tuple(np.maximum(np.round(u, DIGITS), 10**-DIGITS) for u in learnt.u),
        prior=float(f"{learnt.prior:.6g}"),
    )


def _rules_only(rules: Sequence[Rule], facts: Mapping[str, object], reason: str) -> Model:
    return Model(
        settings=None,
        frequencies={},
        rare={},
        rules=tuple(
            replace(
                rule,
                is_chosen=rule.number in catalogue.DETERMINISTIC,
                reason="links by itself" if rule.number in catalogue.DETERMINISTIC else reason,
            )
            for rule in rules
        ),
        threshold=Threshold(0.0, 0.0, 0.0, "nothing: only rules link"),
        facts=facts,
        strong_keys=tuple(STRONG_KEYS),
        reason=reason,
    )


def _named(chosen: Sequence[Comparison], shares: Sequence[np.ndarray]) -> dict[str, list[float]]:
    return {c.name: list(map(float, s)) for c, s in zip(chosen, shares, strict=True)}


def _levels(
    chosen: Sequence[Comparison], patterns: Patterns, taken: np.ndarray
) -> dict[str, dict[str, float]]:
    """By comparison the share of likely matches at each level."""
    found = {}
    for place, comparison in enumerate(chosen):
        levels, pairs = patterns.levels[taken, place], patterns.pairs[taken]
        total = max(float(pairs.sum()), 1.0)
        found[comparison.name] = {
            str(level): round(float(pairs[levels == level].sum()) / total, 4)
            for level in range(-1, len(comparison.levels) + 1)
        }
    return found


def _contradicting(
    connection: duckdb.DuckDBPyConnection,
    features: str,
    chosen: Sequence[Comparison],
    learnt: Learnt,
) -> dict[str, float]:
    """By strong key the share of likely matches in `sample_levels` whose values contradict.

    Two of a household, called otherwise, contradict rightly and do not count.
    """
    one_person = " and gamma_given_name <> 0" if "given_name" in (c.name for c in chosen) else ""
    weights = {
        comparison.name: np.log2(m / u).round(DIGITS).tolist()
        for comparison, m, u in zip(chosen, learnt.m, learnt.u, strict=True)
    }
    even = -float(np.log2(learnt.prior / (1 - learnt.prior)))
    found = {}
    for name, column in STRONG_KEYS.items():
        if name not in weights:
            continue
        share = connection.execute(
            f"""
            select sum(stands_for) filter ({sided(contradicts(column), {column})})
                / sum(stands_for)
            from sample_levels
            inner join {features} as l on l.record_key = left_key
            inner join {features} as r on r.record_key = right_key
            where gamma_{name} >= 0 and {odds(weights)} >= {even}{one_person}
            """
        ).fetchone()
        found[name] = round(float((share and share[0]) or 0.0), 4)
    return found


def _frequencies(
    connection: duckdb.DuckDBPyConnection, features: str, columns: Sequence[str]
) -> tuple[dict[str, dict[str, float]], dict[str, float]]:
    """By column the share of frequent values, and the share of a rare one.

    A value stands as `country|value` with its share of the country's records, and as `|value` with
    its share of all, for records without a country or of a small one; `country|` stands for what
    is rare in it. A rare share is the chance that a record with a rare value meets its like.
    """
    frequent, rare = {}, {}
    for column in columns:
        rows = connection.execute(
            f"""
            with counted as (
                select coalesce(country, '') as place, {column} as value, count(*) as n
                from {features} where {column} is not null group by all
            ),
            everywhere as (
                select '' as place, value, sum(n)::bigint as n from counted group by value
            ),
            together as (from counted where place <> '' union all by name from everywhere)
            select place, value, n, sum(n) over (partition by place)::bigint as total
            from together
            qualify place = '' or total >= {LEAST_COUNTRY}
            order by n desc, place, value
            """
        ).fetchall()
        often = [row for row in rows if row[2] >= LEAST_SEEN][:MOST_VALUES]
        shares = {f"{place}|{value}": n / total for place, value, n, total in often}
        seen: dict[str, list[tuple[int, int]]] = {"": [(1, 1)]}
        for place, _, n, total in rows:
            if n < LEAST_SEEN:
                seen.setdefault(place, []).append((n, total))
        for place, found in seen.items():
            counts = np.array(found, np.float64)
            total = counts[-1, 1]
            shares[f"{place}|"] = float((counts[:, 0] ** 2).sum() / counts[:, 0].sum() / total)
        rare[column] = round(shares.pop("|"), DIGITS)
        frequent[column] = {key: round(share, DIGITS) for key, share in shares.items()}
    return frequent, rare

"""What the model and the rules say of single pairs, taken apart field by field.

Pairs are scored by the same code as in a build, in a database of their own in memory.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from rapport.identity import decide
from rapport.identity.linkage import blocking, scoring
from rapport.identity.linkage.catalogue import DETERMINISTIC
from rapport.identity.linkage.comparisons import Comparison
from rapport.identity.linkage.model import Model, Rule

Pair = tuple[str, str]
SAME, DIFFERENT, MISSING, SHARED = "same", "different", "missing", "shared"
SAID_ALREADY = "said by another field"
HAND = ("left_key", "right_key", "kind")


@dataclass(frozen=True)
class Field:
    """What one comparison says of a pair.

    Attributes:
        name: of the comparison.
        level: how far both agree, in words.
        bits: log2 of how much more often two records of one customer agree so than two others;
            with the value's own frequency where that counts.
        frequency_bits: the part of `bits` that this value adds or takes because it is rarer or
            more frequent than values in general.
        value: whose frequency it is; empty where none counts.
        among_same, among_others: share of pairs of one customer, and of two, that agree so;
            None where the comparison says nothing.
    """

    name: str
    level: str
    bits: float = 0.0
    frequency_bits: float = 0.0
    value: str = ""
    among_same: float | None = None
    among_others: float | None = None


@dataclass(frozen=True)
class Met:
    """Whether a blocking rule brings a pair together.

    Attributes:
        rule: its name.
        status: same, different, missing on a side, or shared by too many records.
        column: by which the rule links alone; empty where it only brings together.
        records: how many records share the value, where they are too many.
    """

    rule: str
    status: str
    column: str = ""
    records: int = 0


@dataclass(frozen=True)
class Weighed:
    """A pair with its evidence.

    Attributes:
        left_key, right_key: in the order of their bytes.
        prior: log2 odds that two records drawn at random are one customer.
        fields: in the model's order; `prior` and their bits make `weight`.
        weight: match weight (log2 odds); None without a model.
        met: every blocking rule in use.
        rule: by which the two are linked, were nothing else known; empty where by none.
        apart: why the two must not be one (hand, household); empty where they may.
    """

    left_key: str
    right_key: str
    prior: float
    fields: tuple[Field, ...]
    weight: float | None
    met: tuple[Met, ...]
    rule: str
    apart: str

    @property
    def is_candidate(self) -> bool:
        """Whether a rule brings the two together, unless its block is too large."""
        return any(met.status == SAME for met in self.met)


def weigh(
    model: Model,
    prepared: pa.Table,
    pairs: Sequence[Pair],
    shared: Mapping[str, Mapping[str, int]],
    hand: Mapping[Pair, str],
) -> list[Weighed]:
    """Take pairs apart, in the order given.

    Args:
        prepared: all records that stand in the pairs, as `prepare` makes them.
        pairs: record keys, the smaller (by bytes) on the left.
        shared: by kind of key (`DETERMINISTIC`) the values that too many records share, with how
            many.
        hand: link or unlink by pair, as decided by people.
    """
    with duckdb.connect() as connection:
        connection.register("prepared_rows", prepared)
        connection.execute("create temp table prepared as from prepared_rows")
        _hubs(connection, shared)
        rules = [rule for rule in model.rules if rule.is_chosen or rule.number in DETERMINISTIC]
        whole = _keys(connection, rules, blocking.features(connection, "prepared"))
        features = blocking.features(connection, "prepared", "identity_hubs")
        usable = _keys(connection, rules, features)
        _pairs(connection, pairs, usable)
        scored = scoring.score(connection, model, features, "identity_pairs", -np.inf)
        _table(connection, "identity_hand", HAND, [(*pair, kind) for pair, kind in hand.items()])
        links, apart = decide.links(connection, model, scored, "prepared", "identity_hand")
        rows = _by_pair(connection, scored)
        rule_of = {pair: row["rule"] for pair, row in _by_pair(connection, links).items()}
        apart_of = {pair: row["reason"] for pair, row in _by_pair(connection, apart).items()}
        seen = {row["record_key"]: row for row in _rows(connection, f"from {features}")}
    records = {row["record_key"]: row for row in prepared.to_pylist()}

    def met(rule: Rule, left: str, right: str) -> Met:
        column = DETERMINISTIC.get(rule.number, "")
        status = _status(rule.number, left, right, whole, usable)
        sharing = shared.get(column, {}).get(str(records[left].get(column)), 0)
        return Met(rule.name, status, column, sharing if status == SHARED else 0)

    def weighed(left: str, right: str) -> Weighed:
        row, rule = rows[left, right], rule_of.get((left, right), "")
        weight = row["match_weight"]
        if rule == decide.MODEL and (weight is None or weight < model.threshold.chosen):
            rule = ""
        meetings = tuple(met(rule, left, right) for rule in rules)
        disarmed = {one.column for one in meetings if one.status == SHARED}
        fields = tuple(
            Field(comparison.name, SHARED)
            if comparison.name in disarmed
            else _field(model, comparison, row[comparison.gamma], seen[left], seen[right])
            for comparison in scoring.compared(model)
        )
        reason = apart_of.get((left, right), "")
        return Weighed(left, right, _prior(model), fields, weight, meetings, rule, reason)

    return [weighed(left, right) for left, right in pairs]


def _hubs(connection: duckdb.DuckDBPyConnection, shared: Mapping[str, Mapping[str, int]]) -> None:
    """`identity_hubs`, as `blocking.hubs` makes it, from values that are known."""
    connection.execute(
        "create temp table identity_hubs (rule utinyint, value uint64, records bigint)"
    )
    rows = [
        (number, value, records)
        for number, kind in DETERMINISTIC.items()
        for value, records in shared.get(kind, {}).items()
    ]
    if rows:
        connection.executemany("insert into identity_hubs values (?, hash(?::varchar), ?)", rows)


def _keys(
    connection: duckdb.DuckDBPyConnection, rules: Sequence[Rule], features: str
) -> dict[tuple[int, str], int]:
    """Value by rule and record."""
    table = blocking.block_keys(connection, rules, features)
    return {
        (row["rule"], row["record_key"]): row["value"] for row in _rows(connection, f"from {table}")
    }


def _pairs(
    connection: duckdb.DuckDBPyConnection,
    pairs: Sequence[Pair],
    keys: Mapping[tuple[int, str], int],
) -> None:
    """`identity_pairs`, as `blocking.pairs` makes it, of these pairs."""
    numbers = {number for number, _ in keys}
    bits = [
        sum(
            1 << number
            for number in numbers
            if (value := keys.get((number, left))) is not None
            and value == keys.get((number, right))
        )
        for left, right in pairs
    ]
    rows = [(left, right, bit) for (left, right), bit in zip(pairs, bits, strict=True)]
    _table(connection, "identity_pairs", ("left_key", "right_key", "rules"), rows)


def _table(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    columns: Sequence[str],
    rows: Sequence[tuple[object, ...]],
) -> None:
    kinds = {"rules": "ubigint"}
    listed = ", ".join(f"{column} {kinds.get(column, 'varchar')}" for column in columns)
    connection.execute(f"create temp table {name} ({listed})")
    if rows:
        connection.executemany(f"insert into {name} values (?, ?, ?)", rows)


def _rows(connection: duckdb.DuckDBPyConnection, sql: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = connection.execute(sql).fetch_arrow_table().to_pylist()
    return rows


def _by_pair(connection: duckdb.DuckDBPyConnection, table: str) -> dict[Pair, dict[str, Any]]:
    return {(row["left_key"], row["right_key"]): row for row in _rows(connection, f"from {table}")}


def _status(
    number: int,
    left: str,
    right: str,
    whole: Mapping[tuple[int, str], int],
    usable: Mapping[tuple[int, str], int],
) -> str:
    one, other = whole.get((number, left)), whole.get((number, right))
    if one is None or other is None:
        return MISSING
    if one != other:
        return DIFFERENT
    return SAME if (number, left) in usable else SHARED


def _prior(model: Model) -> float:
    if model.settings is None:
        return 0.0
    share = model.settings["probability_two_random_records_match"]
    return float(np.log2(share / (1 - share)))


def _field(
    model: Model,
    comparison: Comparison,
    gamma: int,
    left: Mapping[str, Any],
    right: Mapping[str, Any],
) -> Field:
    """One comparison: log2(m/u) of its level and, where a value's frequency f counts, log2(u/f).

    Splink's formula for a level with term frequencies is m/u * u/f, with the larger f of the two
    sides.
    """
    if gamma < 0:
        sides = [side[column] for side in (left, right) for column in comparison.columns]
        return Field(comparison.name, MISSING if None in sides else SAID_ALREADY)
    level = comparison.levels[len(comparison.levels) - gamma] if gamma else None
    label = level.label if level else DIFFERENT
    if model.settings is None:
        return Field(comparison.name, label)
    m, u = _shares(model, comparison.name)[gamma]
    bits = float(np.log2(m / u))
    if level is None or not level.frequency:
        return Field(comparison.name, label, bits, among_same=m, among_others=u)
    share = max(_frequency(model, level.frequency, side) for side in (left, right))
    own = float(np.log2(u / share))
    value = str(left[level.frequency])
    return Field(comparison.name, label, bits + own, own, value, m, share)


def _shares(model: Model, name: str) -> list[tuple[float, float]]:
    """m and u of each level, the rest first."""
    assert model.settings is not None
    (entry,) = (e for e in model.settings["comparisons"] if e["output_column_name"] == name)
    levels = [level for level in entry["comparison_levels"] if "m_probability" in level]
    return [(level["m_probability"], level["u_probability"]) for level in reversed(levels)]


def _frequency(model: Model, column: str, record: Mapping[str, Any]) -> float:
    """The frozen share of a record's value, as `scoring` looks it up."""
    known = model.frequencies.get(column, {})
    country, value = record["country"] or "", record[column]
    for key in (f"{country}|{value}", f"{country}|", f"|{value}"):
        if key in known:
            return known[key]
    return model.rare[column]

"""Match weights of candidate pairs, by Splink with frozen parameters and frequencies."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import duckdb
import numpy as np
import pyarrow as pa

from rapport.identity.graph import components
from rapport.identity.linkage.catalogue import DETERMINISTIC
from rapport.identity.linkage.comparisons import (
    BY_NAME,
    COMPARISONS,
    Comparison,
    frequency_columns,
    needed,
)
from rapport.identity.linkage.model import Model

# Log2 odds of all but a shared key, from which the key is not believed: 64 to 1 is more than a
# family name that changed with an address, and less than a mailbox that went to somebody else.
AGAINST = -6.0
# A component of more records is a hub that slipped through; its 45,000 pairs are not all scored.
MOST_CLOSED = 300
_NO_FLOOR = -1e6  # Splink writes it into SQL, which knows no infinity
_KEYS = sum(1 << number for number in DETERMINISTIC)
DIGITS = 6  # of a weight: enough to order, few enough to be the same for any order of summing


def compared(model: Model) -> tuple[Comparison, ...]:
    """The comparisons of a model, in its order; all there are where only rules link."""
    if model.settings is None:
        return COMPARISONS
    return tuple(BY_NAME[entry["output_column_name"]] for entry in model.settings["comparisons"])


def score(
    connection: duckdb.DuckDBPyConnection,
    model: Model,
    features_table: str,
    pairs_table: str,
    least: float | None = None,
    into: str = "identity_scored",
) -> str:
    """Score pairs: table of left_key, right_key, rules, match_weight and gammas; its name.

    Only records that stand in a pair are read. Without a probabilistic model there are no
    weights.

    Args:
        features_table: as `blocking.features` makes it, hubs left out.
        pairs_table: as `blocking.pairs` makes it.
        least: pairs below this weight (log2 odds) are left out; by default those below the looser
            threshold, unless they share a key that may link by itself.
    """
    chosen = compared(model)
    if model.settings is None:
        connection.execute(
            f"""
            create or replace temp table {into} as
            select pairs.*, null::double as match_weight, {gamma_columns(chosen)}
            from {pairs_table} as pairs
            inner join {features_table} as l on l.record_key = left_key
            inner join {features_table} as r on r.record_key = right_key
            """
        )
        return into
    floor = max(least if least is not None else _floor(model), _NO_FLOOR)
    kept = max(least if least is not None else model.threshold.looser, _NO_FLOOR)
    levels = ", ".join(
        f"{comparison.gamma}::tinyint as {comparison.gamma}" for comparison in chosen
    )
    with _predicted(connection, model, chosen, features_table, pairs_table, floor) as predicted:
        connection.execute(
            f"""
            create or replace temp table {into} as
            select
                record_key_l as left_key,
                record_key_r as right_key,
                match_key::ubigint as rules,
                round(match_weight, {DIGITS}) as match_weight,
                {levels},
            from {predicted}
            where match_weight >= {kept} or (match_key::ubigint & {_KEYS}) <> 0
            """
        )
    return into


@contextmanager
def _predicted(
    connection: duckdb.DuckDBPyConnection,
    model: Model,
    chosen: Sequence[Comparison],
    features_table: str,
    pairs_table: str,
    floor: float,
) -> Iterator[str]:
    """Splink's table of predictions at or above a weight, with levels; gone afterwards.

    Splink sees no more columns than are compared: it copies them. The rules travel as its match
    key.
    """
    from splink import DuckDBAPI, Linker

    logging.getLogger("splink").setLevel(logging.ERROR)
    frequent = [f"{column}_at" for column in frequency_columns(chosen)]
    columns = ", ".join(["record_key", *sorted(needed(chosen) | set(frequent))])
    connection.execute(
        f"create or replace temp view identity_compared as select {columns} from {features_table}"
    )
    connection.execute(
        f"create or replace temp view identity_blocked as select left_key as join_key_l, "
        f"right_key as join_key_r, rules::varchar as match_key from {pairs_table}"
    )
    api = DuckDBAPI(connection)
    settings = {**(model.settings or {}), "retain_matching_columns": True}
    linker = Linker(
        api.register("identity_compared"), settings, log_level=None, validate_settings=False
    )
    tables = linker.table_management
    for column in frequency_columns(chosen):
        shares = api.register(_frequencies(connection, model, features_table, column))
        tables.register_term_frequency_lookup(shares, f"{column}_at")
    tables.register_blocked_pairs_for_predict(api.register("identity_blocked"))
    yield linker.inference.predict(threshold_match_weight=floor, warning_mode="never").physical_name
    tables.delete_tables_created_by_splink_from_db()


def close(
    connection: duckdb.DuckDBPyConnection,
    model: Model,
    features_table: str,
    scored_table: str,
    links_table: str | None = None,
) -> str:
    """Add to scored pairs those within components that blocking did not make; the same name.

    Whether a chain of links is one customer depends on the pairs that no link joins.

    Args:
        links_table: left_key and right_key of links that need no score, such as references.
    """
    if model.settings is None:
        return scored_table
    further = f"union select left_key, right_key from {links_table}" if links_table else ""
    joined = connection.execute(
        f"""
        select left_key, right_key from {scored_table}
        where match_weight >= {model.threshold.looser} or (rules & {_KEYS}) <> 0 {further}
        """
    ).fetch_arrow_table()
    if not len(joined):
        return scored_table
    sides = pa.concat_arrays([*joined["left_key"].chunks, *joined["right_key"].chunks])
    encoded = sides.cast(pa.string()).dictionary_encode()
    left, right = np.asarray(encoded.indices, np.int64).reshape(2, -1)
    labels = components(len(encoded.dictionary), left, right)
    sizes = np.bincount(labels, minlength=len(labels))
    pairs = np.bincount(labels[left], minlength=len(labels))
    is_open = ((pairs < sizes * (sizes - 1) // 2) & (sizes <= MOST_CLOSED))[labels]
    members = pa.table(
        {
            "record_key": encoded.dictionary.filter(pa.array(is_open)),
            "component": pa.array(labels[is_open]),
        }
    )
    connection.register("identity_component_members", members)
    connection.execute(
        f"""
        create or replace temp table identity_missing as
        select l.record_key as left_key, r.record_key as right_key, 0::ubigint as rules
        from identity_component_members as l
        inner join identity_component_members as r
            on l.component = r.component and l.record_key < r.record_key
        anti join {scored_table} as scored
            on scored.left_key = l.record_key and scored.right_key = r.record_key
        """
    )
    connection.unregister("identity_component_members")
    found = score(
        connection, model, features_table, "identity_missing", -np.inf, "identity_missing_scored"
    )
    connection.execute(f"insert into {scored_table} by name select * from {found}")
    return scored_table


def level_weights(model: Model) -> dict[str, list[float]]:
    """By comparison log2(m/u) of each level, the rest first; empty without a model."""
    if model.settings is None:
        return {}
    found = {}
    for entry in model.settings["comparisons"]:
        levels = [level for level in entry["comparison_levels"] if "m_probability" in level]
        found[entry["output_column_name"]] = [
            round(float(np.log2(level["m_probability"] / level["u_probability"])), DIGITS)
            for level in reversed(levels)
        ]
    return found


def odds(weights: Mapping[str, Sequence[float]], leaving: str = "") -> str:
    """SQL of the log2 odds of all comparisons but one; without prior and frequencies."""
    terms = [
        f"case gamma_{name} "
        + " ".join(f"when {level} then {weight}" for level, weight in enumerate(levels))
        + " else 0.0 end"
        for name, levels in weights.items()
        if name != leaving
    ]
    return "(" + " + ".join(terms or ["0.0"]) + ")"


def _floor(model: Model) -> float:
    """Below it no pair links, not even one that shares a key."""
    assert model.settings is not None
    prior = model.settings["probability_two_random_records_match"]
    own = [
        weights[-1]
        for name, weights in level_weights(model).items()
        if name in DETERMINISTIC.values()
    ]
    sharing = float(np.log2(prior / (1 - prior))) + min(own, default=0.0) + AGAINST
    return min(model.threshold.looser, sharing)


def gamma_columns(chosen: Sequence[Comparison]) -> str:
    """SQL of the levels for a join of features as `l` and `r`."""
    return ", ".join(
        f"{sided(comparison.case(), needed((comparison,)))}::tinyint as {comparison.gamma}"
        for comparison in chosen
    )


def sided(sql: str, columns: set[str]) -> str:
    """Conditions over `name_l` and `name_r` as conditions over `l.name` and `r.name`."""
    for name in sorted(columns, key=len, reverse=True):
        for side in "lr":
            sql = re.sub(rf"\b{name}_{side}\b", f"{side}.{name}", sql)
    return sql


def _frequencies(
    connection: duckdb.DuckDBPyConnection, model: Model, features_table: str, column: str
) -> str:
    """The frozen frequency of each value of a column; rare and new ones have the rare share."""
    known = model.frequencies.get(column, {})
    name = f"identity_frequency_{column}"
    frozen = pa.table(
        {
            "value": pa.array(list(known), pa.string()),
            "share": pa.array(list(known.values()), pa.float64()),
        }
    )
    connection.register(f"{name}_frozen", frozen)
    connection.execute(
        f"""
        create or replace temp table {name} as
        with present as (
            select distinct
                {column}_at,
                '|' || {column} as anywhere,
                coalesce(country, '') || '|' as place,
            from {features_table} where {column} is not null
        )
        select
            {column}_at,
            coalesce(h.share, p.share, a.share, {model.rare[column]}) as tf_{column}_at,
        from present
        left join {name}_frozen as h on {column}_at = h.value
        left join {name}_frozen as p on place = p.value
        left join {name}_frozen as a on anywhere = a.value
        """
    )
    connection.unregister(f"{name}_frozen")
    return name

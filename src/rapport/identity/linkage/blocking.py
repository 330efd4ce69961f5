"""Candidate pairs: records that share a key of one of the model's blocking rules."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from rapport.identity.linkage.catalogue import DETERMINISTIC
from rapport.identity.linkage.comparisons import FEATURES
from rapport.identity.linkage.model import Rule

# The first four consonants: what is left of a name however it is spelt.
_SOUND = "nullif(left(regexp_replace({0}, '[aeiouyhw ]', '', 'g'), 4), '')"


def features(
    connection: duckdb.DuckDBPyConnection,
    records_table: str,
    hubs_table: str | None = None,
    into: str = "identity_features",
) -> str:
    """A table of what blocking and comparing look at, from prepared records; its name.

    Args:
        hubs_table: as `hubs` makes it. Agreement on a key that too many records share is no
            evidence, so that such a value is left out.
    """
    columns = dict(FEATURES)
    if hubs_table:
        for number, column in DETERMINISTIC.items():
            shared = f"select value from {hubs_table} where rule = {number}"
            columns[column] = f"case when hash({column}) not in ({shared}) then {column} end"
        for column in ("email_local", "email_digits"):
            columns[column] = columns["email"].replace("then email", f"then {FEATURES[column]}")
    selected = ", ".join(f"{sql} as {name}" for name, sql in columns.items())
    connection.execute(
        f"""
        create or replace temp table {into} as
        with given as (
            select
                given_name as given,
                {_SOUND.format("given_name")} as given_sound,
                array_to_string(list_sort(string_split(given_name, '')), '') as given_letters,
            from (select distinct given_name from {records_table})
        ),
        family as (
            select family_name as family, {_SOUND.format("family_name")} as family_sound
            from (select distinct family_name from {records_table})
        )
        select {selected}
        from {records_table}
        left join given on given_name = given
        left join family on family_name = family
        """
    )
    return into


def block_keys(
    connection: duckdb.DuckDBPyConnection,
    rules: Sequence[Rule],
    features_table: str,
    into: str = "identity_keys",
) -> str:
    """Keys of all records: table of record_key string, rule int, value uint64; its name.

    A value is DuckDB's hash: the same in one version of DuckDB, on any machine.
    """
    selects = [
        f"select record_key, {rule.number}::utinyint as rule, hash({rule.sql}) as value "
        f"from {features_table} where ({rule.sql}) is not null"
        for rule in rules
    ]
    if not selects:
        selects = ["select '' as record_key, 0::utinyint as rule, 0::uint64 as value where false"]
    connection.execute(f"create or replace temp table {into} as {' union all '.join(selects)}")
    return into


def pairs(
    connection: duckdb.DuckDBPyConnection,
    rules: Sequence[Rule],
    keys_table: str,
    changed_table: str | None = None,
    into: str = "identity_pairs",
) -> str:
    """Candidate pairs: table of left_key < right_key and `rules`, a bit a rule; its name.

    A block of more than its rule's cap makes no pair.

    Args:
        changed_table: one column `record_key`; only pairs with one of these are made.
    """
    caps = ", ".join(f"({rule.number}, {rule.cap})" for rule in rules) or "(0, 0)"
    touched = (
        f"where (rule, value) in (select (rule, value) from {keys_table} "
        f"semi join {changed_table} using (record_key))"
        if changed_table
        else ""
    )
    wanted = (
        f"where l.record_key in (select record_key from {changed_table}) "
        f"or r.record_key in (select record_key from {changed_table})"
        if changed_table
        else ""
    )
    connection.execute(
        f"""
        create or replace temp table {into} as
        with blocks as (
            select rule, value
            from {keys_table}
            {touched}
            group by all
            having count(*) between 2 and any_value(
                (select cap from (values {caps}) as caps (number, cap) where number = rule)
            )
        ),
        kept as (select * from {keys_table} semi join blocks using (rule, value))
        select
            l.record_key as left_key,
            r.record_key as right_key,
            bit_or(1::ubigint << l.rule) as rules,
        from kept as l
        inner join kept as r
            on l.rule = r.rule and l.value = r.value and l.record_key < r.record_key
        {wanted}
        group by all
        """
    )
    return into


def hubs(
    connection: duckdb.DuckDBPyConnection,
    rules: Sequence[Rule],
    keys_table: str,
    into: str = "identity_hubs",
) -> str:
    """Blocks of more records than their cap: table of rule, value and records; its name."""
    caps = ", ".join(f"({rule.number}, {rule.cap})" for rule in rules) or "(0, 0)"
    connection.execute(
        f"""
        create or replace temp table {into} as
        select rule, value, count(*) as records
        from {keys_table} inner join (values {caps}) as caps (number, cap) on number = rule
        group by rule, value, cap
        having count(*) > cap
        """
    )
    return into

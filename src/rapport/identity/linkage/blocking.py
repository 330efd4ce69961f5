"""Candidate pairs: records that share a key of one of the model's blocking rules."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from rapport.identity.linkage.comparisons import FEATURES
from rapport.identity.linkage.model import Rule

EMAIL, PHONE, NATIONAL_ID, TAX_ID = range(1, 5)
# These link by themselves, so that they are always kept, and with the company's own cap.
DETERMINISTIC = {EMAIL: "email", PHONE: "phone", NATIONAL_ID: "national_id", TAX_ID: "tax_id"}
# A block of 50 makes 1,225 pairs. Names and places that more people share separate nobody; the
# rarer of them are found by other rules too.
CAP = 50
_SKELETON = "nullif(left(regexp_replace({0}, '[aeiouyhw ]', '', 'g'), 4), '')"
_NAME, _GIVEN = "family_name", "given_root"


def _joined(*parts: str) -> str:
    """All parts, null where one is."""
    return "party_kind || '|' || " + " || '|' || ".join(parts)


CATALOGUE: tuple[tuple[int, str, str], ...] = (
    (EMAIL, "e-mail", "email"),
    (PHONE, "phone", "phone"),
    (NATIONAL_ID, "national id", "national_id"),
    (TAX_ID, "tax id", "tax_id"),
    (5, "whole name in any order", _joined("name_sorted")),
    (6, "family name + birth date", _joined(_NAME, "born")),
    (7, "given name + birth date", _joined(_GIVEN, "born")),
    (8, "birth date + postcode", _joined("born", "postcode")),
    (9, "birth date", _joined("born")),
    (10, "family name + postcode", _joined(_NAME, "postcode")),
    (11, "given name + postcode", _joined(_GIVEN, "postcode")),
    (12, "family name + city", _joined(_NAME, "city")),
    (13, "given name + city", _joined(_GIVEN, "city")),
    (14, "street with number", _joined("street", "house_number")),
    (15, "postcode + house number", _joined("postcode", "house_number")),
    (16, "name before the @", _joined("email_local")),
    (17, "company", _joined("company")),
    (18, "start of company + postcode", _joined("left(company, 4)", "postcode")),
    (19, "given name + family name's consonants", _joined(_GIVEN, _SKELETON.format(_NAME))),
    (20, "consonants of both names", _joined(*map(_SKELETON.format, (_GIVEN, _NAME)))),
    (
        21,
        "family name's consonants + birth year and month",
        _joined(_SKELETON.format(_NAME), "left(born, 6)"),
    ),
    (
        22,
        "family name's consonants + birth day and month",
        _joined(_SKELETON.format(_NAME), "right(born, 4)"),
    ),
    (23, "given name + birth year", _joined(_GIVEN, "left(born, 4)")),
    (
        24,
        "start of names + postcode",
        _joined("left(given_name, 3)", "left(family_name, 3)", "postcode"),
    ),
    (25, "family name + street", _joined(_NAME, "street")),
    (26, "start of company + city", _joined("left(company, 4)", "city")),
    (27, "family name", _joined(_NAME)),
)


def catalogue(max_records_per_key: int) -> tuple[Rule, ...]:
    """All rules that are tried.

    Args:
        max_records_per_key: more records than this with one e-mail, phone or id: it links nobody.
    """
    return tuple(
        Rule(number, name, sql, max_records_per_key if number in DETERMINISTIC else CAP)
        for number, name, sql in CATALOGUE
    )


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
        columns["email_local"] = columns["email"].replace("then email", "then email_local")
    selected = ", ".join(f"{sql} as {name}" for name, sql in columns.items())
    connection.execute(
        f"create or replace temp table {into} as select {selected} from {records_table}"
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

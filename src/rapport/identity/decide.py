"""What links two records and what keeps them apart, from scores, keys, references and hands.

A shared e-mail, phone or id links by itself, unless all else that is known of the two speaks
against it. Two persons of one household are kept apart although they share nearly everything.
"""

from __future__ import annotations

import duckdb

from rapport.identity.linkage.catalogue import DETERMINISTIC
from rapport.identity.linkage.model import Model
from rapport.identity.linkage.scoring import AGAINST, compared, level_weights, odds

# The order of belief; a link's rank is its place. Below the explicit ones the weight decides.
HAND, REFERENCE, LOGIN = "hand", "cross_reference", "login"
EXPLICIT = (HAND, REFERENCE, LOGIN)
KEYS = ("national_id", "tax_id", "email", "phone", "workplace")
HOUSEHOLD_KEYS = ("email", "phone")
MODEL = "model"
RULES = (*EXPLICIT, *KEYS, MODEL)
# Names of two persons: the comparison's rest, no nickname, typo, initial or misplaced name.
_OTHER_PERSON = 0


def links(
    connection: duckdb.DuckDBPyConnection,
    model: Model,
    scored_table: str,
    records_table: str,
    hand_table: str | None = None,
    into: str = "identity_links",
    apart_into: str = "identity_apart",
) -> tuple[str, str]:
    """Decide pair by pair; clusters come after. Returns the names of both tables.

    links: left_key < right_key, rule (one of `RULES`, the most believed), weight (log2 odds; 0
    where a pair was not scored) and information (how much was compared, log2; 1 where nothing
    is known). Pairs of rule `model` are there at any weight, as evidence for or against.
    apart: left_key < right_key, reason (hand or household).

    Args:
        scored_table: as `scoring.score` makes it.
        records_table: prepared records, for references.
        hand_table: left_key < right_key and kind (link or unlink).
    """
    hand = hand_table or "(select '' as left_key, '' as right_key, '' as kind where false)"
    weights = level_weights(model)
    by_number = {key: number for number, key in DETERMINISTIC.items()}
    bits = " ".join(
        f"when (rules & {1 << by_number[key]}) <> 0 and {odds(weights, key)} >= {AGAINST} "
        f"then '{key}'"
        for key in KEYS
    )
    ranks = ", ".join(f"('{rule}', {place})" for place, rule in enumerate(RULES))
    connection.execute(
        f"""
        create or replace temp table {into} as
        with claims as (
            select left_key, right_key, '{HAND}' as rule from {hand} where kind = 'link'
            union all
            select
                least(record_key, cross_reference),
                greatest(record_key, cross_reference),
                if(source_role = 'web', '{LOGIN}', '{REFERENCE}'),
            from {records_table}
            where cross_reference <> record_key
                and cross_reference in (select record_key from {records_table})
            union all
            select left_key, right_key, case {bits} else '{MODEL}' end from {scored_table}
        ),
        ranked as (
            select left_key, right_key, arg_min(rule, rank) as rule
            from claims inner join (values {ranks}) as ranks (rule, rank) using (rule)
            group by left_key, right_key
        )
        select
            left_key,
            right_key,
            rule,
            coalesce(match_weight, 0.0) as weight,
            coalesce({_information(model)}, 1.0) as information,
        from ranked left join {scored_table} as scored using (left_key, right_key)
        where rule <> '{MODEL}' or match_weight is not null
        """
    )
    connection.execute(
        f"""
        create or replace temp table {apart_into} as
        select left_key, right_key, 'hand' as reason from {hand} where kind = 'unlink'
        union
        select left_key, right_key, 'household' from {scored_table}
        where {_household(model)}
            and (left_key, right_key) not in (select (left_key, right_key) from {hand})
        """
    )
    return into, apart_into


def _information(model: Model) -> str:
    """SQL of how much could have been said: what full agreement on all compared would weigh."""
    terms = [
        f"if(gamma_{name} >= 0, {max(*weights, 1.0)}, 0.0)"
        for name, weights in level_weights(model).items()
    ]
    return " + ".join(terms) if terms else "null::double"


def _household(model: Model) -> str:
    """SQL: share a mailbox, a number or an address, are called otherwise, have nothing personal."""
    known = {comparison.name: comparison for comparison in compared(model)}
    if "given_name" not in known:
        return "false"
    shared = [
        f"(rules & {1 << number}) <> 0"
        for number, key in DETERMINISTIC.items()
        if key in HOUSEHOLD_KEYS
    ]
    if "street" in known:
        shared.append(f"gamma_street = {len(known['street'].levels)}")
    personal = [
        f"{known[name].gamma} >= {len(known[name].levels) - typos}"
        for name, typos in (("birth_date", 1), ("national_id", 2))
        if name in known
    ]
    return (
        f"gamma_given_name = {_OTHER_PERSON} and ({' or '.join(shared)}) "
        f"and not ({' or '.join(personal) or 'false'})"
    )

"""The tables of schema `identity`, from the workspace."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pyarrow as pa

from rapport.identity import evidence, registry
from rapport.identity.increments import own_rules, rules
from rapport.identity.linkage.blocking import DETERMINISTIC
from rapport.identity.linkage.model import Model
from rapport.identity.results import IdentityResult
from rapport.identity.step import Trained
from rapport.identity.workspace import Workspace
from rapport.warehouses.base import literal

# A queue longer than this is no queue; the pairs nearest to even odds come first.
MOST_REVIEWED = 20_000


def tables(work: Workspace, trained: Trained, as_of: str) -> Iterator[tuple[str, pa.Table]]:
    """Names and rows of all tables; texts that people read stand in `evidence`.

    Args:
        trained: the model in use.
        as_of: ISO text; later history is left out.
    """
    model = trained.model
    _incarnations(work)
    run = work.connection.execute
    run(f"create or replace temp table identity_shared as {_shared_keys(model)}")
    for name, sql in {
        "record_customers": _RECORD_CUSTOMERS.format(
            belief=evidence.belief("k"), accounts=_ACCOUNTS
        ),
        "identity_links": _LINKS,
        "identity_changes": _CHANGES.format(as_of=as_of),
        "shared_keys": "from identity_shared",
        "record_keys": _RECORD_KEYS,
        "review_pairs": _review_pairs(model),
    }.items():
        yield name, run(sql).fetch_arrow_table()
    yield "customer_aliases", _aliases(work, as_of)
    yield "scenario_customers", _scenarios(work)
    yield "identity_model", _model(trained)
    yield "identity_blocking", _blocking(model)


def count(work: Workspace, result: IdentityResult) -> None:
    """Fill in what the tables hold, once `tables` has made them."""

    def counted(sql: str) -> dict[str, int]:
        return dict(work.connection.execute(sql).fetchall())

    result.records = work.count("prepared")
    result.customers = work.count("(select distinct customer_id from customers)")
    result.links = counted("select rule, count(*) from kept group by 1 order by 1")
    result.shared_keys = counted(
        "select key_kind, count(*) from identity_shared group by 1 order by 1"
    )
    result.unresolved_references = work.count(
        "(from prepared as p where cross_reference is not null "
        "and cross_reference not in (select record_key from prepared))"
    )


def _incarnations(work: Workspace) -> None:
    """Records from which the id of their customer was minted."""
    work.connection.execute(
        """
        create or replace temp table identity_homes as
        select r.record_key
        from registry_records as r
        inner join customers as c using (record_key)
        inner join registry_customers as u on u.customer_id = c.customer_id
        where u.minted_from
            = r.record_key || case when generation > 0 then '#' || generation else '' end
        """
    )


_ACCOUNTS = """
account_ids as (
    select
        p.record_key,
        p.company,
        coalesce(p.country, '') as country,
        c.customer_id,
    from prepared as p
    inner join customers as c using (record_key)
    where p.party_kind = 'account'
),
by_name as (
    select company, country, any_value(customer_id) as customer_id
    from account_ids
    where company is not null
    group by company, country
    having count(distinct customer_id) = 1
),
accounts as (
    select
        p.record_key,
        case
            when p.party_kind = 'account' then c.customer_id
            when p.account_reference is null then n.customer_id
            else coalesce(a.customer_id, n.customer_id)
        end as account_id,
    from prepared as p
    inner join customers as c using (record_key)
    left join customers as a on a.record_key = p.account_reference
    left join by_name as n on n.company = p.company and n.country = coalesce(p.country, '')
)
"""
_RECORD_CUSTOMERS = """
with
sides as (
    select left_key as record_key, rule, weight from kept
    union all
    select right_key, rule, weight from kept
),
strongest as (
    select record_key, arg_min(rule, belief) as rule, arg_min(weight, belief) as weight
    from (select k.*, {belief} as belief from sides as k)
    group by record_key
),
{accounts}
select
    c.record_key,
    c.customer_id,
    case when h.record_key is null then coalesce(s.rule, 'self') else 'self' end as link_rule,
    accounts.account_id,
    s.weight as link_weight,
from customers as c
inner join accounts using (record_key)
left join strongest as s using (record_key)
left join identity_homes as h using (record_key)
"""
_LINKS = """
with links as (
    select left_key, right_key, rule, weight, false as is_cut, null as reason from kept
    union all
    select left_key, right_key, rule, weight, true, reason from cuts
)
select
    left_key,
    right_key,
    rule,
    case rule
        when 'email' then p.email
        when 'phone' then p.phone
        when 'national_id' then p.national_id
        when 'tax_id' then p.tax_id
    end as evidence,
    weight,
    is_cut,
    reason,
from links
inner join prepared as p on p.record_key = left_key
"""
_CHANGES = """
select
    change_no,
    strptime(as_of, '%Y-%m-%dT%H:%M:%SZ') as as_of,
    change_kind,
    customer_id,
    record_key,
    previous_customer_id,
    reason,
from registry_changes
where as_of <= '{as_of}'
order by change_no
"""
_RECORD_KEYS = """
select record_key, email as email_normalised, phone as phone_e164
from prepared
"""


def _aliases(work: Workspace, as_of: str) -> pa.Table:
    """Every alias with the id in use and the as-of of the merge that made it one."""
    run = work.connection.execute
    run(
        "create or replace temp table identity_all_aliases as select customer_id as alias_id, "
        f"alias_of as used from registry_customers where status = '{registry.ALIAS}'"
    )
    registry.follow(work.connection, "identity_all_aliases")
    return run(
        f"""
        select
            alias_id,
            used as customer_id,
            strptime(max(as_of), '%Y-%m-%dT%H:%M:%SZ') as since,
        from identity_all_aliases
        left join registry_changes
            on previous_customer_id = alias_id
            and change_kind = 'merged'
            and as_of <= '{as_of}'
        group by alias_id, used
        order by alias_id
        """
    ).fetch_arrow_table()


def _shared_keys(model: Model) -> str:
    """Keys that too many records share, with their value; other over-full blocks by rule."""
    own = {rule.number for rule in own_rules(model)}
    named = " ".join(
        f"when {rule.number} then {literal(DETERMINISTIC.get(rule.number, rule.name))}"
        for rule in rules(model)
    )
    caps = ", ".join(f"({rule.number}, {rule.cap})" for rule in rules(model)) or "(0, 0)"
    values = " ".join(f"when {n} then p.{DETERMINISTIC[n]}" for n in sorted(own))
    return f"""
    with overfull as (
        select rule, value, count(*) as records, min(record_key) as record_key
        from block_keys inner join (values {caps}) as caps (number, cap) on number = rule
        group by rule, value, cap
        having count(*) > cap
    )
    select
        case rule {named} end as key_kind,
        case rule {values or "when null then null"} end as key_value,
        records,
    from overfull
    inner join prepared as p using (record_key)
    order by key_kind, key_value, records, record_key
    """


def _review_pairs(model: Model) -> str:
    """Pairs about which a person may think otherwise."""
    limits = model.threshold
    return f"""
    with found as (
        select left_key, right_key, 'near_threshold' as kind, null as reason from scored
        where match_weight between {limits.looser} and {limits.stricter}
        union all
        select left_key, right_key, if(reason = 'ambiguous', 'ambiguous', 'cut'), reason
        from cuts where reason <> 'hand'
        union all
        select left_key, right_key, 'household', 'household' from apart
        where reason = 'household'
    ),
    worded as (
        select
            f.left_key,
            f.right_key,
            match_weight,
            1 / (1 + pow(2, -match_weight)) as probability,
            f.kind,
            case
                when f.kind <> 'near_threshold' then {evidence.cut_words("f", "h")}
                when l.cluster = r.cluster then 'linked, and nearly not'
                else 'not linked, and nearly'
            end as reason,
            row_number() over (
                partition by f.left_key, f.right_key
                order by
                    case f.kind when 'ambiguous' then 1 when 'cut' then 2 when 'household' then 3
                    else 4 end
            ) as place,
        from found as f
        inner join members as l on l.record_key = f.left_key
        inner join members as r on r.record_key = f.right_key
        left join scored as s on s.left_key = f.left_key and s.right_key = f.right_key
        left join hand as h on h.left_key = f.left_key and h.right_key = f.right_key
        where h.kind is null
    )
    select * exclude (place) from worded
    where place = 1
    order by abs(coalesce(match_weight, 0) - {limits.chosen}), left_key, right_key
    limit {MOST_REVIEWED}
    """


_OWNED = """
create or replace temp table identity_scenario as
with parts as (
    select
        c.customer_id,
        m.{scenario} as part,
        count(*) as records,
        bool_or(h.record_key is not null) as is_home,
    from members as m
    inner join customers as c using (record_key)
    left join identity_homes as h using (record_key)
    where m.component in (
        select component from members where {scenario} <> cluster
    )
    group by all
),
owned as (
    select * from parts
    qualify row_number() over (
        partition by customer_id order by is_home desc, records desc, part
    ) = 1
),
oldest as (
    select part, arg_min(customer_id, (since_as_of, minted_from, customer_id)) as customer_id
    from owned inner join registry_customers using (customer_id)
    group by part
),
rest as (
    select part, c.customer_id || '~' || row_number() over (
        partition by c.customer_id order by part
    ) as customer_id
    from (select distinct part from parts) as p
    inner join customers as c on c.record_key = p.part
    anti join oldest using (part)
)
select '{scenario}' as scenario, m.record_key, ids.customer_id
from members as m
inner join (from oldest union all from rest) as ids on ids.part = m.{scenario}
inner join customers as c using (record_key)
where c.customer_id <> ids.customer_id
"""


def _scenarios(work: Workspace) -> pa.Table:
    """Records that have another customer at the stricter or the looser threshold.

    A customer's id stays with the part that holds its first record, else with the largest; parts
    that keep none are numbered after the customer of their smallest record.
    """
    found = []
    for scenario in ("looser", "stricter"):
        work.connection.execute(_OWNED.format(scenario=scenario))
        found.append(
            work.connection.execute(
                "from identity_scenario order by record_key"
            ).fetch_arrow_table()
        )
    return pa.concat_tables(found)


def _model(trained: Trained) -> pa.Table:
    model = trained.model
    limits = model.threshold
    row = {
        "model_id": model.model_id,
        "trained_as_of": trained.as_of,
        "trained_because": trained.reason,
        "records": int(model.facts["records"]),
        "is_probabilistic": model.is_probabilistic,
        "threshold": limits.chosen,
        "stricter": limits.stricter,
        "looser": limits.looser,
        "optimises": limits.optimises,
        "expected": json.dumps(dict(limits.expected), sort_keys=True),
        "strong_keys": json.dumps(list(model.strong_keys)),
        "blocking": json.dumps(
            [[r.name, r.pairs, r.is_chosen, r.reason] for r in model.rules], ensure_ascii=False
        ),
        "facts": json.dumps(dict(model.facts), ensure_ascii=False, sort_keys=True),
        "no_model_because": model.reason or None,
    }
    schema = pa.schema(
        [
            (
                name,
                {"records": pa.int64(), "is_probabilistic": pa.bool_()}.get(
                    name,
                    pa.float64() if name in ("threshold", "stricter", "looser") else pa.string(),
                ),
            )
            for name in row
        ]
    )
    return pa.Table.from_pylist([row], schema)


def _blocking(model: Model) -> pa.Table:
    return pa.table(
        {
            "rule": pa.array([rule.name for rule in model.rules], pa.string()),
            "pairs": pa.array([rule.pairs for rule in model.rules], pa.int64()),
            "chosen": pa.array([rule.is_chosen for rule in model.rules], pa.bool_()),
            "reason": pa.array([rule.reason for rule in model.rules], pa.string()),
            "largest_block": pa.array([rule.cap for rule in model.rules], pa.int64()),
        }
    )

"""SQL of the tables of schema `identity`, over the workspace."""

from __future__ import annotations

from rapport.identity import evidence
from rapport.identity.increments import own_rules, rules
from rapport.identity.linkage.blocking import DETERMINISTIC
from rapport.identity.linkage.model import Model
from rapport.warehouses.base import literal

# A queue longer than this is no queue; the pairs nearest to the threshold come first.
MOST_REVIEWED = 20_000

# Records from which the id of their customer was minted.
HOMES = """
create or replace temp table identity_homes as
select r.record_key
from registry_records as r
inner join customers as c using (record_key)
inner join registry_customers as u on u.customer_id = c.customer_id
where u.minted_from = r.record_key || case when generation > 0 then '#' || generation else '' end
"""
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
RECORD_CUSTOMERS = f"""
with
sides as (
    select left_key as record_key, rule, weight from kept
    union all
    select right_key, rule, weight from kept
),
strongest as (
    select record_key, arg_min(rule, belief) as rule, arg_min(weight, belief) as weight
    from (select k.*, {evidence.belief("k")} as belief from sides as k)
    group by record_key
),
{_ACCOUNTS}
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
LINKS = """
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
CHANGES = """
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
RECORD_KEYS = """
select record_key, email as email_normalised, phone as phone_e164
from prepared
"""


def shared_keys(model: Model) -> str:
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


def review_pairs(model: Model) -> str:
    """Pairs about which a person may think otherwise.

    Two records that are one customer at the stricter threshold too are held by more than their own
    weight, by a shared key or by other records: about them there is no doubt.
    """
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
            and not (
                f.kind = 'near_threshold' and l.cluster = r.cluster and l.stricter = r.stricter
            )
    )
    select * exclude (place) from worded
    where place = 1
    order by abs(coalesce(match_weight, 0) - {limits.chosen}), left_key, right_key
    limit {MOST_REVIEWED}
    """

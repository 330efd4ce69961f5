"""The statements of `registry.assign`, in their order."""

from __future__ import annotations

from rapport.identity.persons import PERSON

HASHED = "'c' || left(sha256({0}), 16)"

# Records that are somebody else's now, and why.
OTHERS = """
create or replace temp table identity_others as
select record_key, {another} as other
from identity_seen as s
inner join identity_remembered as r using (record_key)
where other is not null
"""
# Each claimed record with what the registry has of it.
MET = """
create or replace temp table identity_met as
select
    c.record_key,
    c.cluster,
    r.customer_id as raw,
    coalesce(r.generation, 0) as generation,
    o.other,
from identity_claims as c
left join registry_records as r using (record_key)
left join identity_others as o using (record_key)
"""
CLAIMED = """
create or replace temp table identity_claimed as
select
    met.record_key,
    met.cluster,
    case when other is null then used end as old,
    met.record_key || case
        when generation > 0 or other is not null
            then '#' || (generation + (other is not null)::int)
        else ''
    end as incarnation,
from identity_met as met
left join identity_aliases as a on met.raw = a.customer_id
"""
# The one cluster that each id in use belongs to, and among the ids of a cluster the oldest.
OWNED = """
create or replace temp table identity_owned as
with parts as (
    select
        old as customer_id,
        cluster,
        count(*) as records,
        min(record_key) as first_key,
        bool_or(incarnation = c.minted_from) as is_home,
        any_value(c.since_as_of) as since_as_of,
        any_value(c.minted_from) as minted_from,
    from identity_claimed
    inner join registry_customers as c on c.customer_id = old
    group by old, cluster
),
owned as (
    select *
    from parts
    qualify row_number() over (
        partition by customer_id order by is_home desc, records desc, first_key
    ) = 1
)
select
    customer_id,
    cluster,
    first_value(customer_id) over (
        partition by cluster order by since_as_of, minted_from, customer_id
    ) as survivor,
from owned
"""
REVIVED = """
create or replace temp table identity_revived as
select claimed.cluster, c.customer_id
from registry_customers as c
inner join identity_claimed as claimed on claimed.incarnation = c.minted_from
where
    c.status = 'alias'
    and claimed.cluster not in (select cluster from identity_owned)
qualify row_number() over (
    partition by claimed.cluster order by c.since_as_of, c.minted_from, c.customer_id
) = 1
"""
MINTED = f"""
create or replace temp table identity_minted as
select
    cluster,
    arg_min(incarnation, record_key) as minted_from,
    min(record_key) as record_key,
    {HASHED.format("arg_min(incarnation, record_key)")} as customer_id,
from identity_claimed
where
    cluster not in (select cluster from identity_owned)
    and cluster not in (select cluster from identity_revived)
group by cluster
"""
IDS = """
create or replace temp table identity_ids as
select distinct cluster, survivor as customer_id, false as is_begun from identity_owned
union all
select cluster, customer_id, true from identity_revived
union all
select cluster, customer_id, true from identity_minted
"""
# The best link by which records of one former customer hang on to the rest of their cluster.
CROSSING = """
create or replace temp table identity_crossing as
with sides as (
    select l.cluster, l.old, l.record_key, r.old as other_old, b.*
    from identity_bonds as b
    inner join identity_claimed as l on l.record_key = b.left_key
    inner join identity_claimed as r on r.record_key = b.right_key
    where l.cluster = r.cluster
    union all
    select r.cluster, r.old, r.record_key, l.old as other_old, b.*
    from identity_bonds as b
    inner join identity_claimed as l on l.record_key = b.left_key
    inner join identity_claimed as r on r.record_key = b.right_key
    where l.cluster = r.cluster
)
select
    cluster,
    old,
    case when old is null then record_key end as record_key,
    arg_min(words, (belief, left_key, right_key)) as words,
from sides
where old is null or old is distinct from other_old
group by all
"""
CUT_OFF = """
create or replace temp table identity_cut_off as
with sides as (
    select left_key as here, right_key as there, words from identity_cut
    union all
    select right_key, left_key, words from identity_cut
)
select h.cluster, t.cluster as from_cluster, min(words) as words
from sides
inner join identity_claimed as h on h.record_key = here
inner join identity_claimed as t on t.record_key = there
group by all
"""
ASSIGNED = """
create or replace temp table identity_assigned as
select claimed.record_key, claimed.cluster, ids.customer_id, claimed.old, ids.is_begun
from identity_claimed as claimed
inner join identity_ids as ids using (cluster)
"""
WRITTEN_CUSTOMERS = """
create or replace temp table written_customers as
select c.customer_id, 'alias' as status, survivor as alias_of, minted_from, since_as_of
from identity_owned as owned
inner join registry_customers as c using (customer_id)
where customer_id <> survivor
union all
select c.customer_id, 'active', null, minted_from, since_as_of
from identity_revived
inner join registry_customers as c using (customer_id)
union all
select customer_id, 'active', null, minted_from, $as_of from identity_minted
"""
WRITTEN_RECORDS = """
create or replace temp table written_records as
select
    met.record_key,
    a.customer_id,
    case when a.customer_id = met.raw then r.since_as_of else $as_of end as since_as_of,
    met.generation + (met.other is not null)::int as generation,
from identity_met as met
inner join identity_assigned as a using (record_key)
left join registry_records as r using (record_key)
where met.raw is distinct from a.customer_id or met.other is not null
order by met.record_key
"""
_NOW = ", ".join(
    f"case when o.other is null then coalesce(s.{name}, r.{name}) else s.{name} end as {name}"
    for name in PERSON
)
_IS_NEWS = " or ".join(f"now.{name} is distinct from r.{name}" for name in PERSON)
# What a source leaves out for a while is remembered, as long as it speaks of the same person.
WRITTEN_PEOPLE = f"""
create or replace temp table written_people as
with now as (
    select s.record_key, {_NOW}
    from identity_seen as s
    left join identity_remembered as r using (record_key)
    left join identity_others as o using (record_key)
)
select now.*
from now
left join identity_remembered as r using (record_key)
where r.record_key is null or {_IS_NEWS}
order by record_key
"""
WRITTEN_CHANGES = """
create or replace temp table written_changes as
with changed as (
    select a.*, met.raw, met.other, aliases.used, owned.cluster as from_cluster,
        owned.survivor, m.record_key is not null as is_origin
    from identity_assigned as a
    inner join identity_met as met using (record_key)
    left join identity_aliases as aliases on aliases.customer_id = met.raw
    left join identity_owned as owned on owned.customer_id = a.old
    left join identity_minted as m on m.record_key = a.record_key
    where coalesce(aliases.used, '') <> a.customer_id
),
named as (
    select
        *,
        case
            when other is not null then 'reassigned'
            when old is null and is_origin then 'minted'
            when old is null then 'joined'
            when survivor = customer_id then 'merged'
            when is_begun then 'split'
            else 'moved'
        end as change_kind,
    from changed
)
select
    (select coalesce(max(change_no), 0) from registry_changes)
    + row_number() over (order by named.record_key) as change_no,
    $as_of as as_of,
    change_kind,
    customer_id,
    named.record_key,
    used as previous_customer_id,
    case
        when change_kind = 'minted' then 'first seen'
        when change_kind = 'reassigned' then 'the source gave the key to somebody else: ' || other
        when change_kind = 'split' then coalesce(
            cut_off.words, 'nothing links it to its former customer any more'
        )
        else coalesce(crossing.words, 'its former customer went with its first record')
    end as reason,
from named
left join identity_crossing as crossing
    on crossing.cluster = named.cluster
    and crossing.old is not distinct from named.old
    and crossing.record_key is not distinct from
        case when named.old is null then named.record_key end
left join identity_cut_off as cut_off
    on cut_off.cluster = named.cluster and cut_off.from_cluster = named.from_cluster
order by change_no
"""

# The registry as it was after a change, out of the changes up to it.
REWOUND = (
    "delete from registry_changes where change_no > {until}",
    """
    create or replace temp table rewound_records as
    select
        record_key,
        arg_max(customer_id, change_no) as customer_id,
        arg_max(as_of, change_no) as since_as_of,
        count(*) filter (where change_kind = 'reassigned') as generation,
    from registry_changes
    where record_key is not null
    group by record_key
    """,
    """
    create or replace temp table rewound_customers as
    with given as (
        select customer_id, max(change_no) as given_no from registry_changes group by customer_id
    ),
    merged as (
        select
            previous_customer_id as customer_id,
            max(change_no) as merged_no,
            arg_max(customer_id, change_no) as survivor,
        from registry_changes
        where change_kind = 'merged'
        group by previous_customer_id
    )
    select
        customer_id,
        case when merged_no > given_no then 'alias' else 'active' end as status,
        case when merged_no > given_no then survivor end as alias_of,
        c.minted_from,
        c.since_as_of,
    from given
    inner join registry_customers as c using (customer_id)
    left join merged using (customer_id)
    """,
    "delete from registry_records",
    "insert into registry_records by name from rewound_records",
    "delete from registry_customers",
    "insert into registry_customers by name from rewound_customers",
)

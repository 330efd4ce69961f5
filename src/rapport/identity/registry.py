"""Customer ids that stay: who keeps an id, who gets a new one, and why.

An id belongs to the cluster that holds the record it was minted from; where that record is gone,
to the cluster that holds most of its records. A cluster that several ids belong to keeps the
oldest, the others become its aliases. A cluster without an id takes back the alias minted from
one of its records, else a new id is minted from its smallest record key.

A source may give the key of one person to another (`another_person`). Such a record counts as
one never seen before: ids go by key and generation, so that none passes to somebody else.

All of it is SQL over tables of the workspace, `registry_...`, which mirror the state store.
"""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

ACTIVE, ALIAS = "active", "alias"
# What is remembered of a record's person. Text, so that the state store needs one type only.
PERSON = (
    "given_name given_root family_name birth_date email phone national_id tax_id"
).split()  # fmt: skip
TABLES: Mapping[str, Mapping[str, str]] = {
    "registry_records": {
        "record_key": "varchar",
        "customer_id": "varchar",
        "since_as_of": "varchar",
        "generation": "bigint",
    },
    "registry_customers": {
        **dict.fromkeys(
            ("customer_id", "status", "alias_of", "minted_from", "since_as_of"), "varchar"
        )
    },
    "registry_changes": {
        "change_no": "bigint",
        **dict.fromkeys(
            (
                *("as_of", "change_kind", "customer_id", "record_key"),
                *("previous_customer_id", "reason"),
            ),
            "varchar",
        ),
    },
}
# Names differ in one letter, or in two of long ones, or as Jon and John do: a typo. The Winkler
# bound is Splink's usual one for "almost the same name".
_ALIKE = (
    "({0} = {1} or jaro_winkler_similarity({0}, {1}) >= 0.9 or damerau_levenshtein({0}, {1}) <= 1)"
)
# The contract's bound: strong keys further apart than this contradict each other.
_FURTHER = "({0} <> {1} and damerau_levenshtein({0}, {1}) > 2)"


def create(connection: duckdb.DuckDBPyConnection) -> None:
    """Empty registry tables, in the place of what stood there."""
    for name, columns in TABLES.items():
        listed = ", ".join(f"{column} {kind}" for column, kind in columns.items())
        connection.execute(f"create or replace table {name} ({listed})")


def another_person(was: str, now: str) -> str:
    """SQL: the reason why the person `now` is not the one that the key stood for; null if it is.

    A strong key (birth date, national id, tax id) that contradicts what it was, unless the name
    and the e-mail address or phone number stay: then it was corrected. Or given and family name
    both differ by more than typo, nickname, initial and turning round, and neither e-mail
    address, phone number nor birth date stays.

    Args:
        was, now: aliases of relations with the columns of `PERSON`.
    """

    def both(column: str, test: str) -> str:
        return f"coalesce({test.format(f'{was}.{column}', f'{now}.{column}')}, false)"

    def alike(one: str, other: str) -> str:
        one, other = f"{was}.{one}", f"{now}.{other}"
        initial = f"(least(length({one}), length({other})) = 1 and {one}[1] = {other}[1])"
        return f"({_ALIKE.format(one, other)} or {initial})"

    given = f"({alike('given_name', 'given_name')} or {both('given_root', '{0} = {1}')})"
    family = alike("family_name", "family_name")
    turned = f"({alike('given_name', 'family_name')} and {alike('family_name', 'given_name')})"
    reachable = f"({both('email', '{0} = {1}')} or {both('phone', '{0} = {1}')})"
    corrected = f"(coalesce({turned} or ({given} and {family}), false) and {reachable})"
    others_name = f"coalesce(not {given} and not {family} and not {turned}, false)"
    same_birth = f"({was}.birth_date is not null and not {both('birth_date', _FURTHER)} and "
    same_birth += f"{now}.birth_date is not null)"
    contradictions = "\n".join(
        f"when {both(column, _FURTHER)} and not {corrected} then 'another {words}'"
        for column, words in (
            ("birth_date", "birth date"),
            ("national_id", "national id"),
            ("tax_id", "tax id"),
        )
    )
    return (
        f"case {contradictions}\nwhen {others_name} and not {reachable} and not {same_birth} "
        "then 'another name, and neither e-mail address, phone number nor birth date stayed' end"
    )


def assign(connection: duckdb.DuckDBPyConnection, as_of: str) -> None:
    """Give every claimed cluster its customer id.

    Reads these tables:

    - `identity_claims` (record_key, cluster): with a record come all records of its cluster, and
      all clusters that hold an id known for one of them;
    - `identity_seen` (record_key, columns of `PERSON`): records that are new or changed, and
      `identity_remembered`, the same as the state store has them;
    - `identity_bonds` (left_key, right_key, belief, words): the links that hold clusters
      together, smallest belief first;
    - `identity_cut` (left_key, right_key, words).

    Makes `identity_assigned` (record_key, customer_id) and the rows to be written:
    `written_records`, `written_customers` and `written_changes` as `TABLES` has them, which are
    put into the registry's tables here as well, and `written_people`.

    Args:
        as_of: the build's as-of, ISO text.
    """
    for statement in (
        _OTHERS.format(another=another_person("r", "s")),
        _MET,
        "create or replace temp table identity_aliases as select distinct raw as customer_id, "
        "raw as used from identity_met where raw is not null",
    ):
        connection.execute(statement)
    follow(connection, "identity_aliases")
    for statement in (_CLAIMED, _OWNED, _REVIVED, _MINTED):
        connection.execute(statement)
    _avoid_taken(connection)
    for statement in (_IDS, _CROSSING, _CUT_OFF, _ASSIGNED):
        connection.execute(statement)
    connection.execute(_WRITTEN_CUSTOMERS, {"as_of": as_of})
    connection.execute(_WRITTEN_RECORDS, {"as_of": as_of})
    connection.execute(_WRITTEN_PEOPLE)
    connection.execute(_WRITTEN_CHANGES, {"as_of": as_of})
    for kind, key in (("records", "record_key"), ("customers", "customer_id")):
        connection.execute(
            f"delete from registry_{kind} where {key} in (select {key} from written_{kind})"
        )
    for kind in ("records", "customers", "changes"):
        connection.execute(f"insert into registry_{kind} by name from written_{kind}")


def follow(connection: duckdb.DuckDBPyConnection, table: str) -> None:
    """Follow aliases in column `used` of a table to the ids in use."""
    step = (
        f"update {table} as t set used = c.alias_of from registry_customers as c "
        f"where c.customer_id = t.used and c.status = '{ALIAS}'"
    )
    while (connection.execute(step).fetchone() or (0,))[0]:
        pass


def _avoid_taken(connection: duckdb.DuckDBPyConnection) -> None:
    """Another id where, against all odds, one is taken."""
    step = (
        "update identity_minted set customer_id = {hashed} where customer_id in (select "
        "customer_id from registry_customers) or cluster in (select cluster from identity_minted "
        "qualify row_number() over (partition by customer_id order by record_key) > 1)"
    )
    changed, salt = 1, 0
    while changed:
        salt += 1
        hashed = _HASHED.format(f"minted_from || '#{salt}'")
        changed = (connection.execute(step.format(hashed=hashed)).fetchone() or (0,))[0]


_HASHED = "'c' || left(sha256({0}), 16)"

# Records that are somebody else's now, and why.
_OTHERS = """
create or replace temp table identity_others as
select record_key, {another} as other
from identity_seen as s
inner join identity_remembered as r using (record_key)
where other is not null
"""
# Each claimed record with what the registry has of it.
_MET = """
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
_CLAIMED = """
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
_OWNED = """
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
_REVIVED = f"""
create or replace temp table identity_revived as
select claimed.cluster, c.customer_id
from registry_customers as c
inner join identity_claimed as claimed on claimed.incarnation = c.minted_from
where
    c.status = '{ALIAS}'
    and claimed.cluster not in (select cluster from identity_owned)
qualify row_number() over (
    partition by claimed.cluster order by c.since_as_of, c.minted_from, c.customer_id
) = 1
"""
_MINTED = f"""
create or replace temp table identity_minted as
select
    cluster,
    arg_min(incarnation, record_key) as minted_from,
    min(record_key) as record_key,
    {_HASHED.format("arg_min(incarnation, record_key)")} as customer_id,
from identity_claimed
where
    cluster not in (select cluster from identity_owned)
    and cluster not in (select cluster from identity_revived)
group by cluster
"""
_IDS = """
create or replace temp table identity_ids as
select distinct cluster, survivor as customer_id, false as is_begun from identity_owned
union all
select cluster, customer_id, true from identity_revived
union all
select cluster, customer_id, true from identity_minted
"""
# The best link by which records of one former customer hang on to the rest of their cluster.
_CROSSING = """
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
_CUT_OFF = """
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
_ASSIGNED = """
create or replace temp table identity_assigned as
select claimed.record_key, claimed.cluster, ids.customer_id, claimed.old, ids.is_begun
from identity_claimed as claimed
inner join identity_ids as ids using (cluster)
"""
_WRITTEN_CUSTOMERS = f"""
create or replace temp table written_customers as
select c.customer_id, '{ALIAS}' as status, survivor as alias_of, minted_from, since_as_of
from identity_owned as owned
inner join registry_customers as c using (customer_id)
where customer_id <> survivor
union all
select c.customer_id, '{ACTIVE}', null, minted_from, since_as_of
from identity_revived
inner join registry_customers as c using (customer_id)
union all
select customer_id, '{ACTIVE}', null, minted_from, $as_of from identity_minted
"""
_WRITTEN_RECORDS = """
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
_WRITTEN_PEOPLE = f"""
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
_WRITTEN_CHANGES = """
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

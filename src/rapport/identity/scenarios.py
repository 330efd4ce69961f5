"""Customers at the stricter and the looser threshold, where they are others than decided."""

from __future__ import annotations

import pyarrow as pa

from rapport.identity.workspace import Workspace

_OWNED = """
create or replace temp table identity_scenario as
with torn as materialized (
    select distinct component from members where {scenario} <> cluster
),
parts as (
    select
        c.customer_id,
        m.{scenario} as part,
        count(*) as records,
        bool_or(h.record_key is not null) as is_home,
    from members as m
    inner join customers as c using (record_key)
    left join identity_homes as h using (record_key)
    where m.component in (from torn)
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


def scenarios(work: Workspace) -> pa.Table:
    """Records that have another customer: scenario, record_key, customer_id.

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

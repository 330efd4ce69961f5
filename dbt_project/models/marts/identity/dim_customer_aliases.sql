with

aliases as (
    select * from {{ ref('stg_rapport__customer_aliases') }}
),

people as (
    select * from {{ ref('int_people_rolled_up') }}
),

reasons as (
    select
        previous_customer_id as alias_id,
        reason,
        row_number() over (
            partition by previous_customer_id order by change_no desc
        ) as newest_rank
    from {{ ref('stg_rapport__identity_changes') }}
    where change_kind = 'merged'
),

merged as (
    select
        aliases.alias_id,
        'merged' as alias_kind,
        coalesce(people.customer_id, aliases.customer_id) as customer_id,
        aliases.since,
        reasons.reason
    from aliases
    left join people on aliases.customer_id = people.person_id
    left join reasons on aliases.alias_id = reasons.alias_id and reasons.newest_rank = 1
),

-- Not a customer any longer, or never one: counted for the account.
rolled_up as (
    select
        person_id as alias_id,
        'account' as alias_kind,
        customer_id,
        cast(null as timestamp) as since,
        case
            when is_account then 'the company is invoiced under another record'
            else 'a contact of the account'
        end as reason
    from people
    where person_id <> customer_id
)

select * from merged
union all
select * from rolled_up

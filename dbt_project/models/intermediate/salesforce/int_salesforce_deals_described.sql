with

deals as (
    select * from {{ ref('stg_salesforce__opportunities') }}
),

owners as (
    select * from {{ ref('stg_salesforce__users') }}
),

-- Who has no primary contact may have come as a lead that was converted together with the deal.
converted as (
    select
        converted_opportunity_id as source_deal_id,
        min({{ by_bytes('converted_contact_id') }}) as source_contact_id
    from {{ ref('stg_salesforce__leads') }}
    where converted_opportunity_id is not null
    group by converted_opportunity_id
),

-- The last entry before the as-of; a deal known only as it is today may have entered later.
entries as (
    select
        source_deal_id,
        stage_name,
        coalesce(
            max(case when {{ before_as_of('entered_at') }} then entered_at end), min(entered_at)
        ) as entered_at
    from {{ ref('int_salesforce_deal_stages_dated') }}
    group by source_deal_id, stage_name
),

closed as (
    select
        deals.*,
        case
            when deals.is_closed
                then coalesce(entries.entered_at, {{ business_day_start('deals.close_date') }})
        end as closed_at
    from deals
    left join entries
        on deals.source_deal_id = entries.source_deal_id
            and deals.stage_name = entries.stage_name
)

select
    closed.source_system,
    closed.source_deal_id,
    coalesce(closed.source_contact_id, converted.source_contact_id) as source_contact_id,
    closed.created_at,
    {{ known_by_as_of('closed.closed_at') }} as closed_at,
    case when {{ before_as_of('closed.closed_at') }} then closed.is_won end as is_won,
    closed.amount,
    coalesce(closed.currency, '{{ var("reporting_currency") }}') as currency,
    closed.stage_name,
    owners.owner_name
from closed
left join owners on closed.owner_id = owners.owner_id
left join converted on closed.source_deal_id = converted.source_deal_id

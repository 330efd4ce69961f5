with

members as (
    select
        feed.*,
        {{ record_key('source_system', 'source_campaign_id') }} as campaign_id,
        {{ record_key('source_system', 'source_contact_id') }} as record_key,
        coalesce(is_control, false) as is_held_back
    from {{ union_feed('campaign_members') }} as feed
    where {{ before_as_of('joined_at') }}
),

parties as (
    select * from {{ ref('int_parties_identified') }}
),

ranked as (
    select
        members.campaign_id,
        parties.customer_id,
        members.joined_at,
        members.is_held_back as is_control,
        min(case when members.is_held_back then 0 else 1 end) over whole
        <> max(case when members.is_held_back then 0 else 1 end) over whole as is_in_both,
        sum(case when not members.is_held_back then members.incentive_amount end) over whole
            as incentive_amount,
        row_number() over (
            partition by members.campaign_id, parties.customer_id
            order by members.joined_at, {{ by_bytes('members.record_key') }}
        ) as assignment_rank
    from members
    inner join parties on members.record_key = parties.record_key
    where parties.customer_id is not null
    window whole as (partition by members.campaign_id, parties.customer_id)
),

-- The first assignment counts, whatever came after it. Treated if any was would make those who
-- stand in the CRM more often more likely to be treated, and so no equals of the others.
assigned as (
    select
        ranked.*,
        {{ business_date('joined_at') }} as joined_date,
        {{ add_time('joined_at', -var('effect_days'), 'day') }} as measured_from,
        {{ add_time('joined_at', var('effect_days'), 'day') }} as measured_until
    from ranked
    where assignment_rank = 1
),

lines as (
    select * from {{ ref('fct_order_lines') }}
    where customer_id is not null and {{ before_as_of('revenue_at') }}
),

margins as (
    select
        assigned.campaign_id,
        assigned.customer_id,
        sum(case
            when lines.revenue_at >= assigned.joined_at
                then lines.net_amount_reporting - lines.cost_amount_reporting
        end) as margin,
        sum(case
            when lines.revenue_at < assigned.joined_at
                then lines.net_amount_reporting - lines.cost_amount_reporting
        end) as previous_margin,
        count(*) filter (where lines.cost_amount_reporting is null) as lines_without_cost
    from assigned
    inner join lines
        on
            assigned.customer_id = lines.customer_id
            and lines.revenue_at >= assigned.measured_from
            and lines.revenue_at < assigned.measured_until
    group by assigned.campaign_id, assigned.customer_id
),

order_days as (
    select * from {{ ref('int_order_days') }}
),

stays as (
    select * from {{ ref('int_stage_stays') }}
)

select
    assigned.campaign_id,
    assigned.customer_id,
    assigned.joined_at,
    assigned.measured_until,
    assigned.is_control,
    assigned.is_in_both,
    {{ money('coalesce(assigned.incentive_amount, 0)') }} as incentive_amount,
    coalesce(margins.lines_without_cost, 0) = 0 as is_margin_known,
    {{ money('coalesce(margins.margin, 0)') }} as margin,
    {{ money('coalesce(margins.previous_margin, 0)') }} as previous_margin,
    {{ days_between('order_days.order_date', 'assigned.joined_date') }} as recency_days,
    coalesce(stays.stage, 'unknown') as stage
from assigned
left join margins
    on
        assigned.campaign_id = margins.campaign_id
        and assigned.customer_id = margins.customer_id
left join order_days
    on
        assigned.customer_id = order_days.customer_id
        and order_days.order_date < assigned.joined_date
        and coalesce(order_days.next_order_date, {{ last_day_ever() }}) >= assigned.joined_date
left join stays
    on
        assigned.customer_id = stays.customer_id
        and assigned.joined_date >= stays.first_boundary
        and assigned.joined_date <= stays.last_boundary

with windows as (
    select * from {{ kpi_windows() }} as windows
),

buyers as (
    select * from {{ ref('int_buyers_matched') }}
),

-- Where there is no CRM there is nothing to match with.
counted as (
    select
        windows.window_id,
        sum(case when buyers.email_known_on < windows.window_end then 1 else 0 end) as numerator,
        case
            when exists (
                    select 1 from {{ ref('int_parties_identified') }} where source_role = 'crm'
                ) then count(*)
        end as denominator
    from windows
    inner join buyers on buyers.first_order_date < windows.window_end
    group by windows.window_id
)

{{ kpi_share('counted') }}

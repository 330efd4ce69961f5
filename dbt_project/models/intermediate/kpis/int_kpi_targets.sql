{#- A target that names no KPI would be left out of every report without a word. -#}
{%- set targets = var('targets') -%}
{%- for kpi_id in targets if kpi_id not in kpi_ids() -%}
{{ exceptions.raise_compiler_error(
    "The company's targets name " ~ kpi_id ~ ', which is no KPI. There are: '
    ~ kpi_ids() | join(', ')
) }}
{%- endfor -%}

with targets as (
    {%- for kpi_id, target in targets.items() %}
    select '{{ kpi_id }}' as kpi_id, cast({{ target }} as double precision) as target
    union all
    {%- endfor %}
    select cast(null as text) as kpi_id, cast(null as double precision) as target
),

periods as (
    select * from {{ ref('int_kpi_periods') }}
),

catalogue as (
    select * from {{ ref('rpt_kpi_catalogue') }}
),

-- What adds up from day to day has a target for the month: other periods get the share that their
-- days are of an average month. What only makes sense over a month is not compared elsewhere.
scaled as (
    select
        targets.kpi_id,
        periods.window_id,
        case
            when catalogue.target_scope = 'sum' and periods.period_kind = 'month'
                and not periods.is_partial
                then targets.target
            when catalogue.target_scope = 'sum' and periods.period_kind = 'quarter'
                and not periods.is_partial
                then targets.target * 3
            when catalogue.target_scope = 'sum' and periods.period_kind = 'year'
                and not periods.is_partial
                then targets.target * 12
            -- No two weekdays are alike: a day has no share of its own in a month's target.
            when catalogue.target_scope = 'sum' and periods.period_kind = 'day' then null
            when catalogue.target_scope = 'sum'
                then targets.target
                    * {{ days_between('periods.period_start', 'periods.period_end') }} * 12 / 365.25
            when catalogue.target_scope = 'month' and (
                    periods.period_kind <> 'month' or periods.is_partial
                ) then null
            when catalogue.target_scope = 'quarter' and (
                    periods.period_kind <> 'quarter' or periods.is_partial
                ) then null
            else targets.target
        end as target
    from targets
    inner join catalogue on targets.kpi_id = catalogue.kpi_id
    cross join periods
)

select * from scaled
where target is not null

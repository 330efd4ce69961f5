{%- set looks = [
    ('own', 'value', 'window_id', 'period_start'),
    ('previous', 'previous_value', 'previous_window_id', 'previous_start'),
    ('last_year', 'last_year_value', 'last_year_window_id', 'last_year_start'),
] -%}

with periods as (
    select * from {{ ref('int_kpi_periods') }}
),

kpi_values as (
    select * from {{ ref('int_kpi_values') }}
),

catalogue as (
    select * from {{ ref('rpt_kpi_catalogue') }}
),

targets as (
    select * from {{ ref('int_kpi_targets') }}
),

-- Over everybody each KPI has a row in each period, by segment only where there is something.
slots as (
    select
        periods.*,
        catalogue.kpi_id,
        catalogue.unit,
        catalogue.direction,
        catalogue.target_scope,
        segments.segment_kind,
        segments.segment
    from periods
    cross join catalogue
    inner join (
        select kpi_id as segment_kpi_id, segment_kind, segment from kpi_values
        where segment_kind <> 'all'
        group by kpi_id, segment_kind, segment
        union all
        select kpi_id, 'all', 'all' from {{ ref('rpt_kpi_catalogue') }}
    ) as segments on catalogue.kpi_id = segments.segment_kpi_id
    where ', ' || catalogue.grains || ',' like '%, ' || periods.period_kind || ',%'
),

windows as (
    select window_id as known_window_id from {{ ref('int_kpi_windows') }}
),

compared as (
    select
        slots.*,
        own.numerator,
        own.denominator,
        cast(coalesce(own.base_count, 0) as bigint) as base_count,
        -- What adds up is nothing, not unknown, in a segment that had none of it. Whatever is
        -- counted adds up over segments, also where it does not from day to day.
        {%- for relation, value, window, start in looks %}
        case
            when
                {{ relation }}.kpi_id is null
                and slots.{{ window }} in (select windows.known_window_id from windows)
                and (slots.target_scope = 'sum' or slots.unit = 'count')
                and slots.segment_kind <> 'all'
                and (
                    slots.segment_kind not in ('stage', 'tier')
                    or {{ kpi_is_long('slots.period_kind') }}
                )
                and (slots.segment_kind <> 'tier' or {{ kpi_has_tiers('slots.' ~ start) }})
                then 0
            else {{ relation }}.value
        end as {{ value }},
        {%- endfor %}
        coalesce(previous.value, last_year.value) is not null as has_past,
        case when slots.segment_kind = 'all' then targets.target end as target
    from slots
    {%- for relation, _, window, _ in looks %}
left join kpi_values as {{ relation }}
    on
        slots.kpi_id = {{ relation }}.kpi_id
        and slots.{{ window }} = {{ relation }}.window_id
        and slots.segment_kind = {{ relation }}.segment_kind
        and slots.segment = {{ relation }}.segment
    {%- endfor %}
    left join targets on slots.kpi_id = targets.kpi_id and slots.window_id = targets.window_id
)

select
    kpi_id || '|' || period_kind || '|' || cast(period_start as text)
    || '|' || segment_kind || '|' || segment as kpi_row_id,
    kpi_id,
    period_kind,
    period_start,
    period_end,
    is_partial,
    segment_kind,
    segment,
    value,
    numerator,
    denominator,
    base_count,
    previous_value,
    last_year_value,
    100 * {{ ratio('value - previous_value', 'abs(previous_value)') }} as change_pct,
    100 * {{ ratio('value - last_year_value', 'abs(last_year_value)') }} as last_year_change_pct,
    target,
    {{ kpi_status('value', 'target', 'direction') }} as status,
    unit
from compared
-- A segment with only a numerator has no value of its own, and still counts in the total's.
where
    segment_kind = 'all'
    or value <> 0
    or numerator <> 0
    or denominator <> 0
    or has_past

with periods as (
    select * from {{ ref('int_kpi_periods') }}
),

decided as (
    select * from {{ ref('int_kpi_values') }}
    where
        segment_kind = 'all'
        and kpi_id in ('{{ identity_kpis([]) | map('first') | join("', '") }}')
),

catalogue as (
    select * from {{ ref('rpt_kpi_catalogue') }}
),

deltas as (
    select * from {{ ref('int_identity_deltas') }}
),

-- A number has no denominator, a share or mean has.
compared as (
    select
        decided.kpi_id,
        decided.window_id,
        decided.value as decided
        {%- for scenario in ['stricter', 'looser'] %},
        case
            when decided.denominator is null
                then decided.numerator + coalesce({{ scenario }}.numerator_delta, 0)
            else {{ ratio(
                'decided.numerator + coalesce(' ~ scenario ~ '.numerator_delta, 0)',
                'decided.denominator + coalesce(' ~ scenario ~ '.denominator_delta, 0)'
            ) }}
        end as {{ scenario }}
        {%- endfor %}
    from decided
    {%- for scenario in ['stricter', 'looser'] %}
    left join deltas as {{ scenario }}
        on
            decided.kpi_id = {{ scenario }}.kpi_id
            and decided.window_id = {{ scenario }}.window_id
            and {{ scenario }}.scenario = '{{ scenario }}'
    {%- endfor %}
)

select
    compared.kpi_id || '|' || periods.period_kind || '|' || cast(periods.period_start as text)
        as identity_sensitivity_id,
    compared.kpi_id,
    periods.period_kind,
    periods.period_start,
    periods.period_end,
    periods.is_partial,
    catalogue.unit,
    compared.decided,
    compared.stricter,
    compared.looser,
    least(compared.decided, compared.stricter, compared.looser) as low,
    greatest(compared.decided, compared.stricter, compared.looser) as high
from compared
inner join periods on compared.window_id = periods.window_id
inner join catalogue on compared.kpi_id = catalogue.kpi_id

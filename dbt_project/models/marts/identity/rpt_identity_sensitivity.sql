{%- set kpis = identity_kpis([]) | map('first') | list -%}
{%- set scenarios = ['stricter', 'looser'] -%}

with periods as (
    select * from {{ ref('int_kpi_periods') }}
    where {{ has_identity_sensitivity('period_kind') }}
),

decided as (
    select * from {{ ref('int_kpi_values') }}
    where
        segment_kind = 'all'
        and kpi_id in (
            {%- for kpi_id in kpis %}
            '{{ kpi_id }}'{{ ',' if not loop.last }}
            {%- endfor %}
        )
),

catalogue as (
    select * from {{ ref('rpt_kpi_catalogue') }}
),

deltas as (
    select
        {%- for scenario in scenarios %}
        {%- for part in ['numerator', 'denominator'] %}
        sum(case when scenario = '{{ scenario }}' then {{ part }}_delta else 0 end)
            as {{ scenario }}_{{ part }}_delta,
        {%- endfor %}
        {%- endfor %}
        kpi_id,
        window_id
    from {{ ref('int_identity_deltas') }}
    group by kpi_id, window_id
),

-- A number has no denominator, a share or mean has.
compared as (
    select
        {%- for scenario in scenarios %}
        case
            when decided.denominator is null
                then decided.numerator + coalesce(deltas.{{ scenario }}_numerator_delta, 0)
            else {{ ratio(
                'decided.numerator + coalesce(deltas.' ~ scenario ~ '_numerator_delta, 0)',
                'decided.denominator + coalesce(deltas.' ~ scenario ~ '_denominator_delta, 0)'
            ) }}
        end as {{ scenario }},
        {%- endfor %}
        decided.kpi_id,
        decided.window_id,
        decided.value as decided
    from decided
    left join deltas
        on decided.kpi_id = deltas.kpi_id and decided.window_id = deltas.window_id
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

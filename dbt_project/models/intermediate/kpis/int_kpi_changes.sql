with periods as (
    select * from {{ ref('int_kpi_periods') }}
    where period_kind <> 'day'
),

kpi_values as (
    select * from {{ ref('int_kpi_values') }}
),

-- Each KPI over everybody, now and before; what is not known on both sides has not changed.
totals as (
    select
        now.kpi_id,
        periods.window_id,
        periods.previous_window_id,
        now.value as value_now,
        before.value as value_before,
        now.numerator as numerator_now,
        before.numerator as numerator_before,
        now.denominator as denominator_now,
        before.denominator as denominator_before
    from periods
    inner join kpi_values as now
        on periods.window_id = now.window_id and now.segment_kind = 'all'
    inner join kpi_values as before
        on
            periods.previous_window_id = before.window_id
            and now.kpi_id = before.kpi_id
            and before.segment_kind = 'all'
    where now.value is not null and before.value is not null
),

both_sides as (
    select
        totals.kpi_id,
        totals.window_id,
        own.segment_kind,
        own.segment,
        own.value as segment_now,
        cast(null as double precision) as segment_before,
        own.numerator as numerator_now,
        own.denominator as denominator_now,
        0 as numerator_before,
        0 as denominator_before
    from totals
    inner join kpi_values as own
        on totals.window_id = own.window_id and totals.kpi_id = own.kpi_id
    where own.segment_kind <> 'all'
    union all
    select
        totals.kpi_id,
        totals.window_id,
        own.segment_kind,
        own.segment,
        null,
        own.value,
        0,
        0,
        own.numerator,
        own.denominator
    from totals
    inner join kpi_values as own
        on totals.previous_window_id = own.window_id and totals.kpi_id = own.kpi_id
    where own.segment_kind <> 'all'
),

segments as (
    select
        kpi_id,
        window_id,
        segment_kind,
        segment,
        max(segment_now) as segment_now,
        max(segment_before) as segment_before,
        coalesce(sum(numerator_now), 0) as n1,
        coalesce(sum(numerator_before), 0) as n0,
        coalesce(sum(denominator_now), 0) as d1,
        coalesce(sum(denominator_before), 0) as d0
    from both_sides
    group by kpi_id, window_id, segment_kind, segment
)

select
    segments.kpi_id,
    segments.window_id,
    segments.segment_kind,
    segments.segment,
    segments.segment_now,
    segments.segment_before,
    segments.n1,
    segments.n0,
    segments.d1,
    segments.d0,
    totals.numerator_now,
    totals.numerator_before,
    totals.denominator_now,
    totals.denominator_before,
    totals.value_now,
    totals.value_before
from segments
inner join totals
    on segments.kpi_id = totals.kpi_id and segments.window_id = totals.window_id

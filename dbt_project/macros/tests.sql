{#- Generic data tests. Their failing rows are shown in the error, so they select what helps. -#}

{#- The column tells rows apart: no value twice, none missing. -#}
{% test is_key(model, column_name) %}
select {{ column_name }}, count(*) as occurrences
from {{ model }}
group by {{ column_name }}
having count(*) > 1 or {{ column_name }} is null
{% endtest %}

{#- No two rows share the values of these columns. -#}
{% test unique_key(model, columns) %}
select {{ columns | join(', ') }}, count(*) as occurrences
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1
{% endtest %}

{#- Both relations have the same number of rows: a join has lost or doubled nothing. -#}
{% test same_rows(model, to) %}
select counts.here, counts.there
from (
    select
        (select count(*) from {{ model }}) as here,
        (select count(*) from {{ to }}) as there
) as counts
where counts.here <> counts.there
{% endtest %}

{#- Every amount could be converted; the failing rows name currency and day. -#}
{% test has_exchange_rates(model, amount, currency, converted, day) %}
select {{ currency }} as currency, {{ day }} as day, count(*) as amounts
from {{ model }}
where {{ amount }} is not null and {{ converted }} is null
group by {{ currency }}, {{ day }}
{% endtest %}

{#- A column adds up to a figure of another relation: nothing is left out or counted twice. -#}
{% test sums_to(model, column, to, to_sum) %}
select sums.here, sums.there
from (
    select
        (select coalesce(sum({{ column }}), 0) from {{ model }}) as here,
        (select coalesce({{ to_sum }}, 0) from {{ to }}) as there
) as sums
where sums.here <> sums.there
{% endtest %}

{#- Segments of each kind add up to all: what they are made of, and what that is divided by. -#}
{% test segments_add_up(model) %}
with kpi_values as (
    select kpi_id, window_id, segment_kind, numerator, denominator
    from {{ model }}
),

totals as (
    select * from kpi_values
    where segment_kind = 'all'
),

summed as (
    select
        kpi_id,
        window_id,
        segment_kind,
        coalesce(sum(numerator), 0) as numerator,
        coalesce(sum(denominator), 0) as denominator
    from kpi_values
    where segment_kind <> 'all'
    group by kpi_id, window_id, segment_kind
)

select summed.*, totals.numerator as all_numerator, totals.denominator as all_denominator
from summed
inner join totals on summed.kpi_id = totals.kpi_id and summed.window_id = totals.window_id
-- Doubles: a millionth is far above their rounding and far below a lost row.
where
    abs(summed.numerator - coalesce(totals.numerator, 0))
    > 1e-6 * greatest(1, abs(coalesce(totals.numerator, 0)))
    or abs(summed.denominator - coalesce(totals.denominator, 0))
    > 1e-6 * greatest(1, abs(coalesce(totals.denominator, 0)))
{% endtest %}

{#- What came and went adds up to the change of net revenue, to the last digit. -#}
{% test bridges_revenue(model, sales, periods) %}
with bridged as (
    select
        period_kind,
        period_start,
        sum(revenue_reporting) as revenue,
        sum(previous_revenue_reporting) as previous_revenue,
        sum(change_reporting) as change
    from {{ model }}
    group by period_kind, period_start
)

select
    bridged.*,
    now.net_revenue,
    before.net_revenue as previous_net_revenue
from bridged
inner join {{ periods }} as periods
    on bridged.period_kind = periods.period_kind and bridged.period_start = periods.period_start
inner join {{ sales }} as now
    on periods.window_id = now.window_id and now.segment_kind = 'all'
inner join {{ sales }} as before
    on periods.previous_window_id = before.window_id and before.segment_kind = 'all'
where
    bridged.revenue <> now.net_revenue
    or bridged.previous_revenue <> before.net_revenue
    or bridged.change <> now.net_revenue - before.net_revenue
{% endtest %}

{#- The contributions of the segments are the change, the effects the contribution. -#}
{% test drivers_add_up(model) %}
select
    kpi_id,
    period_kind,
    period_start,
    max(change) as change,
    sum(mix_effect + rate_effect) as explained
from {{ model }}
group by kpi_id, period_kind, period_start
having
    abs(max(change) - sum(mix_effect + rate_effect))
    > 1e-9 + 1e-6 * greatest(abs(max(value)), abs(max(previous_value)))
{% endtest %}

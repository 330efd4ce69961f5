{#-
The lifecycle's time axis. A boundary is a business date, exclusive: the state at a boundary
knows the facts of the days before it. The as-of is a boundary when it falls on midnight; within
a day it stands for the boundary after that day (the day's facts so far count), while ages are
counted from the day itself.
-#}
{% macro as_of_boundary() -%}
    case
        when {{ business_day_start(as_of_date()) }} = {{ as_of() }} then {{ as_of_date() }}
        else {{ add_days(as_of_date(), 1) }}
    end
{%- endmacro %}

{#- Bounds of time where none is known. -#}
{% macro first_day_ever() -%}
    cast('1900-01-01' as date)
{%- endmacro %}

{% macro last_day_ever() -%}
    cast('9999-12-31' as date)
{%- endmacro %}

{#-
The expected gap is gap_sum / gap_weight, (n * own + k * pop) / (n + k) of docs/numbers.md.
Both parts are exact, so that no rounding decides whether a customer is 2 or 4 gaps overdue.
-#}
{% macro gap_sum(own_gaps, own_gap_days, population_gap_days) -%}
    case
        when {{ own_gaps }} = 0 then cast({{ population_gap_days }} as double precision)
        else
            {{ own_gaps }} * {{ own_gap_days }}
            + {{ var('gap_shrinkage') }} * {{ population_gap_days }}
    end
{%- endmacro %}

{% macro gap_weight(own_gaps) -%}
    case
        when {{ own_gaps }} = 0 then cast(1 as double precision)
        else cast({{ own_gaps }} + {{ var('gap_shrinkage') }} as double precision)
    end
{%- endmacro %}

{#-
The rows of `order_days` that hold for `is_wanted`, with the median of the gaps known on each: of all
up to it. Where the median is no window function, it is found among the lengths that a customer's
gaps have, of which there are few, and these are counted in parts that each end with a wanted day.
A customer's order days with each other would be a million pairs after six years of working days,
and each with all lengths as many after some cancellations.
-#}
{% macro with_median_gaps(order_days) -%}
    {{ return(adapter.dispatch('with_median_gaps', 'rapport')(order_days)) }}
{%- endmacro %}

{% macro duckdb__with_median_gaps(order_days) -%}
    select *
    from (
        select
            {{ order_days }}.*,
            median(cast(gap_days as double precision)) over (
                partition by customer_id, known_to order by order_day_no
                rows between unbounded preceding and current row
            ) as own_gap_days
        from {{ order_days }}
    ) as measured
    where is_wanted
{%- endmacro %}

{% macro default__with_median_gaps(order_days) -%}
    with parted as (
        select
            {{ order_days }}.*,
            count(case when is_wanted then 1 end) over (
                partition by customer_id, known_to order by order_day_no
                rows between unbounded preceding and 1 preceding
            ) as part_no
        from {{ order_days }}
    ),

    parts as (
        select
            customer_id,
            known_to,
            part_no,
            gap_days,
            cast(count(*) as integer) as gaps
        from parted
        where gap_days is not null
        group by customer_id, known_to, part_no, gap_days
    ),

    lengths as (
        select distinct customer_id, known_to, gap_days
        from parts
    ),

    counted_lengths as (
        select
            parts.customer_id,
            parts.known_to,
            parts.part_no,
            lengths.gap_days,
            sum(case when parts.gap_days <= lengths.gap_days then parts.gaps else 0 end)
                over length_so_far as gaps_up_to,
            sum(parts.gaps) over length_so_far as gaps_so_far
        from parts
        inner join lengths
            on parts.customer_id = lengths.customer_id and parts.known_to = lengths.known_to
        window length_so_far as (
            partition by parts.customer_id, parts.known_to, lengths.gap_days
            order by parts.part_no
        )
    ),

    medians as (
        select
            customer_id,
            known_to,
            part_no,
            cast(
                min(case when 2 * gaps_up_to >= gaps_so_far then gap_days end)
                + min(case when 2 * gaps_up_to > gaps_so_far then gap_days end)
                as double precision
            ) / 2 as own_gap_days
        from counted_lengths
        group by customer_id, known_to, part_no
    )

    select parted.*, medians.own_gap_days
    from parted
    left join medians
        on
            parted.customer_id = medians.customer_id
            and parted.known_to = medians.known_to
            and parted.part_no = medians.part_no
    where parted.is_wanted
{%- endmacro %}

{#- Recency in days from which rule 1, respectively rule 2, holds. -#}
{% macro churn_after_days(gap_sum, gap_weight) -%}
    least(
        {{ var('churn_max_days') }},
        greatest(
            {{ var('churn_min_days') }},
            cast(ceil({{ var('churn_overdue') }} * {{ gap_sum }} / {{ gap_weight }}) as integer)
        )
    )
{%- endmacro %}

{#- Nobody is churned sooner, whatever the gap. -#}
{% macro churn_least_days() -%}
    {{ [var('churn_max_days'), var('churn_min_days')] | min }}
{%- endmacro %}

{% macro decline_after_days(gap_sum, gap_weight) -%}
    greatest(
        {{ var('decline_min_days') }},
        cast(ceil({{ var('decline_overdue') }} * {{ gap_sum }} / {{ gap_weight }}) as integer)
    )
{%- endmacro %}

{#- Numbers in sentences, the same text on every engine. -#}
{% macro whole(number) -%}
    cast(cast(floor({{ number }} + 0.5) as bigint) as text)
{%- endmacro %}

{% macro tenths(number) -%}
    {%- set rounded = 'floor(' ~ number ~ ' * 10 + 0.5)' -%}
    cast(cast(floor({{ rounded }} / 10) as bigint) as text) || '.'
    || cast(cast({{ rounded }} - 10 * floor({{ rounded }} / 10) as bigint) as text)
{%- endmacro %}

{% macro counted(number, singular, plural) -%}
    cast({{ number }} as text)
    || case when {{ number }} = 1 then ' {{ singular }}' else ' {{ plural }}' end
{%- endmacro %}

{% macro days_ago(number) -%}
    case
        when {{ number }} = 0 then 'today'
        else {{ counted(number, 'day', 'days') }} || ' ago'
    end
{%- endmacro %}

{#- The sentence with the figures that decided a customer's stage. -#}
{% macro customer_stage_reason() -%}
    case stage
        when 'reactivated' then
            'came back ' || {{ days_ago('reactivated_days') }} || ' after '
            || {{ counted('days_away', 'day', 'days') }} || ' without an order'
        when 'new' then
            'first order ' || {{ days_ago('recency_days') }}
        when 'loyal' then
            {{ counted('order_days', 'order day', 'order days') }} || ' over '
            || {{ counted('ordering_days', 'day', 'days') }}
            || ', last order ' || {{ days_ago('recency_days') }}
        else
            case
                when stage = 'developing'
                    then {{ counted('order_days', 'order day', 'order days') }} || ', '
                else ''
            end
            || 'last order ' || {{ days_ago('recency_days') }} || ', '
            || {{ tenths('overdue') }} || ' times the expected gap of '
            || {{ whole('expected_gap_days') }}
            || case
                when stage = 'churned' and recency_days >= {{ var('churn_max_days') }}
                    then ', past the limit of {{ var("churn_max_days") }} days'
                else ''
            end
    end
{%- endmacro %}

{#- The sentence with the figures that decided a prospect's stage. -#}
{% macro prospect_stage_reason() -%}
    case
        when stage = 'intending' and open_offers > 0 then
            {{ counted('open_offers', 'deal or quote', 'deals or quotes') }} || ' open'
        when stage = 'intending' then
            'cart, checkout or quote request ' || {{ days_ago('intent_days') }}
        when stage = 'considering' and considered_what is not null then
            considered_what || ' ' || {{ days_ago('considered_days') }}
        when stage = 'considering' then
            '{{ var("consideration_min_sessions") }} or more sessions, counted back to '
            || {{ days_ago('considered_days') }}
        when stage = 'untouched' then
            'known since ' || cast(known_on as text) || ', never touched'
        else
            'last touch ' || {{ days_ago('touched_days') }}
    end
{%- endmacro %}

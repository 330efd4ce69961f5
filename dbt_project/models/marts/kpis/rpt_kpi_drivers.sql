with changes as (
    select
        changes.*,
        denominator_now is not null as is_quotient,
        value_now - value_before as change,
        (value_now + value_before) / 2 as mean_value,
        {{ ratio('d1', 'denominator_now') }} as w1,
        {{ ratio('d0', 'denominator_before') }} as w0
    from {{ ref('int_kpi_changes') }} as changes
),

-- The effects of a segment add up to its contribution, the contributions to the change.
split as (
    select
        changes.*,
        case
            when is_quotient
                then {{ ratio('n1', 'denominator_now') }} - {{ ratio('n0', 'denominator_before') }}
                    - (w1 - w0) * mean_value
            else n1 - n0
        end as contribution,
        case
            when not is_quotient then 0
            when d1 > 0 and d0 > 0
                then (w1 - w0)
                    * (({{ ratio('n1', 'd1') }} + {{ ratio('n0', 'd0') }}) / 2 - mean_value)
        end as mix_of_both,
        case
            when is_quotient then (w1 + w0) / 2
            else coalesce({{ ratio('n1 + n0', 'numerator_now + numerator_before') }}, 0)
        end as weight
    from changes
),

-- How far the segments are from having moved all alike, in millionths of the KPI: the kind of
-- segments in which they did so least explains most.
kinds as (
    select
        kpi_id,
        window_id,
        segment_kind,
        cast(
            round(
                1e6 * {{ ratio(
                    'sum(abs(contribution - weight * change))',
                    'max(greatest(abs(value_now), abs(value_before)))',
                ) }}
            ) as bigint
        ) as spread,
        -- Contributions of a KPI that is nought before and now cancel out but for rounding.
        abs(sum(contribution) - max(change)) <= 1e-6 * greatest(
            max(greatest(abs(value_now), abs(value_before))), sum(abs(contribution))
        ) as adds_up
    from split
    group by kpi_id, window_id, segment_kind
),

ranked as (
    select
        kinds.*,
        row_number() over (
            partition by kpi_id, window_id
            order by
                spread desc nulls last,
                case segment_kind
                    {%- for kind in kpi_segment_kinds() %}
                    when '{{ kind }}' then {{ loop.index }}
                    {%- endfor %}
                end
        ) as kind_rank
    from kinds
    where adds_up
),

chosen as (
    select
        split.*,
        coalesce(split.mix_of_both, split.contribution) as mix_effect,
        row_number() over (
            partition by split.kpi_id, split.window_id
            order by
                round(
                    1e9 * {{ ratio(
                        'abs(split.contribution)',
                        'greatest(abs(split.value_now), abs(split.value_before))',
                    ) }}
                ) desc nulls last,
                {{ by_bytes('split.segment') }} asc
        ) as driver_rank
    from split
    inner join ranked
        on
            split.kpi_id = ranked.kpi_id
            and split.window_id = ranked.window_id
            and split.segment_kind = ranked.segment_kind
            and ranked.kind_rank = 1
)

select
    chosen.kpi_id || '|' || periods.period_kind || '|' || cast(periods.period_start as text)
    || '|' || chosen.segment as kpi_driver_id,
    chosen.kpi_id,
    periods.period_kind,
    periods.period_start,
    periods.period_end,
    periods.is_partial,
    chosen.segment_kind,
    chosen.segment,
    cast(chosen.driver_rank as integer) as driver_rank,
    chosen.value_before as previous_value,
    chosen.value_now as value,
    chosen.change,
    -- Of a quotient as in rpt_kpis, which knows where it has no sense: n / d of returns alone would
    -- look like a good rate, that of a channel without spend like a cost of nothing.
    case when is_quotient then chosen.segment_before else chosen.n0 end as previous_segment_value,
    case when is_quotient then chosen.segment_now else chosen.n1 end as segment_value,
    chosen.w0 as previous_segment_share,
    chosen.w1 as segment_share,
    cast(chosen.mix_effect as double precision) as mix_effect,
    cast(chosen.contribution - chosen.mix_effect as double precision) as rate_effect,
    cast(chosen.contribution as double precision) as contribution,
    {{ ratio('chosen.contribution', 'chosen.change') }} as share_of_change
from chosen
inner join {{ ref('int_kpi_periods') }} as periods on chosen.window_id = periods.window_id

{%- set row = ['subject', 'kpi_id', 'old_stage', 'new_stage', 'period_kind', 'period_start',
    'period_end', 'old_value', 'new_value', 'customers'] -%}

with published as (
    select * from {{ ref('stg_rapport__published_publication') }}
),

publication as (
    select * from {{ ref('stg_rapport__publication') }}
),

causes as (
    select * from {{ ref('int_restatement_causes') }}
),

kpis as (
    select
        'kpi' as subject,
        kpis.kpi_id,
        cast(null as text) as old_stage,
        cast(null as text) as new_stage,
        kpis.period_kind,
        kpis.period_start,
        kpis.period_end,
        before.value as old_value,
        kpis.value as new_value,
        cast(null as bigint) as customers,
        case
            when
                {{ kpi_waits_until('kpis.kpi_id', 'kpis.period_end') }}
                > {{ business_date('published.as_of') }}
                then 'open_window'
        end as own_cause,
        coalesce({{ kpi_waits_until('kpis.kpi_id', 'kpis.period_end') }}, kpis.period_end)
            as facts_end,
        {{ facts_of_kpi('kpis.kpi_id') }} as facts
    from {{ ref('rpt_kpis') }} as kpis
    inner join {{ ref('stg_rapport__published_kpis') }} as before
        on
            kpis.kpi_id = before.kpi_id
            and kpis.period_kind = before.period_kind
            and kpis.period_start = before.period_start
            and kpis.period_end = before.period_end
    cross join published
    -- The last digits of a double hang on the order in which it is added up.
    where
        kpis.segment_kind = 'all'
        and (
            (kpis.value is null) <> (before.value is null)
            or abs(kpis.value - before.value)
            > 1e-9 * greatest(abs(kpis.value), abs(before.value))
        )
),

stages as (
    select
        'stage' as subject,
        cast(null as text) as kpi_id,
        old_stage,
        new_stage,
        'month' as period_kind,
        {{ add_months('month_end', -1) }} as period_start,
        month_end as period_end,
        cast(null as double precision) as old_value,
        cast(null as double precision) as new_value,
        count(*) as customers,
        case when is_moved then 'identity' end as own_cause,
        month_end as facts_end,
        ',orders,orders_ended,touchpoints,deals,deals_closed,records,' as facts
    from {{ ref('int_stages_restated') }}
    group by old_stage, new_stage, month_end, is_moved
),

restated as (
    select
        restated.*,
        {{ hash_key([
            'subject', 'kpi_id', 'old_stage', 'new_stage', 'period_kind', 'period_start',
            'own_cause'
        ]) }} as row_key
    from (
        select * from kpis
        union all
        select * from stages
    ) as restated
),

-- What a row shows by itself comes first, or last where it only waits.
explained as (
    select restated.row_key, causes.cause, causes.cause_rank, causes.words, causes.words_zh
    from restated
    inner join causes
        on
            (
                restated.facts_end > causes.first_day
                or (
                    causes.fact = 'records'
                    and {{ is_among("coalesce(restated.kpi_id, '')", kpis_of_records()) }}
                )
            )
            and (
                causes.fact is null
                or restated.facts is null
                or restated.facts like '%,' || causes.fact || ',%'
            )
            and case causes.cause
                when 'rate' then restated.subject = 'kpi'
                when 'identity'
                    then not {{ is_among("coalesce(restated.kpi_id, '')", kpis_of_sales()) }}
                else true
            end
    union all
    select row_key, own_cause, case when own_cause = 'identity' then 0 else 6 end, null, null
    from restated
    where own_cause is not null
),

worded as (
    select
        row_key,
        cause,
        min(cause_rank) as cause_rank,
        string_agg(words, ', ' order by {{ by_bytes('words') }}) as words,
        string_agg(words_zh, '、' order by {{ by_bytes('words') }}) as words_zh
    from explained
    group by row_key, cause
),

ranked as (
    select
        worded.*,
        row_number() over (partition by row_key order by cause_rank, {{ by_bytes('cause') }})
            as place
    from worded
),

listed as (
    select
        row_key,
        max(case when place = 1 then cause end) as cause,
        max(case when place = 1 then words end) as words,
        max(case when place = 1 then words_zh end) as words_zh,
        string_agg(cause, ', ' order by place) as causes
    from ranked
    group by row_key
),

-- Stages of several groups of customers with the same cause are one row.
summed as (
    select
        {%- for column in row[:-1] %}
        restated.{{ column }},
        {%- endfor %}
        coalesce(listed.cause, 'unknown') as cause,
        coalesce(max({{ by_bytes('listed.causes') }}), 'unknown') as causes,
        max({{ by_bytes('listed.words') }}) as words,
        max({{ by_bytes('listed.words_zh') }}) as words_zh,
        cast(sum(restated.customers) as bigint) as customers
    from restated
    left join listed on restated.row_key = listed.row_key
    group by
        {%- for column in row[:-1] %}
        restated.{{ column }},
        {%- endfor %}
        listed.cause
),

new as (
    select
        cast(published.publication_id as text) || '|' || summed.subject || '|'
        || coalesce(
            summed.kpi_id,
            coalesce(summed.old_stage, 'none') || ' to ' || coalesce(summed.new_stage, 'none')
        ) || '|' || summed.period_kind || '|' || cast(summed.period_start as text)
        || '|' || summed.cause as restatement_id,
        published.publication_id as previous_publication_id,
        published.as_of as previous_as_of,
        publication.as_of as restated_as_of,
        summed.*,
        {{ restatement_reason('summed') }} as reason,
        {{ restatement_reason('summed', 'zh') }} as reason_zh
    from summed
    cross join published
    cross join publication
)

{%- set columns = ['restatement_id', 'previous_publication_id', 'previous_as_of',
    'restated_as_of'] + row + ['cause', 'causes', 'reason', 'reason_zh'] %}

select {{ columns | join(', ') }} from new
union all
-- What earlier publications restated stays listed, so that a monthly reader misses nothing.
select {{ columns | join(', ') }} from {{ ref('stg_rapport__published_restatements') }}
where restated_as_of > {{ add_time(as_of(), -var('restatements_keep_days'), 'day') }}

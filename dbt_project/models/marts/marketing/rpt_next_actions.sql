with

inputs as (
    select * from {{ ref('int_strategy_inputs') }}
),

-- A company's own table need not say which types its columns have.
strategies as (
    select
        stage,
        value_tier,
        risk,
        action,
        channel,
        cast(priority as integer) as priority,
        offer_kind,
        cast(needs_consent as boolean) as needs_consent,
        wording,
        wording_zh
    from {{ ref(var('strategy_table')) }}
),

-- The row that says most of a stage, tier and risk; equal ones there are none, the key being all
-- three. Looked up once for each combination, of which there are few.
ranked as (
    select
        kinds.strategy_stage,
        kinds.value_tier,
        kinds.risk,
        strategies.action,
        strategies.channel,
        strategies.priority,
        strategies.offer_kind,
        strategies.needs_consent,
        strategies.wording,
        strategies.wording_zh,
        row_number() over (
            partition by kinds.strategy_stage, kinds.value_tier, kinds.risk
            order by
                case when strategies.value_tier = 'any' then 1 else 0 end,
                case when strategies.risk = 'any' then 1 else 0 end
        ) as fit
    from (
        select distinct
            strategy_stage,
            coalesce(value_tier, 'any') as value_tier,
            coalesce(risk, 'any') as risk
        from inputs
    ) as kinds
    inner join strategies
        on
            kinds.strategy_stage = strategies.stage
            and strategies.value_tier in ('any', kinds.value_tier)
            and strategies.risk in ('any', kinds.risk)
),

chosen as (
    select
        inputs.*,
        ranked.action,
        ranked.channel,
        ranked.priority,
        ranked.offer_kind,
        ranked.needs_consent,
        ranked.wording,
        ranked.wording_zh
    from inputs
    left join ranked
        on
            inputs.strategy_stage = ranked.strategy_stage
            and coalesce(inputs.value_tier, 'any') = ranked.value_tier
            and coalesce(inputs.risk, 'any') = ranked.risk
            and ranked.fit = 1
),

years as (
    select cast(extract(year from {{ as_of_date() }}) as integer) + ahead as year
    from (
        select 0 as ahead
        union all
        select 1 as ahead
    ) as two
),

holidays as (
    select
        country_code,
        holiday,
        holiday_zh,
        coalesce(
            holiday_date, cast(cast(years.year as text) || '-' || month_day as date)
        ) as holiday_on
    from {{ ref('holidays') }}
    left join years on month_day is not null
),

-- Of the holidays ahead the next one of each country; its own comes before that of everybody.
next_holidays as (
    select
        countries.country_code,
        holidays.holiday,
        holidays.holiday_zh,
        holidays.holiday_on,
        row_number() over (
            partition by countries.country_code
            order by
                holidays.holiday_on,
                case when holidays.country_code = '*' then 1 else 0 end,
                {{ by_bytes('holidays.holiday') }}
        ) as holiday_rank
    from (select distinct coalesce(country_code, '*') as country_code from inputs) as countries
    inner join holidays on holidays.country_code in ('*', countries.country_code)
    where
        holidays.holiday_on >= {{ as_of_date() }}
        and holidays.holiday_on < {{ add_days(as_of_date(), var('strategy_holiday_days')) }}
),

permissions as (
    select
        {%- for channel in contact_columns() %}
        bool_or(channel = '{{ channel }}' and permission = 'granted') as may_{{ channel }},
        {%- endfor %}
        customer_id
    from {{ ref('int_contact_permissions') }}
    group by customer_id
),

described as (
    select
        chosen.*,
        {{ strategy_sentence('wording', 'en') }} as reason,
        {{ strategy_sentence('wording_zh', 'zh') }} as reason_zh,
        case
            when
                chosen.next_birthday_on
                < {{ add_days(as_of_date(), var('strategy_birthday_days')) }}
                then chosen.next_birthday_on
        end as birthday_on,
        {{ add_time('lead_at', var('lead_response_hours'), 'hour') }} as first_reply_due_at,
        {%- for channel in contact_columns() %}
        coalesce(permissions.may_{{ channel }}, false) as may_{{ channel }},
        {%- endfor %}
        next_holidays.holiday,
        next_holidays.holiday_zh,
        next_holidays.holiday_on
    from chosen
    left join permissions on chosen.customer_id = permissions.customer_id
    left join next_holidays
        on
            coalesce(chosen.country_code, '*') = next_holidays.country_code
            and next_holidays.holiday_rank = 1
)

select
    customer_id,
    customer_kind,
    is_customer,
    stage,
    value_tier,
    churn_probability_90_days,
    action,
    channel,
    priority,
    offer_kind,
    reason,
    reason_zh,
    first_reply_due_at,
    coalesce(first_reply_due_at <= {{ as_of() }}, false) as is_first_reply_late,
    birthday_on,
    cast(points_expiring as bigint) as points_expiring,
    points_expire_on,
    holiday,
    holiday_zh,
    holiday_on,
    {{ money('case
        when not is_customer then open_amount_reporting
        when margin_365_days is not null then greatest(margin_365_days, 0)
    end') }} as at_stake_reporting,
    may_email,
    may_phone,
    may_sms,
    case
        when not needs_consent then true
        {%- for channel in contact_columns() %}
        when channel = '{{ channel }}' then may_{{ channel }}
        {%- endfor %}
        else false
    end as is_allowed,
    owner_name,
    record_url
from described

{#- Next actions and audiences; docs/strategies.md. -#}

{#- The channels by which people are addressed, and the column of dim_people that holds the address. -#}
{% macro contact_columns() %}
    {{ return({'email': 'email', 'phone': 'phone', 'sms': 'phone'}) }}
{% endmacro %}

{#- SHA-256 of a text in hexadecimal digits, as advertising platforms match addresses. -#}
{% macro sha256_hex(text) -%}
    {{ return(adapter.dispatch('sha256_hex', 'rapport')(text)) }}
{%- endmacro %}

{% macro default__sha256_hex(text) -%}
    sha256({{ text }})
{%- endmacro %}

{% macro postgres__sha256_hex(text) -%}
    encode(sha256(convert_to({{ text }}, 'UTF8')), 'hex')
{%- endmacro %}

{#-
What stands in braces in the wording of a strategy, and the figure with its noun that takes its
place, in English ('en') and Chinese ('zh'): those of everybody, of customers and of prospects.
-#}
{% macro strategy_figures(language) %}
    {%- set currency = " || ' " ~ var('reporting_currency') ~ "'" -%}
    {%- set limit = var('lead_response_hours') -%}
    {%- set worth = whole('open_amount_reporting') ~ currency -%}
    {%- set nouns = {
        'en': {
            'last_order': days_ago('recency_days'),
            'orders': counted('orders', 'order', 'orders'),
            'hours_waiting': counted('cast(floor(hours_waiting) as bigint)', 'hour', 'hours'),
            'answer_hours': "'" ~ limit ~ (" hour'" if limit == 1 else " hours'"),
            'open_deals': "case when open_deals = 0 then 'no deal or quote open' else "
                ~ counted('open_deals', 'deal or quote', 'deals or quotes')
                ~ " || ' open, worth ' || " ~ worth ~ " end",
        },
        'zh': {
            'last_order': "case when recency_days = 0 then '今天'"
                ~ " else cast(recency_days as text) || '天前' end",
            'orders': "cast(orders as text) || '单'",
            'hours_waiting': "cast(cast(floor(hours_waiting) as bigint) as text) || '小时'",
            'answer_hours': "'" ~ limit ~ "小时'",
            'open_deals': "case when open_deals = 0 then '无进行中的商机或报价' else"
                ~ " '进行中的商机或报价' || cast(open_deals as text) || '个，金额' || "
                ~ worth ~ " end",
        },
    }[language] -%}
    {{ return({
        'everybody': {
            'stage_since': 'cast(stage_since as text)',
            'open_deals': nouns.open_deals,
        },
        'customers': {
            'last_order': nouns.last_order,
            'orders': nouns.orders,
            'revenue': whole('greatest(net_revenue_reporting, 0)') ~ currency,
            'times_gap': tenths('overdue'),
            'expected_gap': whole('expected_gap_days'),
            'risk_pct': whole('100 * churn_probability_90_days'),
        },
        'prospects': {
            'hours_waiting': nouns.hours_waiting,
            'answer_hours': nouns.answer_hours,
        },
    }) }}
{% endmacro %}

{#- The wording of a strategy with its figures; one that is not known is an en dash. -#}
{% macro strategy_sentence(wording, language) -%}
    {%- set figures = strategy_figures(language) -%}
    case
        when is_customer then {{ filled(wording, [figures.everybody, figures.customers]) }}
        else {{ filled(wording, [figures.everybody, figures.prospects]) }}
    end
{%- endmacro %}

{% macro filled(wording, figures) -%}
    {%- set ns = namespace(text=wording) -%}
    {%- for group in figures -%}
    {%- for name, figure in group.items() -%}
    {%- set ns.text = "replace(" ~ ns.text ~ ", '{" ~ name ~ "}', coalesce(" ~ figure ~ ", '–'))" -%}
    {%- endfor -%}
    {%- endfor -%}
    {{ ns.text }}
{%- endmacro %}

{#- A sentence in which no brace is left: a figure that nobody knows would reach a reader. -#}
{% test has_no_brace(model, column_name) %}
select {{ column_name }}, count(*) as occurrences
from {{ model }}
where strpos({{ column_name }}, '{') > 0 or strpos({{ column_name }}, '}') > 0
group by {{ column_name }}
{% endtest %}

{#- The next day on which a day comes round, from the as-of on; of 29 February the 28th too. -#}
{% macro next_anniversary(day) -%}
    {%- set years = 'cast(extract(year from ' ~ as_of_date() ~ ') as integer)'
        ~ ' - cast(extract(year from ' ~ day ~ ') as integer)' -%}
    case
        when {{ add_months(day, '12 * (' ~ years ~ ')') }} >= {{ as_of_date() }}
            then {{ add_months(day, '12 * (' ~ years ~ ')') }}
        else {{ add_months(day, '12 * (' ~ years ~ ' + 1)') }}
    end
{%- endmacro %}

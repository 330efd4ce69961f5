{#-
What restates a closed period. The facts that marts rest on, each with where it stands, the business
day that it belongs to, what it is (in its own currency), whose, and what it is worth in reporting
currency.
-#}
{% macro dated_facts() %}
    {{ return([
        {'fact': 'order_lines', 'from': ref('fct_order_lines'), 'day': 'revenue_date',
         'what': ['order_line_id', 'line_kind', 'order_id', 'product_id', 'category_name',
            'quantity', 'currency', 'net_amount', 'country_code', 'channel'],
         'whose': ['order_line_id', 'customer_id'],
         'worth': ['order_line_id', 'list_amount_reporting', 'discount_amount_reporting',
            'net_amount_reporting', 'cost_amount_reporting']},
        {'fact': 'orders', 'from': ref('fct_orders'), 'day': 'order_date',
         'what': ['order_id', 'channel', 'country_code', 'currency', 'net_amount'],
         'whose': ['order_id', 'customer_id']},
        {'fact': 'orders_ended', 'from': ref('int_orders_placed'), 'day': 'order_date',
         'where': 'cancelled_at is not null or quote_completed_at is not null',
         'what': ['order_id', 'is_quote', 'cancelled_at', 'quote_completed_at'],
         'whose': ['order_id', 'customer_id']},
        {'fact': 'deliveries', 'from': ref('fct_orders'), 'day': business_date('promised_at'),
         'where': 'is_late is not null', 'what': ['order_id', 'is_late']},
        {'fact': 'touchpoints', 'from': ref('fct_touchpoints'), 'day': 'touch_date',
         'what': ['touchpoint_id', 'touchpoint_kind', 'channel', 'is_intent', 'is_form',
            'is_product_view', 'is_answered_outreach'],
         'whose': ['touchpoint_id', 'customer_id']},
        {'fact': 'sessions', 'from': ref('fct_sessions'), 'day': 'session_date',
         'what': ['session_id', 'channel', 'is_bot', 'events'],
         'whose': ['session_id', 'customer_id']},
        {'fact': 'leads', 'from': ref('fct_leads'), 'day': 'lead_date',
         'what': ['lead_id', 'lead_kind'], 'whose': ['lead_id', 'customer_id']},
        {'fact': 'deals', 'from': ref('fct_deals'), 'day': 'created_date',
         'what': ['deal_id', 'currency', 'amount'], 'whose': ['deal_id', 'customer_id'],
         'worth': ['deal_id', 'amount_reporting']},
        {'fact': 'deals_closed', 'from': ref('fct_deals'), 'day': business_date('closed_at'),
         'where': 'closed_at is not null', 'what': ['deal_id', 'is_won']},
        {'fact': 'tickets', 'from': ref('fct_tickets'), 'day': 'opened_date',
         'what': ['ticket_id', 'category'], 'whose': ['ticket_id', 'customer_id']},
        {'fact': 'survey_answers', 'from': ref('fct_survey_answers'), 'day': 'answer_date',
         'what': ['answer_id', 'survey_kind', 'score'], 'whose': ['answer_id', 'customer_id']},
        {'fact': 'spend', 'from': ref('fct_marketing_spend'), 'day': 'spend_date',
         'what': ['spend_id', 'channel', 'campaign', 'currency', 'amount'],
         'worth': ['spend_id', 'amount_reporting']},
        {'fact': 'invoices', 'from': ref('fct_invoices'), 'day': 'invoice_date',
         'what': ['invoice_id', 'due_date', 'currency', 'amount'],
         'whose': ['invoice_id', 'customer_id'], 'worth': ['invoice_id', 'amount_reporting']},
        {'fact': 'payments', 'from': ref('int_invoice_payments'), 'day': 'paid_date',
         'what': ['invoice_id', 'source_payment_id', 'currency', 'amount'],
         'worth': ['invoice_id', 'source_payment_id', 'paid_reporting']},
        {'fact': 'referrals', 'from': ref('fct_referrals'), 'day': 'referred_date',
         'what': ['referral_id'], 'whose': ['referral_id', 'referrer_customer_id', 'referred_customer_id']},
        {'fact': 'campaign_members', 'from': ref('fct_campaign_members'), 'day': 'joined_date',
         'what': ['campaign_member_id', 'is_control', 'incentive_amount'],
         'whose': ['campaign_member_id', 'customer_id']},
        {'fact': 'exchange_rates', 'from': ref('int_exchange_rates_dated'), 'day': 'rate_date',
         'what': ['currency', 'rate']},
        {'fact': 'records', 'from': ref('int_parties_identified'),
         'day': 'coalesce(' ~ business_date('created_at') ~ ', ' ~ first_day_ever() ~ ')',
         'where': 'true',
         'what': ['record_key', 'full_name', 'email', 'phone', 'city', 'country_code',
            'birth_date'],
         'whose': ['record_key', 'customer_id']},
    ]) }}
{% endmacro %}

{#- The same facts in words. -#}
{% macro fact_words() %}
    {{ return([
        ('order_lines', 'order lines', '订单明细'),
        ('orders', 'orders', '订单'),
        ('orders_ended', 'cancelled orders and closed quotes', '取消的订单和已结束报价'),
        ('deliveries', 'deliveries', '交付'),
        ('touchpoints', 'touchpoints', '触点'),
        ('sessions', 'web sessions', '网站会话'),
        ('leads', 'leads', '线索'),
        ('deals', 'deals', '商机'),
        ('deals_closed', 'deals closed', '已结束商机'),
        ('tickets', 'tickets', '工单'),
        ('survey_answers', 'survey answers', '调查答复'),
        ('spend', 'marketing spend', '营销支出'),
        ('invoices', 'invoices', '发票'),
        ('payments', 'payments', '付款'),
        ('referrals', 'referrals', '推荐'),
        ('campaign_members', 'campaign members', '活动成员'),
        ('exchange_rates', 'exchange rates', '汇率'),
        ('records', 'customer records', '客户记录'),
    ]) }}
{% endmacro %}

{#-
Text that changes with any of the rows of a group, in whatever order they come. An engine compares
it with its own only.
-#}
{% macro content_of(columns) -%}
    cast(sum({{ row_hash(columns) }}) as text)
{%- endmacro %}

{#-
Which facts can move which figures, so that no cause is named that cannot be one: KPIs of sales
count no customers and do not move with them, and a KPI that is not named here may rest on anything.
Those of stages count an order until the day on which it was cancelled, whenever either was told.
-#}
{% macro kpis_of_sales() %}
    {{ return([
        'average_order_value', 'discount_rate', 'gross_margin', 'gross_margin_rate', 'net_revenue',
        'orders', 'return_rate', 'weekend_share',
    ]) }}
{% endmacro %}

{#-
KPIs that ask today's records of customers of any time: a record moves them from before the day on
which it was made.
-#}
{% macro kpis_of_records() %}
    {{ return(['completeness', 'match_rate', 'match_rate_raw']) }}
{% endmacro %}

{% macro facts_of_kpis() %}
    {{ return([
        (['order_lines', 'orders'], kpis_of_sales() + [
            'active_customers', 'cross_sell_rate', 'customers', 'customers_for_80',
            'historic_lifetime_value', 'new_customers', 'purchase_frequency',
            'repeat_purchase_rate', 'repurchase_rate', 'retention_rate', 'revenue_gini',
            'revenue_per_customer', 'revenue_retention_gross', 'revenue_retention_net',
            'top_customer_share', 'upsell_rate',
        ]),
        (['orders', 'orders_ended'], ['churn_entry_rate', 'false_churn', 'reactivation_rate']),
        (['order_lines', 'orders'], [
            'cohort_value_3_months', 'cohort_value_6_months', 'cohort_value_12_months',
        ]),
        (['order_lines', 'orders', 'spend'], ['payback_months']),
        (['orders', 'spend'], ['acquisition_cost']),
        (['orders', 'spend', 'campaign_members'], ['retention_cost']),
        (['order_lines', 'orders', 'deliveries', 'tickets'], ['cost_to_serve']),
        (['order_lines', 'orders', 'deliveries', 'tickets', 'spend'], ['contribution']),
        (['deliveries'], ['on_time_delivery_rate']),
        (['invoices', 'payments'], ['overdue_receivables']),
        (['survey_answers'], ['csat', 'nps']),
        (['deals', 'deals_closed'], ['days_to_close', 'open_pipeline', 'win_rate']),
        (['leads', 'touchpoints', 'orders'], [
            'lead_response_rate', 'lead_response_hours',
            'lead_conversion_answered', 'lead_conversion_late',
        ]),
        (['records', 'orders'], kpis_of_records()),
        (['referrals', 'orders'], ['referral_rate']),
        (['sessions'], ['stitch_rate']),
    ]) }}
{% endmacro %}

{#- Whether a text is one of these. -#}
{% macro is_among(text, values) -%}
    {{ text }} in ('{{ values | join("', '") }}')
{%- endmacro %}

{#- Of a KPI: the facts it rests on, each between commas; null where it may be any. -#}
{% macro facts_of_kpi(kpi_id) -%}
    case
        {%- for facts, kpis in facts_of_kpis() %}
        when {{ is_among(kpi_id, kpis) }} then ',{{ facts | join(",") }},'
        {%- endfor %}
    end
{%- endmacro %}

{#-
Of a KPI that counts what follows its period: the day after the last one it counts, null for any
other. What has no end counts all until the as-of.
-#}
{% macro kpi_waits_until(kpi_id, period_end) -%}
    {%- set response_days = (var('lead_response_hours') / 24) | round(0, 'ceil') | int -%}
    {%- set conversion_days = [response_days, var('lead_conversion_days')] | max -%}
    case
        when {{ kpi_id }} = 'lead_response_rate' then {{ add_days(period_end, response_days) }}
        when {{ is_among(kpi_id, ['lead_conversion_answered', 'lead_conversion_late']) }}
            then {{ add_days(period_end, conversion_days) }}
        {%- for months in [3, 6, 12] %}
        when {{ kpi_id }} = 'cohort_value_{{ months }}_months'
            then {{ add_months(period_end, months) }}
        {%- endfor %}
        when {{ is_among(kpi_id, [
            'lead_response_hours', 'lifetime_value', 'lifetime_value_by_acquisition_cost',
            'payback_months', 'predicted_value_12_months',
        ]) }} then {{ last_day_ever() }}
    end
{%- endmacro %}

{#- The cause of a restatement in a sentence; `row` has cause, words and words_zh. -#}
{% macro restatement_reason(row, language='en') -%}
    {%- if language == 'en' -%}
    case {{ row }}.cause
        when 'late_fact' then 'came or were corrected since: ' || {{ row }}.words
        when 'identity' then 'records belong to other customers since'
            || coalesce(': ' || {{ row }}.words, '')
        when 'rate' then 'exchange rates changed since'
        when 'rule' then 'rules or thresholds changed since'
        when 'open_window' then 'counts what follows the period, which was not over yet'
        else 'no cause was found'
    end
    {%- else -%}
    case {{ row }}.cause
        when 'late_fact' then '此后新到或更正：' || {{ row }}.words_zh
        when 'identity' then '此后记录归属客户有变' || coalesce('：' || {{ row }}.words_zh, '')
        when 'rate' then '此后汇率有变'
        when 'rule' then '此后规则或阈值有变'
        when 'open_window' then '该指标计入期后事件，发布时尚未完结'
        else '未找到原因'
    end
    {%- endif -%}
{%- endmacro %}

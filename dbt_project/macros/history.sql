{#-
What restates a closed period. The facts that marts rest on, each with its words, where it stands,
the business day that it belongs to, what it is (in its own currency), whose, and what it is worth
in reporting currency.
-#}
{% macro dated_facts() %}
    {{ return([
        {'fact': 'order_lines', 'words': 'order lines', 'words_zh': '订单明细',
         'from': ref('fct_order_lines'), 'day': 'revenue_date',
         'what': ['order_line_id', 'line_kind', 'order_id', 'product_id', 'category_name',
            'quantity', 'currency', 'net_amount', 'country_code', 'channel'],
         'whose': ['order_line_id', 'customer_id'],
         'worth': ['order_line_id', 'list_amount_reporting', 'discount_amount_reporting',
            'net_amount_reporting', 'cost_amount_reporting']},
        {'fact': 'orders', 'words': 'orders', 'words_zh': '订单',
         'from': ref('fct_orders'), 'day': 'order_date',
         'what': ['order_id', 'channel', 'country_code', 'currency', 'net_amount'],
         'whose': ['order_id', 'customer_id']},
        {'fact': 'deliveries', 'words': 'deliveries', 'words_zh': '交付',
         'from': ref('fct_orders'), 'day': business_date('promised_at'),
         'where': 'is_late is not null', 'what': ['order_id', 'is_late']},
        {'fact': 'touchpoints', 'words': 'touchpoints', 'words_zh': '触点',
         'from': ref('fct_touchpoints'), 'day': 'touch_date',
         'what': ['touchpoint_id', 'touchpoint_kind', 'channel', 'is_intent', 'is_form',
            'is_product_view', 'is_answered_outreach'],
         'whose': ['touchpoint_id', 'customer_id']},
        {'fact': 'sessions', 'words': 'web sessions', 'words_zh': '网站会话',
         'from': ref('fct_sessions'), 'day': 'session_date',
         'what': ['session_id', 'channel', 'is_bot', 'events'],
         'whose': ['session_id', 'customer_id']},
        {'fact': 'leads', 'words': 'leads', 'words_zh': '线索',
         'from': ref('fct_leads'), 'day': 'lead_date', 'what': ['lead_id', 'lead_kind'],
         'whose': ['lead_id', 'customer_id']},
        {'fact': 'deals', 'words': 'deals', 'words_zh': '商机',
         'from': ref('fct_deals'), 'day': 'created_date',
         'what': ['deal_id', 'currency', 'amount'], 'whose': ['deal_id', 'customer_id'],
         'worth': ['deal_id', 'amount_reporting']},
        {'fact': 'deals_closed', 'words': 'deals closed', 'words_zh': '已结束商机',
         'from': ref('fct_deals'), 'day': business_date('closed_at'),
         'where': 'closed_at is not null', 'what': ['deal_id', 'is_won']},
        {'fact': 'tickets', 'words': 'tickets', 'words_zh': '工单',
         'from': ref('fct_tickets'), 'day': 'opened_date', 'what': ['ticket_id', 'category'],
         'whose': ['ticket_id', 'customer_id']},
        {'fact': 'survey_answers', 'words': 'survey answers', 'words_zh': '调查答复',
         'from': ref('fct_survey_answers'), 'day': 'answer_date',
         'what': ['answer_id', 'survey_kind', 'score'], 'whose': ['answer_id', 'customer_id']},
        {'fact': 'spend', 'words': 'marketing spend', 'words_zh': '营销支出',
         'from': ref('fct_marketing_spend'), 'day': 'spend_date',
         'what': ['spend_id', 'channel', 'campaign', 'currency', 'amount'],
         'worth': ['spend_id', 'amount_reporting']},
        {'fact': 'referrals', 'words': 'referrals', 'words_zh': '推荐',
         'from': ref('fct_referrals'), 'day': 'referred_date', 'what': ['referral_id'],
         'whose': ['referral_id', 'referrer_customer_id', 'referred_customer_id']},
        {'fact': 'campaign_members', 'words': 'campaign members', 'words_zh': '活动成员',
         'from': ref('fct_campaign_members'), 'day': 'joined_date',
         'what': ['campaign_member_id', 'is_control', 'incentive_amount'],
         'whose': ['campaign_member_id', 'customer_id']},
        {'fact': 'exchange_rates', 'words': 'exchange rates', 'words_zh': '汇率',
         'from': ref('int_exchange_rates_dated'), 'day': 'rate_date',
         'what': ['currency', 'rate']},
        {'fact': 'records', 'words': 'customer records', 'words_zh': '客户记录',
         'from': ref('int_parties_identified'),
         'day': 'coalesce(' ~ business_date('created_at') ~ ', ' ~ first_day_ever() ~ ')',
         'what': ['record_key', 'full_name', 'email', 'phone', 'city', 'country_code',
            'birth_date'],
         'whose': ['record_key', 'customer_id']},
    ]) }}
{% endmacro %}

{#-
Text that changes with any of the rows of a group, in whatever order they come; the columns begin
with a key, since two equal rows would cancel out. An engine compares it with its own only.
-#}
{% macro content_of(columns) -%}
    {{ return(adapter.dispatch('content_of', 'rapport')(columns)) }}
{%- endmacro %}

{% macro default__content_of(columns) -%}
    cast(bit_xor(hash({{ columns | join(', ') }})) as text)
{%- endmacro %}

{% macro postgres__content_of(columns) -%}
    cast(bit_xor(hashtextextended(cast(row({{ columns | join(', ') }}) as text), 0)) as text)
{%- endmacro %}

{#- KPIs of a period that count what follows it: they move until that is over. -#}
{% macro kpis_that_wait() %}
    {{ return([
        'lead_response_rate', 'lead_response_hours',
        'lead_conversion_answered', 'lead_conversion_late',
    ]) }}
{% endmacro %}

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

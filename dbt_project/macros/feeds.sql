{#-
The feeds: the one shape in which systems meet. A role (orders, deals ...) is delivered by the
models that the company names under `feeds` in company.yml; each has at least these columns.
Columns and types stand here and nowhere else.
-#}
{% macro feed_columns(role) %}
    {%- set money = 'numeric(18, 4)' -%}
    {%- set roles = {
        'parties': [
            ('source_system', 'text'), ('source_role', 'text'), ('record_id', 'text'),
            ('party_kind', 'text'), ('first_name', 'text'), ('last_name', 'text'),
            ('full_name', 'text'), ('company_name', 'text'), ('email', 'text'), ('phone', 'text'),
            ('street', 'text'), ('city', 'text'), ('postal_code', 'text'), ('country_code', 'text'),
            ('birth_date', 'date'), ('cross_reference', 'text'), ('acquisition_channel', 'text'),
            ('owner_name', 'text'), ('record_url', 'text'), ('created_at', 'timestamp'),
            ('updated_at', 'timestamp'), ('region', 'text'), ('national_id', 'text'),
            ('tax_id', 'text'), ('account_reference', 'text'),
        ],
        'orders': [
            ('source_system', 'text'), ('source_order_id', 'text'), ('source_customer_id', 'text'),
            ('ordered_at', 'timestamp'), ('status', 'text'), ('is_quote', 'boolean'),
            ('cancelled_at', 'timestamp'), ('promised_at', 'timestamp'),
            ('delivered_at', 'timestamp'), ('currency', 'text'), ('channel', 'text'),
            ('store_id', 'text'), ('country_code', 'text'), ('freight_amount', money),
            ('updated_at', 'timestamp'),
        ],
        'order_lines': [
            ('source_system', 'text'), ('source_order_id', 'text'), ('source_line_id', 'text'),
            ('source_product_id', 'text'), ('quantity', money), ('list_amount', money),
            ('discount_amount', money), ('net_amount', money), ('cost_amount', money),
            ('updated_at', 'timestamp'),
        ],
        'returns': [
            ('source_system', 'text'), ('source_return_id', 'text'), ('source_order_id', 'text'),
            ('source_line_id', 'text'), ('source_customer_id', 'text'),
            ('source_product_id', 'text'), ('returned_at', 'timestamp'), ('quantity', money),
            ('net_amount', money), ('cost_amount', money), ('currency', 'text'),
            ('country_code', 'text'), ('updated_at', 'timestamp'),
        ],
        'loyalty_accounts': [
            ('source_system', 'text'), ('source_account_id', 'text'),
            ('source_customer_id', 'text'), ('tier', 'text'), ('points', 'bigint'),
            ('joined_at', 'timestamp'), ('tier_since', 'timestamp'),
            ('points_expiring', 'bigint'), ('points_expire_at', 'timestamp'),
        ],
        'products': [
            ('source_system', 'text'), ('source_product_id', 'text'), ('sku', 'text'),
            ('product_name', 'text'), ('category_name', 'text'), ('list_price', money),
            ('currency', 'text'), ('updated_at', 'timestamp'),
        ],
        'product_categories': [
            ('source_system', 'text'), ('source_product_id', 'text'), ('valid_from', 'timestamp'),
            ('category_name', 'text'),
        ],
        'product_costs': [
            ('source_system', 'text'), ('source_product_id', 'text'), ('valid_from', 'timestamp'),
            ('unit_cost', money), ('currency', 'text'),
        ],
        'exchange_rates': [
            ('rate_date', 'date'), ('currency', 'text'), ('rate', 'numeric(18, 8)'),
        ],
        'web_events': [
            ('source_system', 'text'), ('event_id', 'text'), ('event_at', 'timestamp'),
            ('received_at', 'timestamp'), ('anonymous_id', 'text'), ('user_id', 'text'),
            ('email', 'text'), ('event_kind', 'text'), ('page_path', 'text'),
            ('page_view_id', 'text'), ('vendor_session_id', 'text'), ('device_type', 'text'),
            ('user_agent', 'text'), ('is_bot', 'boolean'), ('is_ignored', 'boolean'),
            ('utm_source', 'text'), ('utm_medium', 'text'), ('utm_campaign', 'text'),
            ('referrer', 'text'), ('source_product_id', 'text'), ('source_order_id', 'text'),
            ('_source', 'text'), ('_interval_start', 'timestamp'), ('_interval_end', 'timestamp'),
            ('_load_id', 'text'), ('_row_number', 'bigint'),
        ],
        'deals': [
            ('source_system', 'text'), ('source_deal_id', 'text'), ('source_contact_id', 'text'),
            ('created_at', 'timestamp'), ('closed_at', 'timestamp'), ('is_won', 'boolean'),
            ('amount', money), ('currency', 'text'), ('stage_name', 'text'), ('owner_name', 'text'),
        ],
        'deal_stages': [
            ('source_system', 'text'), ('source_deal_id', 'text'), ('stage_name', 'text'),
            ('entered_at', 'timestamp'), ('left_at', 'timestamp'), ('is_closed', 'boolean'),
            ('is_won', 'boolean'),
        ],
        'activities': [
            ('source_system', 'text'), ('source_activity_id', 'text'),
            ('source_contact_id', 'text'), ('activity_at', 'timestamp'), ('activity_kind', 'text'),
            ('is_outbound', 'boolean'), ('is_answered', 'boolean'), ('owner_name', 'text'),
        ],
        'leads': [
            ('source_system', 'text'), ('source_lead_id', 'text'), ('source_contact_id', 'text'),
            ('lead_at', 'timestamp'), ('lead_kind', 'text'),
        ],
        'tickets': [
            ('source_system', 'text'), ('source_ticket_id', 'text'), ('source_contact_id', 'text'),
            ('opened_at', 'timestamp'), ('closed_at', 'timestamp'), ('category', 'text'),
            ('priority', 'text'), ('subject', 'text'), ('content', 'text'),
        ],
        'survey_answers': [
            ('source_system', 'text'), ('source_answer_id', 'text'), ('source_contact_id', 'text'),
            ('answered_at', 'timestamp'), ('survey_kind', 'text'), ('score', 'bigint'),
            ('comment', 'text'),
        ],
        'campaign_members': [
            ('source_system', 'text'), ('source_campaign_id', 'text'), ('campaign_name', 'text'),
            ('source_contact_id', 'text'), ('joined_at', 'timestamp'), ('is_control', 'boolean'),
            ('incentive_amount', money),
        ],
        'referrals': [
            ('source_system', 'text'), ('source_referral_id', 'text'),
            ('source_referrer_id', 'text'), ('source_referred_id', 'text'),
            ('referred_at', 'timestamp'),
        ],
        'consents': [
            ('source_system', 'text'), ('source_consent_id', 'text'),
            ('source_contact_id', 'text'), ('channel', 'text'), ('is_granted', 'boolean'),
            ('changed_at', 'timestamp'),
        ],
        'invoices': [
            ('source_system', 'text'), ('source_invoice_id', 'text'), ('source_order_id', 'text'),
            ('source_customer_id', 'text'), ('invoiced_at', 'timestamp'), ('due_at', 'timestamp'),
            ('amount', money), ('currency', 'text'),
        ],
        'payments': [
            ('source_system', 'text'), ('source_payment_id', 'text'),
            ('source_invoice_id', 'text'), ('paid_at', 'timestamp'), ('amount', money),
            ('currency', 'text'),
        ],
        'marketing_spend': [
            ('source_system', 'text'), ('spend_date', 'date'), ('platform', 'text'),
            ('channel', 'text'), ('campaign', 'text'), ('currency', 'text'), ('amount', money),
        ],
        'touchpoints': [
            ('source_system', 'text'), ('source_touchpoint_id', 'text'),
            ('touched_at', 'timestamp'), ('source_record_id', 'text'), ('email', 'text'),
            ('channel', 'text'), ('kind', 'text'), ('content', 'text'),
        ],
    } -%}
    {{ return(roles[role]) }}
{% endmacro %}

{#- Columns of a role that a model may leave out: they came later, and few systems have them. -#}
{% macro optional_feed_columns(role) %}
    {{ return({
        'parties': ['region', 'national_id', 'tax_id', 'account_reference'],
        'loyalty_accounts': ['points_expiring', 'points_expire_at'],
        'tickets': ['subject', 'content'],
        'touchpoints': ['content'],
    }.get(role, [])) }}
{% endmacro %}

{#-
Relation with every row of a role: all models named for it, or an empty one of the same shape.
Used as `from {{ union_feed('orders') }} as orders`. An optional column that a model lacks is null:
within `given` a name is looked up in the model first, then in `absent`.
-#}
{% macro union_feed(role) -%}
    {%- set columns = feed_columns(role) -%}
    {%- set optional = optional_feed_columns(role) -%}
    {%- set models = var('feeds', {}).get(role, []) -%}
    (
    {%- for model in models %}
        select
            {%- for name, type in columns %}
            cast(given.{{ name }} as {{ type }}) as {{ name }}{{ ',' if not loop.last }}
            {%- endfor %}
        {%- if optional %}
        from (
            select
                {%- for name in optional %}
                cast(null as text) as {{ name }}{{ ',' if not loop.last }}
                {%- endfor %}
        ) as absent
        cross join lateral (
            select {{ columns | map('first') | join(', ') }}
            from {{ ref(model) }}
        ) as given
        {%- else %}
        from {{ ref(model) }} as given
        {%- endif %}
        {%- if not loop.last %}
        union all
        {%- endif %}
    {%- else %}
        select
            {%- for name, type in columns %}
            cast(null as {{ type }}) as {{ name }}{{ ',' if not loop.last }}
            {%- endfor %}
        where 1 = 0
    {%- endfor %}
    )
{%- endmacro %}

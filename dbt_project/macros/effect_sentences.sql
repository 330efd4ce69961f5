{#- What rpt_strategy_effects says in words, in English ('en') and Chinese ('zh'). -#}
{% macro effect_sentence(language) -%}
    {%- set currency = var('reporting_currency') -%}
    {%- set words = effect_words()[language] -%}
    case unmeasured_reason
        {%- for reason, said in words.reasons.items() %}
        when '{{ reason }}' then '{{ said }}'
        {%- endfor %}
        else
            '{{ words.treated }}' || {{ signed_tenths('effect') }} || ' {{ currency }}'
            || '{{ words.interval }}' || {{ signed_tenths('effect - half_width') }}
            || '{{ words.to }}' || {{ signed_tenths('effect + half_width') }}
            || '{{ words.customers }}' || cast(treated_customers as text)
            || '{{ words.against }}' || cast(control_customers as text) || '{{ words.closing }}'
            || case verdict
                {%- for verdict, said in words.verdicts.items() %}
                when '{{ verdict }}' then '{{ said }}'
                {%- endfor %}
            end
            || case when is_partial then '{{ words.partial }}' else '' end
            || case
                when characteristics_unlike > 0
                    then '{{ words.unlike[0] }}' || cast(characteristics_unlike as text)
                    || '{{ words.unlike[1] }}' || cast(characteristics as text)
                    || '{{ words.unlike[2] }}'
                else ''
            end
    end
{%- endmacro %}

{% macro effect_words() %}
    {%- set days, least = var('effect_days'), var('effect_min_members') -%}
    {%- set unknown = var('effect_max_unknown_pct') -%}
    {{ return({
        'en': {
            'treated': 'Each treated customer against the control group, in margin within '
                ~ days ~ ' days: ',
            'interval': ' (95 % interval ',
            'to': ' to ',
            'customers': '; ',
            'against': ' against ',
            'closing': ' customers): ',
            'verdicts': {
                'gain': 'significantly more.',
                'loss': 'significantly less.',
                'not_significant': 'not significant, chance alone can explain it.',
            },
            'partial': ' The days are not over yet.',
            'unlike': [' Before it the groups differed by more than chance in ', ' of ', ' respects.'],
            'reasons': {
                'no_members': 'Not measured: none of its members is a known customer.',
                'no_control': 'Not measured: nobody was held back as a control group.',
                'no_treated': 'Not measured: nobody was treated.',
                'margin_unknown': 'Not measured: the cost of what more than ' ~ unknown
                    ~ ' % of its members bought is not known.',
                'too_few': 'Not measured: one of the groups has fewer than ' ~ least
                    ~ ' customers with a known margin.',
                'no_overlap': 'Not measured: one group had all bought before and nobody of the other.',
                'no_spread': 'Not measured: all customers of each group brought the same, or just'
                    ~ ' what their margin before foretold.',
            },
        },
        'zh': {
            'treated': '触达客户与对照组相比，' ~ days ~ '天内人均毛利差额：',
            'interval': '（95%区间 ',
            'to': ' 至 ',
            'customers': '；',
            'against': ' 对 ',
            'closing': ' 位客户）：',
            'verdicts': {
                'gain': '显著更高。',
                'loss': '显著更低。',
                'not_significant': '不显著，可能只是偶然。',
            },
            'partial': '观察期尚未结束。',
            'unlike': ['此前两组有', '项特征的差异超出偶然（共', '项）。'],
            'reasons': {
                'no_members': '未测算：成员中没有已识别的客户。',
                'no_control': '未测算：没有保留对照组。',
                'no_treated': '未测算：没有人被触达。',
                'margin_unknown': '未测算：超过' ~ unknown ~ '%的成员所购商品成本未知。',
                'too_few': '未测算：其中一组毛利已知的客户不足' ~ least ~ '位。',
                'no_overlap': '未测算：一组此前全部购买过，另一组无人购买过。',
                'no_spread': '未测算：两组内客户的毛利各自完全相同，或恰如此前毛利所示。',
            },
        },
    }) }}
{% endmacro %}

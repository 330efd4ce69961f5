{#- Small reference tables that every company shares. -#}

{#- ISO code of a country given as code or as a name that sales people type. -#}
{% macro country_code(text) -%}
    {%- set names = {
        'AT': ['austria', 'österreich', 'Österreich'],
        'AU': ['australia'],
        'BE': ['belgium', 'belgien', 'belgique'],
        'BR': ['brazil', 'brasil'],
        'CA': ['canada', 'kanada'],
        'CH': ['switzerland', 'schweiz', 'suisse'],
        'CN': ['china', 'pr china', '中国'],
        'CZ': ['czech republic', 'czechia', 'tschechien'],
        'DE': ['germany', 'deutschland'],
        'DK': ['denmark', 'danmark'],
        'ES': ['spain', 'españa', 'spanien'],
        'FI': ['finland', 'suomi'],
        'FR': ['france', 'frankreich'],
        'GB': ['united kingdom', 'uk', 'great britain', 'england', 'scotland', 'wales'],
        'GR': ['greece'],
        'HK': ['hong kong'],
        'IE': ['ireland', 'eire'],
        'IT': ['italy', 'italia', 'italien'],
        'JP': ['japan', '日本'],
        'LU': ['luxembourg', 'luxemburg'],
        'NL': ['netherlands', 'the netherlands', 'holland', 'nederland', 'niederlande'],
        'NO': ['norway', 'norge'],
        'PL': ['poland', 'polska', 'polen'],
        'PT': ['portugal'],
        'SE': ['sweden', 'sverige', 'schweden'],
        'SG': ['singapore'],
        'TW': ['taiwan', '台湾'],
        'US': ['united states', 'united states of america', 'usa', 'us', 'u.s.a.', 'u.s.'],
    } -%}
    case
        when {{ matches('trim(' ~ text ~ ')', '^[A-Za-z]{2}$') }}
            and lower(trim({{ text }})) not in ('uk')
            then upper(trim({{ text }}))
        {%- for code, spellings in names.items() %}
        when lower(trim({{ text }})) in (
            {%- for name in spellings %}'{{ name }}'{{ ', ' if not loop.last }}{% endfor -%}
        ) then '{{ code }}'
        {%- endfor %}
    end
{%- endmacro %}

{#- UTC time of London's wall-clock time. -#}
{% macro shop_time_to_utc(ts) -%}
    (({{ ts }} at time zone '{{ var("business_timezone") }}') at time zone 'UTC')
{%- endmacro %}

{#- ISO code of the shop's country names; null for those that are no one country. -#}
{% macro shop_country_code(country) -%}
    {%- set codes = {
        'Australia': 'AU', 'Austria': 'AT', 'Bahrain': 'BH', 'Belgium': 'BE', 'Brazil': 'BR',
        'Canada': 'CA', 'Cyprus': 'CY', 'Czech Republic': 'CZ', 'Denmark': 'DK', 'EIRE': 'IE',
        'Finland': 'FI', 'France': 'FR', 'Germany': 'DE', 'Greece': 'GR', 'Hong Kong': 'HK',
        'Iceland': 'IS', 'Israel': 'IL', 'Italy': 'IT', 'Japan': 'JP', 'Lebanon': 'LB',
        'Lithuania': 'LT', 'Malta': 'MT', 'Netherlands': 'NL', 'Norway': 'NO', 'Poland': 'PL',
        'Portugal': 'PT', 'RSA': 'ZA', 'Saudi Arabia': 'SA', 'Singapore': 'SG', 'Spain': 'ES',
        'Sweden': 'SE', 'Switzerland': 'CH', 'USA': 'US', 'United Arab Emirates': 'AE',
        'United Kingdom': 'GB',
    } -%}
    case {{ country }}
        {%- for name, code in codes.items() %}
        when '{{ name }}' then '{{ code }}'
        {%- endfor %}
    end
{%- endmacro %}

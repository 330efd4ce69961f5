{#-
Channel of a Salesforce lead source in the words that sessions and spend use; a company's own
sources stay as they are, in lower case.
-#}
{% macro salesforce_channel(lead_source) -%}
    case lower(trim({{ lead_source }}))
        when 'advertisement' then 'other_campaign'
        when 'employee referral' then 'referral'
        when 'external referral' then 'referral'
        when 'partner referral' then 'referral'
        when 'partner' then 'referral'
        when 'word of mouth' then 'referral'
        when 'social media' then 'social'
        else {{ clean_text('lower(' ~ lead_source ~ ')') }}
    end
{%- endmacro %}

{#- Whether a text is one of a list; null is none of them. -#}
{% macro is_one_of(text, list) -%}
    coalesce({{ text }} in ('{{ list | join("', '") }}'), false)
{%- endmacro %}

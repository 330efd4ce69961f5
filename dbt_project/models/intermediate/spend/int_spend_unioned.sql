{%- for platform in ['google_ads', 'meta_ads', 'linkedin_ads', 'tiktok_ads'] %}
select * from {{ ref('stg_spend__' ~ platform) }}
{%- if not loop.last %}
union all
{%- endif %}
{%- endfor %}

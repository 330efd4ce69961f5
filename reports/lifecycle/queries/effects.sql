select
    campaign_name,
    summary,
    summary_zh,
    treated_customers,
    effect_reporting as effect,
    coalesce(is_significant, false) as is_significant,
    case verdict when 'gain' then 'better' when 'loss' then 'worse' else 'none' end as tone
from rpt_strategy_effects
order by is_significant desc, first_joined_date desc, campaign_id asc

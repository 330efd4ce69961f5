select
    name,
    name_zh,
    explanation,
    explanation_zh,
    effect,
    coalesce(is_certain, false) as is_certain,
    case when is_certain then 'watch' else 'none' end as tone
from rpt_churn_causes
order by driver_rank

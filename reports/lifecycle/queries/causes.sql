-- Of a company that lost too few, nothing could be compared: no row is better than ten without.
select
    name,
    name_zh,
    explanation,
    explanation_zh,
    effect,
    coalesce(is_certain, false) as is_certain,
    case when is_certain then 'watch' else 'none' end as tone
from rpt_churn_causes
where exists (select 1 from rpt_churn_causes as compared where compared.effect is not null)
order by driver_rank

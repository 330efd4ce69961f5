select
    kpi_id,
    name,
    name_zh,
    unit,
    direction,
    owner,
    explanation,
    explanation_zh,
    rests_on,
    sort_order
from rpt_kpi_catalogue
order by sort_order, kpi_id

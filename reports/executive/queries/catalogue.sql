select
    kpi_id,
    name,
    formula,
    unit,
    direction,
    owner,
    explanation,
    sort_order
from marts.rpt_kpi_catalogue
order by sort_order, kpi_id

select
    component,
    change_reporting as change
from rpt_revenue_bridge
where
    period_kind = :period_kind
    and period_start = :period_start
    and (change_reporting <> 0 or component <> 'unchanged')
order by component_order

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
-- Of more than thirty Gmail would clip the mail; BI tools show the others.
where
    kpi_id in (
        'acquisition_cost', 'active_customers', 'average_order_value', 'churn_entry_rate',
        'contribution', 'cost_to_serve', 'cross_sell_rate', 'csat', 'customers', 'discount_rate',
        'gross_margin_rate', 'historic_lifetime_value', 'lead_response_rate', 'match_rate',
        'net_revenue', 'new_customers', 'nps', 'on_time_delivery_rate', 'open_pipeline', 'orders',
        'overdue_receivables', 'purchase_frequency', 'reactivation_rate', 'referral_rate',
        'repeat_purchase_rate', 'return_rate', 'revenue_retention_net', 'top_customer_share',
        'upsell_rate', 'win_rate'
    )
order by sort_order, kpi_id

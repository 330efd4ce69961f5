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
where
    -- What is told only by quarter or year has no place in a report by week or month.
    (grains like '%week%' or grains like '%month%')
    -- Details of the others, which BI tools show. Of more than thirty figures Gmail would clip the mail.
    and kpi_id not in (
        'cohort_value_12_months', 'cohort_value_3_months', 'cohort_value_6_months',
        'completeness', 'customers_for_80', 'days_to_close', 'false_churn', 'gross_margin',
        'lead_conversion_answered', 'lead_conversion_late', 'lead_response_hours',
        'lifetime_value', 'lifetime_value_by_acquisition_cost', 'match_rate_raw',
        'payback_months', 'predicted_value_12_months', 'repurchase_rate', 'revenue_gini',
        'revenue_per_customer', 'revenue_retention_gross', 'stitch_rate', 'strategy_effect',
        'weekend_share'
    )
order by sort_order, kpi_id

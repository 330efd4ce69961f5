-- A chance of a half and more: those who are likelier to stay away than to come.
select
    count(*) as customers,
    sum(revenue_at_risk_reporting) as revenue
from rpt_churn_risk
where churn_probability_90_days >= 0.5 and revenue_at_risk_reporting > 0

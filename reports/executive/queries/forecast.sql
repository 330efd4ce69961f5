select
    horizon_days,
    expected,
    low,
    high
from rpt_forecast
where measure = 'revenue' and horizon_days = 90 and category_name is null
order by forecast_on desc
limit 1

with

days as (
    select day as calendar_date
    from {{ date_series(
        period_start('year', "cast('" ~ var('history_start') ~ "' as date)"),
        add_days(add_months(period_start('year', as_of_date()), 12), -1)
    ) }} as series
)

select
    calendar_date,
    cast(extract(year from calendar_date) as bigint) as calendar_year,
    cast(extract(quarter from calendar_date) as bigint) as quarter_number,
    cast(extract(month from calendar_date) as bigint) as month_number,
    cast(extract(isoyear from calendar_date) as bigint) as iso_year,
    cast(extract(week from calendar_date) as bigint) as iso_week,
    cast(extract(isodow from calendar_date) as bigint) as iso_weekday,
    extract(isodow from calendar_date) >= 6 as is_weekend,
    {{ period_start('week', 'calendar_date') }} as week_start_date,
    {{ period_start('month', 'calendar_date') }} as month_start_date,
    {{ period_start('quarter', 'calendar_date') }} as quarter_start_date,
    {{ period_start('year', 'calendar_date') }} as year_start_date,
    calendar_date < {{ as_of_date() }} as is_over
from days

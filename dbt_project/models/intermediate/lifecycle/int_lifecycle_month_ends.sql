with days as (
    select day
    from {{ date_series("cast('" ~ var('history_start') ~ "' as date)", as_of_date()) }} as series
),

month_ends as (
    select day as month_end
    from days
    where
        extract(day from day) = 1
        and day > cast('{{ var("history_start") }}' as date)
)

select * from month_ends

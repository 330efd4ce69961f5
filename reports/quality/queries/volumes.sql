-- A month's load is no measure for a day's: loads are compared with those of intervals as long.
with loads as (
    select
        source,
        entity,
        "rows",
        interval_end,
        row_number() over (
            partition by source, entity, date_diff('hour', interval_start, interval_end)
            order by interval_end desc, started_at desc, run_id desc
        ) as place,
        date_diff('hour', interval_start, interval_end) as hours
    from ops_runs
    where step = 'load' and entity is not null and "rows" is not null
),

compared as (
    select
        source,
        entity,
        hours,
        max(interval_end) as loaded_until,
        max("rows") filter (where place = 1) as last_rows,
        median("rows") filter (where place between 2 and 15) as usual_rows
    from loads
    group by source, entity, hours
    having count(*) >= 4
),

latest as (
    select
        source,
        entity,
        max(interval_end) as loaded_until
    from loads
    group by source, entity
)

select
    compared.source,
    compared.entity,
    compared.last_rows,
    compared.usual_rows,
    case when compared.usual_rows > 0 then compared.last_rows / compared.usual_rows - 1 end
        as difference,
    case
        when abs(compared.last_rows - compared.usual_rows) > compared.usual_rows / 3.0 then 'watch'
        else 'none'
    end as tone
from compared
inner join latest
    on
        compared.source = latest.source
        and compared.entity = latest.entity
        and compared.loaded_until = latest.loaded_until
order by
    abs(compared.last_rows - compared.usual_rows) / nullif(compared.usual_rows, 0) desc nulls last,
    compared.source asc,
    compared.entity asc

with runs as (
    select
        step,
        source,
        entity,
        seconds,
        started_at,
        row_number() over (
            partition by step, source, entity
            order by started_at desc, run_id desc
        ) as place
    from ops_runs
    where seconds is not null
),

compared as (
    select
        step,
        source,
        entity,
        max(seconds) filter (where place = 1) as seconds,
        max(started_at) filter (where place = 1) as started_at,
        median(seconds) filter (where place between 2 and 15) as usual_seconds
    from runs
    group by step, source, entity
)

select
    step,
    coalesce(source, '') || case when entity is null then '' else ', ' || entity end as place,
    seconds,
    usual_seconds,
    started_at,
    case when seconds > 2 * usual_seconds and seconds > 10 then 'watch' else 'none' end as tone
from compared
order by seconds desc, step asc, source asc, entity asc

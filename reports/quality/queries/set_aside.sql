select
    source,
    entity,
    rule,
    source || ', ' || entity as place,
    cast(:lately_days as integer) as days,
    cast(
        coalesce(
            sum("rows") filter (
                where interval_date >= cast(:today as date) - cast(:lately_days as integer)
            ),
            0
        ) as bigint
    ) as lately,
    cast(sum("rows") as bigint) as in_all,
    max(interval_date) as newest
from ops_quarantine
group by source, entity, rule
order by lately desc, in_all desc, source asc, entity asc, rule asc

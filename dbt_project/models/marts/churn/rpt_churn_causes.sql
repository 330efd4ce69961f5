with causes as (
    select * from {{ ref('stg_rapport__churn_causes') }}
)

select * from causes

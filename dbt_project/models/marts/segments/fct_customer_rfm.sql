with scored as (
    select * from {{ ref('int_rfm_scored') }}
    where months_back = 0
),

paths as (
    select * from {{ ref('int_behaviour_paths') }}
    where months_back = 0
),

devices as (
    select * from {{ ref('int_device_shares') }}
    where months_back = 0
)

select
    scored.customer_id,
    scored.recency_days,
    scored.order_days,
    scored.net_revenue_reporting,
    scored.recency_score,
    scored.frequency_score,
    scored.monetary_score,
    scored.segment as rfm_segment,
    paths.segment as behaviour_path,
    paths.path_days,
    devices.segment as device_preference,
    devices.sessions,
    devices.desktop_share,
    devices.mobile_share,
    devices.tablet_share,
    devices.other_share
from scored
inner join paths on scored.customer_id = paths.customer_id
inner join devices on scored.customer_id = devices.customer_id

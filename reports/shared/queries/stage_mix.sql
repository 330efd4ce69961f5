select
    month_end,
    profile_kind,
    stage,
    profiles,
    previous_profiles
from rpt_stage_mix
order by month_end, stage, profile_kind

{{ platform_costs('linkedin_ads', channel='paid_social') }}

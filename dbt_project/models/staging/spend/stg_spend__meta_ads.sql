{{ platform_costs('meta_ads', channel='paid_social') }}

{{ platform_costs('google_ads', channel='paid_search') }}

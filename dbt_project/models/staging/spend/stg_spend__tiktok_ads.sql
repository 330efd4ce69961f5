{{ platform_costs('tiktok_ads', channel='paid_social') }}

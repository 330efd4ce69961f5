{{ hubspot_merges('deals', 'hs_lastmodifieddate', 'hs_merged_object_ids') }}

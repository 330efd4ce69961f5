{{ hubspot_merges('tickets', 'hs_lastmodifieddate', 'hs_merged_object_ids') }}

-- The second property is the older one; portals have one of the two or both.
{{ hubspot_merges(
    'contacts',
    'lastmodifieddate',
    "coalesce(hs_merged_object_ids, '') || ';' || coalesce(hs_calculated_merged_vids, '')"
) }}

with

buyers as (
    select * from {{ ref('int_buyers_matched') }}
),

parties as (
    select
        parties.record_key,
        parties.source_role,
        parties.person_id,
        parties.full_name,
        parties.birth_date,
        parties.postal_code,
        record_keys.email_normalised,
        record_keys.phone_e164
    from {{ ref('int_parties_identified') }} as parties
    left join {{ ref('stg_rapport__record_keys') }} as record_keys
        on parties.record_key = record_keys.record_key
),

crm as (
    select * from parties
    where source_role = 'crm'
),

shared_keys as (
    select key_value from {{ ref('stg_rapport__shared_keys') }}
),

-- Both ways round, so that the buyer may stand on either side.
links as (
    select left_key as record_key, right_key as other_key, rule
    from {{ ref('stg_rapport__identity_links') }}
    where not is_cut
    union all
    select right_key, left_key, rule
    from {{ ref('stg_rapport__identity_links') }}
    where not is_cut
),

doubts as (
    select left_key as record_key, right_key as other_key, kind
    from {{ ref('stg_rapport__review_pairs') }}
    union all
    select right_key, left_key, kind
    from {{ ref('stg_rapport__review_pairs') }}
),

link_rules as (
    select links.record_key, min({{ by_bytes('links.rule') }}) as rule
    from links
    inner join crm on links.other_key = crm.record_key
    group by links.record_key
),

doubt_kinds as (
    select
        doubts.record_key,
        bool_or(doubts.kind = 'cut') as is_cut,
        bool_or(doubts.kind in ('household', 'ambiguous')) as is_ambiguous,
        bool_or(doubts.kind = 'near_threshold') as is_near_threshold
    from doubts
    inner join crm on doubts.other_key = crm.record_key
    group by doubts.record_key
),

crm_people as (
    select distinct person_id from crm
),

-- What an unmatched buyer nevertheless has in common with the CRM.
unmatched as (
    select parties.*
    from buyers
    inner join parties on buyers.buyer_key = parties.record_key
    where buyers.known_on is null
),

common_keys as (
    select
        unmatched.record_key,
        bool_or(shared_keys.key_value is not null) as is_shared,
        bool_or(shared_keys.key_value is null) as is_kept_apart
    from (
        select record_key, email_normalised as key_value from unmatched
        union all
        select record_key, phone_e164 as key_value from unmatched
    ) as unmatched
    inner join (
        select email_normalised as key_value from crm
        union
        select phone_e164 as key_value from crm
    ) as crm_keys on unmatched.key_value = crm_keys.key_value
    left join shared_keys on unmatched.key_value = shared_keys.key_value
    group by unmatched.record_key
),

namesakes as (
    select distinct unmatched.record_key
    from unmatched
    inner join crm
        on lower(unmatched.full_name) = lower(crm.full_name)
            and (
                unmatched.birth_date = crm.birth_date or unmatched.postal_code = crm.postal_code
            )
)

select
    buyers.buyer_key,
    case
        when buyers.known_on is not null and buyers.email_known_on is not null then 'same_email'
        when buyers.known_on is not null and crm_people.person_id is null then 'account'
        when buyers.known_on is not null then coalesce(link_rules.rule, 'other_records')
        when parties.record_key is null then 'not_in_customer_list'
        when doubt_kinds.is_cut then 'cut'
        when doubt_kinds.is_ambiguous then 'ambiguous'
        when common_keys.is_kept_apart then 'kept_apart'
        when common_keys.is_shared then 'shared_key'
        when doubt_kinds.is_near_threshold then 'below_threshold'
        when namesakes.record_key is not null then 'email_differs'
        when parties.email_normalised is null and parties.phone_e164 is null then 'no_key'
        else 'no_crm_record'
    end as reason
from buyers
left join parties on buyers.buyer_key = parties.record_key
left join crm_people on buyers.person_id = crm_people.person_id
left join link_rules on buyers.buyer_key = link_rules.record_key
left join doubt_kinds on buyers.buyer_key = doubt_kinds.record_key
left join common_keys on buyers.buyer_key = common_keys.record_key
left join namesakes on buyers.buyer_key = namesakes.record_key

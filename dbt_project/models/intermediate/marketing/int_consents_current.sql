{%- set others = ['all'] + contact_columns() | list + var('consent_other_channels') -%}
{%- set known = "('" ~ others | map('replace', "'", "''") | join("', '") ~ "')" -%}

with

consents as (
    select
        *,
        coalesce(lower(trim(channel)), '') as channel_said
    from {{ union_feed('consents') }} as feed
    where
        is_granted is not null
        and ({{ before_as_of('changed_at') }} or (changed_at is null and not is_granted))
),

channels as (
    {%- for channel in contact_columns() %}
    select '{{ channel }}' as channel
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

parties as (
    select * from {{ ref('int_parties_identified') }}
),

-- What was said of all channels holds for each until more is said. At one instant no comes before
-- yes, and a no of which nobody knows when it was said before all. A no to a channel that nobody
-- knows (e-mail, newsletter) may be meant of any.
ranked as (
    select
        parties.person_id,
        channels.channel,
        consents.is_granted,
        consents.changed_at,
        row_number() over (
            partition by parties.person_id, channels.channel
            order by
                consents.changed_at desc nulls first,
                case when consents.is_granted then 1 else 0 end,
                {{ by_bytes('consents.source_system') }},
                {{ by_bytes('consents.source_consent_id') }}
        ) as consent_rank
    from consents
    inner join channels
        on
            consents.channel_said in (channels.channel, 'all')
            or (not consents.is_granted and consents.channel_said not in {{ known }})
    inner join parties
        on
            {{ record_key('consents.source_system', 'consents.source_contact_id') }}
            = parties.record_key
    where parties.person_id is not null
)

select
    person_id,
    channel,
    is_granted,
    changed_at
from ranked
where consent_rank = 1

{{ config(materialized='view') }}

with

parties as (
    select
        record_key,
        source_system,
        source_role,
        party_kind,
        first_name,
        last_name,
        full_name,
        company_name,
        email,
        phone,
        street,
        city,
        postal_code,
        country_code,
        birth_date,
        cross_reference,
        created_at,
        updated_at,
        region,
        national_id,
        tax_id,
        account_reference,
        acquisition_channel,
        owner_name,
        record_url
    from {{ ref('int_parties_unioned') }}
),

web_users as (
    select
        record_key,
        source_system,
        'web' as source_role,
        'person' as party_kind,
        cast(null as text) as first_name,
        cast(null as text) as last_name,
        cast(null as text) as full_name,
        cast(null as text) as company_name,
        email,
        cast(null as text) as phone,
        cast(null as text) as street,
        cast(null as text) as city,
        cast(null as text) as postal_code,
        cast(null as text) as country_code,
        cast(null as date) as birth_date,
        cross_reference,
        created_at,
        updated_at,
        cast(null as text) as region,
        cast(null as text) as national_id,
        cast(null as text) as tax_id,
        cast(null as text) as account_reference,
        cast(null as text) as acquisition_channel,
        cast(null as text) as owner_name,
        cast(null as text) as record_url
    from {{ ref('int_web_users_collected') }}
),

touched as (
    select
        record_key,
        source_system,
        'touchpoint' as source_role,
        'person' as party_kind,
        cast(null as text) as first_name,
        cast(null as text) as last_name,
        cast(null as text) as full_name,
        cast(null as text) as company_name,
        email,
        cast(null as text) as phone,
        cast(null as text) as street,
        cast(null as text) as city,
        cast(null as text) as postal_code,
        cast(null as text) as country_code,
        cast(null as date) as birth_date,
        cast(null as text) as cross_reference,
        created_at,
        updated_at,
        cast(null as text) as region,
        cast(null as text) as national_id,
        cast(null as text) as tax_id,
        cast(null as text) as account_reference,
        cast(null as text) as acquisition_channel,
        cast(null as text) as owner_name,
        cast(null as text) as record_url
    from {{ ref('int_touchpoint_identities_collected') }}
)

select * from parties
union all
select * from web_users
union all
select * from touched

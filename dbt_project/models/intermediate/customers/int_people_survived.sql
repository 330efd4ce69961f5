{{ config(materialized='view') }}

{{ survived_profiles('person', 'person_id') }}

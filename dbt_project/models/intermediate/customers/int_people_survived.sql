{{ survived_profiles('person', 'person_id') }}

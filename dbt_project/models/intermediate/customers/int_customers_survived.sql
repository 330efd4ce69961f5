{{ survived_profiles('customer', 'customer_id') }}

select
    cast(model_id as text) as model_id,
    cast(trained_as_of as timestamp) as trained_as_of,
    cast(records as bigint) as records,
    cast(threshold as double precision) as threshold,
    cast(optimises as text) as optimises,
    cast(blocking as text) as blocking,
    cast(drift as text) as drift
from {{ source('identity', 'identity_model') }}

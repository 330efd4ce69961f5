select
    cast(model_id as text) as model_id,
    cast(trained_as_of as timestamp) as trained_as_of,
    cast(trained_because as text) as trained_because,
    cast(records as bigint) as records,
    cast(threshold as double precision) as threshold,
    cast(stricter as double precision) as stricter,
    cast(looser as double precision) as looser,
    cast(optimises as text) as optimises,
    cast(blocking as text) as blocking,
    cast(no_model_because as text) as no_model_because
from {{ source('identity', 'identity_model') }}

{#- Generic data tests. Their failing rows are shown in the error, so they select what helps. -#}

{#- The column tells rows apart: no value twice, none missing. -#}
{% test is_key(model, column_name) %}
select {{ column_name }}, count(*) as occurrences
from {{ model }}
group by {{ column_name }}
having count(*) > 1 or {{ column_name }} is null
{% endtest %}

{#- No two rows share the values of these columns. -#}
{% test unique_key(model, columns) %}
select {{ columns | join(', ') }}, count(*) as occurrences
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1
{% endtest %}

{#- Both relations have the same number of rows: a join has lost or doubled nothing. -#}
{% test same_rows(model, to) %}
select counts.here, counts.there
from (
    select
        (select count(*) from {{ model }}) as here,
        (select count(*) from {{ to }}) as there
) as counts
where counts.here <> counts.there
{% endtest %}

{#- Every amount could be converted; the failing rows name currency and day. -#}
{% test has_exchange_rates(model, amount, currency, converted, day) %}
select {{ currency }} as currency, {{ day }} as day, count(*) as amounts
from {{ model }}
where {{ amount }} is not null and {{ converted }} is null
group by {{ currency }}, {{ day }}
{% endtest %}

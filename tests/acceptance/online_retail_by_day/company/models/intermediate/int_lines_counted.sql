select
    line_kind,
    count(*) as lines,
    sum(amount) as amount
from {{ ref('stg_shop__invoice_lines') }}
group by line_kind

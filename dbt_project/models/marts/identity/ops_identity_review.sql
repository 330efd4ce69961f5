with

pairs as (
    select * from {{ ref('stg_rapport__review_pairs') }}
),

parties as (
    select record_key, person_id, customer_id from {{ ref('int_parties_identified') }}
),

revenue as (
    select customer_id, sum(net_amount_reporting) as net_revenue
    from {{ ref('fct_order_lines') }}
    where customer_id is not null
    group by customer_id
),

valued as (
    select
        pairs.left_key,
        pairs.right_key,
        lefts.customer_id as left_customer_id,
        rights.customer_id as right_customer_id,
        pairs.kind,
        pairs.match_weight,
        pairs.probability,
        pairs.reason,
        -- Two colleagues are two people of one customer.
        lefts.person_id = rights.person_id as is_linked,
        -- 1 where it may as well be one as the other, 0 where it is sure.
        1 - abs(2 * coalesce(pairs.probability, 0.5) - 1) as uncertainty,
        greatest(coalesce(left_revenue.net_revenue, 0), 0) as left_net_revenue,
        greatest(coalesce(right_revenue.net_revenue, 0), 0) as right_net_revenue
    from pairs
    inner join parties as lefts on pairs.left_key = lefts.record_key
    inner join parties as rights on pairs.right_key = rights.record_key
    left join revenue as left_revenue on lefts.customer_id = left_revenue.customer_id
    left join revenue as right_revenue on rights.customer_id = right_revenue.customer_id
),

staked as (
    select
        valued.*,
        least({{ by_bytes('left_customer_id') }}, {{ by_bytes('right_customer_id') }})
            as question_first_id,
        greatest({{ by_bytes('left_customer_id') }}, {{ by_bytes('right_customer_id') }})
            as question_last_id,
        case
            when left_customer_id = right_customer_id then left_net_revenue
            else left_net_revenue + right_net_revenue
        end as stake
    from valued
),

-- One question for each two customers and kind of doubt, however many of their records raise it.
ranked as (
    select
        staked.*,
        uncertainty * cast(stake as double precision) as priority,
        count(*) over whole_question as pairs,
        row_number() over (
            partition by question_first_id, question_last_id, kind
            order by
                uncertainty desc, {{ by_bytes('left_key') }} asc, {{ by_bytes('right_key') }} asc
        ) as pair_rank
    from staked
    window whole_question as (partition by question_first_id, question_last_id, kind)
)

select
    {{ hash_key(['left_key', 'right_key', 'kind']) }} as review_id,
    row_number() over (
        order by
            priority desc,
            uncertainty desc,
            {{ by_bytes('left_key') }} asc,
            {{ by_bytes('right_key') }} asc,
            {{ by_bytes('kind') }} asc
    ) as review_rank,
    left_key,
    right_key,
    left_customer_id,
    right_customer_id,
    is_linked,
    kind,
    match_weight,
    probability,
    uncertainty,
    {{ money('stake') }} as revenue_at_stake_reporting,
    priority,
    pairs,
    reason
from ranked
where pair_rank = 1

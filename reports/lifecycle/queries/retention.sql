-- Cohorts of the reported year and the one before; a month counts once it is over for all of them.
select
    cast(extract(year from cohort_month) as varchar) as cohort_year,
    month_no,
    cast(sum(buyers) as double) / nullif(sum(customers), 0) as buyers_share
from rpt_cohort_months
where
    is_complete
    and month_no between 1 and 12
    and cohort_month < :period_end
    and extract(year from cohort_month) >= extract(year from cast(:period_start as date)) - 1
group by extract(year from cohort_month), month_no
order by cohort_year, month_no

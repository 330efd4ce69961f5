-- Since the last issue, else since the publication before this one.
select
    previous_publication_id,
    subject,
    kpi_id,
    period_kind,
    period_start,
    old_value,
    new_value,
    customers,
    cause
from rpt_restatements
where
    previous_as_of >= coalesce(:since, (select max(previous_as_of) from rpt_restatements))
    and (subject = 'stage' or period_kind = :period_kind)
order by period_start desc, subject asc, kpi_id asc, previous_publication_id asc, customers desc

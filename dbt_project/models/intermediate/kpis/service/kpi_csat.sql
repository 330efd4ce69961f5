with windows as (
    select * from {{ kpi_windows() }} as windows
),

answers as (
    select * from {{ ref('fct_survey_answers') }}
    where survey_kind = 'csat' and score between 1 and 5
),

counted as (
    select
        windows.window_id,
        sum(case when answers.score >= 4 then 1 else 0 end) as numerator,
        count(*) as denominator
    from windows
    inner join answers
        on
            answers.answer_date >= windows.window_start
            and answers.answer_date < windows.window_end
    group by windows.window_id
)

{{ kpi_share('counted') }}

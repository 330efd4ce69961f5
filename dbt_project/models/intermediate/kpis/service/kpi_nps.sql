with windows as (
    select * from {{ kpi_windows() }} as windows
),

answers as (
    select * from {{ ref('fct_survey_answers') }}
    where survey_kind = 'nps' and score between 0 and 10
),

-- Promoters less detractors.
counted as (
    select
        windows.window_id,
        sum(
            case
                when answers.score >= 9 then 1
                when answers.score <= 6 then -1
                else 0
            end
        ) as numerator,
        count(*) as denominator
    from windows
    inner join answers
        on
            answers.answer_date >= windows.window_start
            and answers.answer_date < windows.window_end
    group by windows.window_id
)

{{ kpi_share('counted', scale=100) }}

{#- What the effect of a campaign is estimated by; docs/strategies.md gives the formulas. -#}

{#-
97.5 % quantile of Student's t by degrees of freedom: the expansion about the normal quantile of
Abramowitz and Stegun (1964), 26.7.5. From 9 degrees on it is right to four digits.
-#}
{% macro t_quantile(degrees) -%}
    {%- set z = 1.959963984540054 -%}
    {%- set terms = [
        (z ** 3 + z) / 4,
        (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96,
        (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384,
        (79 * z ** 9 + 776 * z ** 7 + 1482 * z ** 5 - 1920 * z ** 3 - 945 * z) / 92160,
    ] -%}
    ({{ z }}
    {%- for term in terms %}
        + {{ term }} / power({{ degrees }}, {{ loop.index }})
    {%- endfor %})
{%- endmacro %}

{#- Sum of squared deviations from the mean, out of exact sums; `total_xy` and two totals: products. -#}
{% macro sum_of_deviations(total_xy, total_x, total_y, number) -%}
    (
        cast({{ total_xy }} as double precision)
        - cast({{ total_x }} as double precision) * cast({{ total_y }} as double precision)
        / {{ number }}
    )
{%- endmacro %}

{#- A number with one digit and its sign in a sentence; what rounds to nothing has none. -#}
{% macro signed_tenths(number) -%}
    case when floor(abs({{ number }}) * 10 + 0.5) > 0 and {{ number }} < 0 then '-' else '' end
    || {{ tenths('abs(' ~ number ~ ')') }}
{%- endmacro %}

{#- Degrees of freedom of the difference of two means with these squared errors (Welch 1947). -#}
{% macro welch_degrees(treated, control) -%}
    power({{ treated }} + {{ control }}, 2) / nullif(
        power({{ treated }}, 2) / nullif(lines.treated_customers - 1, 0)
        + power({{ control }}, 2) / nullif(lines.control_customers - 1, 0),
        0
    )
{%- endmacro %}

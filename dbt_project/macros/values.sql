{#- Types, numbers and text whose SQL differs by engine or is easy to get wrong. -#}

{#- Money and quantities: exact to four digits. -#}
{% macro money(amount) -%}
    cast({{ amount }} as numeric(18, 4))
{%- endmacro %}

{#-
Product of two decimals. Of two that have 18 digits each DuckDB would make one of 18, and stop where
an amount with a rate comes to a million, or a square of money to that of a hundred thousand.
-#}
{% macro product(one, other) -%}
    (cast({{ one }} as numeric(38, 4)) * {{ other }})
{%- endmacro %}

{#-
Money of an exact number with at most twelve digits behind the point, such as a product of money with
money or with a rate. DuckDB takes twenty times as long to shorten a number of 38 digits as one of
18, which is all that amounts below a million need.
-#}
{% macro exact_money(number) -%}
    {{ return(adapter.dispatch('exact_money', 'rapport')(number)) }}
{%- endmacro %}

{% macro default__exact_money(number) -%}
    {{ money(number) }}
{%- endmacro %}

{% macro duckdb__exact_money(number) -%}
    coalesce({{ money('try_cast(' ~ number ~ ' as numeric(18, 12))') }}, {{ money(number) }})
{%- endmacro %}

{#-
Double quotient, null where the divisor is zero or null. Decimal division is a double on one
engine and a numeric on the other, integer division cuts off on one: this is the only division.
-#}
{% macro ratio(numerator, denominator) -%}
    (cast({{ numerator }} as double precision) / nullif(cast({{ denominator }} as double precision), 0))
{%- endmacro %}

{#-
Sum of doubles that is the same whatever the order of the rows: nine digits behind the point, exactly.
A plain one ends in other digits from build to build.
-#}
{% macro exact_sum(number) -%}
    sum(cast({{ number }} as numeric(38, 9)))
{%- endmacro %}

{#- Mean that is the same whatever the order of the rows. -#}
{% macro mean(number) -%}
    {{ ratio(exact_sum(number), 'count(' ~ number ~ ')') }}
{%- endmacro %}

{#- Whole quotient of two whole numbers that are not negative. -#}
{% macro whole_quotient(dividend, divisor) -%}
    {{ return(adapter.dispatch('whole_quotient', 'rapport')(dividend, divisor)) }}
{%- endmacro %}

{% macro default__whole_quotient(dividend, divisor) -%}
    (({{ dividend }}) // ({{ divisor }}))
{%- endmacro %}

{% macro postgres__whole_quotient(dividend, divisor) -%}
    (({{ dividend }}) / ({{ divisor }}))
{%- endmacro %}

{% macro median(number, where=none) -%}
    {{ return(adapter.dispatch('median', 'rapport')(number, where)) }}
{%- endmacro %}

{% macro default__median(number, where) -%}
    percentile_cont(0.5) within group (order by cast({{ number }} as double precision))
    {%- if where %} filter (where {{ where }}){% endif %}
{%- endmacro %}

{#- Text in the order of its bytes, for order by, min and max: locales sort differently. -#}
{% macro by_bytes(text) -%}
    {{ return(adapter.dispatch('by_bytes', 'rapport')(text)) }}
{%- endmacro %}

{% macro default__by_bytes(text) -%}
    {{ text }}
{%- endmacro %}

{% macro postgres__by_bytes(text) -%}
    {{ text }} collate "C"
{%- endmacro %}

{#- Does the pattern occur in the text? Null text does not match. -#}
{% macro matches(text, pattern) -%}
    {{ return(adapter.dispatch('matches', 'rapport')(text, pattern)) }}
{%- endmacro %}

{% macro default__matches(text, pattern) -%}
    coalesce(regexp_matches({{ text }}, '{{ pattern }}'), false)
{%- endmacro %}

{% macro postgres__matches(text, pattern) -%}
    coalesce({{ text }} ~ '{{ pattern }}', false)
{%- endmacro %}

{#- The same where the pattern is a column; a null pattern asks nothing and is found in any text. -#}
{% macro matches_column(text, pattern) -%}
    {{ return(adapter.dispatch('matches_column', 'rapport')(text, pattern)) }}
{%- endmacro %}

{% macro default__matches_column(text, pattern) -%}
    ({{ pattern }} is null or coalesce(regexp_matches({{ text }}, {{ pattern }}), false))
{%- endmacro %}

{% macro postgres__matches_column(text, pattern) -%}
    ({{ pattern }} is null or coalesce({{ text }} ~ {{ pattern }}, false))
{%- endmacro %}

{#- What the pattern's one group holds where it first occurs in the text; null where it does not. -#}
{% macro first_match(text, pattern) -%}
    {{ return(adapter.dispatch('first_match', 'rapport')(text, pattern)) }}
{%- endmacro %}

{% macro default__first_match(text, pattern) -%}
    nullif(regexp_extract({{ text }}, '{{ pattern }}', 1), '')
{%- endmacro %}

{% macro postgres__first_match(text, pattern) -%}
    nullif(substring({{ text }} from '{{ pattern }}'), '')
{%- endmacro %}

{#- 16 hex digits that stand for the values; null counts as empty text. -#}
{% macro hash_key(values) -%}
    left(md5({% for value in values %}coalesce(cast({{ value }} as text), '')
        {%- if not loop.last %} || '|' || {% endif %}{% endfor %}), 16)
{%- endmacro %}

{#- A number of 64 bits that is the same for the same text, null for null: quicker to compare. -#}
{% macro text_hash(text) -%}
    {{ return(adapter.dispatch('text_hash', 'rapport')(text)) }}
{%- endmacro %}

{% macro duckdb__text_hash(text) -%}
    case when {{ text }} is not null then {{ row_hash([text]) }} end
{%- endmacro %}

{% macro postgres__text_hash(text) -%}
    hashtextextended({{ text }}, 0)
{%- endmacro %}

{#- A bigint that changes with any of the columns; DuckDB's own is unsigned, which few readers know. -#}
{% macro row_hash(columns) -%}
    {{ return(adapter.dispatch('row_hash', 'rapport')(columns)) }}
{%- endmacro %}

{% macro duckdb__row_hash(columns) -%}
    cast(hash({{ columns | join(', ') }}) >> 1 as bigint)
{%- endmacro %}

{% macro postgres__row_hash(columns) -%}
    hashtextextended(cast(row({{ columns | join(', ') }}) as text), 0)
{%- endmacro %}

{#- `<source system>|<record>`, null where the record is. -#}
{% macro record_key(source_system, record_id) -%}
    {{ source_system }} || '|' || {{ record_id }}
{%- endmacro %}

{#- Text without surrounding blanks; empty is null. -#}
{% macro clean_text(text) -%}
    nullif(trim({{ text }}), '')
{%- endmacro %}

{#-
Value of a text as 'date', 'numeric', 'bigint', 'timestamp' or 'boolean'; null where it is none.
Only the shapes named in the patterns are read, so that engines agree on what is one.
-#}
{% macro text_as(text, type) -%}
    {{ return(adapter.dispatch('text_as', 'rapport')(text, type)) }}
{%- endmacro %}

{% macro default__text_as(text, type) -%}
    case
        when {{ is_castable(text, type) }}
            then try_cast({{ text }} as {{ castable_type(type) }})
    end
{%- endmacro %}

{% macro postgres__text_as(text, type) -%}
    case
        when not ({{ is_castable(text, type) }}) then null
        {%- if type in ['date', 'timestamp'] %}
        when cast(substr({{ text }}, 9, 2) as integer) > extract(day from (
            cast(substr({{ text }}, 1, 7) || '-01' as date) + interval '1 month' - interval '1 day'
        )) then null
        {%- endif %}
        else cast({{ text }} as {{ castable_type(type) }})
    end
{%- endmacro %}

{% macro castable_type(type) -%}
    {{ 'numeric(18, 4)' if type == 'numeric' else type }}
{%- endmacro %}

{% macro is_castable(text, type) -%}
    {%- set patterns = {
        'date': '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$',
        'timestamp': '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,6})?)?$',
        'numeric': '^[-+]?[0-9]{1,14}([.][0-9]*)?$',
        'bigint': '^[-+]?[0-9]{1,18}$',
        'boolean': '^(true|false|t|f|yes|no|1|0)$',
    } -%}
    {{ matches(text, patterns[type]) }}
{%- endmacro %}

{#-
Amount in reporting currency; null where a rate is needed and missing. Each branch is rounded by
itself: a case over amount and product would widen every amount to the product's digits first.
-#}
{% macro to_reporting(amount, currency, rate) -%}
    case
        when {{ currency }} = '{{ var("reporting_currency") }}' then {{ money(amount) }}
        else {{ exact_money(product(amount, rate)) }}
    end
{%- endmacro %}

{#- Date of birth of somebody who can be a customer; an impossible one is unknown. -#}
{% macro possible_birth_date(day) -%}
    case when {{ day }} >= cast('1900-01-01' as date) and {{ day }} < {{ as_of_date() }} then {{ day }} end
{%- endmacro %}

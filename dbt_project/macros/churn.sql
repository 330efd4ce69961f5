{#- Staying away this long is what is foretold; the columns' names say it. -#}
{% macro churn_horizon_days() %}
    {{ return(90) }}
{% endmacro %}

{#- Columns of int_churn_service that tell a customer who stays away from one who does not. -#}
{% macro churn_service_columns() %}
    {{ return([
        'tickets',
        'tickets_since_order',
        'open_tickets',
        'solve_hours',
        'csat',
        'nps',
        'sessions',
        'recent_sessions',
        'recent_carts',
        'days_since_session',
    ]) }}
{% endmacro %}

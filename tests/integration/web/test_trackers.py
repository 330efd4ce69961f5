"""From the senders' own formats to sessions, costs and touchpoints, on each engine."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest

from rapport import transform
from tests.integration.web.conftest import Trackers

pytestmark = pytest.mark.slow


def at(day: int, hour: int, minute: int = 0, second: int = 0, micro: int = 0) -> datetime:
    return datetime(2026, 1, day, hour, minute, second, micro)


def test_visitors_of_analytics_who_start_in_one_second_are_two(built: Trackers) -> None:
    sessions = built.rows(
        "select device_key, started_at, ended_at, events, page_views, carts, purchases,"
        " device_type, landing_path from intermediate.int_sessions_summarised"
        " where source_system = 'analytics' order by device_key"
    )
    assert sessions == [
        # The session goes on the next day, and the purchase came with the day's second export.
        ("11.22", at(1, 10, micro=1), at(2, 1), 4, 2, 1, 1, "mobile", "/a"),
        ("33.44", at(1, 10, micro=1), at(1, 10, micro=1), 1, 1, 0, 0, "mobile", "/a"),
    ]


def test_event_without_consent_is_kept_and_in_no_session(built: Trackers) -> None:
    assert built.rows(
        "select count(*), sum(case when is_ignored then 1 else 0 end)"
        " from intermediate.int_web_events_deduplicated where source_system = 'analytics'"
    ) == [(6, 1)]


def test_analytics_day_written_anew_doubles_nothing(built: Trackers) -> None:
    assert built.rows(
        "select source_order_id, utm_source, utm_medium, page_path from staging.stg_ga4__events"
        " where event_kind = 'purchase'"
    ) == [("T-9", "news", "email", "/a")]
    assert built.rows(
        "select source_product_id from staging.stg_ga4__events where event_kind = 'add_to_cart'"
    ) == [("SKU-1",)]
    assert built.rows("select count(*) from raw.ga4__events") == [(6,)]


def test_enriched_tsv_is_read_by_its_131_places(built: Trackers) -> None:
    assert built.rows(
        "select event_id, page_path, device_type, page_view_id, is_ignored"
        " from staging.stg_snowplow__events order by event_id"
    ) == [
        ("again", "/home", "desktop", "page-1", False),
        ("late", "/home", "desktop", "page-2", True),
        ("ping", "/home", "desktop", "page-1", False),
        ("view", "/home", "desktop", "page-1", False),
    ]


def test_event_taken_twice_is_the_one_that_was_taken_first(built: Trackers) -> None:
    assert built.rows(
        "select device_key, ended_at, events, page_views from intermediate.int_sessions_summarised"
        " where source_system = 'tracker'"
    ) == [("cookie", at(1, 12), 3, 1)]


def test_log_of_a_server_makes_sessions_of_people_alone(built: Trackers) -> None:
    assert built.rows(
        "select started_at, page_views, events, is_bot, device_type, utm_source, landing_path"
        " from intermediate.int_sessions_summarised where source_system = 'server'"
        " order by is_bot, started_at"
    ) == [
        (at(1, 9), 2, 2, False, "mobile", "news", "/a"),
        (at(1, 9, 50, 1), 1, 1, False, "mobile", None, "/c"),
        (at(1, 9), 1, 1, True, "other", None, "/a"),
    ]


def test_addresses_of_visitors_go_no_further_than_raw(built: Trackers) -> None:
    for table in ("int_web_events_recorded", "int_sessions_summarised"):
        rows = built.rows(f"select * from intermediate.{table} where source_system = 'server'")
        assert rows and not any("203.0.113.9" in str(value) for row in rows for value in row)


def test_reports_of_four_platforms_are_one_feed_and_corrections_count_once(
    built: Trackers,
) -> None:
    assert built.rows(
        "select spend_date, platform, channel, campaign, amount"
        " from intermediate.int_spend_unioned order by spend_date, platform"
    ) == [
        (date(2026, 1, day), platform, channel, campaign, Decimal(amount))
        for day, google in ((1, "1300"), (2, "1"))
        for platform, channel, campaign, amount in (
            ("google_ads", "paid_search", "Brand", google),
            ("linkedin_ads", "paid_social", "Leads, DACH", "40.25"),
            ("meta_ads", "paid_social", "Retargeting", "20.5"),
            ("tiktok_ads", "paid_social", "Reach", "7"),
        )
    ]


def test_touchpoint_of_a_new_channel_reaches_the_mart_by_configuration_alone(
    built: Trackers,
) -> None:
    assert built.rows(
        "select touched_at, record_key, channel, kind from intermediate.int_touchpoints_unioned"
        " where source_system = 'anything'"
    ) == [(at(1, 9), "anything|email:ann@x.example", "fair", "talk")]
    assert built.rows(
        "select payload from staging.stg_touchpoints__touchpoints where source_system = 'anything'"
    ) == [('{"hall":7}',)]


def test_a_mention_is_told_without_its_words(built: Trackers) -> None:
    assert built.rows(
        "select voice_id, language, topic, tone, customer_id is not null from candidate.fct_voice"
    ) == [("mention|fair|t1", "en", "other", "positive", True)]


def test_without_any_order_quotients_are_null_and_forecasts_say_why(built: Trackers) -> None:
    """Of nothing there is no average, and nobody is foretold to come back."""
    ratios = (
        "average_order_value",
        "repurchase_rate",
        "gross_margin_rate",
        "csat",
        "churn_entry_rate",
    )
    kpis = built.rows(
        "select count(*) as kpi_rows, count(value) as known from candidate.rpt_kpis"
        f" where kpi_id in {ratios} and segment_kind = 'all'"
    )
    assert kpis[0][0] > 0 and kpis[0][1] == 0
    assert built.rows("select count(*) from candidate.fct_customer_predictions") == [(0,)]
    quality = built.rows(
        "select prediction, value, reason, reason_zh from candidate.rpt_prediction_quality"
        " where prediction in ('purchases', 'sales', 'churn_90_days')"
    )
    assert {row[0] for row in quality} == {"purchases", "sales", "churn_90_days"}
    for _, value, reason, reason_zh in quality:
        assert value is None and reason and reason_zh


def test_two_senders_of_one_shape_keep_their_own_keys(built: Trackers) -> None:
    both = [("anything", "t1", "ann@x.example"), ("fair", "t1", "ben@x.example")]
    query = (
        "select source_system, source_touchpoint_id, email"
        " from staging.stg_touchpoints__touchpoints order by 1"
    )
    assert built.rows(query) == both
    built.ingest(1, "fair")  # a day of one, again, leaves the other alone
    assert built.rows("select count(*) from raw.touchpoints__touchpoints") == [(2,)]


def test_the_models_keep_their_rules(built: Trackers) -> None:
    """dbt's unit tests of these systems: the company that ships has none of them."""
    names = ("ga4", "access_log", "spend", "snowplow", "touchpoints")
    folders = [f"path:models/staging/{name}" for name in names]
    results = transform.unit_tests(built.settings, [*folders, "path:models/intermediate/web"])
    assert len(results) >= 15

"""A bicycle shop's CRM and ERP exports, cross-keyed and dirty, and Snowplow's web events.

Asserted against figures.py, which reads the files alone. The exports come twice: as they were when
the shop's sales end (1 February 2014, the first publication), and again, whole, in 2021 with the
web events of that spring beside them. The second delivery must change no figure.
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from rapport.settings import Settings
from tests.acceptance import chain
from tests.acceptance.chain import Mailbox
from tests.acceptance.dwb_crm_erp import snowplow

pytestmark = [pytest.mark.acceptance, pytest.mark.slow]


def test_every_row_is_loaded_quarantined_or_superseded(
    bikes: Settings, first: dict[str, Any], second: dict[str, Any], expected: dict[str, Any]
) -> None:
    chain.check_accounts(bikes)
    for row in first["deliveries"]:
        name = f"{row['source']}.{row['entity']}"
        assert row["received"] == expected["received"][name]
        assert row["quarantined"] == expected["quarantined"].get(name, 0)
        assert row["superseded"] == expected["superseded"].get(name, 0)
        assert row["duplicates"] == 0
    assert chain.raw_rows(bikes, "crm__sales") == 2 * 60_398


def test_only_the_four_customers_without_an_id_are_quarantined(
    first: dict[str, Any], expected: dict[str, Any]
) -> None:
    assert chain.quarantined_by_rule(first["deliveries"]) == {"cst_id: key is empty": 4}
    assert expected["quarantined"] == {"crm.customers": 4}


def test_doubled_customer_ids_keep_the_record_made_last(
    first: dict[str, Any], expected: dict[str, Any]
) -> None:
    assert expected["superseded"] == {"crm.customers": 6}
    assert expected["crm_customers"] == 18_484
    assert first["people"][0]["named"] == expected["named_customers"] == 18_484


def test_wrong_dates_amounts_and_keys_are_mended_by_rule_and_counted(
    first: dict[str, Any], expected: dict[str, Any]
) -> None:
    found = {row["rule"]: row["mended_rows"] for row in first["mends"]}
    assert found == expected["mends"]
    assert found == {
        "order_date_unreadable": 19,  # 17 times 0, then 5489 and 32154
        "price_missing": 7,
        "price_negative": 5,
        "sales_missing_or_not_positive": 13,
        "sales_not_quantity_times_price": 10,
        "birth_date_in_future": 16,
        "country_missing": 337,
        "country_spelled_otherwise": 4_657,
        "customer_name_padded": 29,
        "erp_key_prefix_nas": 11_042,
        "erp_key_hyphen": 18_484,
        "product_category_unknown": 7,  # CO_PE, which the ERP calls CO_PD
        "product_cost_missing": 2,
        "product_end_before_start": 200,
    }


def test_match_of_crm_and_erp_is_told_before_and_after_normalisation(
    first: dict[str, Any], expected: dict[str, Any]
) -> None:
    for row in first["matches"]:
        told = expected["matches"][f"erp.{row['entity']}"]
        assert {name: row[name] for name in ("records", "matched_raw", "matched_normalised")} == {
            name: told[name] for name in ("records", "matched_raw", "matched_normalised")
        }
    assert expected["matches"]["erp.birth_dates"]["matched_raw_pct"] == Decimal("40.3")
    assert expected["matches"]["erp.locations"]["matched_raw_pct"] == Decimal("0.0")
    assert first["people"][0]["matched"] == 18_484
    assert first["people"][0]["of_three_records"] == 18_484
    rates = {k["value"] for k in first["kpis"] if k["kpi_id"] == "match_rate" and k["base_count"]}
    assert rates == {1.0}


def test_customers_orders_revenue_and_returns_are_those_of_the_files(
    first: dict[str, Any], expected: dict[str, Any]
) -> None:
    assert first["ticket"]["as_of"] == "2014-02-01T00:00:00Z"
    assert first["headline"] == {
        "customers": expected["customers"],
        "orders": expected["orders"],
        "anonymous_orders": 0,
        "net_revenue": expected["net_revenue"],
        "gross_sales": expected["net_revenue"],
        "returns": expected["returns"],
        "anonymous_revenue": 0,
    }
    assert first["headline"]["customers"] == 18_484
    assert first["headline"]["orders"] == 27_659
    assert first["headline"]["net_revenue"] == 29_356_250


def test_lines_years_and_countries_are_those_of_the_files(
    first: dict[str, Any], expected: dict[str, Any]
) -> None:
    lines = first["lines"][0]
    assert (lines["n"], lines["with_cost"]) == (expected["order_lines"], expected["order_lines"])
    assert lines["first_day"] == expected["first_order_on"]
    assert lines["last_day"] == expected["last_order_on"]
    assert {row["year"]: row["net"] for row in first["years"]} == expected["revenue_by_year"]
    assert {row["country_code"]: row["net"] for row in first["countries"]} == expected[
        "revenue_by_country"
    ]
    assert first["products"][0] == {"n": expected["products"], "named": expected["products"]}


def test_erp_gives_birth_dates_and_countries_to_the_crm_customers(
    first: dict[str, Any], expected: dict[str, Any]
) -> None:
    people = first["people"][0]
    assert people["with_birth_date"] == 18_484 - expected["mends"]["birth_date_in_future"]
    assert people["with_country"] == 18_484 - expected["mends"]["country_missing"]


def test_same_export_delivered_again_changes_no_figure(
    first: dict[str, Any], second: dict[str, Any]
) -> None:
    assert second["ticket"]["as_of"] == "2021-04-01T00:00:00Z"
    assert second["headline"] == first["headline"]
    for name in ("people", "lines", "years", "countries", "products"):
        assert _in_order(second[name]) == _in_order(first[name]), name


def test_customers_keep_their_id_when_the_export_comes_again(
    first: dict[str, Any], second: dict[str, Any]
) -> None:
    assert _in_order(second["customer_ids"]) == _in_order(first["customer_ids"])


def test_missing_web_source_is_told_as_late_and_not_waited_for(first: dict[str, Any]) -> None:
    assert first["ticket"]["late"] == ["web"]
    stale = {row["source"]: row["is_stale"] for row in first["sources"]}
    assert stale == {"crm": False, "erp": False, "web": True}


def test_report_for_the_last_month_of_sales_arrives_in_the_mailbox(
    bikes: Settings, first: dict[str, Any], expected: dict[str, Any], mailbox: Mailbox
) -> None:
    mails = mailbox.mails("board@dwb.example")
    assert len(mails) == 1
    assert "DWB Bicycles" in mails[0]["Subject"]
    text, html = mails[0].get_body(("plain",)), mails[0].get_body(("html",))
    assert text is not None and html is not None
    assert "January 2014" in text.get_content()
    assert f"${expected['revenue_by_year'][2014]:,.0f}" in text.get_content()  # January alone
    assert (bikes.archive_dir / "index.html").exists()


@pytest.fixture(scope="module")
def sent(data: Path) -> list[dict[str, str]]:
    """The events as Snowplow sent them."""
    return snowplow.sent(data)


@pytest.fixture(scope="module")
def told(data: Path) -> dict[str, list[dict[str, str]]]:
    """What Snowplow's models make of them."""
    return {name: snowplow.told(data, name) for name in ("sessions", "page_views", "users")}


@pytest.fixture(scope="module")
def ours(second: dict[str, Any], sent: list[dict[str, str]]) -> dict[str, dict[str, Any]]:
    """Our published sessions with a page view, by Snowplow's session id."""
    names = {row["event_id"]: row["domain_sessionid"] for row in sent}
    named = {event["session_id"]: names[event["event_id"]] for event in second["events"]}
    return {named[row["session_id"]]: row for row in second["sessions"] if row["page_views"]}


def test_events_delivered_twice_count_once(
    second: dict[str, Any], sent: list[dict[str, str]]
) -> None:
    assert len(sent) == 160
    assert len(second["events"]) == len({row["event_id"] for row in sent}) == 157


def test_sessions_are_those_of_snowplows_own_models(
    told: dict[str, list[dict[str, str]]], ours: dict[str, dict[str, Any]]
) -> None:
    def expected(row: dict[str, str]) -> tuple[Any, ...]:
        device = row["domain_userid"] or row["domain_sessionid"]
        return (
            device,
            row["start_tstamp"],
            row["end_tstamp"],
            int(row["page_views"]),
            int(row["total_events"]),
        )

    def found(row: dict[str, Any]) -> tuple[Any, ...]:
        start, end = snowplow.stamp(row["started_at"]), snowplow.stamp(row["ended_at"])
        return (row["anonymous_id"], start, end, row["page_views"], row["events"])

    assert len(told["sessions"]) == 18
    assert {name: found(row) for name, row in ours.items()} == {
        row["domain_sessionid"]: expected(row) for row in told["sessions"]
    }


def test_page_views_are_those_of_snowplows_own_models(
    told: dict[str, list[dict[str, str]]], sent: list[dict[str, str]], second: dict[str, Any]
) -> None:
    views = {row["event_id"] for row in sent if row["event"] == "page_view"}
    ours = {
        row["event_id"]: snowplow.stamp(row["event_at"])
        for row in second["events"]
        if row["is_page_view"]
    }
    # Pings whose view did not come count in their session and are no row of Snowplow's page views.
    of_pings = [event_id for event_id in ours if event_id not in views]
    assert len(of_pings) == sum(row["page_views"] for row in second["sessions"]) - 43
    assert len(told["page_views"]) == 43
    assert {name: moment for name, moment in ours.items() if name in views} == {
        row["event_id"]: row["derived_tstamp"] for row in told["page_views"]
    }


def test_users_are_those_of_snowplows_own_models(
    told: dict[str, list[dict[str, str]]], ours: dict[str, dict[str, Any]]
) -> None:
    """A user is a cookie there; the session without one stands for itself here."""
    devices = defaultdict(list)
    for name, row in ours.items():
        if row["anonymous_id"] != name:
            devices[row["anonymous_id"]].append(row)
    assert len(told["users"]) == 11
    assert {
        device: (
            snowplow.stamp(min(row["started_at"] for row in rows)),
            snowplow.stamp(max(row["ended_at"] for row in rows)),
            sum(row["page_views"] for row in rows),
            len(rows),
        )
        for device, rows in devices.items()
    } == {
        row["domain_userid"]: (
            row["start_tstamp"],
            row["end_tstamp"],
            int(row["page_views"]),
            int(row["sessions"]),
        )
        for row in told["users"]
    }


def test_no_event_of_these_is_a_bot(second: dict[str, Any]) -> None:
    assert not any(row["is_bot"] for row in second["sessions"])


def _in_order(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: [str(value) for value in row.values()])

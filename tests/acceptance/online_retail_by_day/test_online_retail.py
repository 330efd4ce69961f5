"""A UK gift shop's year, ingested day by day: 305 files, cancellations, sales to nobody known.

Asserted against figures.py, which reads the files alone. What a line is, is decided by rule
(models/staging/shop/stg_shop__invoice_lines.sql); the test states how many lines each rule takes.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from rapport.settings import Settings
from tests.acceptance import chain
from tests.acceptance.chain import Mailbox
from tests.acceptance.online_retail_by_day.figures import work_out

pytestmark = [pytest.mark.acceptance, pytest.mark.slow]

FIRST_DAY, MID_WAY, END = date(2010, 12, 1), date(2011, 6, 1), date(2011, 12, 10)


@pytest.fixture(scope="module")
def expected(data: Path) -> dict[str, Any]:
    """What the files hold."""
    return work_out(data / "online_retail_by_day")


@pytest.fixture(scope="module")
def shop(data: Path, tmp_path_factory: pytest.TempPathFactory, mailbox: Mailbox) -> Settings:
    """The company after all 374 days, two builds, and a report."""
    return chain.company(
        Path(__file__).parent / "company",
        tmp_path_factory.mktemp("online_retail"),
        mailbox,
        ONLINE_RETAIL_FOLDER=str(data / "online_retail_by_day"),
    )


@pytest.fixture(scope="module")
def runs(shop: Settings) -> dict[str, Any]:
    """What was published half way and at the end."""
    chain.ingest_days(shop, "shop", FIRST_DAY, MID_WAY)
    first = chain.build_and_publish(shop)
    half_way = {"ticket": first, **chain.headline(shop), "months": _months(shop)}
    chain.ingest_days(shop, "shop", MID_WAY, END)
    last = chain.build_and_publish(shop)
    sent = chain.send_report(shop)
    return {"half_way": half_way, "end": {"ticket": last, **chain.headline(shop)}, "sent": sent}


def _months(shop: Settings) -> dict[str, Decimal]:
    rows = chain.published(
        shop,
        months="""
            select
                cast(date_trunc('month', revenue_date) as date) as month_start,
                sum(net_amount_reporting) as net
            from marts.fct_order_lines
            group by 1
            order by 1
        """,
    )["months"]
    return {f"{row['month_start']:%Y-%m}": row["net"].normalize() for row in rows}


def test_every_line_is_loaded_quarantined_or_an_exact_duplicate(
    shop: Settings, runs: dict[str, Any], expected: dict[str, Any]
) -> None:
    chain.check_accounts(shop)
    assert chain.totals(chain.deliveries(shop)) == {
        "received": 541_909,
        "loaded": expected["loaded"],
        "quarantined": expected["quarantined"],
        "superseded": 0,
        "duplicates": expected["exact_duplicates"],
    }
    assert expected["received"] == 541_909
    assert expected["exact_duplicates"] == 5_268
    assert chain.raw_rows(shop, "shop__invoice_lines") == expected["loaded"]


def test_every_day_is_an_interval_and_days_without_a_file_are_empty(
    shop: Settings, runs: dict[str, Any], expected: dict[str, Any]
) -> None:
    received = {row["interval_start"][:10]: row["received"] for row in chain.deliveries(shop)}
    assert len(received) == (END - FIRST_DAY).days == 374
    assert {day: n for day, n in received.items() if n} == expected["received_by_day"]
    assert expected["days"] == 305


def test_only_the_three_bad_debt_entries_are_quarantined(
    shop: Settings, runs: dict[str, Any], expected: dict[str, Any]
) -> None:
    rules = chain.quarantined_by_rule(chain.deliveries(shop))
    assert rules == {"invoice_no: to_match_regex": 3}
    assert expected["quarantined"] == 3


def test_rules_take_the_lines_that_the_files_say(
    shop: Settings, runs: dict[str, Any], expected: dict[str, Any]
) -> None:
    found = chain.warehouse_rows(shop, "select * from intermediate.int_lines_counted")
    lines = {row["line_kind"]: row["lines"] for row in found}
    amounts = {row["line_kind"]: row["amount"] for row in found}
    kinds = ("sale", "credit", "freight", "fee", "stock")
    assert lines == {kind: expected["lines"][kind] for kind in kinds}
    assert amounts == {kind: expected["amounts"][kind] for kind in kinds}
    assert lines == {
        "sale": 522_928,
        "credit": 8_989,
        "freight": 2_110,
        "fee": 149,
        "stock": 2_462,
    }


def test_customers_orders_revenue_and_returns_are_those_of_the_files(
    runs: dict[str, Any], expected: dict[str, Any]
) -> None:
    end = dict(runs["end"])
    assert end.pop("ticket")["as_of"] == "2011-12-10T00:00:00Z"
    assert end == {name: expected[name] for name in end}
    assert end["customers"] == 4_338
    assert end["orders"] == 19_869
    assert end["net_revenue"] == Decimal("9697276.113")
    assert end["returns"] == Decimal("628381.84")


def test_sales_to_nobody_known_stay_anonymous_revenue(
    shop: Settings, runs: dict[str, Any], expected: dict[str, Any]
) -> None:
    assert runs["end"]["anonymous_revenue"] == expected["anonymous_revenue"]
    assert runs["end"]["anonymous_orders"] == expected["anonymous_orders"] == 1_399
    assert expected["lines_without_customer"] == 135_080


def test_revenue_lies_in_the_months_of_london(
    shop: Settings, runs: dict[str, Any], expected: dict[str, Any]
) -> None:
    by_month = {m: net.normalize() for m, net in expected["net_revenue_by_month"].items()}
    assert _months(shop) == by_month


def test_later_days_do_not_restate_the_months_published_before(
    shop: Settings, runs: dict[str, Any]
) -> None:
    half_way = runs["half_way"]
    assert half_way["ticket"]["as_of"] == "2011-06-01T00:00:00Z"
    assert half_way["ticket"]["publication_id"] < runs["end"]["ticket"]["publication_id"]
    assert len(half_way["months"]) == 6
    now = _months(shop)
    assert {month: now[month] for month in half_way["months"]} == half_way["months"]


def test_customers_keep_their_id_from_build_to_build(shop: Settings, runs: dict[str, Any]) -> None:
    changes = chain.published(
        shop,
        kinds="select change_kind, count(*) as n from marts.fct_identity_changes group by 1",
    )["kinds"]
    assert {row["change_kind"] for row in changes} == {"minted"}


def test_report_with_these_figures_arrives_in_the_mailbox(
    shop: Settings, runs: dict[str, Any], expected: dict[str, Any], mailbox: Mailbox
) -> None:
    mails = mailbox.mails("board@onlineretail.example")
    assert len(mails) == 1
    assert "Online Retail" in mails[0]["Subject"]
    text = mails[0].get_body(("plain",))
    html = mails[0].get_body(("html",))
    assert text is not None and html is not None
    assert "November 2011" in text.get_content()
    november = expected["net_revenue_by_month"]["2011-11"]
    assert f"£{november:,.0f}" in text.get_content()
    assert (shop.archive_dir / "index.html").exists()

    chain.send_report(shop)
    assert len(mailbox.mails("board@onlineretail.example")) == 1

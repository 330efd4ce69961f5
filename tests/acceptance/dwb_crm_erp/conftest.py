"""The chain on dwb_crm_erp, run once for all tests of this folder."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from rapport.settings import Settings
from tests.acceptance import chain
from tests.acceptance.chain import Mailbox
from tests.acceptance.dwb_crm_erp.figures import work_out

SALES_START, SALES_END = date(2010, 12, 1), date(2014, 2, 1)
WEB_START, WEB_END = date(2020, 7, 1), date(2021, 4, 1)


@pytest.fixture(scope="session")
def expected(data: Path) -> dict[str, Any]:
    """What the files hold as of the end of the sales."""
    return work_out(data, SALES_END)


@pytest.fixture(scope="session")
def bikes(data: Path, tmp_path_factory: pytest.TempPathFactory, mailbox: Mailbox) -> Settings:
    """The company folder on the real files."""
    return chain.company(
        Path(__file__).parent / "company",
        tmp_path_factory.mktemp("dwb_crm_erp"),
        mailbox,
        DWB_CRM_FOLDER=str(data / "dwb_crm_erp" / "source_crm"),
        DWB_ERP_FOLDER=str(data / "dwb_crm_erp" / "source_erp"),
        DWB_WEB_FOLDER=str(data / "snowplow_web_apache2" / "source"),
    )


@pytest.fixture(scope="session")
def first(bikes: Settings) -> dict[str, Any]:
    """The publication as of February 2014, and all that is asked of it."""
    chain.ingest_interval(bikes, ["crm", "erp"], SALES_START, SALES_END)
    ticket = chain.build_and_publish(bikes)
    sent = chain.send_report(bikes)
    return {
        "ticket": ticket,
        "sent": sent,
        "headline": chain.headline(bikes),
        "deliveries": chain.deliveries(bikes),
        "mends": chain.warehouse_rows(bikes, "select * from intermediate.int_mends_counted"),
        "matches": chain.warehouse_rows(bikes, "select * from intermediate.int_erp_keys_matched"),
        **_published(bikes),
    }


@pytest.fixture(scope="session")
def second(bikes: Settings, first: dict[str, Any]) -> dict[str, Any]:
    """The publication as of April 2021, after the same exports came again, with web events."""
    chain.ingest_interval(bikes, ["crm", "erp"], SALES_END, WEB_END)
    chain.ingest_interval(bikes, ["web"], WEB_START, WEB_END)
    ticket = chain.build_and_publish(bikes)
    return {
        "ticket": ticket,
        "headline": chain.headline(bikes),
        "events": chain.warehouse_rows(
            bikes,
            """
            select
                recorded.event_id,
                recorded.event_at,
                sessionised.session_id,
                sessionised.is_page_view
            from intermediate.int_web_events_deduplicated as recorded
            left join intermediate.int_web_events_sessionised as sessionised
                on recorded.event_id = sessionised.event_id
            """,
        ),
        **_published(bikes),
    }


def _published(bikes: Settings) -> dict[str, list[dict[str, Any]]]:
    return chain.published(
        bikes,
        people="""
            select
                count(*) as customers,
                count(full_name) as named,
                count(birth_date) as with_birth_date,
                count(country_code) as with_country,
                sum(case when has_crm_record and has_erp_record then 1 else 0 end) as matched,
                sum(case when records = 3 then 1 else 0 end) as of_three_records
            from marts.dim_customers
            where is_customer
        """,
        lines="""
            select
                count(*) as n,
                min(revenue_date) as first_day,
                max(revenue_date) as last_day,
                count(cost_amount_reporting) as with_cost,
                count(distinct product_id) as products
            from marts.fct_order_lines
        """,
        years="""
            select
                cast(extract(year from revenue_date) as bigint) as year,
                sum(net_amount_reporting) as net
            from marts.fct_order_lines
            group by 1
        """,
        countries="""
            select
                coalesce(dim_customers.country_code, '') as country_code,
                sum(fct_order_lines.net_amount_reporting) as net
            from marts.fct_order_lines
            inner join marts.dim_customers
                on fct_order_lines.customer_id = dim_customers.customer_id
            group by 1
        """,
        products="select count(*) as n, count(category_name) as named from marts.dim_products",
        kpis="""
            select kpi_id, period_start, value, base_count
            from marts.rpt_kpis
            where period_kind = 'month' and segment_kind = 'all'
        """,
        sessions="select * from marts.fct_sessions",
        customer_ids="""
            select customer_id, golden_record_key from marts.dim_customers where is_customer
        """,
        changes="select change_kind, count(*) as n from marts.fct_identity_changes group by 1",
        sources="select * from marts.ops_sources",
    )

"""Snowplow's own tables in PostgreSQL: `atomic.events` and a table for each context."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import yaml

from rapport import build, ingest, settings, warehouses
from tests.integration.web.conftest import DAY, START
from tests.support.postgres import PostgresServer

pytestmark = [pytest.mark.postgres, pytest.mark.slow]
COMPANY: dict[str, Any] = {
    "name": "Atomic",
    "business_timezone": "UTC",
    "reporting_currency": "EUR",
    "history_start": "2026-01-01",
    "sources": {
        "web": {
            "system": "snowplow",
            "kind": "web",
            "required": True,
            "connection": {"url": "env:ATOMIC_URL"},
        }
    },
    "feeds": {"web_events": ["int_snowplow_events_described"]},
}
# The types that Snowplow's loader gives these columns; it has some 100 more.
EVENTS = """
    create schema atomic;
    create table atomic.events (
        app_id varchar(255), platform varchar(255), etl_tstamp timestamp,
        collector_tstamp timestamp not null, dvce_created_tstamp timestamp,
        event varchar(128), event_id char(36) not null, user_id varchar(255),
        user_ipaddress varchar(128), domain_userid varchar(128), domain_sessionidx integer,
        page_urlhost varchar(255), page_urlpath varchar(3000), page_referrer varchar(4096),
        mkt_medium varchar(255), mkt_source varchar(255), mkt_campaign varchar(255),
        se_category varchar(1000), se_action varchar(1000), tr_orderid varchar(255),
        tr_total numeric(18, 2), ti_orderid varchar(255), ti_sku varchar(255),
        useragent varchar(1000), dvce_type varchar(50), dvce_ismobile boolean,
        dvce_sent_tstamp timestamp, domain_sessionid char(128), derived_tstamp timestamp,
        event_name varchar(1000)
    );
    create table atomic.com_snowplowanalytics_snowplow_web_page_1 (
        schema_vendor varchar(128), schema_name varchar(128), root_id char(36) not null,
        root_tstamp timestamp not null, id char(36) not null
    );
    insert into atomic.events (
        platform, collector_tstamp, dvce_created_tstamp, dvce_sent_tstamp, derived_tstamp, event,
        event_name, event_id, domain_userid, domain_sessionid, page_urlpath, dvce_ismobile
    )
    select
        'web', moment, moment, moment, moment, kind, kind, event_id, 'cookie', session,
        '/home', true
    from (
        values
        (timestamp '2026-01-01 10:00:00', 'page_view', 'e1', 's1'),
        (timestamp '2026-01-01 10:00:10', 'page_ping', 'e2', 's1'),
        (timestamp '2026-01-01 11:00:00', 'page_view', 'e3', 's1'),
        (timestamp '2026-01-01 11:00:00', 'page_view', 'without', 's1')
    ) as sent (moment, kind, event_id, session);
    insert into atomic.com_snowplowanalytics_snowplow_web_page_1 (root_id, root_tstamp, id)
    values
    ('e1', '2026-01-01 10:00:00', 'p1'),
    ('e2', '2026-01-01 10:00:10', 'p1'),
    ('e3', '2026-01-01 11:00:00', 'p2');
"""


@pytest.fixture
def atomic(postgres_server: PostgresServer) -> str:
    url = postgres_server.create_database()
    with sa.create_engine(url.replace("postgresql://", "postgresql+psycopg2://")).begin() as db:
        db.exec_driver_sql(EVENTS)
    return url


def test_page_view_ids_come_from_the_table_of_their_context(atomic: str, tmp_path: Path) -> None:
    company = tmp_path / "company"
    company.mkdir()
    (company / "company.yml").write_text(yaml.safe_dump(COMPANY), encoding="utf-8")
    (company / "dbt_project.yml").write_text(
        "name: company\nversion: '1.0'\nconfig-version: 2\n", encoding="utf-8"
    )
    loaded = settings.load(company, {"RAPPORT_VAR": str(tmp_path / "var"), "ATOMIC_URL": atomic})
    ingest.interval(loaded, "web", START, START + DAY)
    assert build.run(loaded) is not None
    with warehouses.open(loaded) as warehouse:
        sessions = warehouse.read(
            "select device_key, started_at, ended_at, events, page_views, device_type"
            " from intermediate.int_sessions_summarised"
        ).to_pylist()
    assert [tuple(row.values()) for row in sessions] == [
        ("cookie", datetime(2026, 1, 1, 10), datetime(2026, 1, 1, 11), 3, 2, "mobile")
    ]

"""A company whose web data come from Google Analytics, Snowplow and a web server's log at once.

Beside them the reports of four advertising platforms and a generic feed of touchpoints. Everything
is written as the senders write it; what must come of it stands in the tests.
"""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from rapport import build, ingest, settings, warehouses
from rapport.settings import Settings
from rapport.systems import shipped_entities

START = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
COMPANY: dict[str, Any] = {
    "name": "Many Trackers",
    "business_timezone": "UTC",
    "reporting_currency": "EUR",
    "history_start": "2026-01-01",
    "sources": {
        name: {
            "system": system,
            "kind": kind,
            "required": True,
            "connection": {"path": f"env:FOLDER_{name.upper()}"},
            **entities,
        }
        for name, system, kind, entities in (
            ("analytics", "ga4", "web", {}),
            ("tracker", "snowplow", "web", {"entities": ["events"]}),
            ("server", "access_log", "web", {}),
            ("ads", "spend", "spend", {}),
            ("anything", "touchpoints", "touchpoints", {}),
            ("fair", "touchpoints", "touchpoints", {}),
        )
    },
    "feeds": {
        "web_events": ["stg_ga4__events", "stg_snowplow__events", "stg_access_log__requests"],
        "marketing_spend": ["int_spend_unioned"],
        "touchpoints": ["stg_touchpoints__touchpoints"],
    },
    "vars": {"access_log_key": "it's long and random"},
}
TRACKER = {"events": {"fetch": {"pattern": "{date}.tsv.gz", "format": "tsv", "header": "none"}}}


def ga4_event(name: str, micros: int, visitor: str | None, **more: Any) -> dict[str, Any]:
    """An event as `bq extract` writes it: integers as text, parameters as a list of pairs."""
    moment = START + timedelta(microseconds=micros)
    parameters = more.pop("parameters", {})
    return {
        "event_date": f"{moment:%Y%m%d}",
        "event_timestamp": str(int(moment.timestamp()) * 1_000_000 + micros % 1_000_000),
        "event_name": name,
        "event_params": [
            {
                "key": key,
                "value": {"int_value": str(value)}
                if isinstance(value, int)
                else {"string_value": value},
            }
            for key, value in parameters.items()
        ],
        "event_bundle_sequence_id": "-1",
        **({"user_pseudo_id": visitor} if visitor else {}),
        "user_properties": [],
        "device": {"category": "mobile", "operating_system": "iOS", "language": "de-de"},
        "geo": {"country": "Germany"},
        "traffic_source": {"medium": "(none)", "source": "(direct)"},
        "items": [],
        **more,
    }


def snowplow_event(**values: str) -> str:
    """A line of the enricher's TSV: 131 fields, no header, contexts as JSON."""
    names = shipped_entities("snowplow")["events"].fetch["names"]
    assert len(names) == 131 and set(values) <= set(names)
    return "\t".join(values.get(name, "") for name in names) + "\n"


def web_page(identity: str) -> str:
    """The contexts of an event on a page."""
    vendor = "iglu:com.snowplowanalytics.snowplow"
    page = {"schema": f"{vendor}/web_page/jsonschema/1-0-0", "data": {"id": identity}}
    return json.dumps({"schema": f"{vendor}/contexts/jsonschema/1-0-0", "data": [page]})


class Trackers:
    """The folders of the senders, the company that reads them, and what it made of them."""

    def __init__(self, folder: Path, **environ: str) -> None:
        self.folder = folder
        company = folder / "company"
        (company / "sources").mkdir(parents=True)
        (company / "company.yml").write_text(yaml.safe_dump(COMPANY), encoding="utf-8")
        (company / "dbt_project.yml").write_text(
            "name: company\nversion: '1.0'\nconfig-version: 2\n", encoding="utf-8"
        )
        (company / "sources" / "tracker.yml").write_text(
            yaml.safe_dump({"entities": TRACKER}), encoding="utf-8"
        )
        folders = {
            f"FOLDER_{name.upper()}": str(folder / (name if name == "fair" else source["system"]))
            for name, source in COMPANY["sources"].items()
        }
        self.settings: Settings = settings.load(
            company, {"RAPPORT_VAR": str(folder / "var"), **folders, **environ}
        )

    def put(self, name: str, content: str | bytes) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        data = content.encode() if isinstance(content, str) else content
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)

    def ingest(self, day: int, *sources: str) -> None:
        start = START + (day - 1) * DAY
        for source in sources or COMPANY["sources"]:
            ingest.interval(self.settings, source, start, start + DAY)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with warehouses.open(self.settings) as warehouse:
            return [tuple(row.values()) for row in warehouse.read(sql).to_pylist()]


@pytest.fixture(
    scope="module", params=["duckdb", pytest.param("postgres", marks=pytest.mark.postgres)]
)
def built(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Trackers:
    """Two days of everything, then a build; the first day is written anew before the second."""
    environ = {}
    if request.param == "postgres":
        server = request.getfixturevalue("postgres_server")
        environ = {"RAPPORT_WAREHOUSE": server.create_database()}
    made = Trackers(tmp_path_factory.mktemp("trackers"), **environ)
    first_day(made)
    made.ingest(1)
    second_day(made)
    made.ingest(2)
    assert build.run(made.settings) is not None
    return made


def _analytics(made: Trackers, day: int, *events: dict[str, Any]) -> None:
    lines = "".join(json.dumps(event) + "\n" for event in events)
    made.put(f"ga4/events_202601{day:02d}-000000000000.json.gz", lines)


_VISIT = {"ga_session_id": 1767261600, "page_location": "https://shop.example/a?utm_source=x"}
_VIEW = ga4_event("page_view", 36_000_000_001, "11.22", parameters=_VISIT)
_CART = ga4_event(
    "add_to_cart",
    36_060_000_002,
    "11.22",
    parameters=_VISIT,
    items=[{"item_id": "SKU-1", "quantity": "1"}],
)
_BOUGHT = ga4_event(
    "purchase",
    36_120_000_003,
    "11.22",
    parameters={**_VISIT, "transaction_id": "T-9"},
    ecommerce={"transaction_id": "T-9"},
    collected_traffic_source={"manual_source": "News", "manual_medium": "Email"},
)
# Another visitor whose session began in the same second, and one who refused consent.
_OTHER = ga4_event("page_view", 36_000_000_001, "33.44", parameters=_VISIT)
_SILENT = ga4_event("page_view", 36_000_000_009, None, parameters={"page_location": "/x"})


def _log(host: str, clock: str, request: str, status: int, agent: str) -> str:
    return f'{host} - - [01/Jan/2026:{clock} +0100] "{request}" {status} 512 "-" "{agent}"\n'


def first_day(made: Trackers) -> None:
    """What is there on the morning after 1 January."""
    _analytics(made, 1, _VIEW, _CART, _OTHER, _SILENT)
    base = {
        "platform": "web",
        "collector_tstamp": "2026-01-01 12:00:01",
        "dvce_created_tstamp": "2026-01-01 12:00:00",
        "dvce_sent_tstamp": "2026-01-01 12:00:00",
        "derived_tstamp": "2026-01-01 12:00:00",
        "domain_userid": "cookie",
        "domain_sessionid": "visit",
        "page_title": '"Quoted" title',
        "page_urlpath": "/home",
        "useragent": "Mozilla/5.0 (X11; Linux x86_64)",
        "dvce_ismobile": "0",
        "contexts": web_page("page-1"),
    }
    view = {**base, "event": "page_view", "event_name": "page_view", "event_id": "view"}
    ping = {**base, "event": "page_ping", "event_name": "page_ping", "event_id": "ping"}
    again = {**view, "event_id": "again"}  # the same page view by another event
    late = {
        **view,
        "event_id": "late",
        "contexts": web_page("page-2"),
        "dvce_created_tstamp": "2025-12-20 12:00:00",
    }
    # The collector took the same event once more, minutes later.
    taken_again = {
        **view,
        "collector_tstamp": "2026-01-01 12:05:01",
        "derived_tstamp": "2026-01-01 12:05:00",
    }
    events = (taken_again, view, view, ping, again, late)
    lines = "".join(snowplow_event(**event) for event in events)
    made.put("snowplow/2026-01-01.tsv.gz", lines)
    phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0)"
    made.put(
        "access_log/access.log-20260101.gz",
        _log("203.0.113.9", "10:00:00", "GET /a?utm_source=news HTTP/1.1", 200, phone)
        + _log("203.0.113.9", "10:00:00", "GET /logo.png HTTP/1.1", 200, phone)
        + _log("203.0.113.9", "10:20:00", "GET /b HTTP/1.1", 304, phone)
        + _log("203.0.113.9", "10:50:01", "GET /c HTTP/1.1", 200, phone)
        + _log("2001:db8::1", "10:00:00", "GET /a HTTP/1.1", 200, "Googlebot/2.1")
        + "garbage\n"
        + "".join(
            _log("203.0.113.9", "10:00:00", f"GET /{n}.css HTTP/1.1", 200, phone) for n in range(20)
        ),
    )
    for platform, content in spend(1, google="1,234.50").items():
        made.put(f"spend/{platform}/2026-01-01.csv", content)
    made.put(
        "touchpoints/2026-01-01.jsonl",
        '{"touchpoint_id": "t1", "touched_at": "2026-01-01T09:00:00Z", "email": "Ann@X.example", '
        '"channel": "Fair", "kind": "Talk", "payload": {"hall": 7}}\n',
    )
    # Another sender of the same shape numbers its touchpoints in the same way.
    made.put(
        "fair/2026-01-01.jsonl",
        '{"touchpoint_id": "t1", "touched_at": "2026-01-01T10:00:00Z", "email": "ben@x.example", '
        '"channel": "fair", "kind": "badge", "content": "Lovely mugs, thank you!"}\n',
    )


def spend(day: int, google: str) -> dict[str, str | bytes]:
    """The reports of the four platforms, in their own manners."""
    linkedin = (
        "Campaign Performance Report (in UTC)\nReport Start: x\nReport End: x\n"
        "Date Generated: x\n\n"
        "Start Date (in UTC)\tAccount Name\tCurrency\tCampaign Name\tTotal Spent\tImpressions\n"
        f'1/{day}/2026\tUs\tEUR\t"Leads, DACH"\t40.25\t1000\n'
    )
    return {
        "google_ads": (
            f'Campaign report\n"January {day}, 2026"\n'
            "Day,Campaign,Currency code,Cost,Impr.,Clicks\n"
            f'2026-01-0{day},Brand,EUR,"{google}","10,000",--\n'
            f'Total: Account, --,EUR,"{google}","10,000",0\n'
        ),
        "meta_ads": (
            "Day,Campaign name,Currency,Amount spent (EUR),Impressions,Link clicks\n"
            f",,EUR,20.5,100,3\n2026-01-0{day},Retargeting,EUR,20.5,100,3\n"
        ),
        "linkedin_ads": linkedin.encode("utf-16"),
        "tiktok_ads": (
            "By Day,Campaign name,Currency,Cost,Impressions,Clicks (destination)\n"
            f"2026-01-0{day},Reach,EUR,7.00,500,-\n-,Total of 1 results,EUR,7.00,500,-\n"
        ),
    }


def second_day(made: Trackers) -> None:
    """A day later; Analytics and Google Ads have written the first day anew."""
    _analytics(made, 1, _VIEW, _CART, _OTHER, _SILENT, _BOUGHT)
    _analytics(made, 2, ga4_event("page_view", 90_000_000_000, "11.22", parameters=_VISIT))
    made.put("snowplow/2026-01-02.tsv.gz", "")
    made.put("access_log/access.log-20260102.gz", "")
    made.put("spend/google_ads/2026-01-01.csv", spend(1, google="1,300.00")["google_ads"])
    for platform, content in spend(2, google="1.00").items():
        made.put(f"spend/{platform}/2026-01-02.csv", content)
    made.put("touchpoints/2026-01-02.jsonl", "")
    made.put("fair/2026-01-02.jsonl", "")

"""What sections say, against rows worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from rapport.report import archive, issue
from rapport.report.render import Rendered
from rapport.settings import REPO
from tests.unit.report import canaries, marts
from tests.unit.report.conftest import settings_in


def rendered(reader: marts.Reader, name: str, *statements: str, **more: Any) -> Rendered:
    """A report after some rows were changed."""
    with duckdb.connect(str(reader.path)) as connection:
        for statement in statements:
            connection.execute(statement)
    return issue.render(settings_in(reader.path.parent), reader, name, **more)


def section(found: Rendered, name: str) -> dict[str, Any]:
    part: dict[str, Any] = next(p for p in found.view["sections"] if p["id"] == name)
    return part


def driver(segment: str, rank: int, *values: str) -> str:
    """A row of rpt_kpi_drivers."""
    columns = (
        "previous_segment_value, segment_value, previous_segment_share, segment_share,"
        " mix_effect, rate_effect, contribution"
    )
    return (
        "insert into marts.rpt_kpi_drivers (kpi_id, period_kind, period_start, segment_kind,"
        f" segment, driver_rank, {columns}) values ('{values[0]}', 'month', '2026-10-01',"
        f" 'country', '{segment}', {rank}, {', '.join(values[1:])})"
    )


def test_drivers_say_how_much_and_whether_by_weight_or_by_value(tmp_path: Path) -> None:
    found = rendered(
        marts.fill(tmp_path / "published.duckdb"), "executive",
        driver("DE", 1, "net_revenue", "200000", "240000", "null", "null", "0", "40000", "40000"),
        driver("AT", 2, "net_revenue", "90000", "80880.4", "null", "null", "0", "-9119.6",
               "-9119.6"),
        driver("DE", 1, "lead_response_rate", "0.9", "0.9", "0.5", "0.3", "-0.06", "-0.01",
               "-0.07"),
    )  # fmt: skip
    revenue, leads = section(found, "drivers")["items"][:2]
    assert revenue["lead"] == "Net revenue went from €381,420 to €412,300. By country:"
    assert revenue["lines"] == [
        {"segment": "DE", "size": "+€40,000", "why": "from €200,000 to €240,000"},
        {"segment": "AT", "size": "−€9,120", "why": "from €90,000 to €80,880"},
    ]
    assert leads["lines"] == [
        {"segment": "DE", "size": "−7.0 pts", "why": "its weight went from 50.0% to 30.0%"}
    ]


def test_who_is_in_no_segment_is_named_as_people_say_it(tmp_path: Path) -> None:
    """An executive cannot tell what the "unknown" lifecycle stage is: it is new buyers."""
    found = rendered(
        marts.fill(tmp_path / "published.duckdb"), "executive",
        driver("unknown", 1, "net_revenue", "200000", "240000", "null", "null", "0", "40000",
               "40000"),
        driver("unknown", 1, "lead_response_rate", "0.9", "0.9", "0.5", "0.3", "-0.06", "-0.01",
               "-0.07"),
        "update marts.rpt_kpi_drivers set segment_kind = 'stage' where kpi_id = 'net_revenue'",
    )  # fmt: skip
    revenue, leads = section(found, "drivers")["items"][:2]
    assert revenue["lines"][0]["segment"] == "Not known before"
    assert leads["lines"][0]["segment"] == "Unknown"


def test_why_stages_hold_more_customers_than_the_figure_is_said(tmp_path: Path) -> None:
    """273 customers by stage stood above 272 customers: an order was cancelled after month end."""
    found = rendered(marts.fill(tmp_path / "published.duckdb"), "executive")
    text = " ".join(found.text.split())
    assert "Orders cancelled since then still count here." in text


def test_a_february_has_thirteen_months_of_stages_as_any_other(tmp_path: Path) -> None:
    """13 months back from 1 March are shorter by two days than the 395 that were looked back."""
    found = rendered(
        marts.fill(tmp_path / "published.duckdb"), "lifecycle",
        "insert into marts.rpt_stage_mix (month_end, profile_kind, stage, profiles)"
        " select cast(day as date), 'person', 'new', 5"
        " from range(timestamp '2025-01-01', timestamp '2026-10-01', interval 1 month) as t (day)",
        period="2026-02",
    )  # fmt: skip
    assert section(found, "mix")["alt"].startswith("Customers by stage over 13 months")


def test_notes_say_the_companys_own_days(tmp_path: Path) -> None:
    """The mail explained figures over 45 days as those over 90, the default."""
    settings = settings_in(tmp_path, vars={"funnel_days": 45})
    found = issue.render(settings, marts.fill(tmp_path / "published.duckdb"), "lifecycle")
    assert section(found, "funnel")["note"].startswith("Counted over the 45 days after")
    assert section(found, "effects")["note"].startswith("Margin within 90 days by customer")


def test_a_campaign_whose_groups_were_unlike_is_said_to_be_so_to_the_end(tmp_path: Path) -> None:
    """ "Before it the groups diff..." stood in the mail: what warns most came last and was cut."""
    sentence = (
        "Each treated customer against the control group, in margin within 90 days: -123456.7 EUR"
        " (95 % interval -234567.8 to -12345.6; 123456 against 12345 customers): not significant,"
        " chance alone can explain it. The days are not over yet. Before it the groups differed by"
        " more than chance in 10 of 14 respects."
    )
    found = rendered(
        marts.fill(tmp_path / "published.duckdb"), "lifecycle",
        "insert into marts.rpt_strategy_effects (campaign_id, campaign_name, summary,"
        f" treated_customers, first_joined_date) values ('1', 'Spring', '{sentence}', 9,"
        " '2026-10-02')",
    )  # fmt: skip
    assert sentence in " ".join(found.text.split())


def test_restatements_are_told_with_their_cause_since_the_last_issue(tmp_path: Path) -> None:
    insert = (
        "insert into marts.rpt_restatements (previous_publication_id, previous_as_of, subject,"
        " kpi_id, period_kind, period_start, old_value, new_value, customers, cause) values "
    )
    reader = marts.fill(tmp_path / "published.duckdb")
    found = rendered(
        reader, "executive",
        insert + "(6, '2026-11-01', 'kpi', 'net_revenue', 'month', '2026-09-01', 379000, 381420,"
        " null, 'late_fact')",
        insert + "(6, '2026-11-01', 'stage', null, 'month', '2026-09-01', null, null, 12,"
        " 'identity')",
        insert + "(3, '2026-09-01', 'kpi', 'orders', 'month', '2026-08-01', 1, 2, null, 'rule')",
    )  # fmt: skip
    assert section(found, "proof")["restated"] == [
        "Restated since publication 6:",
        "Net revenue in September 2026: €381,420 instead of €379,000 (late facts)",
        "12 customers stand in another stage at an earlier month end",
    ]
    settings = settings_in(tmp_path)
    early = issue.render(settings, reader, "executive", "2026-09")
    early.view["as_of_utc"] = "2026-08-20T00:00:00+00:00"
    archive.keep(settings.archive_dir, REPO / "reports", early)
    again = issue.render(settings, reader, "executive")
    assert "Orders in August 2026: 2 instead of 1 (a changed rule or threshold)" in again.html


def test_risk_and_forecast_are_told_with_their_interval(tmp_path: Path) -> None:
    found = rendered(
        marts.fill(tmp_path / "published.duckdb"), "executive",
        "insert into marts.rpt_churn_risk (customer_id, churn_probability_90_days,"
        " revenue_at_risk_reporting) values ('a', 0.9, 90000), ('b', 0.5, 60000), ('c', 0.4, 7)",
        "insert into marts.rpt_forecast (forecast_on, horizon_days, measure, expected, low, high)"
        " values ('2026-11-02', 90, 'revenue', 1200000, 1000000, 1500000)",
    )  # fmt: skip
    assert section(found, "outlook")["lines"] == [
        "2 customers may stay away for the next 90 days, with €150K of yearly revenue at risk.",
        "In the next 90 days €1.2M of revenue is expected, and in four cases of five between"
        " €1M and €1.5M.",
    ]


def test_leads_past_and_near_their_time_are_marked(tmp_path: Path) -> None:
    found = rendered(
        canaries.fill(tmp_path / "published.duckdb"), "sales",
        "update marts.fct_leads set lead_at = '2026-10-30 04:00:00' where customer_id = 'c-DE'",
        "update marts.fct_leads set lead_at = '2026-10-30 06:00:00' where customer_id = 'c-AT'",
    )  # fmt: skip
    rows = section(found, "leads")["rows"]
    assert [(row[1]["text"], row[1]["tone"]) for row in rows] == [
        ("3 days", "bad"),
        ("3 days", "watch"),
    ]
    assert found.subject == "Nordlicht Outdoor: 1 lead waits too long"
    assert section(found, "summary")["lines"][0] == (
        "2 leads have no answer yet; 1 waited past 72 hours, 1 will within 24 hours."
    )


def test_a_hostile_name_is_shown_harmlessly_and_cut(tmp_path: Path) -> None:
    name = '<script>alert(1)</script>\u202egnp.exe{{ 7*7 }}"><img src=x>' + "x" * 10_000
    found = rendered(
        canaries.fill(tmp_path / "published.duckdb"), "sales",
        f"update marts.dim_people set full_name = '{name}',"
        " record_url = 'javascript:alert(2)'",
    )  # fmt: skip
    assert "<script" not in found.html and "<img" not in found.html
    assert "&lt;script&gt;alert(1)" in found.html and "{{ 7*7 }}" in found.html
    assert "javascript:" not in found.html + found.text
    assert "\u202e" not in found.html + found.text + found.subject
    assert "x" * 200 not in found.html + found.text


def test_one_customer_and_a_trillion(tmp_path: Path) -> None:
    found = rendered(
        marts.fill(tmp_path / "published.duckdb"), "executive",
        "update marts.rpt_kpis set value = 1e12 where kpi_id = 'net_revenue'",
        "update marts.rpt_kpis set value = 1 where kpi_id in ('new_customers', 'active_customers')",
        "update marts.rpt_stage_mix set profiles = 0, previous_profiles = 0",
        "update marts.rpt_stage_mix set profiles = 1 where stage = 'loyal'",
    )  # fmt: skip
    assert "1 customer bought for the first time, and 1 customer was active." in found.html
    assert section(found, "stages")["total"] == "1 customer in all"
    assert "€1T" in found.html


def test_issues_are_linked_to_those_before_and_after(tmp_path: Path, full: marts.Reader) -> None:
    settings = settings_in(tmp_path)
    places = [
        archive.keep(
            settings.archive_dir, REPO / "reports",
            issue.render(settings, full, "executive", period),
        )
        for period in ("2026-08", "2026-09", "2026-10")
    ]  # fmt: skip
    middle = (places[1] / "index.html").read_text()
    for rel, other in (("prev", places[0]), ("next", places[2])):
        link = middle.split(f'rel="{rel}" href="')[1].split('"')[0]
        assert (places[1] / link).resolve() == (other / "index.html").resolve()
    up = middle.split('rel="up" href="')[1].split('"')[0]
    assert (places[1] / up).resolve() == settings.archive_dir / "executive" / "index.html"
    assert 'rel="next"' not in (places[2] / "index.html").read_text()


def test_an_issue_costs_the_archive_no_more_the_more_it_holds(
    tmp_path: Path, full: marts.Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a daily report the archive holds thousands of pages after some years."""
    settings = settings_in(tmp_path)
    rendered = issue.render(settings, full, "executive", "2026-10")
    read: list[Path] = []
    whole = Path.read_text
    counts = []
    for months in (3, 30):
        for number in range(months):
            key = f"{2020 + number // 12}-{number % 12 + 1:02d}"
            view = {**rendered.view, "period": {**rendered.view["period"], "key": key}}
            archive.keep(settings.archive_dir, REPO / "reports", replace(rendered, view=view))
        with monkeypatch.context() as patched:
            patched.setattr(Path, "read_text", lambda f, **o: read.append(f) or whole(f, **o))
            archive.keep(settings.archive_dir, REPO / "reports", rendered)
            archive.last_issue(settings.archive_dir, "executive", "2026-10")
        counts.append(len(read))
        read.clear()
    assert counts[0] == counts[1] > 0

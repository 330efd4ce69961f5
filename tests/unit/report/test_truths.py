"""Sentences that were not true of some company, and are now."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from rapport.company import ReportConfig
from rapport.report import issue
from rapport.report.edition import Edition
from rapport.report.render import Rendered
from tests.unit.report import marts
from tests.unit.report.conftest import settings_in
from tests.unit.report.test_sections import driver, rendered, section


def step_texts(found: Rendered) -> list[str]:
    return [step["text"] for step in section(found, "next")["steps"]]


STILL = "update marts.rpt_kpis set previous_value = value, last_year_value = value"
NOBODY = "delete from marts.rpt_stage_transitions; delete from marts.rpt_stage_mix"
NO_MATCH = "delete from marts.rpt_kpis where kpi_id = 'match_rate'"


@pytest.mark.parametrize(
    ("statuses", "said"),
    [
        ("'good'", "All targets are met, and no figure got notably worse."),
        ("'watch'", "No target is missed by much, and no figure got notably worse."),
        ("'none'", "No figure got notably worse."),
    ],
)
def test_only_targets_that_are_there_and_met_are_called_met(
    statuses: str, said: str, tmp_path: Path
) -> None:
    """A company without a target read that all are met, and so did one that was only near."""
    found = rendered(
        marts.fill(tmp_path / "published.duckdb"), "executive", STILL, NOBODY, NO_MATCH,
        f"update marts.rpt_kpis set status = {statuses}",
    )  # fmt: skip
    assert step_texts(found) == [said]


def test_a_first_period_is_compared_with_nothing(tmp_path: Path) -> None:
    found = rendered(
        marts.fill(tmp_path / "published.duckdb"), "executive", NOBODY, NO_MATCH,
        "update marts.rpt_kpis set status = 'none', previous_value = null, last_year_value = null",
        "delete from marts.rpt_kpis where period_start <> date '2026-10-01'",
    )  # fmt: skip
    assert "No other figure changed" not in section(found, "summary")["text"]
    assert step_texts(found) == ["There is no earlier period to compare with yet."]
    assert section(found, "trend")["title"] == "Net revenue, last month"


def test_bad_news_alone_says_since_when(tmp_path: Path) -> None:
    found = rendered(
        marts.fill(tmp_path / "published.duckdb"), "executive", STILL,
        "update marts.rpt_kpis set previous_value = 300 where kpi_id = 'average_order_value'",
    )  # fmt: skip
    text = section(found, "summary")["text"]
    assert "Least good since September 2026: Average order value went from €300.00" in text


def test_a_steady_headline_is_a_sentence(tmp_path: Path) -> None:
    """It read "net revenue €412,300 in October 2026, steady 0.0% on September 2026"."""
    found = rendered(marts.fill(tmp_path / "published.duckdb"), "executive", STILL)
    assert found.subject.endswith("in October 2026, about the same as in September 2026")


def test_points_of_a_score_are_no_percentage_points(tmp_path: Path) -> None:
    chinese = Edition("zh_CN", "Asia/Shanghai")
    found = rendered(marts.fill(tmp_path / "published.duckdb"), "executive", edition=chinese)
    rows = {row["id"]: row for row in section(found, "kpi_table")["rows"]}
    assert rows["nps"]["previous"]["size"] == "3.5分"
    assert rows["csat"]["previous"]["size"] == "8.0个百分点"


def declining(*at_risk: str) -> str:
    rows = ", ".join(
        f"('c{n}', 'declining', 'top', date '2026-11-01')" for n in range(len(at_risk))
    )
    risk = ", ".join(f"('c{n}', {value})" for n, value in enumerate(at_risk))
    return (
        "insert into marts.dim_customers (customer_id, stage, value_tier, stage_since) values"
        f" {rows}; insert into marts.rpt_churn_risk (customer_id, revenue_at_risk_reporting)"
        f" values {risk}"
    )


def test_a_risk_that_is_not_known_is_not_nothing(tmp_path: Path) -> None:
    """Without a published prediction "€0 of yearly revenue is at risk" calmed whoever read it."""
    found = rendered(marts.fill(tmp_path / "published.duckdb"), "sales", declining("null", "null"))
    assert section(found, "summary")["lines"] == ["2 customers of high value turned down."]
    assert section(found, "declining")["rows"][0][2]["text"] == "–"
    found = rendered(marts.fill(tmp_path / "other.duckdb"), "sales", declining("null", "250"))
    assert section(found, "summary")["lines"] == [
        "2 customers of high value turned down; €250.00 of yearly revenue is at risk."
    ]


def test_a_check_that_warned_did_not_pass(tmp_path: Path) -> None:
    """The subject said that all checks passed above a table of those that had not."""
    found = rendered(
        marts.fill(tmp_path / "published.duckdb"), "quality", "delete from marts.ops_quarantine"
    )
    assert found.subject == "Nordlicht Outdoor: 1 check gave a warning"


def test_no_campaign_measured_is_not_no_effect(tmp_path: Path) -> None:
    campaign = (
        "insert into marts.rpt_strategy_effects (campaign_id, campaign_name, is_significant,"
        " effect_reporting) values ('c', 'Spring', {}, {})"
    )
    none = rendered(
        marts.fill(tmp_path / "published.duckdb"), "lifecycle", campaign.format("null", "null")
    )
    assert "campaign" not in section(none, "summary")["text"]
    measured = rendered(
        marts.fill(tmp_path / "other.duckdb"), "lifecycle", campaign.format("false", "3.2")
    )
    said = "No campaign that was measured had an effect that chance does not explain."
    assert said in section(measured, "summary")["text"]


def test_the_words_for_a_picture_tell_of_one_line(tmp_path: Path) -> None:
    """Month one of last year's cohorts and month two of this year's stood in one sentence."""
    months = [("2025-01-01", 1, 50), ("2025-01-01", 12, 30), ("2026-01-01", 1, 40),
              ("2026-01-01", 2, 20)]  # fmt: skip
    rows = ", ".join(f"(date '{start}', {no}, 100, {n}, true)" for start, no, n in months)
    found = rendered(
        marts.fill(tmp_path / "published.duckdb"), "lifecycle",
        "insert into marts.rpt_cohort_months (cohort_month, month_no, customers, buyers,"
        f" is_complete) values {rows}",
    )  # fmt: skip
    alt = section(found, "retention")["alt"]
    assert alt.endswith("Of those of 2026: 40.0% in month 1, 20.0% in month 2.")


def test_the_rows_of_the_text_add_up(tmp_path: Path) -> None:
    """The text part left out what came twice, and said that all is accounted for."""
    found = rendered(marts.fill(tmp_path / "published.duckdb"), "executive")
    line = next(line for line in found.text.splitlines() if line.startswith("web "))
    received, *rest = (int(part.replace(",", "")) for part in line.split()[1:])
    assert received == sum(rest)


def test_a_period_that_is_not_over_is_told_as_such(tmp_path: Path) -> None:
    """ "Net revenue €21,400 in November 2026" on its second day, with October's beside it whole."""
    reader = marts.fill(tmp_path / "published.duckdb")
    found = rendered(reader, "executive", period="2026-11")
    assert "€21,400 so far in November 2026" in found.subject
    summary = section(found, "summary")["text"]
    assert "6.5% more than in the same days of October 2026" in summary
    card = section(found, "tiles")["cards"][0]
    assert card["note"] == "after €20,100 in the same days of Oct 2026"


def test_a_day_has_another_word_than_a_month(tmp_path: Path) -> None:
    """It read "net revenue €412,300 in 5 October 2026"."""
    days = [
        "insert into marts.rpt_kpis (kpi_id, period_kind, period_start, period_end, is_partial,"
        " segment_kind, segment, value, previous_value) values ('net_revenue', 'day',"
        f" '2026-10-0{day}', '2026-10-0{day + 1}', false, 'all', 'all', {value}, 100)"
        for day, value in ((4, 100), (5, 120))
    ]
    daily = ReportConfig(report="executive", period="day", recipients=["board@acme.example"])
    own = settings_in(tmp_path, reports={"daily": daily})
    reader = marts.fill(tmp_path / "published.duckdb")
    with duckdb.connect(str(reader.path)) as connection:
        for statement in days:
            connection.execute(statement)
    found = issue.render(own, reader, "daily", "2026-10-05")
    assert "€120.00 on 5 Oct 2026" in found.subject
    assert "20.0% more than on 4 Oct 2026" in section(found, "summary")["text"]
    tiles = section(found, "tiles")
    assert (tiles["previous"], tiles["last_year"]) == ("4 Oct", "6 Oct 2025")


def test_the_month_of_the_moves_is_named(tmp_path: Path) -> None:
    """They are those up to the last month end, also in a report on a week."""
    found = rendered(marts.fill(tmp_path / "published.duckdb"), "lifecycle")
    assert "731 customers changed stage in October 2026, most often" in found.subject


def test_why_nobody_left_has_no_rows(tmp_path: Path) -> None:
    """Ten rows of "0 customers who left and 0 of the same age who stayed, 50 of each needed"."""
    cause = (
        "insert into marts.rpt_churn_causes (driver_rank, name, effect) values (1, 'tickets', {})"
    )
    found = rendered(marts.fill(tmp_path / "published.duckdb"), "lifecycle", cause.format("null"))
    assert section(found, "causes")["empty"].startswith("Too few customers left")
    found = rendered(marts.fill(tmp_path / "other.duckdb"), "lifecycle", cause.format("0.3"))
    assert len(section(found, "causes")["rows"]) == 1


@pytest.mark.parametrize("name", ["executive", "lifecycle", "sales", "quality"])
def test_readers_of_two_countries_get_what_can_be_told_to_them(name: str, tmp_path: Path) -> None:
    """KPIs have no segment of two countries: the whole edition failed."""
    form = Edition("en_GB", "Europe/Berlin", rows=(("country", ("DE", "FR")),), attach=("csv",))
    found = rendered(marts.fill(tmp_path / "published.duckdb"), name, edition=form)
    assert "no figures yet" not in found.subject and not found.view["is_blank"]
    assert section(found, "proof")["publication"].startswith("Publication 7")
    assert name == "sales" or "are not told apart by country." in found.text
    assert "add up to the change" not in found.text  # the note of what is not shown


def test_the_month_is_named_in_which_customers_turned(tmp_path: Path) -> None:
    """In a report on a week the moves of the month before stood as if they were the week's."""
    found = rendered(
        marts.fill(tmp_path / "published.duckdb"), "executive", STILL, NO_MATCH,
        "update marts.rpt_kpis set status = 'none'",
    )  # fmt: skip
    titles = [step["title"] for step in section(found, "next")["steps"]]
    assert titles[:2] == [
        "185 customers turned declining in October 2026",
        "119 prospects were about to buy at the end of October 2026",
    ]


def test_a_channel_has_its_name(tmp_path: Path) -> None:
    """An executive read paid_search, in Chinese too."""
    statements = (
        driver("paid_search", 1, "net_revenue", "1", "2", "null", "null", "0", "1", "1"),
        "update marts.rpt_kpi_drivers set segment_kind = 'channel';"
        " insert into marts.dim_channels (channel, channel_name, channel_name_zh)"
        " values ('paid_search', 'Paid search', '付费搜索')",
    )
    for locale, name in (("en_GB", "Paid search"), ("zh_CN", "付费搜索")):
        found = rendered(
            marts.fill(tmp_path / f"{locale}.duckdb"), "executive", *statements,
            edition=Edition(locale, "Europe/Berlin"),
        )  # fmt: skip
        assert section(found, "drivers")["items"][0]["lines"][0]["segment"] == name


def test_a_figure_whose_data_are_short_is_neither_better_nor_worse(tmp_path: Path) -> None:
    """Nine days of marketing cost were missing, and acquisition cost was the month's best news."""
    late = (
        "update marts.ops_sources set is_stale = true, late_hours = 216,"
        " last_interval_end = timestamp '{}' where source = 'spend'"
    )
    cheap = "update marts.rpt_kpis set previous_value = 96 where kpi_id = 'acquisition_cost'"
    missing = rendered(
        marts.fill(tmp_path / "missing.duckdb"), "executive", cheap, late.format("2026-10-22")
    )
    assert "Acquisition cost" not in section(missing, "summary")["text"]
    rows = {row["id"]: row for row in section(missing, "kpi_table")["rows"]}
    assert rows["acquisition_cost"]["previous"]["tone"] == "down"
    assert rows["net_revenue"]["previous"]["tone"] == "better"
    # Late today, and whole for the month that is told of.
    whole = rendered(
        marts.fill(tmp_path / "whole.duckdb"), "executive", cheap, late.format("2026-11-01")
    )
    assert "Acquisition cost went from €96.00" in section(whole, "summary")["text"]


def test_billions_fit_on_a_phone(tmp_path: Path) -> None:
    found = rendered(
        marts.fill(tmp_path / "published.duckdb"), "executive",
        "update marts.rpt_kpis set value = 211809050151 where kpi_id = 'net_revenue'",
    )  # fmt: skip
    rows = {row["id"]: row for row in section(found, "kpi_table")["rows"]}
    assert rows["net_revenue"]["value"] == "€211.81B"

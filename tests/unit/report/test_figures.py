"""The figures against what a person works out from the rows by hand."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest

from rapport.errors import RapportError
from rapport.report import declaration, figures, periods
from rapport.report.periods import Period
from rapport.report.queries import Queries
from rapport.report.queries import today as business_day
from rapport.settings import REPO
from tests.unit.report import marts

DECLARED = declaration.load(REPO, "executive")


def read(reader: marts.Reader, period: str | None = None) -> figures.Figures:
    return figures.Figures(Queries(DECLARED, reader, "duckdb"), "month", period)


def test_the_last_complete_month_is_reported_not_the_running_one(full: marts.Reader) -> None:
    assert read(full).period == Period("month", date(2026, 10, 1), date(2026, 11, 1), False)


def test_changes_are_relative_for_amounts_and_points_for_shares(full: marts.Reader) -> None:
    found = read(full)
    revenue, churn = found.kpi("net_revenue"), found.kpi("churn_entry_rate")
    assert revenue and churn
    assert revenue.change(revenue.previous) == pytest.approx(412_300.4 / 381_420 - 1)
    assert churn.change(churn.previous) == pytest.approx(0.005)


def test_less_is_better_where_the_direction_is_down(full: marts.Reader) -> None:
    found = read(full)
    cost, churn, revenue = (
        found.kpi(name) for name in ("acquisition_cost", "churn_entry_rate", "net_revenue")
    )
    assert cost and churn and revenue
    assert cost.tone(cost.previous, 0.005) == "better"  # 55.90 to 48.20
    assert churn.tone(churn.previous, 0.005) == "worse"  # 2.6 % to 3.1 %
    assert revenue.tone(412_000.0, 0.005) == "steady"  # 0.07 %


def test_the_trend_ends_with_the_reported_month_and_starts_a_year_before(
    full: marts.Reader,
) -> None:
    trend = read(full).series("net_revenue", 13)
    assert [start for start, _ in trend] == [marts.month(at) for at in range(13)]
    assert [value for _, value in trend] == marts.REVENUE


def test_what_is_not_told_of_such_a_period_has_no_row_of_dashes(tmp_path: Path) -> None:
    """A weekly report had a referral rate, which is told by month and longer, as "–"."""
    reader = marts.fill(tmp_path / "published.duckdb")
    with duckdb.connect(str(reader.path)) as connection:
        connection.execute("delete from marts.rpt_kpis where kpi_id = 'referral_rate'")
    assert read(reader).kpi("referral_rate") is None


def test_stages_count_people_and_leave_devices_apart(full: marts.Reader) -> None:
    found = read(full)
    declining = found.stages["declining"]
    assert (declining.now, declining.before) == (742, 710)
    assert declining.moved_in == 11 + 102 + 72
    assert declining.moved_out == 153
    for stage in found.stages.values():
        assert stage.before is not None
        assert stage.before + stage.moved_in - stage.moved_out == stage.now, stage
    assert found.stages["new"].moved_in == 61 + 33 + 120, "first seen in October came in too"
    assert found.stages["aware"].now == 1_204
    assert found.devices == 12_840


def test_a_month_may_be_asked_for_by_its_key(full: marts.Reader) -> None:
    assert read(full, "2026-09").period.start == date(2026, 9, 1)
    with pytest.raises(RapportError) as caught:
        read(full, "2031-01")
    assert caught.value.code == "period-unknown"


def test_only_a_running_month_is_reported_as_partial(tmp_path: Path) -> None:
    reader = marts.fill(tmp_path / "published.duckdb")
    with duckdb.connect(str(reader.path)) as connection:
        connection.execute("delete from marts.rpt_kpis where not is_partial")
    assert read(reader).period == Period("month", date(2026, 11, 1), date(2026, 12, 1), True)


def test_before_the_first_publication_the_error_says_what_to_do() -> None:
    class Nothing(marts.Reader):
        @property
        def publication(self) -> dict[str, object]:
            raise IndexError

    with pytest.raises(RapportError) as caught:
        read(Nothing(Path("none")))
    assert caught.value.code == "nothing-published"
    assert "build" in caught.value.todo


def test_the_as_of_is_taken_as_utc_and_told_in_business_time(full: marts.Reader) -> None:
    assert read(full).as_of.isoformat() == "2026-11-02T05:00:00+00:00"
    late_evening = datetime(2026, 10, 31, 23, 30)  # already 1 November in Berlin
    today = business_day({"as_of": late_evening, "business_timezone": "Europe/Berlin"})
    assert periods.last_complete("month", today).start == date(2026, 10, 1)


@pytest.mark.parametrize(
    ("today", "start", "key"),
    [
        (date(2026, 1, 1), date(2025, 12, 1), "2025-12"),
        (date(2026, 3, 31), date(2026, 2, 1), "2026-02"),
    ],
)
def test_calendar_months(today: date, start: date, key: str) -> None:
    period = periods.last_complete("month", today)
    assert (period.start, period.key) == (start, key)


def test_iso_weeks_across_the_new_year() -> None:
    period = periods.last_complete("week", date(2027, 1, 6))
    assert (period.start, period.end, period.key) == (
        date(2026, 12, 28),
        date(2027, 1, 4),
        "2026-W53",
    )

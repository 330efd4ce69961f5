"""A report is due by its reader's own calendar, and nobody complains before data can be there."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from croniter import croniter
from hypothesis import given
from hypothesis import settings as tuned
from hypothesis import strategies as st

from rapport import clock
from rapport.company import ReportConfig, Source
from rapport.errors import RapportError
from rapport.report.mailing import due
from rapport.settings import Settings
from tests.unit.report.conftest import settings_in

ZONES = ["Asia/Tokyo", "Europe/Berlin", "America/New_York", "Pacific/Kiritimati", "Asia/Kolkata"]


def office(config: ReportConfig, **changes: Any) -> Settings:
    return settings_in(Path("/nowhere"), reports={"executive": config}).model_copy(update=changes)


def at(config: ReportConfig, zone: str, moment: str, **changes: Any) -> due.Due:
    settings = office(config, **changes)
    calendar = due.calendar(settings, "executive")
    return due.due(settings, calendar, zone, clock.parse(moment))


@pytest.mark.parametrize(
    ("zone", "hour"),
    [
        ("Asia/Tokyo", "2026-11-01T22:00:00Z"),
        ("Europe/Berlin", "2026-11-02T06:00:00Z"),
        ("America/New_York", "2026-11-02T12:00:00Z"),
    ],
)
def test_seven_in_the_morning_is_each_readers_own(zone: str, hour: str) -> None:
    config = ReportConfig(recipients=[], schedule="0 7 2 * *")
    found = at(config, zone, "2026-11-02T13:00:00Z")
    assert (found.period.key, clock.iso(found.at)) == ("2026-10", hour)
    before = at(config, zone, clock.iso(clock.parse(hour) - due._SECOND))
    assert before.period.key == "2026-09"
    assert at(config, zone, hour) == found


@pytest.mark.parametrize(
    ("moment", "hour"),
    [
        ("2026-03-28T12:00:00Z", "2026-03-28T06:00:00Z"),
        ("2026-03-29T12:00:00Z", "2026-03-29T05:00:00Z"),  # clocks went forward in the night
        ("2026-10-25T12:00:00Z", "2026-10-25T06:00:00Z"),  # and back
    ],
)
def test_the_hour_stays_the_same_when_clocks_change(moment: str, hour: str) -> None:
    config = ReportConfig(recipients=[], schedule="0 7 * * *", period="day")
    assert clock.iso(at(config, "Europe/Berlin", moment).at) == hour


def test_nobody_is_late_before_the_first_build_that_has_all_days() -> None:
    config = ReportConfig(recipients=[], schedule="0 7 * * *", period="day", deadline_hours=2)
    found = at(config, "Asia/Tokyo", "2026-11-02T00:00:00Z")  # 9 in Tokyo, 1 in Berlin
    assert found.period.key == "2026-11-01"
    assert clock.iso(found.at) == "2026-11-01T22:00:00Z"
    assert clock.iso(found.late_from) == "2026-11-02T05:00:00Z", "the build's deadline in Berlin"
    assert clock.iso(found.explain_from) == "2026-11-02T07:00:00Z"


@pytest.mark.parametrize(
    ("zone", "schedule", "late_from"),
    [
        # The evening of the last day comes with the interval that ends at the next midnight of UTC.
        ("America/New_York", "0 0 * * *", "2026-11-03T06:00:00Z"),
        ("America/New_York", "0 5 * * *", "2026-11-02T12:00:00Z"),
        ("Asia/Shanghai", "0 0 * * *", "2026-11-02T06:00:00Z"),
        ("Europe/Berlin", "0 0 * * *", "2026-11-02T06:00:00Z"),
    ],
)
def test_no_morning_begins_with_a_false_complaint_in_any_part_of_the_world(
    zone: str, schedule: str, late_from: str
) -> None:
    erp = Source(
        name="erp", system="sql", kind="erp", required=True, entities={}, schedule=schedule
    )
    web = Source(name="web", system="files", kind="web", entities={}, schedule="0 0 1 1 *")
    config = ReportConfig(recipients=[], schedule="0 7 * * *", period="day")
    company = office(config).company
    update = {"sources": {"erp": erp, "web": web}, "business_timezone": zone}
    found = at(config, zone, "2026-11-02T20:00:00Z", company=company.model_copy(update=update))
    assert found.period.key == "2026-11-01"
    assert clock.iso(found.late_from) == late_from


def test_no_period_is_due_of_which_no_data_will_come() -> None:
    config = ReportConfig(recipients=[], schedule="0 7 2 * *")
    ended = at(config, "Europe/Berlin", "2026-11-28T12:00:00Z", ingest_until=date(2026, 6, 29))
    assert ended.period.key == "2026-05"
    ended = at(config, "Europe/Berlin", "2026-11-28T12:00:00Z", ingest_until=date(2026, 6, 30))
    assert ended.period.key == "2026-06"


def test_the_hours_of_all_readers_are_few_and_named_once() -> None:
    readers = [{"address": zone, "timezone": zone} for zone in ZONES[:2]]
    weekly = ReportConfig(recipients=readers, schedule="0 7 * * 1", period="week")
    assert due.wake_ups(office(weekly), "executive") == [
        "0 4 * * 1",  # the build's deadline, in summer and in winter
        "0 5 * * 1",  # seven in Berlin, in summer and in winter
        "0 6 * * 1",
        "0 8 * * 1",  # four hours after the build's deadline, and after seven in Berlin
        "0 9 * * 1",
        "0 10 * * 1",
        "0 22 * * 0",  # seven in Tokyo
    ]


@tuned(max_examples=25, deadline=None)
@given(
    schedule=st.sampled_from(["0 7 2 * *", "30 6 * * 1-5", "15 23 * * *", "0 0 1 1,7 *"]),
    zones=st.lists(st.sampled_from(ZONES), min_size=1, unique=True),
    day=st.dates(date(2026, 1, 2), date(2026, 12, 30)),
)
def test_every_hour_of_every_reader_wakes_the_report(
    schedule: str, zones: list[str], day: date
) -> None:
    """An hour that is not among them would be served at the next publication only."""
    readers = [{"address": f"{zone}@x.example", "timezone": zone} for zone in zones]
    config = ReportConfig(recipients=readers, schedule=schedule)
    settings = office(config)
    crons = due.wake_ups(settings, "executive")
    now = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    for zone in zones:
        found = due.due(settings, due.calendar(settings, "executive"), zone, now)
        if found.at.year == 2026:
            for moment in (found.at, found.late_from, found.explain_from):
                assert any(croniter.match(cron, moment) for cron in crons), (zone, moment)


def test_a_schedule_that_is_none_is_told_and_wakes_nobody() -> None:
    config = ReportConfig(recipients=["ada@x.example"], schedule="every morning")
    assert due.wake_ups(office(config), "executive") == []
    with pytest.raises(RapportError, match="is no cron expression") as caught:
        at(config, "Europe/Berlin", "2026-11-02T13:00:00Z")
    assert caught.value.code == "company-invalid"


@pytest.mark.parametrize(("period", "key"), [("day", "2026-11-09"), ("week", "2026-W45")])
def test_a_report_without_a_schedule_comes_in_the_morning_after_its_period(
    period: Any, key: str
) -> None:
    config = ReportConfig(recipients=[], period=period)
    found = at(config, "Europe/Berlin", "2026-11-10T08:00:00Z")
    assert found.period.key == key
    assert found.at.hour == 6


def test_a_company_that_gives_no_period_takes_the_reports_own() -> None:
    settings = office(ReportConfig(recipients=[]))
    assert due.calendar(settings, "executive").kind == "month"
    assert due.calendar(settings, "executive").schedule == "0 7 1 * *"

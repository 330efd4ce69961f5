"""When a report is due: its calendar in the reader's time zone, and never before data can be there.

All is computed from the company's description and an instant that is handed in.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from rapport.company import Company
from rapport.errors import RapportError
from rapport.report import periods
from rapport.report.periods import Kind, Period
from rapport.settings import Settings

_SECOND = timedelta(seconds=1)
_YEAR = timedelta(days=366)


# For a report to which the company gives no schedule: seven in the morning after the period.
MORNING_AFTER: dict[Kind, str] = {"day": "0 7 * * *", "week": "0 7 * * 1", "month": "0 7 1 * *"}


@dataclass(frozen=True)
class Calendar:
    """When a report comes, as company and report say it.

    Attributes:
        schedule: cron, in each reader's time zone.
        deadline_hours: how long after its time a delay stays unexplained.
    """

    kind: Kind
    schedule: str
    deadline_hours: float


@dataclass(frozen=True)
class Due:
    """What a reader is waiting for.

    Attributes:
        period: the last one that was complete, by the reader's calendar, when the hour came.
        at: the reader's hour (UTC).
        late_from: nobody has reason to complain before the first deadline of a build after the
            period, nor before those of the required sources' intervals that hold its last hour,
            which west of UTC may end on the next day; at the earliest `at`.
        explain_from: when a reader is told why there is no report yet.
    """

    period: Period
    at: datetime
    late_from: datetime
    explain_from: datetime


def calendar(settings: Settings, name: str) -> Calendar:
    """The calendar of a report; a company that gives no period takes the report's own.

    Raises:
        RapportError: when the report's declaration is needed and broken.
    """
    config = settings.company.reports[name]
    kind = config.period
    if kind is None:
        from rapport.report import declaration  # slow to import; a DAG file seldom needs it

        kind = declaration.of(settings, name).period
    return Calendar(kind, config.schedule or MORNING_AFTER[kind], config.deadline_hours)


def due(settings: Settings, calendar: Calendar, timezone: str, now: datetime) -> Due:
    """What a reader in a time zone was last due at an instant.

    No data come for days after `settings.ingest_until`, so the period ends by then.

    Raises:
        RapportError: `company-invalid` for a schedule, `recipient-invalid` for a time zone, that
            does not exist.
    """
    hour = _last_tick(calendar.schedule, timezone, now)
    return _from(settings.company, calendar, hour, settings.ingest_until)


def wake_ups(settings: Settings, name: str) -> list[str]:
    """Cron expressions (UTC) of the moments at which a report may have something to do.

    These are the hours of all its readers in all their time zones, summer and winter, and the
    moments from which a delay is told. There are a few each period and none between; moments of
    the same clock time are joined by weekday or by day of month, whichever names fewer days.
    A report, schedule or time zone that is broken adds none: the run of the report tells of it.
    """
    company = settings.company
    recipients = company.reports[name].recipients
    zones = {who.timezone or company.business_timezone for who in recipients}
    try:
        return list(_wake_ups(company, calendar(settings, name), sorted(zones)))
    except RapportError:
        return []


def _from(company: Company, calendar: Calendar, hour: datetime, until: date | None = None) -> Due:
    """`hour` is in the reader's time zone."""
    today = min(hour.date(), until + timedelta(days=1)) if until else hour.date()
    period = periods.last_complete(calendar.kind, today)
    at = hour.astimezone(UTC)
    zone = ZoneInfo(company.business_timezone)
    whole = datetime.combine(period.end, time(), tzinfo=zone)
    late_from = max(
        at,
        _next_tick(company.build_deadline, company.business_timezone, whole),
        *(
            _next_tick(source.schedule, "UTC", whole) + timedelta(hours=source.deadline_hours)
            for source in company.sources.values()
            if source.required
        ),
    )
    return Due(period, at, late_from, late_from + timedelta(hours=calendar.deadline_hours))


@lru_cache(maxsize=64)
def _ticks_of_a_year(schedule: str, timezone: str) -> tuple[datetime, ...]:
    """All of a year; which one hardly matters, since clock times recur."""
    start = datetime(2026, 1, 1, tzinfo=_zone(timezone))
    found = []
    for tick in _ticks(schedule, start - _SECOND):
        if tick >= start + _YEAR:
            break
        found.append(tick)
    return tuple(found)


def _wake_ups(company: Company, calendar: Calendar, zones: Sequence[str]) -> Iterator[str]:
    clock_times: dict[tuple[int, int], set[datetime]] = {}
    for zone in zones:
        try:
            hours = _ticks_of_a_year(calendar.schedule, zone)
        except RapportError:
            continue
        for hour in hours:
            found = _from(company, calendar, hour)
            for moment in (found.at, found.late_from, found.explain_from):
                utc = _next_minute(moment).astimezone(UTC)
                clock_times.setdefault((utc.hour, utc.minute), set()).add(utc)
    for (hour_of_day, minute), moments in sorted(clock_times.items()):
        days = sorted({moment.day for moment in moments})
        weekdays = sorted({moment.isoweekday() % 7 for moment in moments})
        if len(weekdays) / 7 < len(days) / 31:
            yield f"{minute} {hour_of_day} * * {_listed(weekdays, 7)}"
        else:
            yield f"{minute} {hour_of_day} {_listed(days, 31)} * *"


def _listed(numbers: list[int], all_of_them: int) -> str:
    return "*" if len(numbers) == all_of_them else ",".join(map(str, numbers))


def _next_minute(moment: datetime) -> datetime:
    """Cron knows whole minutes; a little too late is right, too early would find nothing due."""
    rest = timedelta(seconds=moment.second, microseconds=moment.microsecond)
    return moment - rest + timedelta(minutes=1) if rest else moment


def _last_tick(schedule: str, timezone: str, now: datetime) -> datetime:
    local = now.astimezone(_zone(timezone)).replace(microsecond=0)
    tick: datetime = _cron(schedule, local + _SECOND).get_prev(datetime)
    return tick


@lru_cache(maxsize=4096)
def _next_tick(schedule: str, timezone: str, moment: datetime) -> datetime:
    """The first tick at or after a moment, UTC."""
    local = moment.astimezone(_zone(timezone))
    return next(_ticks(schedule, local - _SECOND)).astimezone(UTC)


def _ticks(schedule: str, after: datetime) -> Iterator[datetime]:
    cron = _cron(schedule, after)
    while True:
        yield cron.get_next(datetime)


def _cron(schedule: str, start: datetime):  # type: ignore[no-untyped-def]
    from croniter import CroniterError, croniter  # as Airflow reads cron

    try:
        return croniter(schedule, start)
    except CroniterError as error:
        raise RapportError(
            "company-invalid",
            f"The schedule {schedule!r} is no cron expression: {error}",
            "company.yml",
            "write it as in `0 7 1 * *`: minute, hour, day of month, month, weekday",
        ) from None


def _zone(timezone: str) -> ZoneInfo:
    try:
        return ZoneInfo(timezone)
    except (KeyError, ValueError, OSError) as error:
        raise RapportError(
            "recipient-invalid",
            f"There is no time zone {timezone!r}: {error}",
            "company.yml",
            "use a name such as Europe/Berlin or Asia/Shanghai",
        ) from None

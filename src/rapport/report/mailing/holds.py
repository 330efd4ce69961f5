"""Why a report cannot go out yet: the marts do not reach far enough, or required data are late."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select, update

from rapport import clock
from rapport.report.periods import Period
from rapport.report.queries import Reader, as_of, today, utc
from rapport.settings import Settings
from rapport.state import deliveries
from rapport.state.store import State
from rapport.state.tables import builds, report_holds


@dataclass(frozen=True)
class Reason:
    """Why a report is held, in a form that any language can tell.

    Attributes:
        code: `gate`, a gate holds the deliveries of `sources`; `build`, the last build failed, so
            that the marts stop at `as_of`; `late`, required `sources` stay away; `behind`, the
            marts stop at `as_of` and nobody knows why.
        sources: names, sorted.
        as_of: up to which the published marts are complete (ISO text, UTC): theirs, or the end of
            what a late source had delivered.
    """

    code: str
    sources: tuple[str, ...]
    as_of: str


@dataclass(frozen=True)
class Hold:
    """A report that was or is held.

    Attributes:
        held_at: instant (UTC) at which it was first found so; None when it never was.
        released_at: instant at which it could go out, None while it cannot.
    """

    reason: Reason
    held_at: datetime
    released_at: datetime | None = None


def reason(settings: Settings, state: State, reader: Reader, period: Period) -> Reason | None:
    """What stands against a report on a period now; None when it may go out.

    Args:
        reader: the published marts.
    """
    publication = reader.publication
    stale = reader.query(
        "select source, last_interval_end from marts.ops_sources "
        "where is_stale and required order by source"
    )
    if today(publication) >= period.end and not stale:
        return None
    ends = [utc(row["last_interval_end"]) for row in stale if row["last_interval_end"]]
    until = clock.iso(min([as_of(publication), *ends]))
    gated = _held_by_gates(settings, state)
    if gated:
        return Reason("gate", gated, until)
    late = tuple(row["source"] for row in stale) or _not_yet_there(settings, state, period)
    if late:
        return Reason("late", late, until)
    failed = _last_build(state) == "failed"
    return Reason("build" if failed else "behind", (), until)


def optional_late(reader: Reader) -> list[str]:
    """Optional sources that the published marts lack the latest data of."""
    late = reader.query(
        "select source from marts.ops_sources where is_stale and not required order by source"
    )
    return [row["source"] for row in late]


def is_held(state: State, report: str, period: str) -> bool:
    """Whether a report was held and has not been released."""
    query = select(report_holds.c.period).where(
        report_holds.c.report == report,
        report_holds.c.period == period,
        report_holds.c.released_at.is_(None),
    )
    with state.begin() as connection:
        return connection.execute(query).first() is not None


def hold(state: State, report: str, period: str, why: Reason) -> Hold:
    """Note that a report is held; the reason is kept up to date, the moment is the first one."""
    this = (report_holds.c.report == report, report_holds.c.period == period)
    with state.begin() as connection:
        known = connection.execute(select(report_holds.c.held_at).where(*this)).scalar()
        if known:
            change = update(report_holds).where(*this)
            connection.execute(change.values(reason=asdict(why), released_at=None))
            return Hold(why, clock.parse(known))
        now = clock.now()
        row = {"report": report, "period": period, "reason": asdict(why)}
        connection.execute(insert(report_holds).values(held_at=clock.iso(now), **row))
        return Hold(why, now)


def release(state: State, report: str, period: str) -> Hold | None:
    """Note that a report can go out; the hold that has ended, None when there never was one."""
    this = (report_holds.c.report == report, report_holds.c.period == period)
    with state.begin() as connection:
        found = connection.execute(select(report_holds).where(*this)).mappings().first()
        if not found:
            return None
        released = found["released_at"] or clock.iso(clock.now())
        connection.execute(update(report_holds).where(*this).values(released_at=released))
    raw: dict[str, Any] = found["reason"]
    why = Reason(raw["code"], tuple(raw["sources"]), raw["as_of"])
    return Hold(why, clock.parse(found["held_at"]), clock.parse(released))


def _held_by_gates(settings: Settings, state: State) -> tuple[str, ...]:
    """Required sources with an entity whose latest delivery a gate holds."""
    required = {name for name, source in settings.company.sources.items() if source.required}
    with state.begin() as connection:
        latest = deliveries.latest_gated(connection)
    held = {source for (source, _), row in latest.items() if row["status"] == "held"}
    return tuple(sorted(held & required))


def _not_yet_there(settings: Settings, state: State, period: Period) -> tuple[str, ...]:
    """Required sources whose data stop before the period's end; the build that the deadline starts
    tells of them in the marts only once it is done."""
    zone = ZoneInfo(settings.company.business_timezone)
    required = (name for name, source in settings.company.sources.items() if source.required)
    with state.begin() as connection:
        ends = {name: deliveries.contiguous_end(connection, name) for name in required}
    return tuple(
        sorted(n for n, end in ends.items() if not end or end.astimezone(zone).date() < period.end)
    )


def _last_build(state: State) -> str | None:
    query = select(builds.c.status).where(builds.c.is_side == 0, builds.c.status != "running")
    with state.begin() as connection:
        last = query.order_by(builds.c.started_at.desc(), builds.c.build_id.desc()).limit(1)
        status: str | None = connection.execute(last).scalar()
    return status

"""Send a report by its readers' calendars: when their hour has come and the data are there.

When the hour has come and the data are not there the report is held: the owner is told, and past
the report's deadline its readers. When the data come it goes out and says why it is late.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from rapport import clock, log
from rapport.report import issue
from rapport.report.mailing import due, holds, ledger, mail, notices, readers, sending
from rapport.report.mailing.readers import Reader
from rapport.report.mailing.runs import Run, SentReport, alone
from rapport.report.periods import Period
from rapport.report.queries import Reader as Marts
from rapport.settings import Settings
from rapport.state.store import State


def run(
    settings: Settings, state: State, marts: Marts, name: str, on_publication: bool = False
) -> list[SentReport]:
    """Send what is due now and has not been sent; safe to repeat at any moment.

    Readers whose mornings differ may be waiting for different periods.

    Args:
        on_publication: no reader's hour but a publication set this off. Then a late optional
            source is waited for, as the next publication may bring it; at an hour it is not.

    Returns:
        what was done for each period, in order.

    Raises:
        RapportError: `mail-refused` for what the next run tries again; what rendering raises, when
            all else is done. What needs a person is told by mail to `alerts.recipients` instead,
            if there are any.
    """
    now = clock.now()
    people, unusable = readers.of(settings, name, now)
    periods = by_period(people)
    done: list[SentReport] = []
    with alone(settings, state, marts, name) as here:
        for period, members in periods.items():
            later = [one for one in people if one.due.period.start < period.start]
            done.append(_period(here, period, members, later, now, on_publication))
        if unusable:
            done = done or [SentReport(name, _current(settings, name, now))]
            sending.refuse(here, done[-1], unusable)
        if done:
            sending.tell_of_trouble(here, done[-1])
    for one in done:
        one.raise_for(with_final=not settings.company.alerts.recipients)
    return done


def _period(
    here: Run, period: Period, members: Sequence[Reader], later: Sequence[Reader], now: datetime,
    on_publication: bool,
) -> SentReport:  # fmt: skip
    """One period's report to those who wait for it.

    Args:
        later: readers whose hour for this period is still to come.
    """
    done = SentReport(here.name, period.key)
    waiting = _waiting(here, period, members)
    if not waiting:
        done.skipped = [one.address for one in members]
        return done
    assert here.marts is not None
    why = holds.reason(here.settings, here.state, here.marts, period)
    if why:
        _hold(here, done, period, waiting, why, now)
        return done
    is_held = holds.is_held(here.state, here.name, period.key)
    if on_publication and not is_held and holds.optional_late(here.marts):
        done.held = "optional"
        return done
    hold = holds.release(here.state, here.name, period.key)
    if ledger.issued(here.state, here.name, period.key) is None:
        _keep_for_later(here, period, members, later)
    sending.send_to(here, done, members, ledger.OPEN, hold)
    sending.refuse(here, done, {})
    return done


def _hold(
    here: Run, done: SentReport, period: Period, waiting: Sequence[Reader], why: holds.Reason,
    now: datetime,
) -> None:  # fmt: skip
    """Tell who has reason to complain; before a build could have been ready nobody has."""
    done.held = why.code
    late = [one for one in waiting if one.due.late_from <= now]
    log.get(report=here.name).info("report held", period=period.key, why=why.code, late=len(late))
    if not late:
        return
    holds.hold(here.state, here.name, period.key, why)
    told = [here.tell_owner(notices.held(here.settings, here.name, period.key, why))]
    last = _last_sent(here)
    due_for_words = [one for one in late if one.due.explain_from <= now]
    for form, group in readers.by_edition(due_for_words).items():
        body = notices.late(here.settings, form, here.name, period.key, why, group[0].due.at, last)
        told.append(here.deliver(here.address(body, [one.address for one in group])))
    for outcome in told:
        done.told += outcome.sent
        done.failed |= outcome.failed
        done.is_shut |= outcome.is_shut


def _keep_for_later(
    here: Run, period: Period, members: Sequence[Reader], later: Sequence[Reader]
) -> None:
    """Archive the editions of readers whose hour is still to come, so that all get one issue,
    from one publication. One that is broken tells of itself at its hour."""
    assert here.marts is not None
    for form in readers.by_edition(later).keys() - readers.by_edition(members).keys():
        try:
            rendered = issue.render(here.settings, here.marts, here.name, period.key, form)
            issue.keep(here.settings, here.state, rendered)
        except Exception as error:
            log.get(report=here.name).warning("edition not kept", edition=form.key, why=str(error))


def _waiting(here: Run, period: Period, members: Sequence[Reader]) -> list[Reader]:
    """Readers who have not got it, and whom nothing keeps from getting it."""
    slug = here.settings.company.slug
    closed = {
        row["message_id"]
        for row in ledger.rows(here.state, here.name, period.key, "report")
        if row["status"] not in ledger.OPEN
    }
    return [
        one
        for one in members
        if mail.message_id(slug, here.name, period.key, one.address) not in closed
    ]


def _last_sent(here: Run) -> str | None:
    """The last period of this report that reached anybody."""
    rows = ledger.rows(here.state, here.name, kind="report")
    return max((row["period"] for row in rows if row["status"] == "sent"), default=None)


def by_period(people: Sequence[Reader]) -> dict[Period, list[Reader]]:
    """Readers who wait for the same period, the earliest first."""
    groups: dict[Period, list[Reader]] = {}
    for one in sorted(people, key=lambda one: one.due.period.start):
        groups.setdefault(one.due.period, []).append(one)
    return groups


def _current(settings: Settings, name: str, now: datetime) -> str:
    """The period of the company's own calendar."""
    zone = settings.company.business_timezone
    return due.due(settings, due.calendar(settings, name), zone, now).period.key

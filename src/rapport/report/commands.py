"""What `rapport report ...` and the DAG call: open the marts and the state store, run a report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any

from rapport import warehouses
from rapport.errors import RapportError
from rapport.report import declaration, issue
from rapport.report.mailing import bounces, ledger, plans, scheduled, sending
from rapport.report.mailing.runs import SentReport
from rapport.settings import Settings
from rapport.state import store


def run(
    settings: Settings, name: str = issue.DEFAULT, on_publication: bool = False
) -> list[dict[str, Any]]:
    """Send a report by its readers' calendars, see `scheduled.run`; one entry a period."""
    check(settings, name)
    with _state(settings) as state, warehouses.open_marts(settings) as marts:
        done = scheduled.run(settings, state, marts, name, on_publication)
        return [_told(one) for one in done]


def send(
    settings: Settings,
    name: str = issue.DEFAULT,
    period: str | None = None,
    recipient: str | None = None,
) -> dict[str, Any]:
    """Send a report now to all who have not got it yet, or to one of them; see `sending.send`."""
    check(settings, name)
    with _state(settings) as state, warehouses.open_marts(settings) as marts:
        return _told(sending.send(settings, state, marts, period, name, recipient))


def plan(
    settings: Settings,
    name: str = issue.DEFAULT,
    period: str | None = None,
    recipient: str | None = None,
    by_calendar: bool = False,
) -> list[dict[str, Any]]:
    """What `send`, or `run`, would do now, reader by reader; nothing is written or sent."""
    check(settings, name)
    with _state(settings) as state, warehouses.open_marts(settings) as marts:
        return plans.plan(settings, state, marts, name, period, recipient, by_calendar)


def history(settings: Settings, name: str, period: str | None = None) -> list[dict[str, Any]]:
    """All mails and notices of a report, with the server's words; newest period first.

    A report that is no more has its history still.
    """
    with _state(settings) as state:
        rows = ledger.rows(state, name, period)
    if not rows:
        check(settings, name)
    return sorted(rows, key=lambda row: str(row["period"]), reverse=True)


def bounced(settings: Settings, files: Sequence[Path]) -> list[dict[str, Any]]:
    """Note mails that came back, see `bounces.record`."""
    with _state(settings) as state:
        return [bounces.record(state, path.read_bytes(), str(path)) for path in files]


def render(settings: Settings, name: str = issue.DEFAULT) -> dict[str, Any]:
    """Render a report into the archive without sending it."""
    check(settings, name)
    with _state(settings) as state, warehouses.open_marts(settings) as reader:
        place = issue.keep(settings, state, issue.render(settings, reader, name))
    issue.renew(settings, name)
    return {"report": name, "archive": place, "page": place / "index.html"}


def resend(settings: Settings, name: str, period: str, recipient: str) -> dict[str, Any]:
    """Send an issue once more to one person, with the same Message-ID."""
    check(settings, name)
    with _state(settings) as state:
        return _told(sending.resend(settings, state, period, recipient, name))


def check(settings: Settings, name: str) -> None:
    """RapportError `report-unknown` when there is no such report."""
    known = sorted({*declaration.reports(settings.project_dir), *settings.company.reports})
    if name not in known:
        raise RapportError(
            "report-unknown",
            f"There is no report called {name!r}",
            "reports/",
            f"use one of: {', '.join(known)}",
        )


def _told(done: SentReport) -> dict[str, Any]:
    """What a run did, without the errors that it raised."""
    return {f.name: getattr(done, f.name) for f in fields(done) if f.name != "broken"}


@contextmanager
def _state(settings: Settings) -> Iterator[store.State]:
    state = store.open(settings)
    try:
        yield state
    finally:
        state.close()

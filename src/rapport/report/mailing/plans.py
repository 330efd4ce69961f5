"""What a run of a report would do, reader by reader, without doing it."""

from __future__ import annotations

from typing import Any

from rapport import clock
from rapport.report import periods
from rapport.report.mailing import due, holds, ledger, mail, readers
from rapport.report.periods import Period
from rapport.report.queries import Reader as Marts
from rapport.report.queries import today
from rapport.settings import Settings
from rapport.state.store import State


def plan(
    settings: Settings, state: State, marts: Marts, name: str, period: str | None = None,
    only: str | None = None, by_calendar: bool = False,
) -> list[dict[str, Any]]:  # fmt: skip
    """What `sending.send`, or `scheduled.run`, would do now.

    Args:
        period, only: as for `sending.send`.
        by_calendar: as `scheduled.run` would do it.

    Returns:
        one entry a recipient: `would` is `send`, `hold`, `leave` or `refuse`, and `because` why.
    """
    people, unusable = readers.of(settings, name, clock.now())
    open_to = ledger.OPEN_TO_A_PERSON if only else ledger.OPEN
    known = {row["message_id"]: row["status"] for row in ledger.rows(state, name, kind="report")}
    held: dict[Period, holds.Reason | None] = {}
    found = []
    for one in people:
        key = period or _last(settings, marts, name)
        if by_calendar:
            key = one.due.period.key
            if one.due.period not in held:
                held[one.due.period] = holds.reason(settings, state, marts, one.due.period)
        status = known.get(mail.message_id(settings.company.slug, name, key, one.address))
        would, because = "send", None
        if status is not None and status not in open_to:
            would, because = "leave", status
        elif why := held.get(one.due.period):
            would, because = "hold", why.code
        found.append(
            {
                "recipient": one.address,
                "period": key,
                "edition": one.form.key,
                "locale": one.form.locale,
                "timezone": one.form.timezone,
                "due": clock.iso(one.due.at),
                "would": would,
                "because": because,
            }
        )
    found += [{"recipient": w, "would": "refuse", "because": why} for w, why in unusable.items()]
    return [entry for entry in found if not only or _is(str(entry["recipient"]), only)]


def _last(settings: Settings, marts: Marts, name: str) -> str:
    """The last complete period of the marts."""
    kind = due.calendar(settings, name).kind
    return periods.last_complete(kind, today(marts.publication)).key


def _is(address: str, wanted: str) -> bool:
    return address.lower() == wanted.strip().lower()

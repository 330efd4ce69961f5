"""The ledger of mails: what was claimed, is on its way, was sent, was refused, or is in doubt.

A mail goes through three commits. `claimed`: this run means to send it, and the server has seen
nothing of it. `sending`: only the last dot of the message is missing, without which no server takes
it. `sent`: the server said so. Who dies while it is claimed has certainly sent nothing, so the next
run tries again. What is still `sending` when nobody sends any more is `uncertain`: it is never
sent again by itself.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import Connection, func, insert, select, update

from rapport import clock
from rapport.state.store import State
from rapport.state.tables import mail_ledger as ledger

# The reader certainly has not got it and nothing stands against another try.
OPEN = frozenset({"claimed", "failed", "invalid"})
# Not by itself, but a person may ask for it: the server refused the address for good, or there was
# nothing to tell.
OPEN_TO_A_PERSON = OPEN | {"refused", "nothing-to-tell"}
ALL = OPEN_TO_A_PERSON | {"sending", "sent", "uncertain"}
UNDELIVERED = ("uncertain", "refused", "invalid")
# A database takes so many placeholders and no more.
_AT_ONCE = 500


class Entry(Protocol):
    """What the ledger has to know of a mail, see `mail.Envelope`."""

    @property
    def message_id(self) -> str: ...
    @property
    def facts(self) -> dict[str, Any]: ...


def rows(
    state: State, report: str | None = None, period: str | None = None, kind: str | None = None
) -> list[dict[str, Any]]:
    """Mails as the ledger knows them, in the order of period, kind and recipient."""
    query = select(ledger).order_by(ledger.c.period, ledger.c.kind, ledger.c.recipient)
    for column, wanted in ((ledger.c.report, report), (ledger.c.period, period)):
        query = query if wanted is None else query.where(column == wanted)
    if kind is not None:
        query = query.where(ledger.c.kind == kind)
    with state.begin() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def issued(state: State, report: str, period: str, edition: str | None = None) -> int | None:
    """The publication that this period's mails, or those of one edition, were made from; None
    before the first went out."""
    query = select(func.max(ledger.c.publication_id)).where(
        ledger.c.report == report,
        ledger.c.period == period,
        ledger.c.kind == "report",
        ledger.c.status.in_(("sending", "sent", "uncertain")),
    )
    if edition is not None:
        query = query.where(ledger.c.edition == edition)
    with state.begin() as connection:
        number: int | None = connection.execute(query).scalar()
    return number


def settle(state: State, report: str) -> None:
    """What a run that is gone left behind as `sending` is uncertain. Hold the report's lock."""
    lost = update(ledger).where(ledger.c.report == report, ledger.c.status == "sending")
    with state.begin() as connection:
        connection.execute(
            lost.values(
                status="uncertain",
                answer="the process ended before the server's answer was noted",
                attempts=ledger.c.attempts + 1,
            )
        )


def claim(
    state: State, entries: Sequence[Entry], owner: str, open_to: Collection[str] = OPEN
) -> dict[str, str]:
    """Commit `claimed` for all that may be sent.

    Args:
        owner: who sends them, as for a lock.
        open_to: statuses that may be sent again; new ones always may.

    Returns:
        by Message-ID, the status that forbids it; nothing for those that are claimed.
    """
    forbidden: dict[str, str] = {}
    values = {"status": "claimed", "claimed_by": owner, "told_at": None}
    with state.begin() as connection:
        known = _statuses(connection, [entry.message_id for entry in entries])
        for entry in entries:
            before = known.get(entry.message_id)
            if before is not None and before not in open_to:
                forbidden[entry.message_id] = before
            else:
                _write(connection, entry, before is not None, values)
    return forbidden


def begin(state: State, entry: Entry, owner: str) -> bool:
    """Commit `sending`; False when the claim is not ours any more, and nothing may be sent."""
    mine = update(ledger).where(
        ledger.c.message_id == entry.message_id,
        ledger.c.status == "claimed",
        ledger.c.claimed_by == owner,
    )
    with state.begin() as connection:
        now = clock.iso(clock.now())
        return bool(connection.execute(mine.values(status="sending", updated_at=now)).rowcount)


def mark(state: State, entry: Entry, status: str, answer: str | None = None) -> None:
    """Commit what became of one try."""
    this = update(ledger).where(ledger.c.message_id == entry.message_id)
    with state.begin() as connection:
        connection.execute(
            this.values(
                status=status,
                answer=answer,
                attempts=ledger.c.attempts + 1,
                updated_at=clock.iso(clock.now()),
            )
        )


def note(state: State, entries: Sequence[Entry], status: str, answer: str | None) -> None:
    """Commit why these were not even tried, unless their readers have them already."""
    with state.begin() as connection:
        known = _statuses(connection, [entry.message_id for entry in entries])
        for entry in entries:
            before = known.get(entry.message_id)
            if before is None or before in OPEN:
                values = {"status": status, "answer": answer}
                _write(connection, entry, before is not None, values)


def of_message(state: State, message_id: str) -> dict[str, Any] | None:
    """The row of a mail, None when there is none."""
    with state.begin() as connection:
        query = select(ledger).where(ledger.c.message_id == message_id)
        row = connection.execute(query).mappings().first()
    return dict(row) if row else None


def bounced(state: State, message_id: str, answer: str) -> None:
    """Commit that a mail came back after the server had taken it."""
    change = update(ledger).where(ledger.c.message_id == message_id)
    values = {"status": "refused", "answer": answer, "told_at": None}
    with state.begin() as connection:
        connection.execute(change.values(updated_at=clock.iso(clock.now()), **values))


def untold(state: State, report: str) -> list[dict[str, Any]]:
    """Reports that did not arrive, or may not have, and whose owner has not been told."""
    return [
        row
        for row in rows(state, report, kind="report")
        if row["status"] in UNDELIVERED and not row["told_at"]
    ]


def told(state: State, message_ids: Sequence[str], at: datetime) -> None:
    """Commit that the owner knows of these."""
    with state.begin() as connection:
        for start in range(0, len(message_ids), _AT_ONCE):
            these = ledger.c.message_id.in_(message_ids[start : start + _AT_ONCE])
            connection.execute(update(ledger).where(these).values(told_at=clock.iso(at)))


def _statuses(connection: Connection, message_ids: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for start in range(0, len(message_ids), _AT_ONCE):
        these = ledger.c.message_id.in_(message_ids[start : start + _AT_ONCE])
        query = select(ledger.c.message_id, ledger.c.status).where(these)
        found |= {row.message_id: row.status for row in connection.execute(query)}
    return found


def _write(connection: Connection, entry: Entry, is_known: bool, values: Mapping[str, Any]) -> None:
    now = clock.iso(clock.now())
    changed = {**entry.facts, **values, "updated_at": now}
    if is_known:
        this = ledger.c.message_id == entry.message_id
        connection.execute(update(ledger).where(this).values(**changed))
    else:
        row = {"message_id": entry.message_id, "first_at": now, **changed}
        connection.execute(insert(ledger).values(**row))

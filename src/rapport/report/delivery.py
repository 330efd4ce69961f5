"""Each message exactly once: a ledger row is committed before the server is told and after.

`sending` is committed before the message goes out, `sent` after the server took it. A row that is
still `sending` is in doubt: the process ended in between, or the connection broke after the
message went out. It is never sent again by itself; a person decides (`rapport report resend`).
`failed` means that the server certainly did not take it: the next run tries again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from rapport import clock, log
from rapport.errors import RapportError
from rapport.report import smtp
from rapport.report.mail import Envelope
from rapport.settings import Smtp
from rapport.state.store import State
from rapport.state.tables import mail_ledger


@dataclass
class Outcome:
    """What became of each recipient."""

    sent: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    in_doubt: list[str] = field(default_factory=list)


def statuses(state: State, report: str, period: str) -> dict[str, tuple[str, int | None]]:
    """Status and publication of every message of one issue, by Message-ID."""
    query = select(
        mail_ledger.c.message_id, mail_ledger.c.status, mail_ledger.c.publication_id
    ).where(mail_ledger.c.report == report, mail_ledger.c.period == period)
    with state.begin() as connection:
        return {
            row.message_id: (row.status, row.publication_id) for row in connection.execute(query)
        }


def deliver(
    server: Smtp, state: State, envelopes: Sequence[Envelope], again: bool = False
) -> Outcome:
    """Send what has not been sent. One bad address stops nobody else.

    Args:
        again: send even what was sent or is in doubt; for a person's explicit command only.
    """
    outcome = Outcome()
    with smtp.Session(server) as session:
        for envelope in envelopes:
            before = claim(state, envelope, again)
            if before == "sent":
                outcome.skipped.append(envelope.recipient)
                continue
            if before == "sending":
                outcome.in_doubt.append(envelope.recipient)
                continue
            try:
                session.send(envelope.recipient, envelope.content)
            except smtp.Refused as error:
                mark(state, envelope, "failed")
                outcome.failed[envelope.recipient] = str(error)
                if isinstance(error, smtp.Unreachable):
                    break
            except smtp.Uncertain:
                outcome.in_doubt.append(envelope.recipient)
            else:
                mark(state, envelope, "sent")
                outcome.sent.append(envelope.recipient)
            log.get(step="mail").info("message handled", message_id=envelope.message_id)
    return outcome


def claim(state: State, envelope: Envelope, again: bool = False) -> str | None:
    """Commit `sending` for a message that is new or failed before.

    Returns:
        None when this process may send it now, else the status that forbids it.
    """
    values = {
        "status": "sending",
        "publication_id": envelope.publication_id,
        "body_sha256": envelope.sha256,
        "updated_at": clock.iso(clock.now()),
    }
    this = mail_ledger.c.message_id == envelope.message_id
    try:
        with state.begin() as connection:
            found = connection.execute(select(mail_ledger.c.status).where(this)).scalar()
            if found is None:
                row = {"report": envelope.report, "period": envelope.period, **values}
                row |= {"message_id": envelope.message_id, "recipient": envelope.recipient}
                connection.execute(insert(mail_ledger).values(**row))
                return None
            if found != "failed" and not again:
                return str(found)
            open_to = update(mail_ledger).where(this, mail_ledger.c.status == found)
            return None if connection.execute(open_to.values(**values)).rowcount else "sending"
    except IntegrityError:
        return "sending"  # another process was first


def mark(state: State, envelope: Envelope, status: str) -> None:
    """Commit what the server said."""
    change = update(mail_ledger).where(mail_ledger.c.message_id == envelope.message_id)
    with state.begin() as connection:
        connection.execute(change.values(status=status, updated_at=clock.iso(clock.now())))


def raise_for(outcome: Outcome, report: str, period: str) -> None:
    """RapportError `mail-in-doubt` or `mail-refused` when not everyone has the report."""
    refused = "; ".join(f"{who}: {why}" for who, why in outcome.failed.items())
    if outcome.in_doubt:
        names = ", ".join(outcome.in_doubt)
        also = f" Not taken by the server and tried again by the next run: {refused}." * bool(
            refused
        )
        raise RapportError(
            "mail-in-doubt",
            f"Nobody knows whether the report reached {names}: the sending was cut off after the "
            f"message went out and before the server's answer was written down.{also}",
            f"{report} {period}",
            "ask the recipient, or look for the Message-ID in the mail server's log; if it did "
            f"not arrive: rapport report resend {report} {period} {outcome.in_doubt[0]}",
        )
    if outcome.failed:
        raise RapportError(
            "mail-refused",
            f"The mail server did not take the report: {refused}",
            f"{report} {period}",
            "correct the address in company.yml or RAPPORT_SMTP_URL, then send again; those who "
            "have it already do not get it twice",
        )

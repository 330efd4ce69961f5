"""Each mail exactly once: what `ledger` allows goes over the wire, and what became of it is noted.

A "not now" is tried again within the run, after a while, then by the next run. A "never" is noted
and not tried again by itself. A mail of which nobody knows whether it arrived is not either.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import partial

from rapport import log
from rapport.errors import RapportError
from rapport.mailserver import Smtp
from rapport.report.mailing import ledger, smtp
from rapport.report.mailing.mail import Envelope
from rapport.state.store import State


@dataclass(kw_only=True)
class Outcome:
    """What became of each recipient.

    Attributes:
        sent: got it now.
        skipped: had it before.
        failed: the server's words; the next run tries again.
        refused: the server's words, or why it was not tried; nobody tries again by himself.
        in_doubt: nobody knows.
        is_shut: the server does not let us in, and waiting does not help.
    """

    sent: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    in_doubt: list[str] = field(default_factory=list)
    is_shut: bool = False

    def add(self, other: Outcome) -> None:
        """Take over what became of other recipients."""
        self.sent += other.sent
        self.skipped += other.skipped
        self.in_doubt += other.in_doubt
        self.failed |= other.failed
        self.refused |= other.refused
        self.is_shut |= other.is_shut


def deliver(
    server: Smtp,
    state: State,
    envelopes: Sequence[Envelope],
    owner: str,
    open_to: Collection[str] = ledger.OPEN,
) -> Outcome:
    """Send what has not been sent. One bad address stops nobody else.

    Args:
        owner: who sends, as for a lock; hold the report's lock meanwhile.
        open_to: statuses of the ledger that may be sent again.
    """
    outcome = Outcome()
    waiting = list(envelopes)
    with smtp.Session(server) as session:
        for number in range(server.retries + 1):
            if number:
                time.sleep(server.retry_seconds * 2 ** (number - 1))
            waiting = _round(session, state, waiting, owner, outcome, open_to)
            if not waiting:
                break
    return outcome


def _round(
    session: smtp.Session,
    state: State,
    envelopes: Sequence[Envelope],
    owner: str,
    outcome: Outcome,
    open_to: Collection[str],
) -> list[Envelope]:
    """One try for each; returns those to try again after a while."""
    forbidden = ledger.claim(state, envelopes, owner, open_to)
    waiting: list[Envelope] = []
    for number, envelope in enumerate(envelopes):
        if envelope.message_id in forbidden:
            leave(outcome, envelope.recipient, forbidden[envelope.message_id])
            continue
        outcome.failed.pop(envelope.recipient, None)
        try:
            answer = session.send(
                envelope.recipient, envelope.content, partial(ledger.begin, state, envelope, owner)
            )
        except smtp.Unreachable as error:
            rest = [one for one in envelopes[number:] if one.message_id not in forbidden]
            for other in rest:
                ledger.mark(state, other, "failed", str(error))
                outcome.failed[other.recipient] = str(error)
            outcome.is_shut = error.is_final
            return [*waiting, *rest] if error.is_busy else []
        except smtp.Refused as error:
            status = "refused" if error.is_final else "failed"
            ledger.mark(state, envelope, status, str(error))
            getattr(outcome, status)[envelope.recipient] = str(error)
            if not error.is_final:
                waiting.append(envelope)
        except smtp.Uncertain as error:
            ledger.mark(state, envelope, "uncertain", str(error))
            outcome.in_doubt.append(envelope.recipient)
        except smtp.Forbidden:
            outcome.failed[envelope.recipient] = "another run has taken this mail over"
        else:
            ledger.mark(state, envelope, "sent", answer)
            outcome.sent.append(envelope.recipient)
        log.get(step="mail").info("message handled", message_id=envelope.message_id)
    return waiting


def leave(outcome: Outcome, recipient: str, status: str) -> None:
    """Note in the outcome what stands against another try."""
    if status in ("sending", "uncertain"):
        outcome.in_doubt.append(recipient)
    elif status == "refused":
        outcome.refused[recipient] = "refused before; its words are in the history"
    else:
        outcome.skipped.append(recipient)


def raise_for(outcome: Outcome, report: str, period: str) -> None:
    """RapportError `mail-in-doubt`, `mail-shut-out` or `mail-refused` when not everyone has it."""
    words = {**outcome.failed, **outcome.refused}
    refused = "; ".join(f"{who}: {why}" for who, why in words.items())
    if outcome.in_doubt:
        names = ", ".join(outcome.in_doubt)
        also = f" Not taken by the server: {refused}." * bool(refused)
        raise RapportError(
            "mail-in-doubt",
            f"Nobody knows whether the report reached {names}: the sending was cut off after the "
            f"message went out and before the server's answer was written down.{also}",
            f"{report} {period}",
            "ask the recipient, or look for the Message-ID in the mail server's log; if it did "
            f"not arrive: rapport report resend {report} {period} {outcome.in_doubt[0]}",
        )
    if outcome.is_shut:
        raise RapportError(
            "mail-shut-out",
            f"The mail server does not let Rapport in: {next(iter(outcome.failed.values()))}",
            f"{report} {period}",
            "correct RAPPORT_SMTP_URL, RAPPORT_SMTP_CA_FILE or RAPPORT_MAIL_FROM, then send again",
        )
    if refused:
        raise RapportError(
            "mail-refused",
            f"The mail server did not take the report: {refused}",
            f"{report} {period}",
            "correct the address in company.yml or RAPPORT_SMTP_URL, then send again; those who "
            "have it already do not get it twice",
        )

"""Bounces: what a mail server sent back long after it had taken a report."""

from __future__ import annotations

import re
from email import message_from_bytes
from email.message import Message
from typing import Any

from rapport.errors import RapportError
from rapport.report.formats import clean
from rapport.report.mailing import ledger
from rapport.state.store import State

HEADERS = ("message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers")


def record(state: State, content: bytes, where: str) -> dict[str, Any]:
    """Note in the ledger that a mail came back: it is `refused`, and the next run tells the owner.

    A notice that a mail is only late changes nothing.

    Args:
        content: the message that came back, a delivery status by RFC 3464.
        where: its file, for the error.

    Returns:
        report, period, recipient and the server's words.

    Raises:
        RapportError: `bounce-unknown` when it is none of a mail that the ledger knows.
    """
    message = message_from_bytes(content)
    status = _status(message)
    row = ledger.of_message(state, _original(message))
    if not status or row is None:
        raise RapportError(
            "bounce-unknown",
            "It is no delivery status of a mail that the ledger knows",
            where,
            "save the whole message that came back",
        )
    words = status.get("Diagnostic-Code") or status.get("Status") or "no reason given"
    answer = f"bounced: {clean(words, 280)}"
    if str(status.get("Action", "")).strip().lower() == "failed":
        ledger.bounced(state, row["message_id"], answer)
    return {name: row[name] for name in ("report", "period", "recipient")} | {"answer": answer}


def _status(message: Message) -> Message | None:
    """The fields about the one recipient: the last block of the delivery status."""
    for part in message.walk():
        if part.get_content_type() in ("message/delivery-status", "message/global-delivery-status"):
            blocks = part.get_payload()
            found = [one for one in blocks if isinstance(one, Message) and one.get("Action")]
            return found[-1] if found else None
    return None


def _original(message: Message) -> str:
    """Message-ID of the mail that came back."""
    for part in message.walk():
        if part.get_content_type() in HEADERS:
            found = re.search(r"(?im)^message-id:\s*(<[^>\s]+>)", part.as_string())
            if found:
                return found.group(1)
    return ""

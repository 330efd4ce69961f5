"""What tests of sending ask of an office: to run, and what then lies where."""

from __future__ import annotations

import email
import email.policy
from email.message import EmailMessage
from pathlib import Path

import duckdb

from rapport.report.mailing import ledger, scheduled, sending
from tests.unit.report import marts
from tests.unit.report.conftest import Office

ADA, GRACE, LI = "ada@example.org", "grace@example.org", "li@example.org"
OWNER = "owner@example.org"


def late_marts(path: Path, is_late: bool) -> marts.Reader:
    reader = marts.fill(path)
    with duckdb.connect(str(path)) as connection:
        connection.execute("update marts.ops_sources set required = true, is_stale = ?", [is_late])
    return reader


def run(office: Office, reader: marts.Reader) -> list[sending.SentReport]:
    return scheduled.run(office.settings, office.state, reader, "executive")


def mails(office: Office, recipient: str) -> list[EmailMessage]:
    found = [
        email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        for path in office.sink.messages()
    ]
    return [message for message in found if message["To"] == recipient]  # type: ignore[misc]


def statuses(office: Office, kind: str = "report") -> dict[str, str]:
    return {row["recipient"]: row["status"] for row in ledger.rows(office.state, kind=kind)}


def text_of(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content())

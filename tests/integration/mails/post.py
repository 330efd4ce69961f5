"""A company that writes letters without rendering reports, and a mail server that counts."""

from __future__ import annotations

from collections import Counter
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from rapport.company import Alerts, ReportConfig
from rapport.demo.sink import Outbox, Sink
from rapport.mailserver import Smtp
from rapport.report.mailing import mail
from rapport.report.mailing.delivery import Outcome
from rapport.report.mailing.runs import alone
from rapport.settings import Settings
from rapport.state import store, tables
from tests.conftest import bare_settings

ADA, GRACE, JOAN = "ada@x.example", "grace@x.example", "joan@x.example"
REPORT, PERIOD = "executive", "2026-10"


class Counting(Outbox):
    """An outbox that knows how often each command came, and answers RCPT as a test asks.

    Args:
        answers: by address, the answers to give in turn; after them, and to others, it accepts.
    """

    def __init__(self, folder: Path, answers: dict[str, list[str]] | None = None) -> None:
        super().__init__(folder)
        self.answers = answers or {}
        self.asked: Counter[str] = Counter()
        self.connections = 0

    async def handle_EHLO(  # noqa: N802, the name is aiosmtpd's
        self, server: SMTP, session: Session, envelope: Envelope, name: str, answers: list[str]
    ) -> list[str]:
        self.connections += 1
        session.host_name = name
        return answers

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.asked[address] += 1
        if self.answers.get(address):
            return self.answers[address].pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"


def office(folder: Path, smtp: Smtp, readers: list[Any] | None = None) -> Settings:
    """Settings of a company with a report and an owner."""
    plain = bare_settings(folder, f"duckdb:///{folder / 'warehouse.duckdb'}")
    config = ReportConfig(recipients=readers or [ADA, GRACE, JOAN])
    company = plain.company.model_copy(
        update={"reports": {REPORT: config}, "alerts": Alerts(recipients=["owner@x.example"])}
    )
    return plain.model_copy(update={"company": company, "smtp": smtp})


def letter(text: str = "All is well.") -> mail.Body:
    """A report's body, without a report."""
    page = f"<!doctype html><html><body><p>{text}</p></body></html>"
    return mail.body(
        "test", REPORT, PERIOD, "Figures", text, page, publication_id=7, edition="plain"
    )


def post(settings: Settings, *recipients: str, body: mail.Body | None = None) -> Outcome:
    """Send one letter to each, as a run of the report would."""
    state = store.open(settings)
    with alone(settings, state, None, REPORT) as run:
        return run.deliver(run.address(body or letter(), recipients))


def ledger(settings: Settings) -> dict[str, Any]:
    """Rows of reports by recipient."""
    with store.open(settings).begin() as connection:
        rows = connection.execute(tables.mail_ledger.select()).mappings().all()
    return {row["recipient"]: row for row in rows if row["kind"] == "report"}


def mails(sink: Sink, recipient: str) -> list[EmailMessage]:
    """What the server took for one recipient."""
    found = [
        message_from_bytes(path.read_bytes(), policy=policy.default) for path in sink.messages()
    ]
    return [message for message in found if message["To"] == recipient]

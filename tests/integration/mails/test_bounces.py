"""A mail that comes back long after it was taken is refused like one that was refused at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from rapport.demo.sink import Sink
from rapport.errors import RapportError
from rapport.mailserver import Smtp
from rapport.report.mailing import bounces, sending
from rapport.report.mailing.runs import SentReport, alone
from rapport.state import store
from tests.integration.mails.post import ADA, GRACE, PERIOD, REPORT, ledger, mails, office, post

BOUNCE = """\
From: MAILER-DAEMON@mx.x.example
To: reports@x.example
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

Sorry.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.x.example

Final-Recipient: rfc822; ada@x.example
Action: {action}
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 <ada@x.example>: user unknown

--b
Content-Type: {kind}

Message-ID: {message_id}
Subject: Figures

--b--
"""


@pytest.mark.parametrize("kind", ["message/rfc822", "text/rfc822-headers"])
def test_a_bounce_is_noted_with_the_servers_words_and_the_owner_is_told_once(
    tmp_path: Path, kind: str
) -> None:
    with Sink(tmp_path / "outbox") as sink:
        settings = office(tmp_path, Smtp(port=sink.port))
        post(settings, ADA, GRACE)
        state = store.open(settings)
        identity = ledger(settings)[ADA]["message_id"]
        late = BOUNCE.format(action="delayed", kind=kind, message_id=identity)
        bounces.record(state, late.encode(), "late.eml")
        assert ledger(settings)[ADA]["status"] == "sent"
        back = BOUNCE.format(action="failed", kind=kind, message_id=identity)
        found = bounces.record(state, back.encode(), "back.eml")
        assert (found["report"], found["period"], found["recipient"]) == (REPORT, PERIOD, ADA)
        for _ in range(2):
            assert list(post(settings, ADA, GRACE).refused) == [ADA]
            with alone(settings, state, None, REPORT) as run:
                sending.tell_of_trouble(run, SentReport(REPORT, PERIOD))
        (told,) = mails(sink, "owner@x.example")
    row = ledger(settings)[ADA]
    assert (row["status"], row["answer"]) == (
        "refused", "bounced: smtp; 550 5.1.1 <ada@x.example>: user unknown",
    )  # fmt: skip
    assert "user unknown" in told.get_body(("plain",)).get_content()
    assert ledger(settings)[GRACE]["status"] == "sent"


@pytest.mark.parametrize(
    "content", ["", "Subject: hello\n\nhow are you", BOUNCE.format(
        action="failed", kind="message/rfc822", message_id="<other@elsewhere>")],
)  # fmt: skip
def test_what_is_no_bounce_of_a_report_changes_nothing(tmp_path: Path, content: str) -> None:
    state = store.open(office(tmp_path, Smtp()))
    with pytest.raises(RapportError) as caught:
        bounces.record(state, content.encode(), "x.eml")
    assert caught.value.code == "bounce-unknown"

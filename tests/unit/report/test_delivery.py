"""Exactly once: counted at a real SMTP server and in a real state store."""

from __future__ import annotations

import email
import email.policy
import json
import shutil
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import duckdb
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from sqlalchemy import select

from rapport.company import ReportConfig
from rapport.demo.sink import Outbox, Sink
from rapport.errors import RapportError
from rapport.mailserver import Smtp
from rapport.report import archive
from rapport.report import issue as issues
from rapport.report.mailing import ledger as mails
from rapport.report.mailing import sending
from rapport.state import store, tables
from tests.unit.report import marts
from tests.unit.report.conftest import Office, settings_in


def parsed(path: Path) -> EmailMessage:
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def ledger(office: Office) -> dict[str, str]:
    with office.state.begin() as connection:
        rows = connection.execute(select(tables.mail_ledger)).mappings()
        return {row["recipient"]: row["status"] for row in rows}


def test_each_recipient_gets_one_mail_however_often_it_is_sent(
    office: Office, full: marts.Reader
) -> None:
    first = sending.send(office.settings, office.state, full)
    again = sending.send(office.settings, office.state, full)
    assert first.sent == ["ada@example.org", "grace@example.org"]
    assert (again.sent, again.skipped) == ([], first.sent)
    assert len(office.sink.messages()) == 2
    assert set(ledger(office).values()) == {"sent"}
    assert [parsed(path)["To"] for path in office.sink.messages()] == first.sent


def test_the_mail_is_text_and_html_with_its_pictures_inside(
    office: Office, full: marts.Reader
) -> None:
    sending.send(office.settings, office.state, full)
    message = parsed(office.sink.messages()[0])
    assert message.get_content_type() == "multipart/alternative"
    text, related = message.iter_parts()
    assert text.get_content_type() == "text/plain"
    assert "€412,300" in text.get_content()
    html, *pictures = related.iter_parts()
    names = {f"cid:{picture['Content-ID'][1:-1]}" for picture in pictures}
    assert len(names) == 4
    assert all(f'src="{name}"' in html.get_content() for name in names)
    assert all(p.get_content_disposition() == "inline" for p in pictures)
    assert message["From"] == "Nordlicht Outdoor <reports@example.org>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert max(len(line) for line in office.sink.messages()[0].read_bytes().split(b"\r\n")) < 998


def test_the_same_input_gives_the_same_bytes(tmp_path: Path, full: marts.Reader) -> None:
    received = []
    for name in ("one", "two"):
        with Sink(tmp_path / name / "outbox") as sink:
            settings = settings_in(tmp_path / name, Smtp(port=sink.port))
            state = store.open(settings)
            sending.send(settings, state, full)
            state.close()
            received.append([path.read_bytes() for path in sink.messages()])
    assert received[0] == received[1]
    assert len(received[0]) == 2


def test_killed_between_acceptance_and_ledger_is_doubt_and_no_second_mail(
    office: Office, full: marts.Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def killed(*_: Any) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(mails, "mark", killed)
        with pytest.raises(Killed):
            sending.send(office.settings, office.state, full)
    assert ledger(office) == {"ada@example.org": "sending", "grace@example.org": "claimed"}
    assert len(office.sink.messages()) == 1

    for _ in range(2):
        with pytest.raises(RapportError) as caught:
            sending.send(office.settings, office.state, full)
    assert caught.value.code == "mail-in-doubt"
    assert "rapport report resend executive 2026-10 ada@example.org" in caught.value.todo
    assert len(office.sink.messages()) == 2, "grace has hers, ada got no second one"
    assert ledger(office) == {"ada@example.org": "uncertain", "grace@example.org": "sent"}

    sending.resend(office.settings, office.state, "2026-10", "ada@example.org")
    first, _, third = [parsed(path) for path in office.sink.messages()]
    assert first["Message-ID"] == third["Message-ID"]
    assert ledger(office)["ada@example.org"] == "sent"


class Moody(Outbox):
    """Does as told to some recipients, and takes the rest."""

    def __init__(self, folder: Path, answer: Callable[[str], str | None]) -> None:
        super().__init__(folder)
        self.answer = answer

    async def handle_RCPT(  # noqa: N802, the name is aiosmtpd's
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self.answer(address)
        if answer and not answer.startswith("drop"):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        answer = await super().handle_DATA(server, session, envelope)
        if (self.answer(envelope.rcpt_tos[0]) or "").startswith("drop"):
            assert server.transport
            server.transport.close()  # taken, and the line goes dead before the answer
        return answer


@pytest.fixture
def moody(tmp_path: Path) -> Any:
    """A server whose answers a test may change, and an office that uses it."""
    answers: dict[str, str] = {}
    outbox = tmp_path / "outbox"
    with Sink(outbox, handler=Moody(outbox, answers.get)) as sink:
        settings = settings_in(
            tmp_path, Smtp(port=sink.port, sender="reports@example.org", retries=0)
        )
        state = store.open(settings)
        yield Office(settings, state, sink), answers
        state.close()


def test_a_refused_address_stops_nobody_and_is_tried_again(
    moody: tuple[Office, dict[str, str]], full: marts.Reader
) -> None:
    office, answers = moody
    answers["ada@example.org"] = "451 try later"
    with pytest.raises(RapportError) as caught:
        sending.send(office.settings, office.state, full)
    assert caught.value.code == "mail-refused"
    assert "451 try later" in caught.value.what
    assert ledger(office) == {"ada@example.org": "failed", "grace@example.org": "sent"}
    answers.clear()
    assert sending.send(office.settings, office.state, full).sent == ["ada@example.org"]
    assert len(office.sink.messages()) == 2


def test_a_connection_that_dies_after_the_message_is_doubt(
    moody: tuple[Office, dict[str, str]], full: marts.Reader
) -> None:
    office, answers = moody
    answers["ada@example.org"] = "drop"
    with pytest.raises(RapportError) as caught:
        sending.send(office.settings, office.state, full)
    assert caught.value.code == "mail-in-doubt"
    assert ledger(office) == {"ada@example.org": "uncertain", "grace@example.org": "sent"}
    assert len(office.sink.messages()) == 2


def test_no_server_is_refused_and_heals(tmp_path: Path, full: marts.Reader) -> None:
    closed = Sink(tmp_path / "outbox")  # a free port with nobody behind it
    settings = settings_in(tmp_path, Smtp(port=closed.port, retries=0))
    state = store.open(settings)
    with pytest.raises(RapportError) as caught:
        sending.send(settings, state, full)
    assert caught.value.code == "mail-refused"
    with Sink(tmp_path / "outbox", closed.port) as sink:
        assert len(sending.send(settings, state, full).sent) == 2
        assert len(sink.messages()) == 2
    state.close()


def test_a_wrong_password_is_told_without_telling_it(tmp_path: Path, full: marts.Reader) -> None:
    secret = "correct-horse-battery"

    def refuse(
        server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> Any:
        return AuthResult(success=False, handled=False, message=f"535 no: {secret}")

    controller = Controller(
        Outbox(tmp_path / "outbox"), hostname="127.0.0.1", port=Sink(tmp_path / "o").port,
        authenticator=refuse, auth_require_tls=False,
    )  # fmt: skip
    controller.start()
    try:
        smtp = Smtp(port=controller.port, user="rapport", password=secret)
        settings = settings_in(tmp_path, smtp)
        state = store.open(settings)
        with pytest.raises(RapportError) as caught:
            sending.send(settings, state, full)
        state.close()
    finally:
        controller.stop()
    assert caught.value.code == "mail-shut-out"
    assert secret not in str(caught.value)
    assert caught.value.__cause__ is None


def test_an_address_that_is_none_is_told_and_stops_nobody(
    office: Office, full: marts.Reader
) -> None:
    reports = {"executive": ReportConfig(recipients=["not an address", "grace@example.org"])}
    company = office.settings.company.model_copy(update={"reports": reports})
    settings = office.settings.model_copy(update={"company": company})
    with pytest.raises(RapportError) as caught:
        sending.send(settings, office.state, full)
    assert "not an address" in caught.value.what
    assert ledger(office) == {"not an address": "invalid", "grace@example.org": "sent"}


def test_a_period_that_is_none_fails_nobodys_mail(office: Office, full: marts.Reader) -> None:
    """A slip of the person who asked stood in the ledger for ever, for each reader."""
    with pytest.raises(RapportError) as caught:
        sending.send(office.settings, office.state, full, "2206-03")
    assert caught.value.code == "period-unknown"
    assert ledger(office) == {}


def test_late_recipients_get_the_issue_that_the_others_got(
    moody: tuple[Office, dict[str, str]], full: marts.Reader, tmp_path: Path
) -> None:
    office, answers = moody
    answers["grace@example.org"] = "451 try later"
    with pytest.raises(RapportError):
        sending.send(office.settings, office.state, full)
    answers.clear()
    newer = marts.fill(tmp_path / "newer.duckdb")
    with duckdb.connect(str(newer.path)) as connection:
        connection.execute("update marts.ops_publication set publication_id = 8")
        connection.execute("update marts.rpt_kpis set value = value * 2 where base_count is null")
    done = sending.send(office.settings, office.state, newer)
    assert (done.sent, done.publication_id) == (["grace@example.org"], 7)
    ada, grace = (parsed(path) for path in office.sink.messages())
    assert ada["Subject"] == grace["Subject"]
    assert ada["Message-ID"] != grace["Message-ID"]


def test_the_archive_can_be_browsed_from_the_disk(office: Office, full: marts.Reader) -> None:
    done = sending.send(office.settings, office.state, full)
    root = office.settings.archive_dir
    assert done.archive.parent == root / "executive" / "2026-10" / "publication-7"
    page = (done.archive / "index.html").read_text()
    assert 'src="trend-light.png"' in page and "cid:" not in page
    assert {path.name for path in done.archive.iterdir()} == {
        "index.html", "report.txt", "figures.json", "mail.json", "issue.json",
        "trend-light.png", "trend-dark.png", "stages-light.png", "stages-dark.png",
    }  # fmt: skip
    index = (root / "index.html").read_text()
    assert f'href="{(done.archive / "index.html").relative_to(root)}"' in index
    assert 'href="executive/index.html"' in index
    listed = (root / "executive" / "index.html").read_text()
    assert f'href="{(done.archive / "index.html").relative_to(root / "executive")}"' in listed
    assert not list(root.rglob(".draft*"))
    kept = archive.load(root, "executive", "2026-10", 7, done.archive.name)
    assert kept == issues.render(office.settings, full)


def test_issues_of_an_earlier_rapport_are_listed_and_can_be_sent_again(
    office: Office, full: marts.Reader
) -> None:
    """They have no edition, and nobody could find them any more after an upgrade."""
    done = sending.send(office.settings, office.state, full)
    root, old = office.settings.archive_dir, done.archive.parents[1] / "publication-3"
    shutil.move(done.archive, old)
    (old / "issue.json").unlink()
    for name, lost in (("figures", ("title", "scope", "as_of_utc")), ("mail", ("edition",))):
        content = json.loads((old / f"{name}.json").read_text())
        for key in lost:
            del content[key]
        (old / f"{name}.json").write_text(json.dumps(content))
    issues.renew(office.settings, "executive")
    assert 'href="2026-10/publication-3/index.html"' in (root / "executive/index.html").read_text()
    assert archive.load(root, "executive", "2026-10", 3, "").subject == done.subject


def test_what_was_mailed_stays_in_the_archive_as_it_was(office: Office, full: marts.Reader) -> None:
    done = sending.send(office.settings, office.state, full)
    (done.archive / "report.txt").write_text("as it was sent")
    issues.keep(office.settings, office.state, issues.render(office.settings, full))
    assert (done.archive / "report.txt").read_text() == "as it was sent"


def test_resend_of_what_never_went_out_is_refused(office: Office) -> None:
    with pytest.raises(RapportError) as caught:
        sending.resend(office.settings, office.state, "2026-10", "ada@example.org")
    assert caught.value.code == "mail-unknown"


def test_nobody_to_send_to(office: Office, full: marts.Reader) -> None:
    company = office.settings.company.model_copy(update={"reports": {}})
    settings = office.settings.model_copy(update={"company": company})
    with pytest.raises(RapportError) as caught:
        sending.send(settings, office.state, full)
    assert caught.value.code == "report-recipients"

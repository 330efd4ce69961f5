"""The wire to real mail servers: TLS, passwords, "not now", "never", and lines that go dead."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from rapport.report import smtp as wire
from rapport.report.sink import Sink
from rapport.settings import Smtp
from tests.integration.mails.post import ADA, GRACE, JOAN, Counting, ledger, mails, office, post

PASSWORD = "correct-horse-battery"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """A file with key and self-signed certificate for a host name."""
    folder = tmp_path_factory.mktemp("certificates")

    def make(host: str) -> Path:
        path = folder / f"{host}.pem"
        if path.exists():
            return path
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
        now = datetime.now(UTC)
        made = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        path.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + made.public_bytes(serialization.Encoding.PEM)
        )
        return path

    return make


def server_side(path: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(path)
    return context


class Door:
    """Lets in who knows the password, and counts the knocks."""

    def __init__(self) -> None:
        self.knocks = 0

    def __call__(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        self.knocks += 1
        right = data.password == PASSWORD.encode()
        message = None if right else f"535 5.7.8 no: {data.password.decode()}"
        return AuthResult(success=right, handled=False, message=message)


def test_a_password_goes_over_starttls_and_the_mail_arrives(
    tmp_path: Path, certificate: Callable[[str], Path]
) -> None:
    pem, door = certificate("localhost"), Door()
    with Sink(
        tmp_path / "outbox", tls_context=server_side(pem), require_starttls=True,
        authenticator=door, auth_required=True,
    ) as sink:  # fmt: skip
        smtp = Smtp(
            host="localhost", port=sink.port, starttls=True, ca_file=pem, user="rapport",
            password=PASSWORD,
        )  # fmt: skip
        assert post(office(tmp_path, smtp), ADA).sent == [ADA]
        assert len(mails(sink, ADA)) == 1
    assert door.knocks == 1


def test_a_line_encrypted_from_the_first_byte_works(
    tmp_path: Path, certificate: Callable[[str], Path]
) -> None:
    pem = certificate("localhost")
    options = {"ssl_context": server_side(pem), "auth_require_tls": False, "authenticator": Door()}
    with Sink(tmp_path / "outbox", **options) as sink:
        smtp = Smtp(
            host="localhost", port=sink.port, tls=True, ca_file=pem, user="u", password=PASSWORD
        )
        assert post(office(tmp_path, smtp), ADA).sent == [ADA]


@pytest.mark.parametrize("case", ["unknown authority", "another host"])
def test_no_password_and_no_mail_for_a_server_that_is_not_the_one_it_says(
    tmp_path: Path, certificate: Callable[[str], Path], case: str
) -> None:
    pem = certificate("localhost" if case == "unknown authority" else "mail.x.example")
    door = Door()
    with Sink(
        tmp_path / "outbox", tls_context=server_side(pem), require_starttls=True,
        authenticator=door,
    ) as sink:  # fmt: skip
        smtp = Smtp(
            host="localhost", port=sink.port, starttls=True, user="rapport", password=PASSWORD,
            ca_file=None if case == "unknown authority" else pem, retry_seconds=60,
        )  # fmt: skip
        outcome = post(office(tmp_path, smtp), ADA)
    assert "certificate verify failed" in outcome.failed[ADA]
    assert (door.knocks, sink.messages()) == (0, [])


def test_a_server_without_starttls_gets_neither_password_nor_mail(tmp_path: Path) -> None:
    with Sink(tmp_path / "outbox") as sink:
        smtp = Smtp(port=sink.port, starttls=True, user="rapport", password=PASSWORD)
        outcome = post(office(tmp_path, smtp), ADA)
    assert "STARTTLS" in outcome.failed[ADA]
    assert sink.messages() == []


def test_a_password_never_goes_over_an_open_line_to_another_machine() -> None:
    with socket.create_server(("0.0.0.0", 0)) as listening:
        far = Smtp(host="0.0.0.0", port=listening.getsockname()[1], user="u", password=PASSWORD)
        threading.Thread(target=_greet, args=(listening,), daemon=True).start()
        with (
            wire.Session(far) as session,
            pytest.raises(wire.Unreachable, match="not sent over an open line"),
        ):
            session.send(ADA, b"Subject: x\r\n\r\nx\r\n")


def _greet(listening: socket.socket) -> None:
    line, _ = listening.accept()
    with line:
        line.sendall(b"220 hello\r\n")
        line.recv(1000)
        line.sendall(b"250 AUTH PLAIN LOGIN\r\n")
        assert line.recv(1000) in (b"", b"quit\r\n")


def test_a_wrong_password_is_tried_once_and_told_without_being_told(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    door = Door()
    with Sink(tmp_path / "outbox", authenticator=door, auth_require_tls=False) as sink:
        wrong = "wrong-horse-battery"
        smtp = Smtp(port=sink.port, user="rapport", password=wrong, retries=3, retry_seconds=0.01)
        settings = office(tmp_path, smtp)
        outcome = post(settings, ADA, GRACE)
    assert set(outcome.failed) == {ADA, GRACE}
    assert door.knocks <= 2  # LOGIN and PLAIN are two ways in; a retry would lock the account
    told = [*outcome.failed.values(), repr(ledger(settings)), *capfd.readouterr(), repr(settings)]
    assert not [text for text in told if wrong in text]
    assert ledger(settings)[ADA]["status"] == "failed"


def counting(folder: Path, answers: dict[str, list[str]], **smtp: Any) -> tuple[Sink, Any]:
    handler = Counting(folder / "outbox", answers)
    sink = Sink(folder / "outbox", handler=handler)
    found = {"port": sink.port, "retry_seconds": 0.05, **smtp}
    return sink, office(folder, Smtp(**found))


def test_a_greylisted_mail_is_accepted_within_the_same_run(tmp_path: Path) -> None:
    sink, settings = counting(tmp_path, {ADA: ["450 4.2.0 greylisted", "451 not yet"]})
    with sink:
        outcome = post(settings, ADA, GRACE)
    assert (outcome.sent, outcome.failed) == ([GRACE, ADA], {})
    assert [len(mails(sink, who)) for who in (ADA, GRACE)] == [1, 1]
    row = ledger(settings)[ADA]
    assert (row["status"], row["attempts"], row["answer"]) == ("sent", 3, "250 Message written")


def test_one_that_is_refused_for_good_stops_nobody_and_is_not_tried_again(tmp_path: Path) -> None:
    sink, settings = counting(tmp_path, {GRACE: ["550 5.1.1 no such user"] * 9})
    with sink:
        outcome = post(settings, ADA, GRACE, JOAN)
        again = post(settings, ADA, GRACE, JOAN)
        handler = sink._controller.handler
    assert (outcome.sent, outcome.refused) == ([ADA, JOAN], {GRACE: "550 5.1.1 no such user"})
    assert (again.skipped, list(again.refused)) == ([ADA, JOAN], [GRACE])
    assert handler.asked == {ADA: 1, GRACE: 1, JOAN: 1}
    row = ledger(settings)[GRACE]
    assert (row["status"], row["answer"]) == ("refused", "550 5.1.1 no such user")


def test_a_refused_sender_is_not_held_against_the_readers(tmp_path: Path) -> None:
    class Strict(Counting):
        async def handle_MAIL(  # noqa: N802
            self, server: SMTP, session: Session, envelope: Envelope, address: str, _: list[str]
        ) -> str:
            return "553 5.7.1 sender not allowed"

    with Sink(tmp_path / "outbox", handler=Strict(tmp_path / "outbox")) as sink:
        settings = office(tmp_path, Smtp(port=sink.port))
        outcome = post(settings, ADA, GRACE)
    assert set(outcome.failed) == {ADA, GRACE} and not outcome.refused
    assert {row["status"] for row in ledger(settings).values()} == {"failed"}


def test_a_server_that_closes_in_the_middle_gets_each_mail_once(tmp_path: Path) -> None:
    sink, settings = counting(tmp_path, {GRACE: ["421 4.3.2 shutting down"]})
    with sink:
        outcome = post(settings, ADA, GRACE, JOAN)
    assert sorted(outcome.sent) == [ADA, GRACE, JOAN]
    assert [len(mails(sink, who)) for who in (ADA, GRACE, JOAN)] == [1, 1, 1]


@pytest.mark.parametrize(("per_connection", "connections"), [(100, 1), (2, 3)])
def test_a_connection_serves_many_mails_and_no_more_than_allowed(
    tmp_path: Path, per_connection: int, connections: int
) -> None:
    sink, settings = counting(tmp_path, {}, per_connection=per_connection)
    with sink:
        post(settings, *(f"reader{n}@x.example" for n in range(5)))
        assert sink._controller.handler.connections == connections


def test_no_more_mails_a_minute_than_the_server_wants(tmp_path: Path) -> None:
    sink, settings = counting(tmp_path, {}, per_minute=600)
    with sink:
        began = time.perf_counter()
        post(settings, ADA, GRACE, JOAN)
        assert time.perf_counter() - began >= 0.2


def test_a_line_that_goes_dead_after_the_mail_is_a_doubt_and_no_second_mail(
    tmp_path: Path,
) -> None:
    class Dropping(Counting):
        async def handle_DATA(  # noqa: N802
            self, server: SMTP, session: Session, envelope: Envelope
        ) -> str:
            answer = await super().handle_DATA(server, session, envelope)
            if envelope.rcpt_tos == [ADA]:
                assert server.transport
                server.transport.close()
            return answer

    with Sink(tmp_path / "outbox", handler=Dropping(tmp_path / "outbox")) as sink:
        settings = office(tmp_path, Smtp(port=sink.port, retry_seconds=0.01))
        outcome = post(settings, ADA, GRACE)
        again = post(settings, ADA, GRACE)
        assert len(mails(sink, ADA)) == 1
    assert (outcome.in_doubt, outcome.sent) == ([ADA], [GRACE])
    assert (again.in_doubt, again.skipped) == ([ADA], [GRACE])
    assert ledger(settings)[ADA]["status"] == "uncertain"


def test_a_silent_server_is_given_up_after_the_time_out(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        smtp = Smtp(port=silent.getsockname()[1], timeout_seconds=0.2, retries=0)
        outcome = post(office(tmp_path, smtp), ADA)
    assert "timed out" in outcome.failed[ADA]


def test_lines_that_begin_with_a_dot_arrive_as_they_were(tmp_path: Path) -> None:
    received: list[bytes] = []

    class Keeping(Counting):
        async def handle_DATA(  # noqa: N802
            self, server: SMTP, session: Session, envelope: Envelope
        ) -> str:
            received.append(envelope.original_content or b"")
            return "250 OK"

    content = b"Subject: x\r\n\r\n.\r\n..two\r\nend\r\n"
    with (
        Sink(tmp_path / "outbox", handler=Keeping(tmp_path / "outbox")) as sink,
        wire.Session(Smtp(port=sink.port)) as session,
    ):
        session.send(ADA, content)
    assert received == [content]

"""Passwords and mail go to the server that is meant, over a line that nobody reads along."""

from __future__ import annotations

import socket
import ssl
import threading
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

from rapport.demo.sink import Sink
from rapport.mailserver import Smtp
from rapport.report.mailing import smtp as wire
from tests.integration.mails.post import ADA, GRACE, ledger, mails, office, post

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

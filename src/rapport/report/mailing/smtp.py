"""The wire to the mail server. It tells apart "refused", "not now" and "nobody knows"."""

from __future__ import annotations

import re
import smtplib
import ssl
import time
from base64 import b64encode
from collections.abc import Callable

from rapport.mailserver import Smtp

ACCEPTED = 250
FORWARDED = 251
GO_AHEAD = 354
CLOSING = 421
LOCAL = ("127.0.0.1", "::1", "localhost")


class Refused(Exception):
    """The server certainly did not take the message.

    Attributes:
        is_final: it never will for this address (5xx); else it may be tried again.
    """

    def __init__(self, answer: str, is_final: bool = False) -> None:
        super().__init__(answer)
        self.is_final = is_final


class Unreachable(Refused):
    """There is no way to the server; other recipients would fare no better.

    Attributes:
        is_final: waiting does not help: a wrong password, a certificate that is not trusted.
        is_busy: it answered "not now"; a while within this run may help.
    """

    def __init__(self, answer: str, is_final: bool = False, is_busy: bool = False) -> None:
        super().__init__(answer, is_final)
        self.is_busy = is_busy


class Uncertain(Exception):
    """The connection broke after the message went out: it may or may not have been taken."""


class Forbidden(Exception):
    """The caller withdrew the message at the last moment; the server did not take it."""


class Session:
    """A connection that is opened when first needed and used for many messages.

    Use as a context manager. No message of an error holds the password.
    """

    def __init__(self, smtp: Smtp) -> None:
        self.smtp = smtp
        self._server: smtplib.SMTP | None = None
        self._used = 0  # messages over this connection
        self._next = 0.0  # monotonic seconds before which the rate allows no message

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self._leave()

    def send(
        self, recipient: str, content: bytes, last_word: Callable[[], bool] | None = None
    ) -> str:
        """Hand over one message; returns the server's words once it has taken it.

        Args:
            content: the message with CRLF line ends.
            last_word: called when all but the message's last dot is out; without that dot no
                server takes it. When it returns False or raises, the message is withdrawn.

        Raises:
            Refused: it was certainly not taken.
            Uncertain: nobody knows.
            Forbidden: `last_word` returned False.
        """
        self._keep_the_rate()
        server = self._offered(recipient, content)
        try:
            if last_word and not last_word():
                raise Forbidden
        except BaseException:
            self._drop()  # before the dot: nothing was taken
            raise
        try:
            if server.sock:
                server.sock.settimeout(self.smtp.answer_seconds)
            server.send(b".\r\n")
            reply = server.getreply()
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            raise Uncertain(self._clean(error)) from None
        if server.sock:
            server.sock.settimeout(self.smtp.timeout_seconds)
        self._used += 1
        self._expect(reply, ACCEPTED)
        return self._clean(_text(reply))

    def _offered(self, recipient: str, content: bytes) -> smtplib.SMTP:
        """Everything but the last dot, over a new connection if the old one has gone silent."""
        while True:
            is_fresh = self._server is None
            server = self._connected()
            try:
                reply = server.mail(self.smtp.sender)
                if reply[0] // 100 == 5:  # the sender is refused, whoever the mail is for
                    raise Unreachable(self._clean(_text(reply)), is_final=True)
                self._expect(reply, ACCEPTED)
                self._expect(server.rcpt(recipient), ACCEPTED, FORWARDED)
                self._expect(server.docmd("DATA"), GO_AHEAD)
                server.send(re.sub(rb"(?m)^\.", b"..", content).rstrip(b"\r\n") + b"\r\n")
                return server
            except (OSError, smtplib.SMTPException) as error:
                self._drop()
                if is_fresh:
                    raise Refused(self._clean(error)) from None

    def _connected(self) -> smtplib.SMTP:
        if self._server and self._used >= self.smtp.per_connection:
            self._leave()
        if self._server:
            return self._server
        smtp = self.smtp
        server: smtplib.SMTP | None = None
        try:
            server = self._opened()
            server.ehlo_or_helo_if_needed()
            if smtp.starttls:
                server.starttls(context=self._trust())
                server.ehlo()
            if smtp.user:
                if not (smtp.tls or smtp.starttls or smtp.host in LOCAL):
                    raise smtplib.SMTPNotSupportedError(
                        "a password is not sent over an open line: use smtps:// or ?starttls=1"
                    )
                server.login(smtp.user, smtp.password or "")
        except (OSError, smtplib.SMTPException) as error:
            if server:
                server.close()
            said = f"{smtp.host}:{smtp.port}: {self._clean(error)}"
            raise Unreachable(said, _is_hopeless(error), _is_busy(error)) from None
        self._server, self._used = server, 0
        return server

    def _opened(self) -> smtplib.SMTP:
        smtp = self.smtp
        if smtp.tls:
            return smtplib.SMTP_SSL(
                smtp.host, smtp.port, timeout=smtp.timeout_seconds, context=self._trust()
            )
        return smtplib.SMTP(smtp.host, smtp.port, timeout=smtp.timeout_seconds)

    def _trust(self) -> ssl.SSLContext:
        """Certificates and host names are always checked."""
        ca = self.smtp.ca_file
        return ssl.create_default_context(cafile=str(ca) if ca else None)

    def _keep_the_rate(self) -> None:
        if self.smtp.per_minute:
            time.sleep(max(self._next - time.monotonic(), 0))
            self._next = time.monotonic() + 60 / self.smtp.per_minute

    def _expect(self, reply: tuple[int, bytes], *codes: int) -> None:
        """Raise for another answer, and make the connection ready for the next message."""
        if reply[0] in codes:
            return
        if reply[0] == CLOSING or not self._server:
            self._drop()
        else:
            try:
                self._server.rset()
            except (OSError, smtplib.SMTPException):
                self._drop()
        raise Refused(self._clean(_text(reply)), is_final=reply[0] // 100 == 5)

    def _leave(self) -> None:
        if self._server:
            try:
                self._server.quit()
            except (OSError, smtplib.SMTPException):
                self._server.close()
        self._server = None

    def _drop(self) -> None:
        if self._server:
            self._server.close()
        self._server = None

    def _clean(self, error: object) -> str:
        """The error's text in one line, without the password in whatever form."""
        text = " ".join(str(error).split())
        user, password = self.smtp.user or "", self.smtp.password
        if password:
            for secret in (password, f"\0{user}\0{password}"):  # as typed, and as AUTH sends it
                text = text.replace(secret, "***")
                text = text.replace(b64encode(secret.encode()).decode(), "***")
        return text[:300]


def _text(reply: tuple[int, bytes]) -> str:
    return f"{reply[0]} {reply[1].decode(errors='replace')}"


def _is_busy(error: Exception) -> bool:
    return isinstance(error, smtplib.SMTPResponseException) and error.smtp_code // 100 == 4


def _is_hopeless(error: Exception) -> bool:
    """Whether another try within this run could only do harm, such as locking the account."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return error.smtp_code // 100 == 5
    return isinstance(error, (ssl.SSLCertVerificationError, smtplib.SMTPNotSupportedError))

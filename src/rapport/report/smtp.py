"""The wire to the mail server. It tells apart "refused" from "nobody knows"."""

from __future__ import annotations

import re
import smtplib
import ssl

from rapport.settings import Smtp

TIMEOUT_SECONDS = 60
ACCEPTED = 250
GO_AHEAD = 354


class Refused(Exception):
    """The server certainly did not take the message: it may be tried again."""


class Unreachable(Refused):
    """There is no way to the server at all; other recipients would fare no better."""


class Uncertain(Exception):
    """The connection broke after the message went out: it may or may not have been taken."""


class Session:
    """A connection that is opened when first needed and used for all messages.

    Use as a context manager. No message of an error holds the password.
    """

    def __init__(self, smtp: Smtp) -> None:
        self.smtp = smtp
        self._server: smtplib.SMTP | None = None

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        if self._server:
            try:
                self._server.quit()
            except (OSError, smtplib.SMTPException):
                self._server.close()
        self._server = None

    def send(self, recipient: str, content: bytes) -> None:
        """Hand over one message; returns once the server has taken it.

        Args:
            content: the message with CRLF line ends.

        Raises:
            Refused: it was certainly not taken.
            Uncertain: nobody knows.
        """
        server = self._connected()
        try:
            self._expect(server.mail(self.smtp.sender), ACCEPTED)
            self._expect(server.rcpt(recipient), ACCEPTED, 251)
            self._expect(server.docmd("DATA"), GO_AHEAD)
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            raise Refused(self._clean(error)) from None
        except Refused:
            self._reset(server)
            raise
        try:
            server.send(re.sub(rb"(?m)^\.", b"..", content).rstrip(b"\r\n") + b"\r\n.\r\n")
            reply = server.getreply()
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            raise Uncertain(self._clean(error)) from None
        if reply[0] != ACCEPTED:
            self._reset(server)
            self._expect(reply, ACCEPTED)

    def _connected(self) -> smtplib.SMTP:
        if self._server:
            return self._server
        smtp = self.smtp
        server: smtplib.SMTP | None = None
        try:
            server = smtplib.SMTP(smtp.host, smtp.port, timeout=TIMEOUT_SECONDS)
            server.ehlo()
            if smtp.starttls:
                server.starttls(context=ssl.create_default_context())
                server.ehlo()
            if smtp.user:
                server.login(smtp.user, smtp.password or "")
        except (OSError, smtplib.SMTPException) as error:
            if server:
                server.close()
            raise Unreachable(f"{smtp.host}:{smtp.port}: {self._clean(error)}") from None
        self._server = server
        return server

    def _expect(self, reply: tuple[int, bytes], *codes: int) -> None:
        if reply[0] not in codes:
            raise Refused(self._clean(f"{reply[0]} {reply[1].decode(errors='replace')}"))

    def _reset(self, server: smtplib.SMTP) -> None:
        try:
            server.rset()
        except (OSError, smtplib.SMTPException):
            self._drop()

    def _drop(self) -> None:
        if self._server:
            self._server.close()
        self._server = None

    def _clean(self, error: object) -> str:
        """The error's text in one line, without the password in whatever form."""
        text = " ".join(str(error).split())
        if self.smtp.password:
            text = text.replace(self.smtp.password, "***")
        return text[:300]

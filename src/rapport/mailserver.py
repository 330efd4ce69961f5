"""The mail server as the environment describes it; `settings` hands the environment over."""

from __future__ import annotations

from collections.abc import Mapping
from email.errors import MessageError
from email.headerregistry import Address
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from pydantic import Field, ValidationError

from rapport.company import Described
from rapport.errors import RapportError

# Fields of `Smtp` that have an environment variable each, `RAPPORT_SMTP_<NAME>`.
TUNED = (
    *("ca_file", "timeout_seconds", "answer_seconds", "per_minute", "per_connection"),
    *("retries", "retry_seconds"),
)
_DAY = 86_400  # seconds; no wait for a mail server is longer


class Smtp(Described):
    """The mail server, out of `RAPPORT_SMTP_URL`, and how it wants to be treated.

    Attributes:
        starttls, tls: the line is encrypted after the greeting, or from the first byte on.
        ca_file: certificates to trust instead of the machine's.
        timeout_seconds: for the connection and each answer; `answer_seconds` for the last one,
            after which nobody would know whether the mail was taken: RFC 5321 (4.5.3.2.6) asks
            for ten minutes.
        per_minute: messages a minute, 0 for as many as the server takes.
        per_connection: messages over one connection; many servers end it after a hundred.
        retries, retry_seconds: tries after a "not now" within one run, and the wait before the
            first; each further wait is twice as long. Greylisting opens after one to five minutes.
    """

    host: str = "127.0.0.1"
    port: int = 25
    user: str | None = None
    password: str | None = Field(default=None, repr=False)
    starttls: bool = False
    tls: bool = False
    ca_file: Path | None = None
    sender: str = "rapport@localhost"
    timeout_seconds: float = Field(default=60, gt=0, le=_DAY)
    answer_seconds: float = Field(default=600, gt=0, le=_DAY)
    per_minute: float = Field(default=0, ge=0)
    per_connection: int = Field(default=100, ge=1)
    retries: int = Field(default=3, ge=0)
    retry_seconds: float = Field(default=40, ge=0, le=_DAY)


def read(env: Mapping[str, str]) -> Smtp:
    """The mail server out of `RAPPORT_SMTP_URL`, `RAPPORT_SMTP_*` and `RAPPORT_MAIL_FROM`.

    Raises:
        RapportError: `settings-invalid` naming the variable.
    """
    tuned: dict[str, Any] = {
        name: env[f"RAPPORT_SMTP_{name.upper()}"]
        for name in TUNED
        if env.get(f"RAPPORT_SMTP_{name.upper()}")
    }
    try:
        url = urlsplit(env.get("RAPPORT_SMTP_URL") or "smtp://127.0.0.1:25")
        wishes = parse_qs(url.query, strict_parsing=bool(url.query))
        # `startls=1` or `starttls=true` would be passed over, and mails sent over an open line.
        if wishes not in ({}, {"starttls": ["0"]}, {"starttls": ["1"]}):
            raise ValueError
        if url.scheme not in ("smtp", "smtps") or not url.hostname or url.path.strip("/"):
            raise ValueError
        place: dict[str, Any] = {
            "host": url.hostname,
            "port": url.port or (465 if url.scheme == "smtps" else 25),
            "starttls": wishes.get("starttls") == ["1"],
        }
    except ValueError:  # its text may show a part of the password
        raise RapportError(
            "settings-invalid",
            "The value is no URL of a mail server",
            "RAPPORT_SMTP_URL",
            "write smtp://user:password@host:587?starttls=1 or smtps://user:password@host, with "
            "%2F, %40, %3A for /, @ and : in a password",
        ) from None
    try:
        return Smtp(
            **place,
            user=unquote(url.username) if url.username else None,
            password=unquote(url.password) if url.password else None,
            tls=url.scheme == "smtps",
            sender=_sender(env.get("RAPPORT_MAIL_FROM") or "rapport@localhost"),
            **tuned,
        )
    except ValidationError as error:
        first = error.errors()[0]
        raise RapportError(
            "settings-invalid",
            first["msg"],
            f"RAPPORT_SMTP_{str(first['loc'][0]).upper()}",
            "correct the environment variable; docs/settings.md lists all of them",
        ) from None


def address(text: str, name: str = "") -> Address:
    """A mail address as a header takes it, or ValueError."""
    try:
        found = Address(display_name=name, addr_spec=text)
    except (IndexError, AttributeError, MessageError) as error:  # of `@x`, `a@@b` and the like
        raise ValueError(str(error)) from None
    if not (found.username and found.domain and text.isascii()):
        raise ValueError("it needs a name and a domain, in ASCII (xn-- for other letters)")
    return found


def _sender(text: str) -> str:
    try:
        address(text)
    except ValueError:
        raise RapportError(
            "settings-invalid",
            f"{text!r} is no mail address",
            "RAPPORT_MAIL_FROM",
            "write the address alone, such as rapport@acme.example",
        ) from None
    return text

"""A rendered edition as a mail: one body for all its readers, a head for each; the same input
gives the same bytes."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any
from urllib.parse import quote, urlencode

from rapport import mailserver
from rapport.errors import RapportError
from rapport.report.formats import clean
from rapport.report.render import Attachment


@dataclass(frozen=True)
class Body:
    """All of a mail that does not depend on who reads it.

    Attributes:
        kind: `report`, or which notice it is; see the ledger.
        edition: key of the edition, None for a notice.
        about: what tells a notice from another of its kind, report and period; in its Message-ID.
        head: the MIME headers.
        content: what stands below the head, CRLF line ends.
    """

    report: str
    period: str
    subject: str
    head: bytes = field(repr=False)
    content: bytes = field(repr=False)
    kind: str = "report"
    publication_id: int | None = None
    edition: str | None = None
    about: str = ""


@dataclass(frozen=True)
class Sender:
    """Who writes, and how a reader ends a subscription.

    Attributes:
        slug: the company's; makes Message-IDs.
        address: in From; `name` stands before it.
        owner: address that is asked by mail to end a subscription.
        unsubscribe_url: page (https) that ends it at one click.
    """

    slug: str
    address: str
    name: str
    owner: str
    unsubscribe_url: str | None = None


@dataclass(frozen=True)
class Envelope:
    """A message with all that the ledger has to know of it; its bytes are joined when asked for,
    so that a thousand readers of one edition do not hold a thousand copies."""

    message_id: str
    recipient: str
    body: Body = field(repr=False)
    head: bytes = field(repr=False)

    @property
    def content(self) -> bytes:
        """The message as it goes out."""
        return b"\r\n".join((self.head, self.body.head, b"", self.body.content))

    @property
    def facts(self) -> dict[str, Any]:
        """Columns of its row in the ledger."""
        body = self.body
        return {
            "kind": body.kind,
            "report": body.report,
            "period": body.period,
            "recipient": self.recipient,
            "edition": body.edition,
            "publication_id": body.publication_id,
            "body_sha256": hashlib.sha256(self.content).hexdigest() if body.content else None,
        }


def message_id(
    slug: str, report: str, period: str, recipient: str, kind: str = "report", about: str = ""
) -> str:
    """The Message-ID: the same for each try at the same mail for the same person."""
    parts = [slug, report, period, recipient.strip().lower()]
    if kind != "report":
        parts += [kind, about]
    return f"<{_digest(*parts)}@{slug}.rapport>"


def body(
    slug: str, report: str, period: str, subject: str, text: str, html: str,
    pictures: Mapping[str, bytes] | None = None, attachments: Sequence[Attachment] = (),
    **facts: Any,
) -> Body:  # fmt: skip
    """Make what all readers share: plain text or HTML with its pictures, and files beside it.

    Text and HTML are alternatives and the pictures belong to the HTML, so that a program that
    shows the text does not list pictures as files.

    Args:
        html: refers to the pictures as `cid:<name>`.
        pictures: PNG by name.
        facts: further fields of `Body`.
    """
    key = (facts.get("kind", ""), facts.get("publication_id") or "", facts.get("edition") or "")
    digest = _digest(slug, report, period, subject, *map(str, key))
    message = EmailMessage(policy=SMTP)
    message.set_content(text, cte="quoted-printable")
    for name in pictures or {}:
        html = html.replace(f'"cid:{name}"', f'"cid:{name}.{digest}@{slug}.rapport"')
    message.add_alternative(html, subtype="html", cte="quoted-printable")
    page = list(message.iter_parts())[-1]
    for name, picture in (pictures or {}).items():
        page.add_related(
            picture, "image", "png", cid=f"<{name}.{digest}@{slug}.rapport>",
            disposition="inline", filename=f"{name}.png",
        )  # fmt: skip
    for one in attachments:
        kind, _, parameters = one.content_type.partition(";")
        main, _, sub = kind.strip().partition("/")
        message.add_attachment(
            one.content, main, sub, filename=one.filename,
            params=dict(re.findall(r"([\w-]+)=\"?([\w.-]+)\"?", parameters)),
        )  # fmt: skip
    parts = [part for part in message.walk() if part.is_multipart()]
    for number, part in enumerate(parts):
        part.set_boundary(f"=_rapport_{digest}_{number}")
    head, _, content = message.as_bytes().partition(b"\r\n\r\n")
    return Body(report, period, subject, head, content, **facts)


def envelope(body: Body, sender: Sender, recipient: str, sent_at: datetime) -> Envelope:
    """Address a body to one reader.

    Args:
        sent_at: instant for the Date header, aware.

    Raises:
        RapportError: `recipient-invalid` when it cannot be an address.
    """
    identity = message_id(sender.slug, body.report, body.period, recipient, body.kind, body.about)
    head = EmailMessage(policy=SMTP)
    head["Message-ID"] = identity
    head["Date"] = format_datetime(sent_at)
    head["From"] = address(sender.address, sender.name)
    head["To"] = address(recipient)
    head["Subject"] = body.subject
    head["Auto-Submitted"] = "auto-generated"
    head["Precedence"] = "bulk"
    head["X-Rapport-Report"] = f"{body.report} {body.period}"
    if body.publication_id is not None:
        head["X-Rapport-Publication"] = str(body.publication_id)
    lines = head.as_bytes().rstrip(b"\r\n")
    return Envelope(
        message_id=identity,
        recipient=recipient,
        body=body,
        head=b"\r\n".join((lines, *_unsubscribe(sender, body.report, identity))),
    )


def unsent(slug: str, report: str, period: str, recipient: str) -> Envelope:
    """What the ledger needs to note a reader to whom no mail can be made."""
    nothing = Body(report, period, "", b"", b"")
    return Envelope(message_id(slug, report, period, recipient), recipient, nothing, b"")


def _unsubscribe(sender: Sender, report: str, identity: str) -> list[bytes]:
    """List-Unsubscribe by mail to the owner and, where there is a page, by RFC 8058's one click.

    The page is told the Message-ID's left part, which the ledger knows, and no address.
    """
    by_mail = f"<mailto:{quote(sender.owner, safe='@+')}?subject={quote(f'unsubscribe {report}')}>"
    if not sender.unsubscribe_url:
        return [f"List-Unsubscribe: {by_mail}".encode()]
    joint = "&" if "?" in sender.unsubscribe_url else "?"
    page = f"<{sender.unsubscribe_url}{joint}{urlencode({'mail': identity[1:33]})}>"
    return [
        f"List-Unsubscribe: {page},\r\n {by_mail}".encode(),
        b"List-Unsubscribe-Post: List-Unsubscribe=One-Click",
    ]


def address(text: str, name: str = "") -> Address:
    """A mail address as a header takes it, or RapportError `recipient-invalid`."""
    try:
        return mailserver.address(text.strip(), clean(name, 80))
    except ValueError as error:
        raise RapportError(
            "recipient-invalid",
            f"{clean(text, 80)!r} is no mail address: {error}",
            "company.yml",
            "correct it under reports or alerts",
        ) from None


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32]

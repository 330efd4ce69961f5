"""One rendered issue as one message for one recipient; the same input gives the same bytes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from rapport.errors import RapportError
from rapport.report.formats import clean
from rapport.report.render import Rendered


@dataclass(frozen=True)
class Envelope:
    """A message with all that the ledger has to know of it."""

    message_id: str
    report: str
    period: str
    recipient: str
    publication_id: int
    content: bytes

    @property
    def sha256(self) -> str:
        """Hash of the message as it goes out."""
        return hashlib.sha256(self.content).hexdigest()


def message_id(slug: str, report: str, period: str, recipient: str, revision: int = 0) -> str:
    """The Message-ID: the same for each try at the same issue for the same person.

    Args:
        slug: the company's.
        revision: above 0 for an issue that is deliberately sent anew with other content.
    """
    parts = [slug, report, period, recipient.strip().lower()]
    if revision:
        parts.append(str(revision))
    digest = hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32]
    return f"<{digest}@{slug}.rapport>"


def compose(
    rendered: Rendered, *, slug: str, sender: str, recipient: str, sent_at: datetime,
    revision: int = 0,
) -> Envelope:  # fmt: skip
    """Make the message: multipart/alternative of plain text and of HTML with its pictures.

    Args:
        sender: address in From; the company's name stands before it.
        sent_at: instant for the Date header, aware.

    Raises:
        RapportError: `recipient-invalid` when it cannot be an address.
    """
    view = rendered.view
    period = str(view["period"]["key"])
    identity = message_id(slug, rendered.report, period, recipient, revision)
    digest = identity[1:33]
    message = EmailMessage(policy=SMTP)
    message["Message-ID"] = identity
    message["Date"] = format_datetime(sent_at)
    message["From"] = _address(sender, str(view["company"]["name"]))
    message["To"] = _address(recipient)
    message["Subject"] = rendered.subject
    message["Auto-Submitted"] = "auto-generated"
    message["X-Rapport-Report"] = f"{rendered.report} {period}"
    message["X-Rapport-Publication"] = str(view["publication_id"])
    message.set_content(rendered.text, cte="quoted-printable")
    html = rendered.html
    for name in rendered.pictures:
        html = html.replace(f'"cid:{name}"', f'"cid:{name}.{digest}@{slug}.rapport"')
    message.add_alternative(html, subtype="html", cte="quoted-printable")
    page = list(message.iter_parts())[-1]
    for name, picture in rendered.pictures.items():
        page.add_related(
            picture, "image", "png", cid=f"<{name}.{digest}@{slug}.rapport>",
            disposition="inline", filename=f"{name}.png",
        )  # fmt: skip
    parts = [part for part in message.walk() if part.is_multipart()]
    for number, part in enumerate(parts):
        part.set_boundary(f"=_rapport_{digest}_{number}")
    return Envelope(
        message_id=identity,
        report=rendered.report,
        period=period,
        recipient=recipient,
        publication_id=int(view["publication_id"]),
        content=message.as_bytes(),
    )


def _address(address: str, name: str = "") -> Address:
    try:
        return Address(display_name=clean(name, 80), addr_spec=address.strip())
    except (ValueError, IndexError, AttributeError) as error:
        raise RapportError(
            "recipient-invalid",
            f"{clean(address, 80)!r} is no mail address: {error}",
            "company.yml",
            "correct it under reports or in RAPPORT_MAIL_FROM",
        ) from None

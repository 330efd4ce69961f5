"""What tells one reader's copy of a report from another's; readers alike share one rendering."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from typing import Any

from rapport.company import Company, Recipient


@dataclass(frozen=True, order=True)
class Edition:
    """The form of an issue for a group of recipients.

    Attributes:
        rows: what these readers may see, values by dimension in order; empty for everything.
    """

    locale: str
    timezone: str
    sections: tuple[str, ...] = ()
    rows: tuple[tuple[str, tuple[str, ...]], ...] = ()
    attach: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Ten hex digits that name the edition in the archive; the same form, the same name."""
        return hashlib.sha256(repr(asdict(self)).encode()).hexdigest()[:10]

    @classmethod
    def read(cls, known: dict[str, Any]) -> Edition:
        """An edition out of what `asdict` and JSON made of it."""
        return cls(
            locale=known["locale"],
            timezone=known["timezone"],
            sections=tuple(known["sections"]),
            rows=tuple((name, tuple(values)) for name, values in known["rows"]),
            attach=tuple(known["attach"]),
        )


def of(company: Company, recipient: Recipient) -> Edition:
    """The edition that a recipient reads."""
    return Edition(
        locale=recipient.locale or company.locale,
        timezone=recipient.timezone or company.business_timezone,
        sections=tuple(recipient.sections),
        rows=tuple((name, tuple(sorted(set(v)))) for name, v in sorted(recipient.rows.items())),
        attach=tuple(sorted(set(recipient.attach))),
    )


def plain(company: Company) -> Edition:
    """The edition of a reader about whom the company says nothing."""
    return of(company, Recipient(address=""))

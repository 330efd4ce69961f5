"""What a check of a connection finds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        subject: `address`, `credentials`, `permission`, `clock`, `entity` or `field`.
        place: what exactly, for instance `contacts.email`; empty for the source as a whole.
        is_ok: whether it is as it should be.
        says: what was found, a sentence without secrets.
        todo: what to do about it; empty when it is well.
        is_warning: not well, but nothing stops because of it.
    """

    subject: str
    place: str
    is_ok: bool
    says: str
    todo: str = ""
    is_warning: bool = False

"""What comes beside the mail by a reader's choice: the issue as PDF, its figures as CSV."""

from __future__ import annotations

from rapport.report.render import Attachment, Rendered
from rapport.report.speaker import Speaker


def make(say: Speaker, rendered: Rendered) -> tuple[Attachment, ...]:
    """The attachments that the edition asks for."""
    return ()

"""What Snowplow's own models expect of its test events, and why ours differ where they do.

Each user id of the data names its edge case. Nothing of Rapport is imported here.
"""

from __future__ import annotations

import csv
from datetime import datetime
from pathlib import Path

FOLDER = "snowplow_web_apache2"

# Expected session, by the user id on its row -> why ours differs from it.
OTHERWISE = {
    "No edge cases": (
        "two of its sessions hold one page ping and no page view; Snowplow counts a view and puts "
        "the start a heart-beat before it, we count what was sent"
    ),
    "stray page ping": "as above",
    "Rotating domain_userid per session": (
        "Snowplow gives a session that changes its cookie to the first one; a device is a cookie "
        "here, so each has a session"
    ),
    "Unexpired session": "Snowplow drops events 3 days after the session's start, we keep them",
    "long session": "as above",
    "dupe: page_view_id different derived_tstamp": (
        "Snowplow counts page view ids, two events share one; we count events"
    ),
}
# Sessions that Snowplow's tests leave out -> why we have them.
BESIDE = {
    "consent_accel": "consent events of another test of Snowplow's, without page views",
    "late arriving: device created/sent >3 days": "Snowplow drops late events, we keep them",
    "NULL page_view_id": "Snowplow drops events without a page view id, we do not need it",
    "NULL domain_sessionid": "a session of its own, cut by the pause between events",
}


def sent(data: Path) -> list[dict[str, str]]:
    """The events as Snowplow sent them."""
    return _rows(data / FOLDER / "source" / "snowplow_web_events.csv")


def told(data: Path, name: str) -> list[dict[str, str]]:
    """What Snowplow's models make of them: `sessions`, `page_views` or `users`."""
    return _rows(data / FOLDER / "expected" / f"snowplow_web_{name}_expected.csv")


def stamp(moment: datetime) -> str:
    """A time as Snowplow writes it."""
    return f"{moment:%Y-%m-%d %H:%M:%S}.{moment.microsecond // 1000:03d}"


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))

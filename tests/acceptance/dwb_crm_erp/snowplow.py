"""What Snowplow's own models expect of its test events. Nothing of Rapport is imported here.

Each user id of the data names its edge case. The expectations rest on these settings of Snowplow's
package, whose values are Rapport's defaults: days_late_allowed 3 (var snowplow_days_late_allowed),
max_session_days 3 (session_max_days), min_visit_length 5 (page_ping_seconds). Its lookback and
upsert windows bound what a run reads again; Rapport reads what was delivered, so none are needed.
"""

from __future__ import annotations

import csv
from datetime import datetime
from pathlib import Path

FOLDER = "snowplow_web_apache2"


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

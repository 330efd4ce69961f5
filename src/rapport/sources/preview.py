"""A few rows of an entity as they would stand in the raw table, and those that would not."""

from __future__ import annotations

from datetime import date
from typing import Any

from rapport.settings import Settings
from rapport.sources import sampling
from rapport.sources.profile import entities_of

ROWS = 10


def preview(
    settings: Settings, source: str, entity: str | None = None, day: date | None = None
) -> list[dict[str, Any]]:
    """Fetch, map and gate a few rows; nothing of the landing zone or the state store is touched.

    Args:
        entity: default all of the source.
        day: UTC day to fetch; default all days, for a file a day the newest that is there.

    Returns:
        one dict an entity: columns with their types, rows (a dict each), rows that would be
        quarantined with file, row, rules and original, how many that are of those fetched, and why
        the entity would be held.

    Raises:
        RapportError: `source-unknown`, `entity-unknown`, or what the connector says.
    """
    mine = settings.source(source)
    shown = []
    for one in entities_of(settings, mine, entity):
        sample = sampling.take(settings, mine, one, ROWS, day)
        shown.append(
            {
                "entity": one.name,
                "columns": {name: column.type for name, column in one.columns.items()},
                "rows": sample.rows.slice(0, ROWS).to_pylist(),
                "quarantined": sample.quarantined.slice(0, ROWS).to_pylist(),
                "received": sample.received,
                "loss": sample.loss,
                "held": sample.held,
            }
        )
    return shown

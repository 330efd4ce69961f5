"""The sources of the company: how far each reaches and what came, and the systems there are."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from croniter import croniter
from sqlalchemy import func, select

from rapport import clock
from rapport.settings import Settings
from rapport.sources import systems
from rapport.state import deliveries as records
from rapport.state import store
from rapport.state.tables import deliveries


def overview(settings: Settings) -> dict[str, Any]:
    """All sources, and all systems that a source may be of.

    Returns:
        `sources`: name, system, kind, required, entities, end of the gated data, rows loaded and
        quarantined, next start of an ingest by its schedule; `systems`: see `systems.overview`.
    """
    now = clock.now()
    with store.open(settings).begin() as connection:
        counts = {
            row.source: row
            for row in connection.execute(
                select(
                    deliveries.c.source,
                    func.sum(deliveries.c.loaded).label("loaded"),
                    func.sum(deliveries.c.quarantined).label("quarantined"),
                )
                .where(deliveries.c.status != "superseded")
                .group_by(deliveries.c.source)
            )
        }
        ends = {name: records.contiguous_end(connection, name) for name in settings.company.sources}
    return {
        "sources": [
            {
                "source": name,
                "system": source.system,
                "kind": source.kind,
                "required": source.required,
                "entities": list(source.entities),
                "last_interval_end": _iso(ends[name]),
                "loaded": int(counts[name].loaded) if name in counts else 0,
                "quarantined": int(counts[name].quarantined) if name in counts else 0,
                "next": _iso(croniter(source.schedule, now).get_next(datetime)),
            }
            for name, source in settings.company.sources.items()
        ],
        "systems": systems.overview(),
    }


def _iso(moment: datetime | None) -> str | None:
    return clock.iso(moment) if moment else None

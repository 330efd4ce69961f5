"""Raw tables of a database that was restored from an older backup: what they lack comes back.

On DuckDB raw tables are views over the files that count. On PostgreSQL they are copies, which may
be older than the record of what is loaded, where that lies in another place or was restored too.
"""

from __future__ import annotations

from datetime import datetime

from rapport import log
from rapport.company import Entity, Source
from rapport.ingest.steps import alone
from rapport.ingest.tables import raw_table
from rapport.landing.zone import Interval, Zone
from rapport.settings import Settings
from rapport.state import deliveries
from rapport.state.store import State
from rapport.warehouses import Warehouse, base


def make_whole(settings: Settings, state: State, warehouse: Warehouse) -> int:
    """Load what the raw tables lack of what counts, and take out what does not count.

    Returns:
        the number of intervals that were mended.
    """
    described = {
        (source.name, entity.name): (source, entity)
        for source in settings.company.sources.values()
        for entity in source.entities.values()
    }
    wanted = _wanted(state, described)
    held = warehouse.loaded_files(wanted)
    mended = 0
    for place in sorted(wanted.keys() | held.keys()):
        table, source, start, end = place
        key = (source, table.split("__", 1)[1])
        if key not in described or wanted.get(place) == held.get(place):
            continue
        interval = Interval(*key, start, end)
        with alone(state, interval):  # somebody may be loading it at this moment
            files = _wanted(state, {key: described[key]}, paths=True).get(place, [])
            if base.names(files) != warehouse.loaded_files(wanted).get(place, []):
                zone = Zone(settings.landing_url)
                found = [zone.location(path) for path in files]
                spec = raw_table(*described[key])
                warehouse.load_interval(spec, source, interval.start, interval.end, found, "")
                log.get(**deliveries.place(interval)).warning("loaded what the database lacked")
                mended += 1
    return mended


def _wanted(
    state: State, described: dict[tuple[str, str], tuple[Source, Entity]], paths: bool = False
) -> dict[tuple[str, str, datetime, datetime], list[str]]:
    """Accepted files that count, by place; their names, or their paths in the landing zone."""
    with state.begin() as connection:
        found = deliveries.loaded_intervals(connection)
    return {
        (raw_table(*described[key]).name, interval.source, interval.start, interval.end): (
            files if paths else base.names(files)
        )
        for interval, files in found
        if (key := (interval.source, interval.entity)) in described and files
    }

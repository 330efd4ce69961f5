"""Raw tables of the warehouse: which they are, and the accepted files that they hold."""

from __future__ import annotations

from collections.abc import Sequence

from rapport.company import Entity
from rapport.landing.zone import Zone
from rapport.settings import Settings, shipped_entities
from rapport.state import deliveries
from rapport.state.store import State
from rapport.warehouses import RawTable


def raw_table(source: str, entity: Entity, files: Sequence[str] = ()) -> RawTable:
    """The raw table of an entity."""
    columns = {name: column.type for name, column in entity.columns.items()}
    return RawTable(name=f"{source}__{entity.name}", columns=columns, files=tuple(files))


def raw_tables(settings: Settings, state: State) -> list[RawTable]:
    """All raw tables of the company with the accepted files of every loaded interval.

    The shipped staging of a known system reads all its entities; those that the company does not
    fetch are there, empty.
    """
    zone = Zone(settings.landing_url)
    with state.begin() as connection:
        found = deliveries.loaded_files(connection)
    return [
        raw_table(
            source.name,
            entity,
            [zone.location(path) for path in found.get((source.name, entity.name), [])],
        )
        for source in settings.company.sources.values()
        for entity in {**shipped_entities(source.system), **source.entities}.values()
    ]

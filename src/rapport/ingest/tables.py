"""Raw tables of the warehouse: which they are, and the accepted files that they hold."""

from __future__ import annotations

from collections.abc import Sequence

from rapport.company import Entity, Source
from rapport.landing.zone import Zone
from rapport.settings import Settings
from rapport.state import deliveries, loads
from rapport.state.store import State
from rapport.systems import has_several, shipped_entities
from rapport.warehouses import RawTable


def raw_table(source: Source, entity: Entity, files: Sequence[str] = ()) -> RawTable:
    """The raw table of an entity: its source's own, or its system's where there may be several."""
    owner = source.system if has_several(source.system) else source.name
    columns = {name: column.type for name, column in entity.columns.items()}
    return RawTable(name=f"{owner}__{entity.name}", columns=columns, files=tuple(files))


def raw_tables(settings: Settings, state: State, until: int | None = None) -> list[RawTable]:
    """All raw tables of the company with the accepted files of every loaded interval.

    The shipped staging of a known system reads all its entities; those that the company does not
    fetch are there, empty.

    Args:
        until: number of the last load that counts; None for what is loaded now.

    Raises:
        RapportError: `past-not-kept` when files of that past were removed.
    """
    zone = Zone(settings.landing_url)
    with state.begin() as connection:
        if until is None:
            found = deliveries.loaded_files(connection)
        else:
            found = loads.files(connection, until)
    tables: dict[str, RawTable] = {}
    for source in settings.company.sources.values():
        for entity in {**shipped_entities(source.system), **source.entities}.values():
            files = [zone.location(path) for path in found.get((source.name, entity.name), [])]
            table = raw_table(source, entity, files)
            known = tables.get(table.name)
            tables[table.name] = _together(known, table) if known else table
    return list(tables.values())


def _together(one: RawTable, other: RawTable) -> RawTable:
    """The raw table of several sources: the columns and files of both."""
    columns = {**one.columns, **other.columns}
    return RawTable(name=one.name, columns=columns, files=(*one.files, *other.files))

"""Connectors fetch one interval of one entity, as it comes, into a delivery.

A connector is a module with these functions; `connection` is the source's connection with its
secrets filled in:

    fetch(connection, entity, interval, delivery)   one interval into a delivery
    check(connection, source) -> Iterator[Finding]  what is right and wrong with the connection
    discover(connection) -> dict[str, dict]         entities found there, as in `sources/*.yml`
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

from rapport.company import Source
from rapport.connectors import files, hubspot, salesforce, sql
from rapport.errors import RapportError
from rapport.landing.zone import Delivery, Interval
from rapport.settings import Settings

_APIS = {"hubspot": hubspot, "salesforce": salesforce}


def of(source: Source) -> ModuleType:
    """The connector of a source: its system's API, else what its connection points at.

    Raises:
        RapportError: `company-invalid` when the connection points at nothing known.
    """
    if source.system in _APIS:
        return _APIS[source.system]
    if "url" in source.connection:
        return sql
    if "path" in source.connection:
        return files
    raise RapportError(
        "company-invalid",
        f"sources.{source.name}.connection has neither `url` (a database) nor `path` (files)",
        "company.yml",
        "give one of the two; docs/company-folder.md lists what each system wants",
    )


def fetch(settings: Settings, interval: Interval, delivery: Delivery) -> None:
    """Fetch `interval` from its source into `delivery`.

    Raises:
        RapportError: the source is down, refuses, or sends what is no data.
    """
    source = settings.source(interval.source)
    entity = source.entities[interval.entity]
    of(source).fetch(settings.connection(source), entity, interval, delivery)


def has_changed(settings: Settings, interval: Interval, manifest: dict[str, Any]) -> bool:
    """Whether the source has other files for the interval than those of this manifest.

    Only files can be looked at without fetching them; any other source has not changed.
    """
    source = settings.source(interval.source)
    entity = source.entities[interval.entity]
    connection = settings.connection(source)
    return of(source) is files and files.has_changed(connection, entity, interval, manifest)

"""Connectors fetch one interval of one entity, as it comes, into a delivery."""

from __future__ import annotations

from rapport.connectors import files, hubspot, sql
from rapport.landing.zone import Delivery, Interval
from rapport.settings import Settings

_BY_SYSTEM = {
    "hubspot": hubspot.fetch,
    "sql": sql.fetch,
    "segment": files.fetch,
    "snowplow": files.fetch,
    "files": files.fetch,
}


def fetch(settings: Settings, interval: Interval, delivery: Delivery) -> None:
    """Fetch `interval` from its source into `delivery`.

    Raises:
        RapportError: the source is down, refuses, or sends what is no data.
    """
    source = settings.source(interval.source)
    entity = source.entities[interval.entity]
    connection = settings.connection(source)
    _BY_SYSTEM[source.system](connection, entity, interval, delivery)

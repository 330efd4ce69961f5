"""The warehouse engines behind one face; nothing outside this folder asks which one it is."""

from __future__ import annotations

from rapport.settings import Settings
from rapport.warehouses.base import META_COLUMNS, MartsReader, RawTable, Warehouse
from rapport.warehouses.duckdb import DuckDBMarts, DuckDBWarehouse
from rapport.warehouses.duckdb_publish import DuckDBPublisher
from rapport.warehouses.postgres import PostgresMarts, PostgresWarehouse
from rapport.warehouses.postgres_publish import PostgresPublisher
from rapport.warehouses.publisher import Publisher

__all__ = [
    "META_COLUMNS",
    "MartsReader",
    "Publisher",
    "RawTable",
    "Warehouse",
    "open",
    "open_marts",
    "publisher",
]


def open(settings: Settings, read_only: bool = False) -> Warehouse:
    """The company's private warehouse; use as `with warehouses.open(settings) as warehouse:`.

    Args:
        read_only: nothing can be written, and nothing is created where there is none yet.
    """
    if settings.engine == "duckdb":
        return DuckDBWarehouse(settings.warehouse_path, read_only)
    return PostgresWarehouse(settings.warehouse_url, read_only)


def open_marts(settings: Settings) -> MartsReader:
    """A reader of the published marts, pinned to the publication that stands at this moment.

    Raises:
        RapportError: `marts-missing` before the first publication.
    """
    if settings.engine == "duckdb":
        return DuckDBMarts(settings.marts_path)
    return PostgresMarts(settings.warehouse_url)


def publisher(settings: Settings) -> Publisher:
    """What changes the published marts; `rapport.publish` is the way to use it."""
    if settings.engine == "duckdb":
        archive = settings.var_dir / "publications"
        return DuckDBPublisher(settings.warehouse_path, settings.marts_path, archive)
    return PostgresPublisher(settings.warehouse_url)

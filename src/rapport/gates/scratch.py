"""The DuckDB in which a delivery is gated: bounded in memory, spilling into the gate's folder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb

from rapport.landing.zone import Zone
from rapport.warehouses.base import literal

# Sorting and comparing 20 million keys needs no more; what does not fit goes to disk.
MEMORY = "512MB"


@contextmanager
def database(zone: Zone, folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB in memory that reads the zone's files and spills into `folder`."""
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(f"set memory_limit = '{MEMORY}'")
        connection.execute(f"set temp_directory = {literal(str(folder / 'spill'))}")
        connection.execute("set preserve_insertion_order = false")
        if not zone.is_local:
            connection.register_filesystem(zone.fs)
        yield connection


def parquet(zone: Zone, files: Sequence[str]) -> str:
    """A table function over files of the zone."""
    named = ", ".join(literal(zone.location(path)) for path in files)
    return f"read_parquet([{named}], union_by_name = true)"

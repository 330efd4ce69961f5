"""A short look into the warehouse that leaves a running build alone and changes nothing."""

from __future__ import annotations

from collections.abc import Collection

from rapport import locks, warehouses
from rapport.build.ticket import LOCK
from rapport.errors import RapportError
from rapport.settings import Settings
from rapport.state.store import State
from rapport.warehouses import Warehouse


def opened(settings: Settings, state: State) -> Warehouse:
    """The warehouse for a short look, as the last build left schema `identity`.

    Raises:
        RapportError: `build-running` where opening would break a build, `identity-missing`.
    """
    running = locks.holder(state, LOCK)
    if running and settings.engine == "duckdb":
        raise RapportError(
            "build-running",
            f"A build has been running since {running[1]}, and DuckDB admits one process at a "
            "time to the private warehouse",
            running[0],
            "wait for it to end, then ask again",
        )
    warehouse = warehouses.open(settings, read_only=True)
    warehouse.connect()
    if not warehouse.columns("identity", "record_customers"):
        warehouse.close()
        raise no_build()
    return warehouse


def existing(settings: Settings, state: State, keys: Collection[str]) -> set[str]:
    """Which of these record keys the last build had."""
    with opened(settings, state) as warehouse:
        return existing_in(warehouse, keys)


def existing_in(warehouse: Warehouse, keys: Collection[str]) -> set[str]:
    """The same, of a warehouse that is open."""
    asked = sorted(keys, key=str.encode)
    found = warehouse.read(
        f"select record_key from identity.record_customers where record_key in ({marks(asked)})",
        asked,
    )
    return set(found["record_key"].to_pylist())


def no_build() -> RapportError:
    """What to say where no build has linked anything."""
    return RapportError(
        "identity-missing",
        "No build has linked any records yet",
        "schema identity",
        "ingest something and run `rapport build`",
    )


def marks(values: Collection[str]) -> str:
    """As many `?` as there are values, for `in (...)`."""
    return ", ".join("?" * len(values)) or "null"

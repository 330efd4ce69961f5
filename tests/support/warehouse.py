"""A look into the private warehouse."""

from __future__ import annotations

from typing import Any

from rapport import warehouses
from rapport.settings import Settings


def rows(found: Settings, sql: str) -> list[dict[str, Any]]:
    """Rows of one query."""
    with warehouses.open(found) as warehouse:
        result: list[dict[str, Any]] = warehouse.read(sql).to_pylist()
    return result

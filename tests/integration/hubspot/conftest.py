"""A portal to fill, and one interval of it as landed."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from rapport.company import Entity
from rapport.connectors import hubspot, rest
from rapport.landing.zone import Interval, Zone
from rapport.systems import shipped_entities
from tests.support.portal import Portal

DAY = timedelta(days=1)
START = datetime(2024, 3, 1, tzinfo=UTC)
Fetch = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def portal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Portal:
    """An empty portal; what fails is asked again, but not for long."""
    monkeypatch.setattr(rest, "MAX_ATTEMPTS", 3)
    monkeypatch.setattr(rest, "BACKOFF_FACTOR", 0.01)
    return Portal(tmp_path / "portal")


@pytest.fixture
def zone(tmp_path: Path) -> Zone:
    """An empty landing zone."""
    return Zone(f"file://{tmp_path / 'landing'}")


@pytest.fixture
def fetch(zone: Zone) -> Fetch:
    """Fetches the 1st of March 2024 (without look-back) and gives the rows landed."""

    def run(
        connection: dict[str, str], name: str, limit: int | None = None, **more: Any
    ) -> list[dict[str, Any]]:
        entity = shipped_entities("hubspot")[name].model_copy(update={"lookback_days": 0, **more})
        interval = Interval("crm", name, START, START + DAY)
        with zone.receive(interval, limit) as delivery:
            hubspot.fetch(connection, entity, interval, delivery)
        manifest = zone.manifest(interval)
        assert manifest is not None
        (item,) = [item for item in manifest["files"] if item["format"] == "jsonl"]
        with zone.open(item["path"]) as stream:
            lines = gzip.decompress(stream.read()).splitlines()
        assert manifest["rows"] == len(lines)
        return [orjson.loads(line) for line in lines]

    return run


def with_fetch(name: str, **more: Any) -> dict[str, Any]:
    """Changes to a shipped entity's `fetch`."""
    entity: Entity = shipped_entities("hubspot")[name]
    return {"fetch": {**entity.fetch, **more}}

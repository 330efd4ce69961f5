"""An interval is written whole or not at all, and a repeat of the same content changes nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from rapport.errors import RapportError
from rapport.landing.zone import Interval, Zone

DAY = Interval(
    "crm", "contacts", datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)
)


@pytest.fixture(params=["file", "memory"])
def zone(request: pytest.FixtureRequest, tmp_path: Path) -> Zone:
    if request.param == "file":
        return Zone(f"file://{tmp_path}/landing")
    return Zone(f"memory://landing-{tmp_path.name}-{id(tmp_path)}")


def deliver(zone: Zone, content: bytes) -> dict:
    with zone.receive(DAY) as delivery:
        with delivery.file("a.csv", "csv") as stream:
            stream.write(content)
        delivery.rows = content.count(b"\n")
    manifest = zone.manifest(DAY)
    assert manifest is not None
    return manifest


def _break_off(zone: Zone) -> None:
    with zone.receive(DAY) as delivery:
        with delivery.file("a.csv", "csv") as stream:
            stream.write(b"x\n2\n")
        raise ConnectionError("line dropped")


def test_a_delivery_is_described_by_its_manifest(zone: Zone) -> None:
    manifest = deliver(zone, b"x\n1\n")
    assert manifest["rows"] == 2
    assert manifest["bytes"] == 4
    assert manifest["interval_start"] == "2026-01-01T00:00:00Z"
    with zone.open(manifest["files"][0]["path"]) as stream:
        assert stream.read() == b"x\n1\n"


def test_an_extract_that_dies_leaves_the_old_delivery(zone: Zone) -> None:
    first = deliver(zone, b"x\n1\n")
    with pytest.raises(ConnectionError):
        _break_off(zone)
    assert zone.manifest(DAY) == first


def test_the_same_content_again_changes_nothing(zone: Zone) -> None:
    assert deliver(zone, b"x\n1\n") == deliver(zone, b"x\n1\n")


def test_other_content_replaces_the_interval_and_the_sweep_removes_the_old(zone: Zone) -> None:
    first = deliver(zone, b"x\n1\n")
    second = deliver(zone, b"x\n2\n")
    assert first["version"] != second["version"]
    assert zone.sweep(DAY, in_use=[first["files"][0]["path"]]) == []
    assert zone.sweep(DAY) == [first["folder"].rsplit("/", 1)[1]]
    assert zone.exists(second["files"][0]["path"])
    assert not zone.exists(first["files"][0]["path"])


def test_a_gate_result_of_older_content_does_not_count(zone: Zone) -> None:
    first = deliver(zone, b"x\n1\n")
    zone.commit_json(f"{DAY.folder}/gate.json", {"version": first["version"]})
    assert zone.gate_result(DAY) is not None
    deliver(zone, b"x\n2\n")
    assert zone.gate_result(DAY) is None


def test_intervals_are_listed_in_order(zone: Zone) -> None:
    deliver(zone, b"x\n")
    assert zone.intervals("crm", "contacts") == [DAY]
    assert zone.intervals("crm", "deals") == []


def test_an_interval_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(RapportError, match="not after its start"):
        Interval("crm", "contacts", DAY.end, DAY.start)

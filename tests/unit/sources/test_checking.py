"""What `rapport source check` says of the settings alone."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
import yaml

from rapport import settings
from rapport.sources import checking


@pytest.mark.parametrize(("place", "is_ok"), [({"url": "env:ATOMIC_URL"}, True), ({}, False)])
def test_a_system_read_from_files_or_a_database_needs_one_of_the_two(
    tmp_path: Path, place: dict[str, str], is_ok: bool
) -> None:
    """The check of a Snowplow warehouse failed for want of a path, as documented as it was."""
    web = {"system": "snowplow", "kind": "web", "connection": place, "entities": ["events"]}
    document = {
        "name": "Acme",
        "business_timezone": "UTC",
        "reporting_currency": "EUR",
        "history_start": "2024-01-01",
        "sources": {"web": web},
        "feeds": {},
    }
    (tmp_path / "company.yml").write_text(yaml.safe_dump(document), encoding="utf-8")
    sqlite3.connect(tmp_path / "atomic.sqlite").close()
    loaded = settings.load(tmp_path, {"ATOMIC_URL": f"sqlite:///{tmp_path / 'atomic.sqlite'}"})
    found = [one for one in checking.check(loaded, "web") if one.subject == "settings"]
    assert all(one.is_ok for one in found) is is_ok

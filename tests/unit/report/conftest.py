"""A company with readers, published marts to read, a state store, and a real SMTP server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from rapport.company import Branding, Company, ReportConfig
from rapport.demo.sink import Sink
from rapport.mailserver import Smtp
from rapport.settings import REPO, Settings
from rapport.state import store
from tests.unit.report import marts


def company(**changes: Any) -> Company:
    """Nordlicht Outdoor, whose report two people read."""
    fields: dict[str, Any] = {
        "name": "Nordlicht Outdoor",
        "slug": "nordlicht",
        "business_timezone": "Europe/Berlin",
        "reporting_currency": "EUR",
        "history_start": date(2024, 1, 1),
        "sources": {},
        "feeds": {},
        "branding": Branding(tagline="Gear for the north"),
        "reports": {"executive": ReportConfig(recipients=["ada@example.org", "grace@example.org"])},
    }
    return Company(**{**fields, **changes})


def settings_in(folder: Path, smtp: Smtp | None = None, **changes: Any) -> Settings:
    """Settings whose files all lie in `folder`."""
    return Settings(
        project_dir=REPO,
        company_dir=folder,
        company=company(**changes),
        var_dir=folder,
        landing_url=f"file://{folder / 'landing'}",
        state_url=f"sqlite:///{folder / 'state.sqlite'}",
        warehouse_url=f"duckdb:///{folder / 'warehouse.duckdb'}",
        smtp=smtp or Smtp(retries=0),
        environ={},
    )


@pytest.fixture(autouse=True)
def _frozen_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAPPORT_CLOCK", "2026-11-02T05:30:00Z")


@pytest.fixture(scope="session")
def full(tmp_path_factory: pytest.TempPathFactory) -> marts.Reader:
    """Marts of October 2026 with all facts."""
    return marts.fill(tmp_path_factory.mktemp("marts") / "published.duckdb")


@dataclass
class Office:
    """All that sending needs, with a mail server that is really there."""

    settings: Settings
    state: store.State
    sink: Sink


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """A mail server on this machine, and a state store of its own."""
    with Sink(tmp_path / "outbox") as sink:
        settings = settings_in(
            tmp_path, Smtp(port=sink.port, sender="reports@example.org", retries=0)
        )
        state = store.open(settings)
        yield Office(settings, state, sink)
        state.close()

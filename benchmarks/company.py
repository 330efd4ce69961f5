"""Settings of a company of one source, whose everything lies in one folder."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from rapport.company import Company, Source
from rapport.mailserver import Smtp
from rapport.settings import REPO, Settings


def settings_of(folder: Path, source: Source) -> Settings:
    """Settings with this one source."""
    return Settings(
        project_dir=REPO,
        company_dir=folder,
        company=Company(
            name="Bench",
            slug="bench",
            business_timezone="UTC",
            reporting_currency="EUR",
            history_start=date(2026, 1, 1),
            sources={source.name: source},
            feeds={},
        ),
        var_dir=folder,
        landing_url=f"file://{folder / 'landing'}",
        state_url=f"sqlite:///{folder / 'state.sqlite'}",
        warehouse_url=f"duckdb:///{folder / 'warehouse.duckdb'}",
        smtp=Smtp(),
        environ={},
    )

"""In CI a test that is skipped although it could have run is a failure: it proves nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

REPO = Path(__file__).resolve().parents[2]


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Turn such a skip into a failure that says so."""
    outcome: Any = yield
    report = outcome.get_result()
    if report.skipped and os.environ.get("CI") == "true" and (why := _could_have_run(item)):
        reason = report.longrepr[-1] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"skipped in CI although {why}: {reason}"


def _could_have_run(item: pytest.Item) -> str:
    """Why the test could have run; empty where a skip is right."""
    if item.get_closest_marker("postgres"):
        return "a PostgreSQL comes with the environment's own packages"
    if item.get_closest_marker("airflow"):
        return "Airflow is part of the environment"
    named = os.environ.get("RAPPORT_ACCEPTANCE_DATA")
    if item.get_closest_marker("acceptance"):
        for folder in (Path(named) if named else None, REPO.parent / "shared" / "data"):
            if folder and folder.is_dir():
                return f"the data lie in {folder}"
    return ""

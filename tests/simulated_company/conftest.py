"""One company, large enough for statistics, that all tests of this folder read and none changes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from rapport import build
from rapport.settings import Settings
from tests.support.simulated import simulated


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Eighteen months of 1,500 customers, built once."""
    folder = tmp_path_factory.mktemp("company")
    with simulated(folder, 1_500, date(2024, 7, 1), date(2025, 12, 31), 4) as company:
        found = company.settings(tmp_path_factory.mktemp("var"))
        company.ingest(found, company.start, company.end)
        assert build.run(found) is not None
        yield found

"""The org of the tests, served for real."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.salesforce.northwind import northwind_org
from tests.support.salesforce_server import Org, served


@pytest.fixture
def org() -> Iterator[Org]:
    """The org, served and still empty."""
    with served(northwind_org()) as running:
        yield running

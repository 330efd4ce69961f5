"""Which tests one worker of xdist runs together: those of a file, or of a company they share."""

from __future__ import annotations

from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling

SHARED = "tests/simulated_company/"


class ByCompany(LoadFileScheduling):  # type: ignore[misc]
    """A company that is built once for a whole folder must not be built on each worker."""

    def _split_scope(self, nodeid: str) -> str:
        return SHARED if nodeid.startswith(SHARED) else str(super()._split_scope(nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByCompany:
    """Found by its name, from conftest."""
    return ByCompany(config, log)

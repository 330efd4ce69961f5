"""A skipped acceptance or PostgreSQL test must not pass for a green one in CI."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from rapport.settings import REPO

BODY = """
import pytest
from tests.support.ci import pytest_runtest_makereport

@pytest.mark.{marker}
def test_it():
    pytest.skip("not there")
"""


@pytest.mark.parametrize(
    ("ci", "marker", "code"),
    [
        ("true", "postgres", 1),
        ("true", "acceptance", 1),
        ("true", "slow", 0),
        ("", "postgres", 0),
        ("", "acceptance", 0),
    ],
)
def test_a_skip_counts_as_failure_only_in_ci(
    tmp_path: Path, ci: str, marker: str, code: int
) -> None:
    """On a laptop without the data a skip is right."""
    (tmp_path / "conftest.py").write_text("from tests.support.ci import pytest_runtest_makereport")
    (tmp_path / "test_it.py").write_text(BODY.format(marker=marker))
    answer = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist", "-q", "."],
        cwd=tmp_path,
        env={
            **os.environ,
            "CI": ci,
            "RAPPORT_ACCEPTANCE_DATA": str(tmp_path),
            "PYTHONPATH": str(REPO),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == code, answer.stdout
    assert ("although" in answer.stdout) == bool(code)

"""docs/adding-a-source.md, run as it stands: a command or a line of output that is wrong fails."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from rapport.settings import REPO

PAGE = REPO / "docs" / "adding-a-source.md"
_BLOCK = re.compile(r"^```(bash|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.slow
def test_the_worked_example_runs_as_it_stands(tmp_path: Path) -> None:
    """All commands in one shell; each line shown as output came out."""
    blocks = _BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    commands = [text for kind, text in blocks if kind == "bash"]
    shown = [line for kind, text in blocks if kind == "text" for line in text.splitlines()]
    bin_folder = Path(sys.executable).parent
    environ = {
        name: value for name, value in os.environ.items() if not name.startswith("RAPPORT_")
    } | {"PATH": f"{bin_folder}:{os.environ['PATH']}", "HOME": str(tmp_path)}
    run = subprocess.run(
        ["bash", "-eu", "-c", "\n".join(commands)],
        cwd=tmp_path,
        env=environ,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert run.returncode == 0, f"{run.stdout[-4000:]}\n{run.stderr[-4000:]}"
    missing = [line for line in shown if line not in run.stdout.splitlines()]
    assert missing == [], run.stdout


def test_the_example_touches_nothing_but_the_company_folder() -> None:
    """A page that edits the project itself would be no recipe for a company."""
    text = PAGE.read_text(encoding="utf-8")
    commands = "".join(block for kind, block in _BLOCK.findall(text) if kind == "bash")
    assert not re.search(r"(src/rapport|dbt_project|companies)/", commands)

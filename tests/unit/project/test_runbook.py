"""Every error that a person can meet has a page that says what to do."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from rapport import alerts
from rapport.settings import REPO

RUNBOOK = REPO / "docs" / "runbook"
PAGES = sorted(path for path in RUNBOOK.glob("*.md") if path.name != "README.md")
OWN = {"report-held", "source-late", "task-timeout", "task-lost", "unexpected-error"}


def _raised() -> dict[str, str]:
    """Codes of all RapportErrors in the source, with the file of one of them."""
    found: dict[str, str] = {}
    for path in (REPO / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            first = node.args[0]
            if name == "RapportError" and isinstance(first, ast.Constant):
                found[str(first.value)] = path.name
    return found


def test_every_code_has_a_page() -> None:
    """A failure mail must not name a page that is not there."""
    names = {path.stem for path in PAGES}
    wanted = _raised() | dict.fromkeys(OWN, "rapport.alerts")
    assert {code: where for code, where in wanted.items() if code not in names} == {}


def test_no_page_outlives_its_code() -> None:
    """A page for an error that nothing raises misleads."""
    assert {path.stem for path in PAGES} - set(_raised()) - OWN == set()


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_a_page_says_what_happened_and_what_to_do(path: Path) -> None:
    """Both parts, the code, and at least one instruction."""
    text = path.read_text()
    assert text.startswith("# ") and f"`{path.stem}`" in text
    happened, todo = re.split(r"## What to do\n", text.split("## What happened\n")[1])
    assert len(happened.strip()) > 40
    assert len(todo.strip()) > 15


def test_the_index_lists_every_page() -> None:
    """A page that nobody finds does not help."""
    index = (RUNBOOK / "README.md").read_text()
    assert sorted(re.findall(r"\(([a-z-]+)\.md\)", index)) == [path.stem for path in PAGES]


def test_codes_that_are_not_retried_exist() -> None:
    """A renamed code would silently be retried again."""
    assert set(_raised()) >= alerts.NEEDS_A_PERSON

"""A gate's module is a person's program: what is wrong in it is told by its line."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from rapport.errors import RapportError
from rapport.gates import suites
from rapport.settings import Settings
from tests.conftest import bare_settings


def company(folder: Path, module: str) -> Settings:
    """A company whose expectations/raw_shop.py is this text."""
    (folder / "expectations").mkdir()
    (folder / "expectations" / "raw_shop.py").write_text(module)
    return bare_settings(folder, f"duckdb:///{folder / 'warehouse.duckdb'}")


@pytest.mark.parametrize(
    ("module", "line", "told"),
    [
        ("import great_expectations as gx\n\ndef lines(:\n    pass\n", 3, "SyntaxError"),
        ("x = 1\ny = not_there\n", 2, "NameError: name 'not_there' is not defined"),
        ("def lines():\n    return [][1]\n", 2, "IndexError: list index out of range"),
    ],
)
def test_a_fault_in_a_gates_module_is_a_sentence_with_file_and_line(
    tmp_path: Path, module: str, line: int, told: str
) -> None:
    with pytest.raises(RapportError) as caught:
        suites.load(company(tmp_path, module), "raw_shop.lines")
    assert caught.value.code == "gate-broken"
    assert told in caught.value.what
    assert caught.value.where.endswith(f"raw_shop.py, line {line}")


def test_a_marts_module_that_is_no_python_is_a_sentence_too(tmp_path: Path) -> None:
    settings = company(tmp_path, "def lines(:\n")
    with pytest.raises(RapportError, match="line 1"):
        suites.functions(suites.module_path(settings, "raw_shop")[0])


def test_great_expectations_tells_nothing_of_its_folders() -> None:
    inside = logging.getLogger("great_expectations.data_context.data_context")
    assert not inside.isEnabledFor(logging.INFO)

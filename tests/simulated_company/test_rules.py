"""dbt's unit tests: every rule in SQL at its boundaries."""

from __future__ import annotations

from pathlib import Path

import yaml

from rapport import transform
from rapport.settings import REPO, Settings
from rapport.systems import shipped_systems


def test_all_models_keep_their_rules(built: Settings) -> None:
    """All of the project and of the company that ships; those of a system that it has not are run
    where a company has it.
    """
    others = set(shipped_systems()) - {source.system for source in built.company.sources.values()}
    expected: set[str] = set()
    for folder in (REPO / "dbt_project" / "models", built.company_dir / "models"):
        for path in folder.rglob("*__unit_tests.yml"):
            if not others & set(path.relative_to(folder).parts):
                expected |= _names(path)
    results = transform.unit_tests(built)
    assert {result["status"] for result in results} == {"pass"}
    assert {result["model"] for result in results} == expected


def _names(path: Path) -> set[str]:
    return {test["name"] for test in yaml.safe_load(path.read_text(encoding="utf-8"))["unit_tests"]}

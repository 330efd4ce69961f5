"""dbt's unit tests run on every engine: dbt makes a relation of each, by its name."""

from __future__ import annotations

import yaml

from rapport.settings import REPO

LONGEST = 63  # PostgreSQL cuts longer names, and dbt refuses them there


def test_names_fit_postgres() -> None:
    names = [
        test["name"]
        for folder in ("dbt_project", "companies")
        for path in (REPO / folder).rglob("*__unit_tests.yml")
        for test in yaml.safe_load(path.read_text(encoding="utf-8"))["unit_tests"]
    ]
    assert [name for name in names if len(name) > LONGEST] == []

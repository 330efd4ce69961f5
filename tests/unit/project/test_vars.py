"""What is handed to dbt as vars arrives as it was, whatever a company is called."""

from __future__ import annotations

import pytest
import yaml

from rapport.transform import project


@pytest.mark.parametrize(
    "name", ["Ski 🎿 & Söhne", 'a\\ud83c "b"', "\u202eשלום", "line\u2028end\x85\x7f\t", "极光户外"]
)
def test_vars_arrive_as_they_were(name: str) -> None:
    """dbt reads them as YAML, which refused the surrogate pairs of JSON: no build with an emoji."""
    assert yaml.safe_load(project.written({"company_name": name})) == {"company_name": name}

"""A dbt project of a test's own models, with the real macros and connections."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from rapport.settings import REPO, Settings


def project(settings: Settings, folder: Path, files: Mapping[str, str], models: str) -> Settings:
    """Write it; returns the settings that use it.

    Args:
        files: text by name, under `models/`.
        models: what `dbt_project.yml` says of them, as YAML in one line.
    """
    there = folder / "repo" / "dbt_project"
    (there / "models").mkdir(parents=True)
    for name, text in files.items():
        (there / "models" / name).write_text(text)
    (there / "macros").symlink_to(REPO / "dbt_project" / "macros")
    (there / "profiles.yml").symlink_to(REPO / "dbt_project" / "profiles.yml")
    (there / "dbt_project.yml").write_text(
        "name: rapport\nprofile: rapport\nversion: '1.0.0'\n"
        "packages-install-path: \"{{ env_var('RAPPORT_DBT_PACKAGES') }}\"\n"
        "flags: {require_generic_test_arguments_property: true}\n"
        f"models: {{rapport: {models}}}\n"
        "vars: {build_id: by hand, rules: by hand}\n"
    )
    company = folder / "company"
    company.mkdir()
    (company / "dbt_project.yml").write_text("name: company\nversion: '1.0.0'\n")
    return settings.model_copy(update={"project_dir": there.parent, "company_dir": company})

"""What `rapport source add` writes of a system that ships must be there."""

from __future__ import annotations

import re

import pytest
import yaml

from rapport.settings import REPO
from rapport.sources import systems

SHIPPED = [system for system in systems.overview() if system["entities"]]


@pytest.mark.parametrize("system", SHIPPED, ids=lambda system: system["system"])
def test_a_system_names_its_kind_its_connection_and_models_that_exist(
    system: dict[str, object],
) -> None:
    """A line of `feeds` without its model stops the first build."""
    models = {path.stem for path in (REPO / "dbt_project" / "models").rglob("*.sql")}
    assert system["kind"] in systems.KINDS
    assert system["connection"]
    assert system["feeds"]
    assert set(system["feeds"].values()) <= models  # type: ignore[attr-defined]


def test_feeds_and_their_columns_are_those_of_the_macro() -> None:
    """A proposal for a column that the feed does not have would not compile."""
    text = (REPO / "dbt_project" / "macros" / "feeds.sql").read_text(encoding="utf-8")
    proposed = yaml.safe_load(
        (REPO / "src" / "rapport" / "sources" / "feeds.yml").read_text(encoding="utf-8")
    )
    for feed, known in proposed.items():
        found = re.search(rf"'{feed}': \[(.*?)\n        \],", text, re.DOTALL)
        assert found, feed
        columns = set(re.findall(r"\('(\w+)',", found.group(1)))
        assert set(known["columns"]) | set(known.get("constants", {})) <= columns, feed
        assert {one for needed in known["needs"] for one in needed.split("|")} <= columns, feed


@pytest.mark.parametrize(
    ("option", "value", "is_secret"),
    [
        ("token", "pat-1", True),
        ("token", "env:TOKEN", False),
        ("key", "AKIA1", True),
        ("url", "postgresql://me@db/erp", False),
        ("url", "postgresql://me:pw@db/erp", True),
        ("path", "s3://bucket/folder", False),
    ],
)
def test_secrets_are_told_from_addresses(option: str, value: str, is_secret: bool) -> None:
    """One that slips through stands in a repository for ever."""
    system = {"token": "hubspot", "url": "sql"}.get(option, "files")
    assert systems.is_secret(system, option, value) is is_secret

"""The company's thresholds: dbt vars, whose defaults all stand in dbt_project.yml."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from rapport.errors import RapportError

# What Rapport tells dbt itself, and where the company says it.
_TOLD = {
    "business_timezone": "the field of this name",
    "reporting_currency": "the field of this name",
    "history_start": "the field of this name",
    "feeds": "the field of this name",
    "targets": "the field of this name",
    "company_name": "name",
    "systems": "sources",
    **dict.fromkeys(("hubspot_source", "salesforce_source", "tryton_source"), "sources"),
    "as_of": "rapport build --as-of",
    **dict.fromkeys(("build_id", "rules", "schema_suffix"), ""),
}
_KINDS: dict[type, tuple[type | tuple[type, ...], str]] = {
    bool: (bool, "true or false"),
    int: ((int, float), "a number"),
    float: ((int, float), "a number"),
    str: (str, "a text"),
    list: (list, "a list"),
    dict: (dict, "a mapping"),
}


@cache
def defaults(project_dir: Path) -> dict[str, Any]:
    """The vars of dbt_project.yml; not to be changed."""
    return _vars(project_dir / "dbt_project" / "dbt_project.yml")


def check(given: Mapping[str, Any], project_dir: Path, company_dir: Path) -> None:
    """See that each var of a company is one that there is, with a value of its default's kind.

    Args:
        given: `vars` of company.yml.
        project_dir: holds Rapport's dbt project.
        company_dir: holds the company's dbt package, which may have vars of its own.

    Raises:
        RapportError: `company-invalid` naming the var: dbt would pass over a misspelt one in
            silence, and the default would stand.
    """
    if not given:
        return
    known, own = defaults(project_dir), _own(company_dir / "dbt_project.yml")
    for name, value in given.items():
        reason = None if name in own else _reason(name, value, known)
        if reason:
            what, todo = reason
            raise RapportError("company-invalid", what, str(company_dir / "company.yml"), todo)


def _reason(name: str, value: Any, known: Mapping[str, Any]) -> tuple[str, str] | None:
    """What is wrong with a var, and what to do."""
    if name in _TOLD:
        place = _TOLD[name]
        todo = f"remove the line; what it says comes from {place}" if place else "remove the line"
        return f"vars.{name} is set by Rapport itself", todo
    if name not in known:
        close = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
        meant = f"write {close[0]}, or one" if close else "use one"
        return (
            f"vars.{name}: there is no such threshold",
            f"{meant} of those under `vars` in dbt_project/dbt_project.yml",
        )
    usual = known[name]
    wanted, words = _KINDS.get(type(usual), (object, ""))
    fits = isinstance(value, wanted) and (isinstance(value, bool) <= isinstance(usual, bool))
    if usual is not None and not fits:
        return f"vars.{name} is {value!r}, not {words}", f"write one such as {usual!r}"
    if type(usual) in (int, float) and value < 0 <= usual:
        return f"vars.{name} is {value!r}, below zero", f"write one such as {usual!r}"
    return None


def _own(path: Path) -> dict[str, Any]:
    """Vars of a company's own package, said for all packages or for it alone."""
    found = _vars(path) if path.exists() else {}
    return {**found, **(found.get("company") or {})}


def _vars(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8")).get("vars") or {}
    return found

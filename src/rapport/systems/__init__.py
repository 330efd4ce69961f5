"""The systems that ship: one YAML each with its entities, and what a source of it wants and brings.

kind, connection, feeds   what `rapport source add` writes into company.yml
several                   whether a company may have several sources of it
entities                  as a company's own `sources/<source>.yml` has them
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from rapport.company import Entity

FOLDER = Path(__file__).resolve().parent
# Options that a connection may have besides those of its system's YAML.
_OF_FILES_OR_DATABASE = ("path", "url", "endpoint_url", "key", "secret", "token", "anon")
_OPTIONAL = {"hubspot": (), "salesforce": ("api_version",)}


def shipped_systems() -> list[str]:
    """The systems whose entities, gates and models ship."""
    return sorted(path.stem for path in FOLDER.glob("*.yml"))


def known_systems() -> list[str]:
    """Systems that a source may be of: those that ship, and any database or files."""
    return sorted([*shipped_systems(), "sql", "files"])


@cache
def described(system: str) -> dict[str, Any]:
    """A shipped system's YAML, not to be changed; empty for `sql` and `files`."""
    path = FOLDER / f"{system}.yml"
    return dict(yaml.safe_load(path.read_text(encoding="utf-8"))) if path.exists() else {}


def connection_options(system: str) -> list[str]:
    """All options that a connection to a system may have; any other is misspelt."""
    named = described(system).get("connection") or {}
    return sorted({*named, *_OPTIONAL.get(system, _OF_FILES_OR_DATABASE)})


def shipped_entities(system: str) -> dict[str, Entity]:
    """All entities of a system, whichever a company fetches; none for `sql` and `files`."""
    entities = described(system).get("entities", {})
    return {name: Entity(**{**spec, "name": name}) for name, spec in entities.items()}


def has_several(system: str) -> bool:
    """Whether a company may have several sources of a system; they then share its raw tables."""
    return bool(described(system).get("several"))

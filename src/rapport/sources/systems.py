"""What a known system wants of a connection, and which feeds its shipped models deliver."""

from __future__ import annotations

import re
from typing import Any, get_args
from urllib.parse import urlsplit

from rapport.company import SourceKind
from rapport.systems import described, known_systems, shipped_entities

_BY_HAND = {
    "sql": {"url": "a SQLAlchemy URL; secret"},
    "files": {"path": "a folder or a bucket's URL"},
}
_SECRET = re.compile(r"token|secret|password|passwd|api_?key|credential|^key$")
PLACES = {"url", "path"}  # files or a database: a source is in one of them
KINDS: tuple[str, ...] = get_args(SourceKind)


def connection(system: str) -> dict[str, str]:
    """What the system wants: option -> what it is; one that ends in `secret` is one."""
    return dict(_BY_HAND.get(system) or described(system).get("connection") or {})


def feeds(system: str) -> dict[str, str]:
    """Feed -> the shipped model that delivers it."""
    return dict(described(system).get("feeds") or {})


def kind(system: str) -> str | None:
    """The kind of source that the system is; None where it can be any."""
    return described(system).get("kind")


def is_secret(system: str, option: str, value: str) -> bool:
    """Whether an option of a connection holds a secret itself, not the name of its variable."""
    if value.startswith("env:"):
        return False
    about = connection(system).get(option, "")
    named = _SECRET.search(option) or (about.endswith("secret") and option != "url")
    return bool(named) or ("://" in value and bool(urlsplit(value).password))


def overview() -> list[dict[str, Any]]:
    """All systems that a source may be of, with what they want and what they deliver."""
    return [
        {
            "system": system,
            "kind": kind(system) or "any",
            "connection": connection(system),
            "entities": list(shipped_entities(system)),
            "feeds": feeds(system),
        }
        for system in known_systems()
    ]

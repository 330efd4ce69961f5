"""The tables of `words.yml` and `nicknames.yml`."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources
from typing import Any

import yaml


def listed(name: str) -> tuple[str, ...]:
    """The words of a list, in its order."""
    return tuple(word.strip() for word in _table()[name].split(","))


def mapped(name: str) -> dict[str, str]:
    """What each word of a table stands for."""
    pairs = (entry.partition(":") for entry in listed(name))
    return {word.strip(): meaning.strip() for word, _, meaning in pairs}


@lru_cache
def nicknames() -> dict[str, str]:
    """The name that each nickname is short for."""
    return {
        nickname: root
        for roots in _read("nicknames.yml").values()
        for root, short in roots.items()
        for nickname in short.split()
    }


@lru_cache
def _table() -> dict[str, str]:
    return dict(_read("words.yml"))


def _read(name: str) -> Any:
    return yaml.safe_load((resources.files(__package__) / name).read_text(encoding="utf-8"))

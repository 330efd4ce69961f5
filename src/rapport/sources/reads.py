"""Which entities of which sources the dbt models read, as their files say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

_REF = re.compile(r"ref\(\s*['\"](\w+)['\"]")
_SOURCE = re.compile(r"source\(\s*['\"](\w+)['\"]\s*,\s*['\"](\w+)['\"]")


def model_files(*folders: Path) -> dict[str, Path]:
    """The models of dbt projects: name -> file."""
    return {
        path.stem: path for folder in folders for path in sorted((folder / "models").rglob("*.sql"))
    }


def entities(files: Mapping[str, Path]) -> dict[str, set[tuple[str, str]]]:
    """What each model reads, directly or through others: model -> (source, entity) pairs.

    Names that are put together in a model (`ref('stg_' ~ name)`) are not followed.
    """
    reads: dict[str, set[tuple[str, str]]] = {}
    behind: dict[str, set[str]] = {}
    for model, path in files.items():
        text = path.read_text(encoding="utf-8")
        reads[model] = {(source, entity) for source, entity in _SOURCE.findall(text)}
        behind[model] = set(_REF.findall(text)) & set(files)
    is_growing = True
    while is_growing:
        is_growing = False
        for model, others in behind.items():
            found = reads[model].union(*(reads[other] for other in others))
            is_growing |= found != reads[model]
            reads[model] = found
    return reads

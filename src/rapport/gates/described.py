"""Where a column is described in the company folder: the line that a message names."""

from __future__ import annotations

from pathlib import Path

import yaml

from rapport.company import Entity
from rapport.company.writing import flow
from rapport.settings import Settings


def line(
    settings: Settings,
    source: str,
    entity: Entity,
    column: str | None,
    path: str | list[str] | None = None,
) -> str:
    """The place of a column's description, or of the entity's columns, as a phrase.

    A column of a known system stands in no file of the company: there the phrase is the YAML that
    overlays it.

    Args:
        column: name of a column of the entity; None for the place of a new one.
        path: what the column's `path` is to become; default: as it is.
    """
    file = settings.company_dir / "sources" / f"{source}.yml"
    number = _number(file, ["entities", entity.name, "columns", *([column] if column else [])])
    shown = f"sources/{source}.yml"
    if number is not None:
        return f"{shown}, line {number}"
    found = entity.columns[column] if column else None
    place = path or (found.path if found else None)
    spec = {"type": found.type, **({"path": place} if place else {})} if found else "text"
    overlay = {"entities": {entity.name: {"columns": {column or "<name>": spec}}}}
    return f"{shown} of the company folder, by adding {flow(overlay)}"


def _number(path: Path, keys: list[str]) -> int | None:
    """Line of a key inside nested mappings, from 1; None where it does not stand."""
    if not path.exists():
        return None
    node, found = yaml.compose(path.read_text(encoding="utf-8")), None
    for key in keys:
        pairs = node.value if isinstance(node, yaml.MappingNode) else []
        inner = next(((k, v) for k, v in pairs if k.value == key), None)
        if inner is None:
            return None
        found, node = inner[0].start_mark.line + 1, inner[1]
    return found

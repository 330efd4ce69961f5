"""Reads the company folder: company.yml, and the entities of its sources that it describes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from rapport import names
from rapport.company import Company, thresholds
from rapport.errors import RapportError
from rapport.systems import connection_options, described, has_several, known_systems


def read(folder: Path, project_dir: Path) -> Company:
    """The company of a folder.

    Args:
        folder: holds company.yml.
        project_dir: holds Rapport's dbt project, which has the defaults of thresholds.

    Raises:
        RapportError: `company-invalid` naming file and field.
    """
    path = folder / "company.yml"
    raw = _yaml(path)
    sources: dict[str, Any] = {}
    for name, source in _block(raw.get("sources") or {}, "sources", path).items():
        # Of its own: where one source is an alias of another in the file, both are one object.
        sources[name] = {**_block(source, f"sources.{name}", path), "name": name}
        source = sources[name]
        _known_system(name, source.get("system"), path)
        _known_options(name, source, path)
    _check_names({name: source["system"] for name, source in sources.items()}, path)
    for name, source in sources.items():
        source["entities"] = _entities(folder, name, source)
    try:
        company = Company(**{"slug": names.short(folder.name), **raw, "sources": sources})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise RapportError(
            "company-invalid",
            f"{where}: {first['msg']}",
            str(path),
            "correct the field; docs/company-folder.md lists all of them",
        ) from None
    thresholds.check(company.vars, project_dir, folder)
    return company


def _block(part: Any, where: str, path: Path) -> dict[str, Any]:
    """A part of a file that must be keys and values; a line that is indented too little is not."""
    if isinstance(part, dict) and all(isinstance(key, str) for key in part):
        return part
    raise RapportError(
        "company-invalid",
        f"{where} is no block of keys and values",
        str(path),
        "write `key: value` lines, indented by two spaces; docs/company-folder.md shows all",
    )


def _check_names(systems: Mapping[str, str], path: Path) -> None:
    """Shipped models read one source of a system, or all of one that may have several."""
    for name, system in systems.items():
        others = [n for n, s in systems.items() if s == system and n != name]
        if others and system not in ("sql", "files") and not has_several(system):
            raise RapportError(
                "company-invalid",
                f"sources.{name} and sources.{others[0]} are both of {system}; its models read one",
                str(path),
                "connect the second as `sql` or `files` with models of its own, or leave it out",
            )
        if name != system and name in systems.values() and has_several(name):
            raise RapportError(
                "company-invalid",
                f"sources.{name} is called like the system {name} but is of {system}",
                str(path),
                "give the source another name: the system's raw tables have that one",
            )


def _known_system(source: str, system: object, path: Path) -> None:
    if system not in known_systems():
        raise RapportError(
            "company-invalid",
            f"sources.{source}.system is {system!r}, which is no system known here",
            str(path),
            f"use one of: {', '.join(known_systems())}",
        )


def _known_options(source: str, described: Mapping[str, Any], path: Path) -> None:
    known = connection_options(described["system"])
    where = f"sources.{source}.connection"
    for option in _block(described.get("connection") or {}, where, path):
        if option not in known:
            raise RapportError(
                "company-invalid",
                f"{where} has no option {option!r}",
                str(path),
                f"use one of: {', '.join(known)}",
            )


def _entities(folder: Path, name: str, source: dict[str, Any]) -> dict[str, Any]:
    """Entities of the known system, overlaid by `sources/<name>.yml`, cut to those asked for."""
    own = folder / "sources" / f"{name}.yml"
    entities: dict[str, Any] = dict(described(source["system"]).get("entities", {}))
    described_here = (_yaml(own).get("entities") or {}) if own.exists() else {}
    for entity, spec in _block(described_here, "entities", own).items():
        spec = _block(spec or {}, f"entities.{entity}", own)
        entities[entity] = _overlaid(entities.get(entity, {}), spec)
    wanted = source.get("entities")
    if wanted is not None and not isinstance(wanted, list):
        raise RapportError(
            "company-invalid",
            f"sources.{name}.entities is no list",
            str(folder / "company.yml"),
            f"write entities: [{', '.join(sorted(entities)[:2])}], or leave it out for all",
        )
    if wanted is not None:
        missing = [entity for entity in wanted if entity not in entities]
        if missing:
            raise RapportError(
                "company-invalid",
                f"sources.{name}.entities names {missing[0]!r}, which is not described",
                str(folder / "company.yml"),
                f"describe it in {own}, or use one of: {', '.join(sorted(entities))}",
            )
        entities = {entity: entities[entity] for entity in wanted}
    return {key: {**spec, "name": key} for key, spec in entities.items()}


def _overlaid(shipped: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """A company adds columns, or changes one, without repeating all the others."""
    parts = {
        part: {**shipped[part], **own.get(part, {})}
        for part in ("fetch", "columns")
        if part in shipped
    }
    return {**shipped, **own, **parts}


def _yaml(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RapportError(
            "company-invalid",
            "The file does not exist",
            str(path),
            "set RAPPORT_COMPANY to a folder that holds company.yml",
        ) from None
    except (yaml.YAMLError, ValueError) as error:  # the latter of a day that there is not
        raise RapportError(
            "company-invalid", f"Not valid YAML: {error}", str(path), "mend the line named"
        ) from None
    return _block(content or {}, "The file", path)

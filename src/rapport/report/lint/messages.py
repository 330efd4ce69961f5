"""Every text that a report can say, in Python, templates and declarations, for its catalogues."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import jinja2
import yaml
from babel.messages.catalog import Catalog
from jinja2.ext import extract_from_ast

from rapport.report import words
from rapport.report.parts import WORDS

Message = str | tuple[str, str]
PYTHON = Path(__file__).parents[1]  # the package `report`
PLURALS = {"say": "many", "title": "many_title"}


def of_all(reports: Path) -> dict[Message, str]:
    """The messages of all reports and of what they share, with a place where each is said."""
    found: dict[Message, str] = {}
    for file in sorted(PYTHON.rglob("*.py")):
        _add(found, in_python(file), file.relative_to(PYTHON.parent))
    for file in sorted((reports / "shared").rglob("*.j2")):
        _add(found, in_template(file), file.relative_to(reports))
    for folder in sorted(file.parent for file in reports.glob("*/report.yml")):
        _add(found, of_report(folder), folder.relative_to(reports))
    return found


def of_report(folder: Path) -> Iterable[Message]:
    """The messages of one report's own folder."""
    yield from in_declaration(folder / "report.yml")
    for file in sorted(folder.rglob("*.j2")):
        yield from in_template(file)


def in_python(file: Path) -> Iterable[Message]:
    """Texts in calls of `t("...")`, `t.many("...", "...")` and `N_("...")`."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        texts = [
            arg.value
            for arg in node.args[:2]
            if isinstance(arg, ast.Constant) and isinstance(arg.value, str)
        ]
        if name in ("t", "N_") and texts:
            yield texts[0]
        elif name in ("many", "N_many") and len(texts) == 2:
            yield texts[0], texts[1]


def in_template(file: Path) -> Iterable[Message]:
    """Texts in calls of `t("...")`."""
    parsed = jinja2.Environment().parse(file.read_text(encoding="utf-8"))
    for _, _, text in extract_from_ast(parsed, ("t",)):
        if isinstance(text, str):
            yield text
        elif text and isinstance(text[0], str):
            yield text[0]


def in_declaration(file: Path) -> Iterable[Message]:
    """Texts under the keys that hold words."""
    yield from _in_tree(yaml.safe_load(file.read_text(encoding="utf-8")))


def _in_tree(tree: Any) -> Iterable[Message]:
    if isinstance(tree, list):
        for each in tree:
            yield from _in_tree(each)
    if not isinstance(tree, dict):
        return
    for key, value in tree.items():
        if key == "words":
            yield from value
        elif key in WORDS and isinstance(value, str):
            other = tree.get(PLURALS.get(key, ""))
            yield (value, other) if other else value
        elif key != "values":
            yield from _in_tree(value)


def gaps(reports: Path, language: str) -> list[str]:
    """Faults of a catalogue: texts without translation, fuzzy ones, values that differ, and
    translations of what nobody says."""
    file = words.path(reports, language)
    if not file.exists():
        return [f"{file}: there is no catalogue"]
    catalog = words.read(file, file.stat().st_mtime_ns)
    own = {
        folder: _own(folder, language)
        for folder in (file.parent for file in reports.glob("*/report.yml"))
    }
    said_somewhere = of_all(reports)
    ones = {message if isinstance(message, str) else message[0] for message in said_somewhere}
    found = [
        f"{file}: nobody says {key!r}"
        for entry in catalog
        if (key := entry.id if isinstance(entry.id, str) else entry.id[0]) and key not in ones
    ]
    for message, place in said_somewhere.items():
        one = message if isinstance(message, str) else message[0]
        entry = next((c.get(one) for c in (catalog, *own.values()) if c and c.get(one)), None)
        said = [] if entry is None else _forms(entry.string)
        if not any(said):
            found.append(f"{place}: {one!r} has no translation")
        elif entry is not None and entry.fuzzy:
            found.append(f"{place}: the translation of {one!r} is marked fuzzy")
        else:
            wanted = values(message if isinstance(message, str) else message[1])
            for text in said:
                if values(text) != wanted and (isinstance(message, str) or values(text) - wanted):
                    found.append(f"{place}: {one!r} names other values than {text!r}")
    return found


def values(text: str) -> set[str]:
    """Names in braces."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def _own(folder: Path, language: str) -> Catalog | None:
    file = words.path(folder, language)
    return words.read(file, file.stat().st_mtime_ns) if file.exists() else None


def _forms(said: Any) -> list[str]:
    return [said] if isinstance(said, str) else list(said or ())


def _add(found: dict[Message, str], messages: Iterable[Message], place: Path) -> None:
    for message in messages:
        found.setdefault(message, place.as_posix())

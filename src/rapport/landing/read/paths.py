"""Where a column stands inside nested data.

properties.email              a field of a field
results[0].id                 an element of a list by its place
event_params[page_location]   the element of a list of {key, value} whose key is this
"""

from __future__ import annotations

import json
import re
from typing import Any

from rapport.company import Entity

_BY_KEY = re.compile(r"^(?P<list>[^\[\]]+)\[(?P<key>[^\[\]]*[^\[\]\d][^\[\]]*)\]$")
_PAIRS = '\'[{"key": "VARCHAR", "value": "JSON"}]\''
# A value is itself, or as GA4 has it the one that is set of {string_value, int_value, ...}.
_TYPED = ("string_value", "int_value", "float_value", "double_value")


def is_nested(path: str | None) -> bool:
    """Whether a path leads inside a column."""
    return path is not None and ("[" in path or "." in path)


def root(path: str) -> str:
    """The column that a path starts from."""
    return re.split(r"[.\[]", path, maxsplit=1)[0]


def parsed(entity: Entity, line: str) -> str:
    """SQL select list that `picked` reads: the line's fields, parsed once whatever their number.

    Args:
        line: SQL of the text of a JSON object, or null.
    """
    shape, others = _shape(entity)
    lists = [
        f"from_json(json_extract({line}, {_s('$.' + name)}), {_PAIRS}) as pairs_{place}"
        for place, name in enumerate(_lists(entity))
    ]
    apart = ", ".join(_s(f"$.{path}") for path in others)
    return ", ".join(
        [
            f"from_json({line}, {_s(json.dumps(shape))}) as found",
            f"json_extract_string({line}, [{apart}]::varchar[]) as others",
            *lists,
        ]
    )


def picked(entity: Entity) -> str:
    """SQL select list of the entity's columns out of what `parsed` made, all text."""
    others = _shape(entity)[1]
    lists = _lists(entity)

    def value(path: str) -> str:
        if match := _BY_KEY.match(path):
            return _value(f"pairs_{lists.index(match['list'])}", match["key"])
        if path in others:
            return f"others[{others.index(path) + 1}]"
        return ".".join(["found", *map(_q, path.split("."))])

    return ", ".join(
        f"coalesce({', '.join(map(value, column.paths(name)))}) as {_q(name)}"
        for name, column in entity.columns.items()
    )


def _paths(entity: Entity) -> set[str]:
    """The places of all columns, those of renamed ones among them."""
    return {path for name, column in entity.columns.items() for path in column.paths(name)}


def _shape(entity: Entity) -> tuple[dict[str, Any], list[str]]:
    """The fields to parse as a nested document, and the paths that have no place in it.

    Those are elements of lists, fields that are also read whole, and names that differ by case
    alone, which SQL takes for one.
    """
    shape: dict[str, Any] = {}
    others = []
    for path in sorted(_paths(entity)):
        *above, last = path.split(".")
        if "[" in path or not _fits(shape, above, last):
            others += [] if _BY_KEY.match(path) else [path]
            continue
        place = shape
        for name in above:
            place = place.setdefault(name, {})
        place[last] = "VARCHAR"
    return shape, others


def _fits(shape: dict[str, Any], above: list[str], last: str) -> bool:
    place: Any = shape
    for name in above:
        if name not in place:
            return name.lower() not in map(str.lower, place)
        place = place[name]
        if not isinstance(place, dict):
            return False
    return last.lower() not in map(str.lower, place)


def _lists(entity: Entity) -> list[str]:
    matches = map(_BY_KEY.match, _paths(entity))
    return sorted({match["list"] for match in matches if match})


def _value(pairs: str, key: str) -> str:
    value = f"list_filter({pairs}, lambda pair: pair.key = {_s(key)})[1].value"
    typed = ", ".join(f"json_extract_string({value}, '$.{name}')" for name in _TYPED)
    bare = f"case when json_type({value}) <> 'OBJECT' then json_extract_string({value}, '$') end"
    return f"coalesce({typed}, {bare})"


def _q(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _s(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"

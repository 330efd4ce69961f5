"""What the beginning of a delimited file tells: how it is written, and what its columns hold.

It is read by the reader that will read the deliveries, and typed by what the gate accepts, so that
what is found out here is what the next interval meets.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from rapport.company import Entity
from rapport.errors import RapportError
from rapport.landing.read import ROW, customs, delimited

_USUAL = ",;\t"
_WHOLE = r"[+-]?(0|[1-9]\d{0,17})"  # 01067 is a postal code
_DATE = r"\d{4}-\d{2}-\d{2}"
_SHAPES = {
    "integer": _WHOLE,
    "decimal": rf"{_WHOLE}(\.\d*)?([eE][+-]?\d+)?|[+-]?\.\d+",
    "date": _DATE,
    "timestamp": rf"{_DATE}[ T]\d{{2}}:\d{{2}}.*",
    "boolean": "(?i)true|false",
}
_CASTS = {"date": "date", "timestamp": "timestamptz"}
_MARKS = (",", ".")
_DATE_FORMATS = (
    "%d.%m.%Y", "%d.%m.%y", "%d/%m/%Y", "%m/%d/%Y", "%d/%m/%y", "%m/%d/%y", "%d-%m-%Y", "%m-%d-%Y",
    "%Y/%m/%d", "%Y.%m.%d",
)  # fmt: skip
Note = Callable[[str], None]


def read(
    database: duckdb.DuckDBPyConnection,
    copy: Path,
    format: str,
    fetch: dict[str, Any],
    is_whole: bool,
    note: Note,
) -> dict[str, str]:
    """Register the file's rows as `sample`; what was found out of the file goes into `fetch`.

    Args:
        copy: the file's first lines, in UTF-8.
        is_whole: these are all its lines.
        note: told what could not be found out.

    Returns:
        the type of each column.

    Raises:
        RapportError: not even the header can be read.
    """
    try:
        sniffed = database.execute(
            f"select Delimiter, HasHeader, SkipRows, len(Columns) from sniff_csv('{copy}')"
        ).fetchall()[0]
    except duckdb.Error:
        note("delimiter and header are taken from its first line: the rows are of no one shape")
        sniffed = (",", True, 0, 1)
    delimiter, has_header, skipped, count = sniffed
    data = copy.read_bytes()
    if skipped and not has_header:  # a title without a header: rows of unlike length seem so
        has_header, skipped, count = True, 0, 1
    if count == 1:  # so do they make it see a single column
        first = data.split(b"\n")[skipped].decode()
        usual = max(_USUAL, key=first.count)
        delimiter = usual if usual in first else delimiter
    if delimiter != delimited.DELIMITERS[format]:
        fetch["delimiter"] = delimiter
    if skipped:
        fetch["skip_rows"] = skipped
    if not has_header:
        headless = fetch | {"header": "none", "names": [f"column_{n + 1}" for n in range(count)]}
        rows = _rows(data, format, headless, is_whole, note)
        if any(kind != "text" for kind in _types(database, rows).values()):
            fetch |= {"header": "none"}
            return _customs(database, rows, fetch, note)
    return _customs(database, _rows(data, format, fetch, is_whole, note), fetch, note)


def _rows(data: bytes, format: str, fetch: dict[str, Any], is_whole: bool, note: Note) -> pa.Table:
    """The rows as the reader gives them; of a file that it refuses, those before, or none."""
    options = {name: value for name, value in fetch.items() if name != "encoding"}
    entity = Entity(name="sample", columns={}, fetch=options)
    name, found, malformed = f"sample.{format}", list[pa.Table](), list[Any]()

    def opener() -> io.BytesIO:
        return io.BytesIO(data)

    try:
        found += delimited.batches(opener, name, format, entity, malformed)
    except RapportError as error:
        if is_whole:
            note(f"{error.what}: {error.todo}")
    if malformed and is_whole:
        note(f"{len(malformed)} of its rows cannot be read, the first: {malformed[0].reason}")
    if found:
        return pa.concat_tables(found).drop_columns([ROW])
    names = delimited.columns(opener, name, format, entity)
    return pa.table({column: pa.array([], pa.string()) for column in names})


def _types(database: duckdb.DuckDBPyConnection, rows: pa.Table) -> dict[str, str]:
    return {name: _type(database, rows[name]) for name in rows.column_names}


def _type(database: duckdb.DuckDBPyConnection, values: pa.ChunkedArray) -> str:
    """The first type that all values are of."""
    database.register("one", pa.table({"value": values}))
    tests = []
    for kind, shape in _SHAPES.items():
        fits = f"regexp_full_match(value, '{shape}')"
        if kind in _CASTS:
            fits = f"({fits} and try_cast(value as {_CASTS[kind]}) is not null)"
        tests.append(f"coalesce(bool_and({fits}), false)")
    (fitting,) = database.execute(
        f"select {', '.join(tests)} from one where value is not null"
    ).fetchall()
    return next((kind for kind, fits in zip(_SHAPES, fitting, strict=True) if fits), "text")


def _customs(
    database: duckdb.DuckDBPyConnection, rows: pa.Table, fetch: dict[str, Any], note: Note
) -> dict[str, str]:
    """Types of the columns, those among them that are written by a country's custom."""
    types = _types(database, rows)
    database.register("sample", rows)

    def fitting(option: str, options: Iterable[str], kind: str) -> dict[str, list[str]]:
        """For each column of text the options under which all its values are of a type."""
        found = {
            name: [
                one
                for one in options
                if _type(database, _plain(rows, name, kind, {option: one})) in (kind, "integer")
            ]
            for name, plain in types.items()
            if plain == "text" and _has_digits(rows[name])
        }
        return {name: fits for name, fits in found.items() if fits}

    for option, options, kind in (
        ("decimal", _MARKS, "decimal"),
        ("date_format", _DATE_FORMATS, "date"),
    ):
        found = fitting(option, options, kind)
        agreed = [one for one in options if all(one in fits for fits in found.values())]
        if not found:
            continue
        if len(agreed) != 1 or (option == "decimal" and _is_told_otherwise(rows, types, agreed[0])):
            note(
                f"{', '.join(found)} could be written in more than one way and stay text: say "
                f"which by `{option}` in `fetch`, and give them their type"
            )
            continue
        fetch[option] = agreed[0]
        types |= dict.fromkeys(found, kind)
    return types


def _has_digits(values: pa.ChunkedArray) -> bool:
    """Whether all values may be numbers or days, which most text is told by at once."""
    may_be = pc.match_substring_regex(values, r"^\s*[-+]?\d[\d.,'\x{2019} \x{a0}\x{202f}/-]*$")
    return bool(pc.all(may_be).as_py()) and values.null_count < len(values)


def _plain(rows: pa.Table, name: str, kind: str, fetch: dict[str, Any]) -> pa.ChunkedArray:
    entity = Entity.model_validate({"name": "sample", "columns": {name: kind}, "fetch": fetch})
    return customs.plain(rows.select([name]), entity, {name: name})[name]


def _is_told_otherwise(rows: pa.Table, types: dict[str, str], mark: str) -> bool:
    """Whether a mark would change some values with a point of a column, and others not."""
    for name in (name for name, kind in types.items() if kind == "decimal"):
        dotted = rows[name].filter(pc.match_substring(rows[name], "."))
        other = _plain(pa.table({name: dotted}), name, "decimal", {"decimal": mark})
        changed = pc.sum(pc.not_equal(dotted, other)).as_py() or 0
        if 0 < changed < len(dotted):
            return True
    return False

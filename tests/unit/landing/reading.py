"""Reads bytes as a landed file: rows, malformed lines, and what is refused."""

from __future__ import annotations

import io
from typing import Any

import pyarrow as pa
import pytest

from rapport.company import Entity
from rapport.errors import RapportError
from rapport.landing import read
from rapport.landing.read import customs


def entity(columns: dict[str, Any] | None = None, **fetch: Any) -> Entity:
    """An entity of two text columns, or of those given."""
    return Entity.model_validate(
        {"name": "things", "columns": columns or {"a": "text", "b": "text"}, "fetch": fetch}
    )


def rows(
    data: bytes, name: str = "x.csv", spec: Entity | None = None
) -> tuple[list[dict[str, Any]], list[tuple[int, str]]]:
    """Rows and malformed lines of a file; what verification counts must be the same number."""
    format = next(f for f in ("csv", "tsv", "jsonl", "parquet", "access_log") if f in name)
    spec, malformed = spec or entity(), list[read.Malformed]()

    def opener() -> io.BytesIO:
        return io.BytesIO(data)

    found = [
        row for t in read.batches(opener, name, format, spec, malformed) for row in t.to_pylist()
    ]
    facts = read.verify(opener, name, format, spec)
    # Of lines, verification only counts; which of them are rows is found out when they are read.
    assert facts["rows"] == len(found) + len(malformed)
    return found, [(line.row, line.reason) for line in malformed]


def refused(data: bytes, name: str = "x.csv", spec: Entity | None = None) -> RapportError:
    with pytest.raises(RapportError) as caught:
        rows(data, name, spec)
    assert caught.value.what and caught.value.todo and name in caught.value.where
    return caught.value


def numbered(*values: tuple[str | None, str | None]) -> list[dict[str, Any]]:
    return [{"a": a, "b": b, "_file_row": n} for n, (a, b) in enumerate(values, 1)]


def plain(found: list[dict[str, Any]], spec: Entity) -> list[dict[str, Any]]:
    """Rows with numbers and dates written as everywhere, whatever the file's custom is."""
    names = {name: name for name in spec.columns}
    changed: list[dict[str, Any]] = customs.plain(
        pa.Table.from_pylist(found), spec, names
    ).to_pylist()
    return changed

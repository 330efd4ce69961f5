"""Read received files as Arrow, a bounded batch at a time.

Text formats give text: types are the gate's business. A line that is no row of its format is
handed back with its number and the reason instead of stopping the rest.

    streams     bytes of a file, decompressed; what is said of a file that is not sound
    numbering   the number of each row in its file, broken ones between them
    delimited   csv, tsv
    customs     their numbers and dates as a country writes them
    lines       jsonl, access_log
    columnar    parquet
    paths       a column's place inside nested data
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from rapport.company import Entity
from rapport.errors import RapportError
from rapport.landing.read import columnar, delimited, lines
from rapport.landing.read.numbering import BATCH_ROWS, ROW, Malformed
from rapport.landing.read.streams import BLOCK_BYTES, Opener

__all__ = ["BATCH_ROWS", "BLOCK_BYTES", "ROW", "Malformed", "Opener", "batches", "verify"]

_FORMATS = (*delimited.DELIMITERS, *lines.FORMATS, "parquet")


def batches(
    open_file: Opener, name: str, format: str, entity: Entity, malformed: list[Malformed]
) -> Iterator[pa.Table]:
    """Rows of one received file.

    Args:
        open_file: opens the file's bytes anew.
        name: the file's name, for messages and to see how it is compressed.
        format: `csv`, `tsv`, `jsonl`, `access_log` or `parquet`.
        entity: its columns and `fetch` options.
        malformed: filled with the lines that are no rows.

    Yields:
        tables with the file's columns (of formats that nest: the entity's) and `_file_row`, the
        number of the row in its file, from 1.

    Raises:
        RapportError: `file-truncated`, `file-encoding`, `file-not-data`, `header-invalid`,
            `company-invalid` when the format is not known.
    """
    if format == "parquet":
        yield from columnar.batches(open_file, name, entity, malformed)
    elif format in delimited.DELIMITERS:
        yield from delimited.batches(open_file, name, format, entity, malformed)
    elif format in lines.FORMATS:
        yield from lines.batches(open_file, name, format, entity, malformed)
    else:
        raise _unknown(format, entity)


def _unknown(format: str, entity: Entity) -> RapportError:
    return RapportError(
        "company-invalid",
        f"{entity.name}.fetch.format is {format!r}, which is no format of files",
        "the source's entities",
        f"use one of: {', '.join(_FORMATS)}",
    )


def verify(open_file: Opener, name: str, format: str, entity: Entity) -> dict[str, Any]:
    """Read a file through once, to prove it whole and readable before it counts as received.

    Returns:
        `rows`, broken ones included; `columns` (None for lines, which have none); `totals`, the
        number of rows left out as sums of the export, where `fetch.totals` names any.

    Raises:
        RapportError: as `batches`.
    """
    malformed: list[Malformed] = []
    if format == "parquet":
        rows, columns = columnar.facts(open_file, name, entity)
        return {"rows": rows, "columns": columns}
    if format in lines.FORMATS:
        found = sum(map(len, lines.numbered(open_file, name, format, entity, malformed)))
        return {"rows": found + len(malformed), "columns": None}
    sums: list[int] = []
    if format not in delimited.DELIMITERS:
        raise _unknown(format, entity)
    found = sum(map(len, delimited.batches(open_file, name, format, entity, malformed, sums)))
    columns = delimited.columns(open_file, name, format, entity)
    facts = {"rows": found + len(malformed), "columns": columns}
    return {**facts, "totals": len(sums)} if "totals" in entity.fetch else facts

"""Delimited text: rows of quoted or bare fields under a header, or under names given for it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from rapport.company import Entity
from rapport.errors import RapportError
from rapport.landing.read.numbering import ROW, Malformed, Rejects
from rapport.landing.read.streams import (
    BLOCK_BYTES,
    Opener,
    Watched,
    encoding_of,
    explained,
    plain,
    refuse_half_row,
    without_bytes,
)

DELIMITERS = {"csv": ",", "tsv": "\t"}


@dataclass(frozen=True)
class _Dialect:
    """How the entity's files are written, out of its `fetch`."""

    encoding: str
    delimiter: str
    quote: str | bool
    skip_rows: int
    names: list[str] | None

    @classmethod
    def of(cls, format: str, entity: Entity) -> _Dialect:
        fetch = entity.fetch
        has_header = fetch.get("header") != "none"
        return cls(
            encoding_of(entity),
            str(fetch.get("delimiter", DELIMITERS[format])),
            fetch.get("quote", '"' if format == "csv" else "none").replace("none", "") or False,
            int(fetch.get("skip_rows", 0)),
            None if has_header else list(fetch.get("names") or entity.columns),
        )

    @property
    def header_rows(self) -> int:
        return self.skip_rows + (self.names is None)


def batches(
    open_file: Opener,
    name: str,
    format: str,
    entity: Entity,
    malformed: list[Malformed],
    sums: list[int] | None = None,
) -> Iterator[pa.Table]:
    """Rows of a delimited file, all text; see `rapport.landing.read.batches`.

    Args:
        sums: filled with the numbers of the rows that `fetch.totals` leaves out.
    """
    with explained(open_file, name, format, entity):
        dialect = _Dialect.of(format, entity)
        found = columns(open_file, name, format, entity)
        if not found:
            raise without_bytes(name, "has not even a header")
        rejects = Rejects(malformed, dialect.header_rows)
        with Watched(plain(open_file, name)) as stream:
            last: list[Any] = []
            for table in rejects.sliced(
                _reader(open_file, name, stream, dialect, found, entity, rejects)
            ):
                rows = table.rename_columns([*found, ROW])
                last = list(rows.slice(len(rows) - 1).to_pylist()[0].values())
                if stream.has_nul:
                    rows = _without_nuls(rows, malformed)
                yield _without_totals(rows, entity, sums)
        if rejects.numbers and max(rejects.numbers) >= rejects.next:
            refuse_half_row(open_file, name, max(rejects.numbers))
            last = [malformed[-1].text, malformed[-1].row]
        if dialect.quote and stream.quotes % 2 and any("\n" in str(value) for value in last):
            raise RapportError(
                "file-not-data",
                "A quote is opened and never closed, so the rest of the file is one field",
                f"{name}, row {last[-1]}",
                "have the export mended: a quote inside a field is to be doubled",
            )


def columns(open_file: Opener, name: str, format: str, entity: Entity) -> list[str]:
    """Column names of a file; one without a name is called by its place, `column_3`.

    Raises:
        RapportError: `header-invalid` when a name stands twice.
    """
    dialect = _Dialect.of(format, entity)
    if dialect.names is not None:
        return dialect.names
    with plain(open_file, name) as stream:
        text = io.TextIOWrapper(stream, encoding=dialect.encoding, errors="replace", newline="")
        for _ in range(dialect.skip_rows):
            text.readline()
        head = (
            csv.reader(text, delimiter=dialect.delimiter)
            if dialect.quote
            else csv.reader(text, delimiter=dialect.delimiter, quoting=csv.QUOTE_NONE)
        )
        found = next(head, [])
    found = [column.removeprefix("\ufeff") for column in found]
    doubled = sorted({column for column in found if column and found.count(column) > 1})
    if doubled:
        raise RapportError(
            "header-invalid",
            f"The header names {doubled[0]!r} more than once",
            name,
            "have the export mended: which of the two is meant cannot be known",
        )
    return [column or f"column_{place}" for place, column in enumerate(found, 1)]


def _reader(
    open_file: Opener,
    name: str,
    stream: Watched,
    dialect: _Dialect,
    found: list[str],
    entity: Entity,
    rejects: Rejects,
) -> Any:
    try:
        return pacsv.open_csv(
            stream,
            read_options=pacsv.ReadOptions(
                use_threads=False,
                block_size=BLOCK_BYTES,
                encoding=dialect.encoding,
                skip_rows=dialect.skip_rows,
                column_names=dialect.names,
            ),
            parse_options=pacsv.ParseOptions(
                delimiter=dialect.delimiter,
                quote_char=dialect.quote,
                newlines_in_values=bool(dialect.quote),
                invalid_row_handler=rejects,
            ),
            convert_options=pacsv.ConvertOptions(
                column_types=dict.fromkeys([*found, ""], pa.string()),
                null_values=["", *entity.fetch.get("nulls", [])],
                strings_can_be_null=True,
                quoted_strings_can_be_null=True,
            ),
        )
    except pa.ArrowInvalid as error:
        if "Empty CSV file" not in str(error):
            raise
        if dialect.names is None:
            refuse_half_row(open_file, name, 0)  # a header without a line end may go on
        return ()


def _without_nuls(rows: pa.Table, malformed: list[Malformed]) -> pa.Table:
    """Rows with a NUL are no text that any database takes."""
    bad = pa.chunked_array([pa.array([False] * len(rows))])
    for name in rows.column_names[:-1]:
        bad = pc.or_(bad, pc.fill_null(pc.match_substring(rows[name], "\0"), False))
    for row in rows.filter(bad).to_pylist():
        number = row.pop(ROW)
        text = ",".join(str(value or "") for value in row.values()).replace("\0", "\\0")
        malformed.append(Malformed(number, text, "row: holds a NUL character"))
    return rows.filter(pc.invert(bad))


def _without_totals(rows: pa.Table, entity: Entity, sums: list[int] | None) -> pa.Table:
    """Leave out the sums that an export puts among its rows (`fetch.totals: {column: pattern}`)."""
    for column, pattern in entity.fetch.get("totals", {}).items():
        if column in rows.column_names:
            is_sum = pc.match_substring_regex(pc.fill_null(rows[column], ""), str(pattern))
            if sums is not None:
                sums += rows[ROW].filter(is_sum).to_pylist()
            rows = rows.filter(pc.invert(is_sum))
    return rows

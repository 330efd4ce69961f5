"""Read received files (CSV, JSON lines, Parquet) as Arrow, a bounded batch at a time.

Text formats give text: types are the gate's business. A line that is no row of its format is
handed back with its number and the reason instead of stopping the rest.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import itertools
import json
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import IO, Any

import duckdb
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from rapport.company import Entity
from rapport.errors import RapportError

BLOCK_BYTES = 16 << 20  # largest single row of a text file, and the unit of streaming
BATCH_ROWS = 100_000
ROW = "_file_row"


@dataclass(frozen=True)
class Malformed:
    """A line that could not be read as a row."""

    row: int
    text: str
    reason: str


Opener = Callable[[], IO[bytes]]


def batches(
    open_file: Opener, name: str, format: str, entity: Entity, malformed: list[Malformed]
) -> Iterator[pa.Table]:
    """Rows of one received file.

    Args:
        open_file: opens the file's bytes anew.
        name: the file's name, for messages and to see a `.gz`.
        format: `csv`, `jsonl` or `parquet`.
        entity: its columns and `fetch` options (`delimiter`, `encoding`).
        malformed: filled with the lines that are no rows.

    Yields:
        tables with the file's columns (for JSON lines: the entity's) and `_file_row`, the number
        of the row in its file, from 1.

    Raises:
        RapportError: `file-truncated`, `file-encoding`, `file-not-data`, `header-invalid`.
    """
    if format == "parquet":
        yield from _parquet(open_file)
    elif format == "csv":
        with _explained(open_file, name, format, entity):
            yield from _csv(open_file, name, entity, malformed)
    else:
        with _database().cursor() as database:
            for lines in _lines(open_file, name, format, entity, malformed):
                yield _extracted(database, lines, entity, malformed)


@cache
def _database() -> duckdb.DuckDBPyConnection:
    """One database in memory a process; opening one takes longer than reading a day's file."""
    return duckdb.connect()


@contextmanager
def _explained(open_file: Opener, name: str, format: str, entity: Entity) -> Iterator[None]:
    """Turns what a reader says of an unsound file into the sentence that a person needs."""
    if name.endswith(".gz"):
        with open_file() as stream:
            if not stream.read(1):
                raise _without_bytes(name, "is no compressed file")
    _refuse_markup(open_file, name)
    try:
        yield
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise RapportError(
            "file-truncated",
            f"The compressed file ends too early or is damaged: {error}",
            name,
            "have it delivered again; nothing of it was loaded",
        ) from None
    except (pa.ArrowInvalid, UnicodeDecodeError) as error:
        _explain_encoding(open_file, name, entity)
        raise RapportError(
            "file-not-data",
            f"The file cannot be read as {format}: {error}",
            name,
            "look at the file; have it delivered again or correct the entity's `fetch` options",
        ) from None


def verify(
    open_file: Opener, name: str, format: str, entity: Entity
) -> tuple[int, list[str] | None]:
    """Read a file through once, to prove it whole and readable before it counts as received.

    Returns:
        its rows, broken ones included, and its columns (None for JSON lines).

    Raises:
        RapportError: as `batches`.
    """
    malformed: list[Malformed] = []
    columns, rows = None, 0
    reader = _lines if format == "jsonl" else batches
    for table in reader(open_file, name, format, entity, malformed):
        rows += len(table)
        columns = [column for column in table.column_names if column != ROW]
    if format == "csv" and columns is None:
        columns = _header(open_file, name, *_dialect(entity))
    return rows + len(malformed), None if format == "jsonl" else columns


def _without_bytes(name: str, lacks: str) -> RapportError:
    """A day without rows has its header; a file of nothing may be one that was never written."""
    return RapportError(
        "file-truncated",
        f"The file is empty and {lacks}",
        name,
        "have it delivered again; nothing of it was loaded",
    )


def _plain(open_file: Opener, name: str) -> IO[bytes]:
    stream = open_file()
    if name.endswith(".gz"):
        return io.BufferedReader(gzip.GzipFile(fileobj=stream))
    return stream


def _refuse_markup(open_file: Opener, name: str) -> None:
    try:
        with _plain(open_file, name) as stream:
            head = stream.read(512).lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    except (EOFError, gzip.BadGzipFile, zlib.error):
        return  # told properly by the reader itself
    if head.startswith((b"<!doctype", b"<html", b"<?xml")):
        raise RapportError(
            "file-not-data",
            "The file holds a web page or XML where data was expected",
            name,
            "open it: most often it is a log-in or error page of the system that should send it",
        )


def _explain_encoding(open_file: Opener, name: str, entity: Entity) -> None:
    encoding = str(entity.fetch.get("encoding", "utf-8"))
    decoder = codecs.getincrementaldecoder(encoding)()
    with _plain(open_file, name) as stream:
        for number, line in enumerate(stream, 1):
            try:
                decoder.decode(line)
            except UnicodeDecodeError as error:
                raise RapportError(
                    "file-encoding",
                    f"The file is not {encoding}: byte 0x{line[error.start]:02x}",
                    f"{name}, line {number}",
                    "ask the sender for UTF-8, or set `encoding:` (often cp1252) in the entity's "
                    "`fetch`",
                ) from None


class _Rejects:
    """Collects pyarrow's invalid rows and numbers the valid ones around them."""

    def __init__(self, malformed: list[Malformed], header_rows: int) -> None:
        self.malformed, self.header_rows = malformed, header_rows
        self.numbers: set[int] = set()
        self.next = 1

    def __call__(self, row: Any) -> str:
        number = row.number - self.header_rows
        self.numbers.add(number)
        reason = f"row: expected {row.expected_columns} columns, found {row.actual_columns}"
        self.malformed.append(Malformed(number, row.text, reason))
        return "skip"

    def number(self, count: int) -> pa.Array:
        free = (n for n in itertools.count(self.next) if n not in self.numbers)
        numbers = (
            list(itertools.islice(free, count))
            if self.numbers
            else range(self.next, self.next + count)
        )
        if count:
            self.next = numbers[-1] + 1
        return pa.array(numbers, pa.int64())


def _csv(
    open_file: Opener, name: str, entity: Entity, malformed: list[Malformed]
) -> Iterator[pa.Table]:
    encoding, delimiter = _dialect(entity)
    columns = _header(open_file, name, encoding, delimiter)
    if not columns:
        raise _without_bytes(name, "has not even a header")
    rejects = _Rejects(malformed, header_rows=1)
    with _plain(open_file, name) as stream:
        reader = pacsv.open_csv(
            stream,
            read_options=pacsv.ReadOptions(
                use_threads=False, block_size=BLOCK_BYTES, encoding=encoding
            ),
            parse_options=pacsv.ParseOptions(
                delimiter=delimiter, newlines_in_values=True, invalid_row_handler=rejects
            ),
            convert_options=pacsv.ConvertOptions(
                column_types=dict.fromkeys(columns, pa.string()),
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=True,
            ),
        )
        yield from _sliced(reader, rejects)
    if rejects.numbers and max(rejects.numbers) >= rejects.next:
        _refuse_half_row(open_file, name, max(rejects.numbers))


def _dialect(entity: Entity) -> tuple[str, str]:
    return str(entity.fetch.get("encoding", "utf-8")), str(entity.fetch.get("delimiter", ","))


def _header(open_file: Opener, name: str, encoding: str, delimiter: str) -> list[str]:
    with _plain(open_file, name) as stream:
        text = io.TextIOWrapper(stream, encoding=encoding, errors="replace", newline="")
        columns = next(csv.reader(text, delimiter=delimiter), [])
    columns = [column.removeprefix("\ufeff") for column in columns]
    doubled = sorted({column for column in columns if columns.count(column) > 1})
    if doubled:
        raise RapportError(
            "header-invalid",
            f"The header names {doubled[0]!r} more than once",
            name,
            "have the export mended: which of the two is meant cannot be known",
        )
    return columns


def _refuse_half_row(open_file: Opener, name: str, row: int) -> None:
    """A file whose last row is broken and has no line end was cut while being written."""
    tail = b""
    with _plain(open_file, name) as stream:
        while block := stream.read(BLOCK_BYTES):
            tail = block[-1:]
    if tail not in (b"\n", b"\r"):
        raise RapportError(
            "file-truncated",
            "The file ends in the middle of a row, as if it were still being written",
            f"{name}, row {row}",
            "have it delivered whole; nothing of it was loaded",
        )


def _lines(
    open_file: Opener, name: str, format: str, entity: Entity, malformed: list[Malformed]
) -> Iterator[pa.Table]:
    """Lines of a JSON lines file as column `line`, with `_file_row`."""
    rejects = _Rejects(malformed, header_rows=0)
    last = ""
    with _explained(open_file, name, format, entity), _plain(open_file, name) as stream:
        try:
            reader = pacsv.open_csv(
                stream,
                read_options=pacsv.ReadOptions(
                    use_threads=False, block_size=BLOCK_BYTES, column_names=["line"]
                ),
                parse_options=pacsv.ParseOptions(
                    delimiter="\x1f", quote_char=False, invalid_row_handler=rejects
                ),
                convert_options=pacsv.ConvertOptions(column_types={"line": pa.string()}),
            )
        except pa.ArrowInvalid as error:
            if "Empty CSV file" in str(error):
                return
            raise
        for lines in _sliced(reader, rejects):
            last = lines["line"][-1].as_py() if len(lines) else last
            yield lines
        if not _is_json(last):
            _refuse_half_row(open_file, name, rejects.next - 1)


def _is_json(text: str) -> bool:
    try:
        json.loads(text or "{}")
    except ValueError:
        return False
    return True


def _extracted(
    database: duckdb.DuckDBPyConnection,
    lines: pa.Table,
    entity: Entity,
    malformed: list[Malformed],
) -> pa.Table:
    """Pick the entity's paths out of JSON lines; one parse a line, whatever the columns."""
    names = list(entity.columns)
    paths = [f"$.{entity.columns[name].path or name}" for name in names]
    database.register("lines", lines)
    bad = database.execute(
        f"select {ROW}, line from lines where not case when json_valid(line) "
        f"then json_type(line) = 'OBJECT' else false end order by {ROW}"
    ).fetchall()
    malformed += [Malformed(number, text, "row: not a JSON object") for number, text in bad]
    picked = ", ".join(f'found[{i}] as "{name}"' for i, name in enumerate(names, 1))
    quoted = ", ".join("'" + path.replace("'", "''") + "'" for path in paths)
    return database.execute(
        f"select {picked}, {ROW} from (select json_extract_string(line, [{quoted}]) as found, "
        f"{ROW} from lines where case when json_valid(line) then json_type(line) = 'OBJECT' "
        f"else false end) order by {ROW}"
    ).fetch_arrow_table()


def _sliced(reader: Any, rejects: _Rejects) -> Iterator[pa.Table]:
    for batch in reader:
        numbered = pa.Table.from_batches([batch])
        numbered = numbered.append_column(ROW, rejects.number(len(numbered)))
        for offset in range(0, len(numbered), BATCH_ROWS):
            yield numbered.slice(offset, BATCH_ROWS)


def _parquet(open_file: Opener) -> Iterator[pa.Table]:
    with open_file() as stream:
        first = 1
        for batch in pq.ParquetFile(stream).iter_batches(batch_size=BATCH_ROWS):
            table = pa.Table.from_batches([batch])
            numbers = pa.array(range(first, first + len(table)), pa.int64())
            first += len(table)
            yield table.append_column(ROW, numbers)

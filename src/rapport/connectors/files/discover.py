"""What files there are, and what can be found out about them by reading their beginnings."""

from __future__ import annotations

import bz2
import io
import re
import tempfile
import zlib
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from rapport import log, names
from rapport.connectors.columns import CHANGED, first, has_many_digits
from rapport.connectors.files import listing, sniffing
from rapport.errors import RapportError
from rapport.landing.read import streams

_SAMPLE_BYTES = 1 << 20
_CHINESE = re.compile(rb"(?<![a-zA-Z])(?:[\xa1-\xf7][\xa1-\xfe])+(?![a-zA-Z])")  # GB 2312
_BEYOND_ASCII = bytes(range(0x80, 0x100))
_FORMATS = {
    ".csv": "csv", ".txt": "csv", ".tsv": "tsv", ".tab": "tsv", ".log": "access_log",
    ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "jsonl", ".parquet": "parquet",
}  # fmt: skip
_TYPES = {
    "BIGINT": "integer", "INTEGER": "integer", "SMALLINT": "integer", "HUGEINT": "integer",
    "DOUBLE": "decimal", "FLOAT": "decimal", "BOOLEAN": "boolean", "DATE": "date",
    "TIMESTAMP": "timestamp", "TIMESTAMP WITH TIME ZONE": "timestamp",
}  # fmt: skip


def discover(connection: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Describe the files of a folder.

    Files that differ in a date (or in nothing) are one entity. Of each the newest file's beginning
    is read: delimiter, encoding, header, types, a column whose values are unique as the key, a
    time as the event time.

    Returns:
        entity name -> spec as it stands in `sources/<source>.yml`.

    Raises:
        RapportError: the folder cannot be reached or read.
    """
    found: dict[str, dict[str, Any]] = {}
    with listing.explained(connection):
        fs, root = listing.opened(connection)
        newest: dict[str, str] = {}
        for name, size in listing.every(fs, root).items():
            pattern = listing.pattern_for(name)
            if size or pattern not in newest:  # an empty file tells nothing
                newest[pattern] = name
        for pattern, name in newest.items():
            format = _format(pattern)
            if format is None:
                continue
            entity = _name(pattern, found)
            try:
                spec = _described(fs, f"{root}/{name}", pattern, format, partial(_note, name))
            except RapportError as error:
                _note(name, f"left out: {error.what}; {error.todo}")
            except (duckdb.Error, pa.ArrowException, EOFError, OSError, zlib.error) as error:
                _note(name, f"left out, it cannot be read as {format}: {error}")
            else:
                found[entity] = spec
    return found


def _note(file: str, says: str) -> None:
    log.get(file=file).warning("file_unclear", says=says)


def _format(pattern: str) -> str | None:
    return _FORMATS.get(Path(re.sub(r"\.(gz|bz2|zst)$", "", pattern)).suffix.lower())


def _name(pattern: str, taken: dict[str, Any]) -> str:
    stem = re.sub(r"\{date[^}]*\}", "", re.sub(r"(\.\w+)+$", "", pattern))
    return names.free(stem if re.search(r"\w", stem) else "rows", taken)


def _described(
    fs: Any, path: str, pattern: str, format: str, note: sniffing.Note
) -> dict[str, Any]:
    fetch: dict[str, Any] = {"pattern": pattern, "format": format}
    if format == "access_log":
        return {"fetch": fetch, "columns": {}}
    with tempfile.TemporaryDirectory() as scratch, duckdb.connect() as database:
        if format == "parquet":
            with fs.open(path, "rb") as stream:
                rows = next(pq.ParquetFile(stream).iter_batches(10_000), None)
            sample = pa.Table.from_batches([rows] if rows is not None else [])
            database.register("sample", sample)
            types = _types(database)
        else:
            copy = Path(scratch) / "sample"
            encoding, is_whole = _written(fs, path, copy)
            if encoding != "utf-8":
                fetch["encoding"] = encoding
            if encoding not in ("utf-8", "utf-16"):
                note(f"it is taken to be written in {encoding}: where its words look wrong, "
                     "correct `encoding` in `fetch`, and the columns' `path`")  # fmt: skip
            if not copy.read_bytes().strip():
                raise streams.without_bytes(path, "tells nothing")
            if format == "jsonl":
                _read_json(database, copy, note)
                types = _types(database)
            else:
                types = sniffing.read(database, copy, format, fetch, is_whole, note)
        columns: dict[str, Any] = {}
        for name, type_ in types.items():
            free = names.free(name, columns)
            if type_ == "decimal" and (has_many_digits(name) or _has_more_digits(database, name)):
                type_ = "double"
            columns[free] = type_ if free == name else {"type": type_, "path": name}
        return {**_roles(database, columns), "fetch": fetch, "columns": columns}


def _written(fs: Any, path: str, copy: Path) -> tuple[str, bool]:
    """Write the file's first lines as UTF-8; returns their encoding and whether these are all."""
    with fs.open(path, "rb") as stream:
        head = stream.read(_SAMPLE_BYTES)
        is_whole = not stream.read(1)
    if path.endswith(".gz"):
        head = zlib.decompressobj(wbits=31).decompress(head, 4 * _SAMPLE_BYTES)
    elif path.endswith(".bz2"):
        head = bz2.BZ2Decompressor().decompress(head, 4 * _SAMPLE_BYTES)
    elif path.endswith(".zst"):
        head = pa.CompressedInputStream(io.BytesIO(head), "zstd").read(_SAMPLE_BYTES)
    is_whole = is_whole and len(head) < _SAMPLE_BYTES
    until = len(head) if is_whole else head.rfind(b"\n") + 1 or len(head)
    for encoding in _encodings(head):
        with suppress(UnicodeDecodeError):
            _write(copy, (head if encoding == "utf-16" else head[:until]).decode(encoding))
            return encoding, is_whole
    _write(copy, head.decode("latin-1"))
    return "latin-1", is_whole


def _encodings(head: bytes) -> tuple[str, ...]:
    """Those to try. Chinese is letters in cp1252 too, but words of nothing but pairs of accents."""
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return ("utf-16",)
    paired = sum(map(len, _CHINESE.findall(head)))
    beyond_ascii = len(head) - len(head.translate(None, _BEYOND_ASCII))
    return ("utf-8", "gb18030", "cp1252") if 2 * paired > beyond_ascii else ("utf-8", "cp1252")


def _write(copy: Path, text: str) -> None:
    with copy.open("w", encoding="utf-8", newline="\n") as target:
        lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
        target.write(lines)


def _read_json(database: duckdb.DuckDBPyConnection, copy: Path, note: sniffing.Note) -> None:
    """Make the table `sample` of a file's JSON objects; fields of changing types are text."""
    lines = f"read_json('{copy}', format = 'newline_delimited', maximum_depth = 2, sample_size = -1"
    try:
        database.execute(f"create table sample as select * from {lines})")
    except duckdb.Error:
        note("some of its lines are no JSON objects; its columns are those of the others")
        database.execute(f"create table sample as select * from {lines}, ignore_errors = true)")


def _types(database: duckdb.DuckDBPyConnection) -> dict[str, str]:
    described = database.execute("describe sample").fetchall()
    return {
        name: "decimal" if type_.startswith("DECIMAL") else _TYPES.get(type_, "text")
        for name, type_, *_ in described
    }


def _has_more_digits(database: duckdb.DuckDBPyConnection, name: str) -> bool:
    """Whether a number of the sample has a fifth digit behind the point that is no rounding."""
    number = 'try_cast("' + name.replace('"', '""') + '" as double)'
    found = database.execute(
        f"select bool_or(abs({number} - round({number}, 4)) > 1e-9 * greatest(1, abs({number}))) "
        "from sample"
    ).fetchone()
    return bool(found and found[0])


def _roles(database: duckdb.DuckDBPyConnection, columns: dict[str, Any]) -> dict[str, Any]:
    """A key that the sample bears out, the time of the fact, and that of its last change."""
    roles: dict[str, Any] = {}
    paths = {
        short: spec["path"] if isinstance(spec, dict) else short for short, spec in columns.items()
    }
    types = {
        short: spec["type"] if isinstance(spec, dict) else spec for short, spec in columns.items()
    }
    unique = []
    for short, name in paths.items():
        quoted = '"' + name.replace('"', '""') + '"'
        # A row that is there twice says nothing against a key.
        facts = database.execute(
            f"select count(*) > 1 and count(distinct {quoted}) = count(*) "
            "from (select distinct * from sample)"
        ).fetchone()
        if facts and facts[0] and types[short] in ("text", "integer"):
            unique.append(short)
    by_name = sorted(unique, key=lambda name: not re.search(r"(^|_)(id|key|no|number|uuid)$", name))
    times = [name for name, known in types.items() if known in ("timestamp", "date")]
    if by_name:
        roles["key"] = by_name[:1]
    if changed := first(CHANGED, set(times)):
        roles["version_by"] = changed
    # A change is no fact: one after the as-of would take a row away that was there before.
    if facts_of := [name for name in times if first(CHANGED, {name}) is None]:
        roles["event_time"] = facts_of[0]
    return roles

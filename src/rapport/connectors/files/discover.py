"""What files there are, and what can be found out about them by reading their beginnings."""

from __future__ import annotations

import bz2
import io
import itertools
import re
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from rapport.connectors.files import listing

_SAMPLE_BYTES = 1 << 20
_FILES_LOOKED_AT = 5_000
_FORMATS = {
    ".csv": "csv", ".txt": "csv", ".tsv": "tsv", ".tab": "tsv", ".log": "access_log",
    ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "jsonl", ".parquet": "parquet",
}  # fmt: skip
_DATES = {
    r"(?<!\d)(20\d\d)-(0[1-9]|1[0-2])-([0-3]\d)(?!\d)": "{date}",
    r"(?<!\d)(20\d\d)(0[1-9]|1[0-2])([0-3]\d)(?!\d)": "{date:%Y%m%d}",
    r"(?<!\d)(20\d\d)_(0[1-9]|1[0-2])_([0-3]\d)(?!\d)": "{date:%Y_%m_%d}",
    r"(?<!\d)(20\d\d)/(0[1-9]|1[0-2])/([0-3]\d)(?!\d)": "{date:%Y/%m/%d}",
}
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
        paths = itertools.islice(_walked(fs, root), _FILES_LOOKED_AT)
        newest: dict[str, str] = {}
        for path in sorted(paths):
            newest[_pattern(path.removeprefix(root).lstrip("/"))] = path
        for pattern, path in newest.items():
            format = _format(pattern)
            if format is None:
                continue
            with suppress(duckdb.Error, pa.ArrowException, EOFError, zlib.error):
                spec = _described(fs, path, pattern, format)
                found[_name(pattern, found)] = spec
    return found


def _walked(fs: Any, root: str) -> Iterator[str]:
    for folder, _, files in fs.walk(root):
        yield from (f"{folder}/{name}" for name in sorted(files) if not name.startswith("."))


def _pattern(name: str) -> str:
    for shape, pattern in _DATES.items():
        if re.search(shape, name):
            return re.sub(shape, pattern, name, count=1)
    return name


def _format(pattern: str) -> str | None:
    return _FORMATS.get(Path(re.sub(r"\.(gz|bz2|zst)$", "", pattern)).suffix.lower())


def _name(pattern: str, taken: dict[str, Any]) -> str:
    stem = re.sub(r"\{date[^}]*\}", "", re.sub(r"(\.\w+)+$", "", pattern))
    name = re.sub(r"\W+", "_", stem).strip("_").lower() or "rows"
    return name if name not in taken else f"{name}_{len(taken) + 1}"


def _described(fs: Any, path: str, pattern: str, format: str) -> dict[str, Any]:
    fetch: dict[str, Any] = {"pattern": pattern, "format": format}
    if format == "access_log":
        return {"fetch": fetch, "columns": {}}
    with tempfile.TemporaryDirectory() as scratch, duckdb.connect() as database:
        if format == "parquet":
            with fs.open(path, "rb") as stream:
                rows = next(pq.ParquetFile(stream).iter_batches(10_000), None)
            sample = pa.Table.from_batches([rows] if rows is not None else [])
            database.register("sample", sample)
        else:
            copy = Path(scratch) / "sample"
            encoding = _written(fs, path, copy)
            if encoding != "utf-8":
                fetch["encoding"] = encoding
            _read(database, copy, format, fetch)
        columns = _columns(database)
        return {**_roles(database, columns), "fetch": fetch, "columns": columns}


def _written(fs: Any, path: str, copy: Path) -> str:
    """Write the file's first whole lines as UTF-8; returns the encoding they came in."""
    with fs.open(path, "rb") as stream:
        head = stream.read(_SAMPLE_BYTES)
    if path.endswith(".gz"):
        head = zlib.decompressobj(wbits=31).decompress(head, 4 * _SAMPLE_BYTES)
    elif path.endswith(".bz2"):
        head = bz2.BZ2Decompressor().decompress(head, 4 * _SAMPLE_BYTES)
    elif path.endswith(".zst"):
        head = pa.CompressedInputStream(io.BytesIO(head), "zstd").read(_SAMPLE_BYTES)
    for encoding in ("utf-16",) if head[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8", "cp1252"):
        with suppress(UnicodeDecodeError):
            whole = head if encoding == "utf-16" else head[: head.rfind(b"\n") + 1] or head
            copy.write_text(whole.decode(encoding).removeprefix("\ufeff"), encoding="utf-8")
            return encoding
    copy.write_text(head.decode("latin-1"), encoding="utf-8")
    return "latin-1"


def _read(
    database: duckdb.DuckDBPyConnection, copy: Path, format: str, fetch: dict[str, Any]
) -> None:
    """Make the table `sample`; what was sniffed of a delimited file goes into `fetch`."""
    if format == "jsonl":
        database.execute(
            f"create table sample as select * from read_json('{copy}', "
            "format = 'newline_delimited', maximum_depth = 2)"
        )
        return
    sniffed = database.execute(
        f"select Delimiter, HasHeader, SkipRows from sniff_csv('{copy}')"
    ).fetchone()
    if sniffed is None:
        return
    delimiter, has_header, skipped = sniffed
    if delimiter != ("\t" if format == "tsv" else ","):
        fetch["delimiter"] = delimiter
    if not has_header:
        fetch["header"] = "none"
    if skipped:
        fetch["skip_rows"] = skipped
    database.execute(f"create table sample as select * from read_csv('{copy}')")


def _columns(database: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    for name, type_, *_ in database.execute("describe sample").fetchall():
        short = re.sub(r"\W+", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)).strip("_").lower()
        known = "decimal" if type_.startswith("DECIMAL") else _TYPES.get(type_, "text")
        columns[short] = known if short == name else {"type": known, "path": name}
    return columns


def _roles(database: duckdb.DuckDBPyConnection, columns: dict[str, Any]) -> dict[str, Any]:
    """A key that the sample bears out, and the time of the fact."""
    roles: dict[str, Any] = {}
    names = {
        short: spec["path"] if isinstance(spec, dict) else short for short, spec in columns.items()
    }
    types = {
        short: spec["type"] if isinstance(spec, dict) else spec for short, spec in columns.items()
    }
    unique = []
    for short, name in names.items():
        quoted = '"' + name.replace('"', '""') + '"'
        facts = database.execute(
            f"select count(*) > 1 and count(distinct {quoted}) = count(*) from sample"
        ).fetchone()
        if facts and facts[0] and types[short] in ("text", "integer"):
            unique.append(short)
    by_name = sorted(unique, key=lambda name: not re.search(r"(^|_)(id|key|no|number|uuid)$", name))
    if by_name:
        roles["key"] = by_name[:1]
    times = [name for name, known in types.items() if known in ("timestamp", "date")]
    if times:
        roles["event_time"] = times[0]
    return roles

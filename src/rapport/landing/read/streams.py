"""The bytes of a file, decompressed, and what a person is told of a file that is not sound."""

from __future__ import annotations

import bz2
import codecs
import gzip
import io
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, Any

import pyarrow as pa

from rapport.company import Entity
from rapport.errors import RapportError

BLOCK_BYTES = 16 << 20  # largest single row of a text file, and the unit of streaming
Opener = Callable[[], IO[bytes]]

_COMPRESSED = (".gz", ".bz2", ".zst")
_DAMAGED = (EOFError, gzip.BadGzipFile, zlib.error, OSError)


class Watched(io.RawIOBase):
    """A stream that notices NULs and counts quotes as bytes pass, which costs next to nothing."""

    def __init__(self, stream: IO[bytes]) -> None:
        self.stream, self.has_nul, self.quotes = stream, False, 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        block = bytes(self.stream.read(size))
        self.has_nul = self.has_nul or b"\0" in block
        self.quotes += block.count(b'"')
        return block

    def readinto(self, buffer: Any) -> int:
        block = self.read(len(buffer))
        buffer[: len(block)] = block
        return len(block)

    def close(self) -> None:
        self.stream.close()
        super().close()


def plain(open_file: Opener, name: str) -> IO[bytes]:
    """The file's bytes as they were before compression."""
    stream = open_file()
    if name.endswith(".gz"):
        return io.BufferedReader(gzip.GzipFile(fileobj=stream))
    if name.endswith(".bz2"):
        return io.BufferedReader(bz2.BZ2File(stream))
    if name.endswith(".zst"):
        return io.BufferedReader(pa.CompressedInputStream(stream, "zstd"))
    return stream


def encoding_of(entity: Entity) -> str:
    """The encoding that the entity's files are said to have."""
    return str(entity.fetch.get("encoding", "utf-8"))


@contextmanager
def explained(open_file: Opener, name: str, format: str, entity: Entity) -> Iterator[None]:
    """Turns what a reader says of an unsound file into the sentence that a person needs."""
    if name.endswith(_COMPRESSED):
        with open_file() as stream:
            if not stream.read(1):
                raise without_bytes(name, "is no compressed file")
    _refuse_other_content(open_file, name, format, entity)
    try:
        yield
    except (pa.ArrowInvalid, UnicodeError) as error:
        if format != "parquet":
            _explain_encoding(open_file, name, entity)
        if "straddling" in str(error):
            raise _too_large(name) from None
        raise RapportError(
            "file-not-data",
            f"The file cannot be read as {format}: {error}",
            name,
            "look at the file; have it delivered again or correct the entity's `fetch` options",
        ) from None
    except _DAMAGED as error:
        if isinstance(error, OSError) and not name.endswith(_COMPRESSED):
            raise
        raise RapportError(
            "file-truncated",
            f"The compressed file ends too early or is damaged: {error}",
            name,
            "have it delivered again; nothing of it was loaded",
        ) from None


def without_bytes(name: str, lacks: str) -> RapportError:
    """A day without rows has its header; a file of nothing may be one that was never written."""
    return RapportError(
        "file-truncated",
        f"The file is empty and {lacks}",
        name,
        "have it delivered again; nothing of it was loaded",
    )


def refuse_half_row(open_file: Opener, name: str, row: int) -> None:
    """A file whose last row is broken and has no line end was cut while being written."""
    tail = b""
    with plain(open_file, name) as stream:
        while block := stream.read(BLOCK_BYTES):
            tail = block[-1:]
    if tail not in (b"\n", b"\r"):
        raise RapportError(
            "file-truncated",
            "The file ends in the middle of a row, as if it were still being written",
            f"{name}, row {row}",
            "have it delivered whole; nothing of it was loaded",
        )


def _refuse_other_content(open_file: Opener, name: str, format: str, entity: Entity) -> None:
    try:
        with plain(open_file, name) as stream:
            head = bytes(stream.read(512))
    except _DAMAGED:
        return  # told properly by the reader itself
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and "16" not in encoding_of(
        entity
    ):
        raise RapportError(
            "file-encoding",
            "The file is UTF-16, as spreadsheet programs write it",
            name,
            "ask the sender for UTF-8, or set `encoding: utf-16` in the entity's `fetch`",
        )
    start = head.removeprefix(codecs.BOM_UTF8).lstrip(b" \t\r\n").lower()
    if start.startswith((b"<!doctype", b"<html", b"<?xml")):
        raise RapportError(
            "file-not-data",
            "The file holds a web page or XML where data was expected",
            name,
            "open it: most often it is a log-in or error page of the system that should send it",
        )
    if format == "jsonl" and start.startswith(b"["):
        raise RapportError(
            "file-not-data",
            "The file holds one JSON array where a JSON object a line was expected",
            name,
            "ask the sender for JSON lines (newline-delimited JSON)",
        )


def _explain_encoding(open_file: Opener, name: str, entity: Entity) -> None:
    encoding = encoding_of(entity)
    decoder = codecs.getincrementaldecoder(encoding)()
    with plain(open_file, name) as stream:
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


def _too_large(name: str) -> RapportError:
    return RapportError(
        "file-not-data",
        f"A row is larger than {BLOCK_BYTES >> 20} MB, or a quote is opened and never closed",
        name,
        "look for a single quote mark that opens a field; have the export mended",
    )

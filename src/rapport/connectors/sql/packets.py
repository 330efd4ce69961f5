"""Rows of MariaDB and MySQL as Arrow columns, without a Python object for every value.

pymysql connects, logs in and asks; reading rows with it takes many times as long as the server
needs to send them. A row is a packet of values, each behind its length, so where the values of a
column lie is computed for all rows of a batch at once, and Arrow copies them from there. What this
needs of pymysql is not its public interface: a new version has to pass the tests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pymysql
from pymysql.connections import MAX_PACKET_LEN
from pymysql.protocol import MysqlPacket

NULL, END, ERROR = 0xFB, 0xFE, 0xFF
END_BYTES = 9  # a packet that begins like the end and is as long or longer is a row
WIDTHS = {0xFC: 2, 0xFD: 3, 0xFE: 8}  # of a length that does not fit into its first byte


def columns(cursor: Any, most_rows: int, most_bytes: int) -> Iterator[list[pa.Array]]:
    """The values of an unbuffered cursor's result, as the server wrote them, a batch at a time.

    Args:
        cursor: a pymysql SSCursor that has executed a query, of which nothing is fetched yet.
        most_rows: rows of a batch.
        most_bytes: bytes after which a batch ends with the row that reached them.

    Raises:
        pymysql.Error: what the server says in mid-stream, or that it is gone.
    """
    rows: list[bytes] = []
    size = 0
    for row in _rows(cursor.connection, cursor._result):
        rows.append(row)
        size += len(row)
        if len(rows) == most_rows or size >= most_bytes:
            yield _columns(rows, len(cursor.description))
            rows, size = [], 0
    if rows:
        yield _columns(rows, len(cursor.description))


def _rows(connection: Any, result: Any) -> Iterator[bytes]:
    """The packets of rows; pymysql's own state stays right, so that it may take over any time."""
    while True:
        try:
            row, number = _packet(connection._read_bytes)
        except pymysql.Error:
            result.unbuffered_active = False  # nothing will come any more
            raise
        connection._next_seq_id = (number + 1) % 256
        if row[0] == ERROR or (row[0] == END and len(row) < END_BYTES):
            result.unbuffered_active = False
            packet = MysqlPacket(row, connection.encoding)
            if row[0] == ERROR:
                packet.raise_for_error()
            result._check_packet_is_eof(packet)
            return
        yield row


def _packet(read: Callable[[int], bytes]) -> tuple[bytes, int]:
    """A packet and its number; one of the greatest length goes on in the next."""
    low, middle, high, number = read(4)
    length = low | middle << 8 | high << 16
    content = read(length)
    if length < MAX_PACKET_LEN:
        return content, number
    rest, number = _packet(read)
    return content + rest, number


def _columns(rows: list[bytes], count: int) -> list[pa.Array]:
    data = np.frombuffer(b"".join(rows), np.uint8)
    ends = np.cumsum([len(row) for row in rows])
    at = np.concatenate(([0], ends[:-1]))
    found = []
    for _ in range(count):
        column, at = _column(data, at)
        found.append(column)
    return found


def _column(data: np.ndarray, at: np.ndarray) -> tuple[pa.Array, np.ndarray]:
    """One value of each row, and where the values after them begin."""
    first = data[at]
    is_null = first == NULL
    lengths = np.where(is_null, 0, first).astype(np.int64)
    begins = at + 1
    for code, width in WIDTHS.items():
        if len(which := np.flatnonzero(first == code)):
            digits = data[begins[which, None] + np.arange(width)].astype(np.int64)
            lengths[which] = digits @ (1 << 8 * np.arange(width))
            begins[which] += width
    ends = begins + lengths
    # To Arrow, values and what lies between them are one array, of which every second is taken.
    bounds = np.column_stack((begins, ends)).astype(np.int32).ravel()
    whole = pa.Array.from_buffers(
        pa.binary(), len(bounds) - 1, [None, pa.py_buffer(bounds), pa.py_buffer(data)]
    )
    return whole.take(pa.array(np.arange(0, len(bounds), 2), mask=is_null)), ends

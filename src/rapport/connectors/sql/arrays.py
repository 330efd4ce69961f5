"""Columns of driver values as Arrow text, the same text for the same value from every driver."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa

from rapport import clock

_PLAIN = (pa.types.is_string, pa.types.is_integer, pa.types.is_boolean, pa.types.is_floating)


def as_text(values: tuple[Any, ...]) -> pa.Array:
    """Values of one column, of whatever types (SQLite mixes them), as text; None is null."""
    try:
        found = pa.array(values)
        if any(is_plain(found.type) for is_plain in _PLAIN):
            return found.cast(pa.string())
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError):
        pass  # several types in one column, or one that Arrow does not know
    return pa.array([None if value is None else text(value) for value in values], pa.string())


def text(value: Any) -> str:
    """One value: numbers in full, times in UTC, bytes hexadecimal, structures as JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return clock.naive(value).isoformat(sep=" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).hex()
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=text)
    return str(value)

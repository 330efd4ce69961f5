"""Vectorised strings: every helper takes and gives whole columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]
Bools: TypeAlias = NDArray[np.bool_]
Column: TypeAlias = Any  # pyarrow's stubs do not tell arrays of strings apart


def pick(words: Sequence[str | None], index: Any) -> Column:
    """`words[index]` for each entry of `index`."""
    return pa.array(words, pa.string()).take(pa.array(index))


def join(*pieces: Column | str) -> Column:
    """The pieces of each row, one after the other; null where a piece is null."""
    scalars = [pa.scalar(piece) if isinstance(piece, str) else piece for piece in pieces]
    return pc.binary_join_element_wise(*scalars, "")


def number(values: Any, width: int = 0) -> Column:
    """Integers as text, padded with zeros to `width`."""
    digits = pa.array(values).cast(pa.string())
    return pc.utf8_lpad(digits, width, "0") if width else digits


def where(mask: Any, yes: Column | str | None, no: Column | str | None) -> Column:
    """`yes` where the mask holds, else `no`; either may be a scalar or None."""
    return pc.if_else(pa.array(mask), _value(yes), _value(no))


def _value(value: Column | str | None) -> Any:
    return pa.scalar(value, pa.string()) if value is None or isinstance(value, str) else value


def blank(column: Column, mask: Any) -> Column:
    """The column with null where the mask holds."""
    return where(mask, None, column)


def hexes(rng: np.random.Generator, count: int, size: int) -> Column:
    """`count` random hexadecimal strings of `size` characters."""
    text = rng.bytes(count * size // 2).hex().encode()
    return pa.array(np.frombuffer(text, dtype=f"S{size}")).cast(pa.string())


def utc(seconds: Any, mask: Any = None) -> Column:
    """Epoch seconds as 'YYYY-MM-DD HH:MM:SS', null where the mask holds."""
    column = pa.array(np.asarray(seconds, np.int64), pa.timestamp("s")).cast(pa.string())
    return column if mask is None else blank(column, mask)


def iso_ms(milliseconds: Any, mask: Any = None) -> Column:
    """Epoch milliseconds as 'YYYY-MM-DDTHH:MM:SS.mmmZ', null where the mask holds."""
    column = pa.array(np.asarray(milliseconds, np.int64), pa.timestamp("ms")).cast(pa.string())
    column = join(pc.replace_substring(column, " ", "T", max_replacements=1), "Z")
    return column if mask is None else blank(column, mask)


def iso(seconds: Any, mask: Any = None) -> Column:
    """Epoch seconds in HubSpot's form, 'YYYY-MM-DDTHH:MM:SS.000Z'."""
    return iso_ms(np.asarray(seconds, np.int64) * 1000, mask)


def objects(column: Column) -> NDArray[np.object_]:
    """A column as numpy objects, for the few places that need Python."""
    return np.array(column.to_pylist(), dtype=object)


def money(cents: Any) -> Column:
    """Integer cents as amounts; two decimals round-trip through a double."""
    return pa.array(np.asarray(cents, np.int64) / 100.0)


def raw_key(email: Column) -> Column:
    """An address trimmed and in lower case, the plainest key there is."""
    column = pc.utf8_lower(pc.utf8_trim_whitespace(email))
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column

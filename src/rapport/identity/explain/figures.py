"""Figures and tables as people read them."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any

CELL = 34  # places of a value; longer ones are cut


def chance(share: float) -> str:
    """A share as people say it: 83 in 100, 1 in 1,260."""
    if share > 0.995:
        return "nearly all"
    if share >= 0.095:
        return f"{share * 100:.0f} in 100"
    return f"1 in {number(1 / max(share, 1e-12))}"


def odds(bits: float) -> str:
    """Odds in words, such as 1,260 to 1 for."""
    if abs(bits) < 0.05:
        return "even for"
    times = number(2.0 ** min(abs(bits), 60))
    return f"{times} to 1 for" if bits >= 0 else f"{times} to 1 against"


def signed(bits: float) -> str:
    """Bits with their sign, to one digit."""
    return f"{bits:+.1f}" if abs(bits) >= 0.05 else "0.0"


def number(value: float) -> str:
    """Three digits that count, with words for many."""
    for size, word in ((1e12, "trillion"), (1e9, "billion"), (1e6, "million")):
        if value >= size:
            return f"{_short(value / size)} {word}"
    return _short(value)


def _short(value: float) -> str:
    if value < 10:
        return f"{value:.1f}".removesuffix(".0")
    digits = max(0, math.floor(math.log10(value)) - 2)
    return f"{round(value, -digits):,.0f}"


def tenths(values: Sequence[float], total: float) -> list[float]:
    """Values to one digit that still sum to the total to one digit: largest remainders go up."""
    floors = [math.floor(value * 10) for value in values]
    missing = round(total * 10) - sum(floors)
    rest = sorted(range(len(values)), key=lambda i: (floors[i] - values[i] * 10, i))
    for place in rest[: max(missing, 0)]:
        floors[place] += 1
    return [floor / 10 for floor in floors]


def table(
    names: Sequence[str],
    rows: Sequence[Sequence[Any]],
    cut: int = CELL,
    right: Sequence[int] = (),
) -> Iterator[str]:
    """Columns side by side; Chinese characters count as the two places they take."""
    cells = [[*names], *([_cell(value, cut) for value in row] for row in rows)]
    widths = [max(width(row[n]) for row in cells) for n in range(len(names))]
    for row in cells:
        padded = [
            " " * (wide - width(cell)) + cell if n in right else cell + " " * (wide - width(cell))
            for n, (cell, wide) in enumerate(zip(row, widths, strict=True))
        ]
        yield f"  {'  '.join(padded)}".rstrip()


def width(text: str) -> int:
    """Places that a text takes on a terminal."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _cell(value: Any, cut: int) -> str:
    text = "" if value is None else " ".join(str(value).split())
    while width(text) > cut:
        text = text[:-2] + "…"
    return text

"""Axes of the charts: labels of periods, and round steps."""

from __future__ import annotations

import math
from datetime import date

from rapport.report.speaker import Speaker


def labels(say: Speaker, starts: list[date]) -> list[list[str]]:
    """Axis labels; the first one and the first of each year carry the year as a second line."""
    found = []
    last_year = None
    for start in starts:
        if say.figures.period.kind == "week":
            year, week, _day = start.isocalendar()
            first = str(week)
        elif say.figures.period.kind == "day":
            year, first = start.year, say.formats.day(start, "Md")
        else:
            year, first = start.year, say.formats.month_name(start)
        found.append([first, str(year)] if year != last_year else [first])
        last_year = year
    # Two years side by side would read as one number; the second tells the first.
    if len(found) > 1 and len(found[0]) == len(found[1]) == 2:
        found[0] = found[0][:1]
    return found


def ticks(low: float, high: float, is_whole: bool = False) -> list[float]:
    """Up to five round steps from zero or below to just above the highest value; of what is
    counted, `is_whole`, no step is a half, which would be written as the same number twice."""
    low, high = min(low, 0.0), max(high, 0.0)
    if high == low:
        high = 1.0
    span = high - low
    power = 10.0 ** math.floor(math.log10(span / 3))
    steps = [power * m for m in (1, 2, 2.5, 5, 10, 20) if span / (power * m) <= 4]
    step = next(step for step in steps if not is_whole or step == int(step))
    first, last = math.floor(low / step), math.ceil(high * 1.08 / step)
    return [_plain(step * n) for n in range(first, last + 1)]


def _plain(value: float) -> float:
    return int(value) if value == int(value) else value

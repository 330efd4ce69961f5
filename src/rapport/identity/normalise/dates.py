"""Birth dates from dates or text.

Rules: year first in any punctuation, or in eight digits; day and month first or month and day
first as the column has it; months by name. Dates that nobody alive can be born on, and those
that systems write for "none", are null.
"""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

import pyarrow as pa
import pyarrow.compute as pc

from rapport.identity.normalise import text

OLDEST_BIRTH = date(1901, 1, 1)  # nobody alive was born before; 1900-01-01 is many systems' "none"
PLACEHOLDERS = (date(1970, 1, 1),)  # the first day of the Unix clock

_YEAR_FIRST = re.compile(r"(\d{4})[^\d\w]{0,2}(?:\D?)(\d{1,2})\D{1,2}(\d{1,2})(?:\D.*)?")
_EIGHT = re.compile(r"(\d{8})(?:\.0)?")
_YEAR_LAST = re.compile(r"(\d{1,2})([-/. ]{1,2})(\d{1,2})[-/. ]{1,2}(\d{4}|\d{2})(?:\D.*)?")
_NAMED = re.compile(
    r"(?:(\d{1,2})[a-z.]* )?(?:de |of )?([a-z]{3,})\.? (?:de |del )?(?:(\d{1,2})[a-z]* )?(\d{4})"
)
_LOCALES = ("en", "de", "fr", "es", "it", "nl", "pt", "pl")


def birth_dates(values: text.Text, before: date) -> pa.Array:
    """Valid birth dates as date32, null for the rest.

    Args:
        values: dates, moments or text; of text the order of day and month is that of most of the
            column's dates that can be read one way only, day first in a tie.
        before: exclusive upper bound, the as-of's day.
    """
    column = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    if pa.types.is_temporal(column.type):
        found = column.cast(pa.date32(), safe=False)
    elif pa.types.is_null(column.type):
        found = column.cast(pa.date32())
    else:
        encoded = text.trimmed(text.flat(column)).dictionary_encode()
        found = _read(encoded, before).take(encoded.indices)
    possible = pc.and_(
        pc.greater_equal(found, pa.scalar(OLDEST_BIRTH)), pc.less(found, pa.scalar(before))
    )
    possible = pc.and_(possible, pc.invert(pc.is_in(found, value_set=pa.array(PLACEHOLDERS))))
    return text.null_if(pc.invert(pc.fill_null(possible, False)), found)


def _read(encoded: pa.DictionaryArray, before: date) -> pa.Array:
    raw = encoded.dictionary.to_pylist()
    day_first = _day_comes_first(raw)
    return pa.array([_date(value, day_first, before) for value in raw], pa.date32())


def _day_comes_first(raw: list[str | None]) -> bool:
    """Whether more dates must have the day first than must have the month first."""
    votes = 0
    for value in raw:
        found = _YEAR_LAST.fullmatch(value or "")
        if found and "." not in found[2]:
            first, second = int(found[1]), int(found[3])
            votes += (12 < first <= 31 and second <= 12) - (12 < second <= 31 and first <= 12)
    return votes >= 0


def _date(value: str | None, day_first: bool, before: date) -> date | None:
    if value is None:
        return None
    if found := _EIGHT.fullmatch(value):
        return _eight(found[1], day_first)
    if found := _YEAR_FIRST.fullmatch(value):
        return _day(int(found[1]), int(found[2]), int(found[3]))
    if found := _YEAR_LAST.fullmatch(value):
        first, second, year = int(found[1]), int(found[3]), _century(found[4], before)
        # Dots are European, and Europe writes the day first.
        if day_first or "." in found[2]:
            return _day(year, second, first) or _day(year, first, second)
        return _day(year, first, second) or _day(year, second, first)
    return _named(value)


def _eight(digits: str, day_first: bool) -> date | None:
    if digits[:2] in ("18", "19", "20"):
        found = _day(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
        if found:
            return found
    one, two, year = int(digits[:2]), int(digits[2:4]), int(digits[4:])
    if not 1800 <= year < 2200:
        return None
    return _day(year, two, one) if day_first else _day(year, one, two)


def _century(year: str, before: date) -> int:
    """A year of two digits is the last one that is not in the future."""
    if len(year) == 4:
        return int(year)
    century = before.year - before.year % 100
    return century + int(year) - (100 if int(year) > before.year % 100 else 0)


def _named(value: str) -> date | None:
    folded = text.fold(pa.array([value])).to_pylist()[0] or ""
    found = _NAMED.fullmatch(folded)
    if not found or (month := _months().get(found[2])) is None:
        return None
    day = found[1] or found[3]
    return _day(int(found[4]), month, int(day)) if day else None


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


@lru_cache
def _months() -> dict[str, int]:
    """Names and short names of the months in the languages of western customers, folded."""
    from babel.dates import get_month_names

    months: dict[str, int] = {}
    for locale in _LOCALES:
        for width in ("wide", "abbreviated"):
            for context in ("format", "stand-alone"):
                names = get_month_names(width, context, locale)
                folded = text.fold(pa.array(list(names.values()))).to_pylist()
                months |= dict(zip(folded, names, strict=True))
    return months

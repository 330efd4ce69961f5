"""Numbers, money, dates and times as text, by the company's locale (Babel)."""

from __future__ import annotations

import copy
import math
import re
import unicodedata
from datetime import UTC, date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError, dates, lists, numbers, units

from rapport.errors import RapportError

NULL = "–"  # en dash: nothing to divide by, or not known
COMPACT_FROM = 100_000
SHARE_DIGITS = 3  # 99.996% of a hundred thousand orders is still not all of them
_INVISIBLE = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")


class Formats:
    """Text for one locale, one currency and one time zone.

    Args:
        name: of the locale, such as `en_GB`.
        currency: ISO 4217 code of the reporting currency.
        timezone: IANA name of the business time zone.
    """

    def __init__(self, name: str, currency: str, timezone: str) -> None:
        self.locale = locale(name)
        self.currency = currency
        self.zone = ZoneInfo(timezone)
        self.timezone = timezone

    def value(self, unit: str, value: float | None, compact: bool = False) -> str:
        """A KPI's value by its unit; `compact` shortens amounts of 100,000 and more."""
        if value is None or not math.isfinite(value):
            return NULL
        if unit == "currency":
            return self.money(value, compact)
        if unit == "count":
            return self.count(value)
        if unit == "share":
            return self.share(value)
        if unit in ("days", "hours"):
            length = units.format_unit(
                _rounded(value, 1), f"duration-{unit[:-1]}", "short", locale=self.locale
            )
            return _minus(length)
        return _minus(numbers.format_decimal(_rounded(value, 2), "#,##0.0#", locale=self.locale))

    def money(self, value: float, compact: bool = False) -> str:
        """Money in the reporting currency: whole units from 1,000 on and for zero, else cents."""
        if compact and abs(value) >= COMPACT_FROM and (short := self._short(value)):
            return short
        digits = numbers.get_currency_precision(self.currency)
        return self._long(value, 0 if abs(round(value, digits)) >= 1000 or value == 0 else digits)

    def axis(self, ticks: list[float]) -> list[str]:
        """Amounts along an axis, written alike: none with cents beside one without."""
        is_short = max(map(abs, ticks)) >= COMPACT_FROM
        is_whole = all(tick == int(tick) for tick in ticks)
        return [
            (is_short and self._short(tick))
            or (self._long(tick, 0) if is_whole else self.money(tick))
            for tick in ticks
        ]

    def _long(self, value: float, digits: int) -> str:
        pattern = copy.copy(self.locale.currency_formats["standard"])
        pattern.frac_prec = (digits, digits)
        return _minus(
            pattern.apply(
                _rounded(value, digits), self.locale, currency=self.currency, currency_digits=False
            )
        )

    def _short(self, value: float) -> str:
        """An amount as `€412K`; empty where the language has no short word for such amounts."""
        unit = self._unit(value)
        if unit == 1:
            return ""
        digits = 0 if unit == 1000 else 2
        short = round(value / unit, digits) * unit
        if self._unit(short) > unit:  # 999,600 is 1M, not 1000K
            digits = 2
        return _minus(
            numbers.format_compact_currency(
                short, self.currency, locale=self.locale, fraction_digits=digits
            )
        )

    def _unit(self, value: float) -> int:
        """What an amount is counted in when it is shortened, such as 1000 or 10,000 (Chinese);
        1 where the language has no short word for such amounts (German below a million)."""
        forms = self.locale.compact_currency_formats["short"]["other"]
        size = max((int(name) for name in forms if int(name) <= abs(value)), default=1)
        zeros = forms[str(size)].pattern.count("0") if size > 1 else 1
        if size == 1 or forms[str(size)].pattern.strip("\u00a4\u00a0 ") == "0":
            return 1
        return int(size // 10 ** (zeros - 1))

    def count(self, value: float) -> str:
        """A whole number with grouping."""
        return _minus(numbers.format_decimal(round(value), locale=self.locale))

    def share(self, value: float, digits: int = 1) -> str:
        """A fraction (0.231) in per cent (23.1%); nearly all is not rounded to all (99.96%)."""
        while digits < SHARE_DIGITS and round(value, digits + 2) in (0, 1) and value not in (0, 1):
            digits += 1
        pattern = copy.copy(self.locale.percent_formats[None])
        pattern.frac_prec = (digits, digits)
        return _minus(pattern.apply(_rounded(value, digits + 2), self.locale))

    def change(self, unit: str, change: float | None) -> str:
        """Size of a change without its sign: per cent, or points for shares and scores."""
        if change is None or not math.isfinite(change):
            return NULL
        if unit in ("share", "score"):
            points = abs(change) * (100 if unit == "share" else 1)
            return numbers.format_decimal(round(points, 1), "#,##0.0", locale=self.locale)
        return self.share(abs(change), 0 if abs(change) >= 10 else 1)

    def signed(self, value: int) -> str:
        """A whole number with its sign."""
        return f"+{self.count(value)}" if value > 0 else self.count(value)

    def day(self, day: date, skeleton: str = "yMMMd") -> str:
        """A date by a CLDR skeleton, by default with short month and year."""
        return dates.format_skeleton(skeleton, day, locale=self.locale)

    def month(self, day: date, short: bool = False) -> str:
        """Month with year: `October 2026`, or `Oct 2026`."""
        return self.day(day, "yMMM" if short else "yMMMM")

    def month_name(self, day: date) -> str:
        """The month's short name alone: `Oct`."""
        return dates.format_date(day, "LLL", locale=self.locale)

    def days_between(self, start: date, end: date) -> str:
        """An interval of days, `end` exclusive."""
        last = end - timedelta(days=1)
        return dates.format_interval(start, last, "yMMMd", locale=self.locale)

    def moment(self, moment: datetime) -> str:
        """An instant in the business time zone, date and time, without the zone's name."""
        local = self.local(moment)
        time = dates.format_time(local, "HH:mm", locale=self.locale)
        pattern = str(dates.get_datetime_format("medium", locale=self.locale))
        return pattern.replace("'", "").format(time, self.day(local.date()))

    def local(self, moment: datetime) -> datetime:
        """An instant (naive means UTC) in the business time zone."""
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return aware.astimezone(self.zone)

    def duration(self, hours: float) -> str:
        """A delay in words: hours up to two days, days after that."""
        length: Literal["long", "short"] = "short" if self.locale.language == "zh" else "long"
        if hours < 48:  # CLDR has no long form of these in Chinese, where the short one is whole
            return units.format_unit(round(hours), "duration-hour", length, locale=self.locale)
        return units.format_unit(round(hours / 24), "duration-day", length, locale=self.locale)

    def list(self, items: list[str]) -> str:
        """Items as an enumeration."""
        return lists.format_list(items, locale=self.locale) if items else ""


def _rounded(value: float, digits: int) -> float:
    """Rounded, without the sign that a small loss keeps when it is rounded to nothing."""
    return round(value, digits) + 0.0


def _minus(number: str) -> str:
    """A number with a real minus sign: after a hyphen a line may end."""
    return number.replace("-", "\u2212")


def locale(name: str) -> Locale:
    """A locale by its name.

    Raises:
        RapportError: `company-invalid` for one that CLDR does not know.
    """
    try:
        return Locale.parse(name)
    except (ValueError, LookupError, UnknownLocaleError):
        raise RapportError(
            "company-invalid",
            f"locale: {name!r} is not known",
            "company.yml",
            "use one such as en_GB, de_DE or zh_CN",
        ) from None


def clean(text: object, limit: int = 160) -> str:
    """Foreign text made harmless for one line: no control or direction marks, no newlines, short.

    Escaping is left to the templates.
    """
    plain = _INVISIBLE.sub("", str(text))
    plain = "".join(" " if unicodedata.category(c) == "Cc" else c for c in plain)
    plain = " ".join(plain.split())
    return plain if len(plain) <= limit else plain[: limit - 1].rstrip() + "…"

"""Which period a report tells of: the last complete month, ISO week or day before the as-of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from rapport.errors import RapportError

Kind = Literal["day", "week", "month"]


@dataclass(frozen=True)
class Period:
    """Business days [start, end)."""

    kind: Kind
    start: date
    end: date
    is_partial: bool = False

    @property
    def key(self) -> str:
        """`2026-10`, `2026-W45` or `2026-10-05`; names the period in ledger and archive."""
        return key(self.kind, self.start)


def key(kind: Kind, start: date) -> str:
    """The key of the period that starts on `start`."""
    if kind == "month":
        return f"{start:%Y-%m}"
    if kind == "day":
        return start.isoformat()
    year, week, _ = start.isocalendar()
    return f"{year}-W{week:02d}"


def of_key(key: str) -> Period:
    """The period that a key names."""
    if "W" in key:
        start = date.fromisoformat(f"{key}-1")
        return Period("week", start, start + timedelta(days=7))
    if len(key) == len("2026-10-05"):
        start = date.fromisoformat(key)
        return Period("day", start, start + timedelta(days=1))
    start = date.fromisoformat(f"{key}-01")
    return Period("month", start, (start + timedelta(days=31)).replace(day=1))


def choose(kind: Kind, rows: list[dict[str, Any]], today: date, wanted: str | None) -> Period:
    """The period to report.

    Args:
        rows: rows of `rpt_kpis`; the periods they have are those that exist.
        today: business day of the as-of instant.
        wanted: key of a period asked for, instead of the last complete one.

    Raises:
        RapportError: `period-unknown` when the marts do not have the one asked for.
    """
    known = {
        row["period_start"]: Period(kind, row["period_start"], row["period_end"], row["is_partial"])
        for row in rows
        if row["period_kind"] == kind
    }
    if wanted:
        found = [period for period in known.values() if period.key == wanted]
        if not found:
            keys = ", ".join(key(kind, start) for start in sorted(known)[-3:]) or "none"
            raise RapportError(
                "period-unknown",
                f"The marts have no {kind} {wanted!r}",
                f"the last are: {keys}",
                "name one of these periods",
            )
        return found[0]
    complete = [p for p in known.values() if not p.is_partial and p.end <= today]
    if complete:
        return max(complete, key=lambda period: period.start)
    if known:
        return max(known.values(), key=lambda period: period.start)
    return last_complete(kind, today)


def last_complete(kind: Kind, today: date) -> Period:
    """The last complete period before `today` by the calendar alone."""
    if kind == "day":
        return Period(kind, today - timedelta(days=1), today)
    if kind == "week":
        end = today - timedelta(days=today.weekday())
        return Period(kind, end - timedelta(days=7), end)
    end = today.replace(day=1)
    return Period(kind, (end - timedelta(days=1)).replace(day=1), end)


def before(period: Period) -> date:
    """Start of the period before."""
    if period.kind != "month":
        return period.start - timedelta(days=7 if period.kind == "week" else 1)
    return (period.start - timedelta(days=1)).replace(day=1)


def year_before(period: Period) -> date:
    """Start of the same period of last year (for weeks and days: 52 weeks before)."""
    if period.kind != "month":
        return period.start - timedelta(days=364)
    return period.start.replace(year=period.start.year - 1)

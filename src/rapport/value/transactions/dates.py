"""The form in which a column of text writes its dates: one for the whole column, never guessed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import product
from typing import Any

from rapport.errors import RapportError
from rapport.warehouses.base import literal

_PARTS = {
    "%Y": r"\d{4}", "%y": r"\d{2}", "%m": r"\d{1,2}", "%d": r"\d{1,2}", "%b": "[A-Za-z]{3}",
    "%H": r"\d{1,2}", "%I": r"\d{1,2}", "%M": r"\d{2}", "%S": r"\d{2}", "%p": "[AaPp][Mm]",
}  # fmt: skip
# Dates that look alike stand together: 03/04/2026 is a day in March or in April, and is read only
# when but one of them fits all values. A day with dots comes before its month.
_DAYS = (
    ("%Y/%m/%d",),
    ("%Y.%m.%d",),
    ("%d.%m.%Y",),
    ("%d/%m/%Y", "%m/%d/%Y"),
    ("%d-%m-%Y", "%m-%d-%Y"),
    ("%d-%b-%Y",),
    ("%d %b %Y",),
    ("%d.%m.%y", "%y.%m.%d"),
    ("%d/%m/%y", "%m/%d/%y", "%y/%m/%d"),
    ("%d-%m-%y", "%m-%d-%y", "%y-%m-%d"),
    ("%d-%b-%y", "%y-%b-%d"),
)
_COMPACT = {"%Y%m%d": 8, "%Y%m%d%H": 10, "%Y%m%d%H%M": 12, "%Y%m%d%H%M%S": 14}  # and their digits
# Numbers that count from a day: seconds and thousandths of them, and days of a workbook. Those of
# now have ten and thirteen digits; five digits may be anything, and are read only when it is said.
NAMED = {
    "epoch": (r"\d{10}([.]\d+)?", "make_timestamp(({} * 1e6)::bigint)::date"),
    "epoch_ms": (r"\d{13}([.]\d+)?", "make_timestamp(({} * 1e3)::bigint)::date"),
    "excel": (r"\d{5}([.]\d+)?", "date '1899-12-30' + floor({})::integer"),
}
_TIMES = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
_ISO = r"\d{4}-\d{1,2}-\d{1,2}"
_SHAPES_SEEN = 1000  # values that are looked at for the forms that come into question
_YEARS = (1900, 2199)  # no purchase was made in another one: a year of two digits, a mark


@dataclass(frozen=True)
class _Form:
    """How a text may be read.

    Args:
        name: for messages and `--date-format`.
        shape: regular expression of such texts.
        sql: expression of the day; null where the text cannot be read so.
    """

    name: str
    shape: str
    sql: str


def read(database: Any, column: str, path: str, date_format: str | None) -> None:
    """Read `texts(day, line)`, the distinct texts with their first line, into a column `read`.

    Args:
        column, path: for messages.
        date_format: of DuckDB's strptime or one of NAMED; None: ISO, or the one form that fits all
            texts.

    Raises:
        RapportError: `transactions-values`; `clv-arguments` where there is no such format.
    """
    form = _named(database, date_format) if date_format else _found(database, column, path)
    database.execute("alter table texts add column read date")
    database.execute(f"update texts set read = {form.sql}")
    if unread := first_line(database, "texts", "day", "read is null"):
        raise _refused(column, path, unread)
    require_plausible(database, "texts", "read", column, path)


def require_plausible(database: Any, table: str, day: str, column: str, path: str) -> None:
    """Refuse days that no purchase can be of.

    Raises:
        RapportError: `transactions-values`.
    """
    low, high = _YEARS
    is_odd = f"not coalesce(year({day}) between {low} and {high}, true)"
    if odd := first_line(database, table, "day", is_odd):
        raise RapportError(
            "transactions-values",
            f"{odd[1]!r} in column {column} is no day between {low} and {high}",
            f"{path}, data row {odd[0]}",
            "write dates as 2026-01-31, or name their form with --date-format (%y: two digits)",
        )


def first_line(database: Any, table: str, column: str, condition: str) -> tuple[int, Any] | None:
    """The first line of a table that meets a condition, and its value in a column."""
    found: tuple[int, Any] | None = database.execute(
        f"select line, {column} from {table} where {condition} order by line limit 1"
    ).fetchone()
    return found


def _named(database: Any, date_format: str) -> _Form:
    import duckdb

    if date_format in NAMED:
        return _numbered(date_format)
    sql = f"try_strptime(day, {literal(date_format)})::date"
    try:
        database.execute(f"select {sql} from (select '' as day)").fetchall()
    except duckdb.Error as error:
        raise RapportError(
            "clv-arguments",
            f"{date_format!r} is no form of dates",
            todo=f"name it in the signs of strptime, for instance %d/%m/%Y, or {', '.join(NAMED)}",
        ) from error
    return _Form(date_format, "", sql)


def _found(database: Any, column: str, path: str) -> _Form:
    """The one form that fits all texts."""
    seen = database.execute(f"select day from texts order by line limit {_SHAPES_SEEN}").fetchall()
    groups = [
        [form for form in group if any(re.fullmatch(form.shape, text) for (text,) in seen)]
        for group in _forms()
    ]
    forms = [form for group in groups for form in group]
    if not forms:
        if not seen:
            return _iso()
        found = first_line(database, "texts", "day", "true")
        raise _refused(column, path, found, "is no date in a known form")
    counts = ", ".join(f"count(*) filter (({form.sql}) is null)" for form in forms)
    unread = dict(
        zip(forms, database.execute(f"select {counts} from texts").fetchone(), strict=True)
    )
    for group in groups:
        fitting = [form for form in group if not unread[form]]
        if len(fitting) > 1:
            raise RapportError(
                "transactions-values",
                f"the dates of {column} can be read as {' and as '.join(f.name for f in fitting)}",
                path,
                f"say which with --date-format, for instance {fitting[0].name}",
            )
        if fitting:
            return fitting[0]
    best = min(forms, key=lambda form: unread[form])
    unread_line = first_line(database, "texts", "day", f"({best.sql}) is null")
    raise _refused(column, path, unread_line)


def _refused(
    column: str, path: str, unread: Any, what: str = "is no date that fits the others"
) -> RapportError:
    line, text = unread
    return RapportError(
        "transactions-values",
        f"{text!r} in column {column} {what}",
        f"{path}, data row {line}",
        "write dates as 2026-01-31, or name their form with --date-format",
    )


def _forms() -> list[list[_Form]]:
    alike = [[_form(day + time) for day in days] for days, time in product(_DAYS, _TIMES)]
    compact = [_compact(name, digits) for name, digits in _COMPACT.items()]
    return [[_iso()], [*compact, _numbered("epoch"), _numbered("epoch_ms")], *alike]


def _compact(name: str, digits: int) -> _Form:
    shape = rf"\d{{{digits}}}"
    return _Form(name, shape, _sql(name, shape))


def _numbered(name: str) -> _Form:
    shape, sql = NAMED[name]
    read = sql.format("try_cast(day as double)")
    return _Form(name, shape, f"case when regexp_full_match(day, {literal(shape)}) then {read} end")


def _form(name: str) -> _Form:
    shape = re.sub("%[A-Za-z]", lambda part: _PARTS[part[0]], name.replace(".", "[.]"))
    return _Form(name, shape, _sql(name, shape))


def _sql(name: str, shape: str) -> str:
    read = f"try_strptime(day, {literal(name)})::date"
    return f"case when regexp_full_match(day, {literal(shape)}) then {read} end"


def _iso() -> _Form:
    """A date, or an instant whose day is taken as it is written, whatever its offset."""
    shape = rf"{_ISO}([T ].*)?"
    written = f"try_cast(regexp_extract(day, {literal(_ISO)}) as date)"
    sql = (
        f"case when regexp_full_match(day, {literal(shape)}) "
        f"and try_cast(day as timestamp) is not null then {written} end"
    )
    return _Form("2026-01-31", shape, sql)

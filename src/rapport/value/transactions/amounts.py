"""The form in which a column of text writes its amounts: one for all of them, never guessed."""

from __future__ import annotations

import re
from typing import Any

from rapport.errors import RapportError
from rapport.value.transactions import dates
from rapport.warehouses.base import literal

DECIMAL_SIGNS = {".": "pointed", ",": "with_comma"}  # and the column of what is read so
_KIND = "decimal(28, 6)"
_BLANK = r"[\s\x{a0}\x{202f}]"
# What is no digit, mark or minus: `$`, `US$`, `EUR`, or words.
_WORD = r"[^0-9.,'’()+−\s\x{a0}\x{202f}-]+"
_CURRENCY = r"[A-Z]{0,3}\p{Sc}|[A-Z]{3}|元|円"
# Thousands are parted by one mark throughout, in India by hundreds (12,34,567).
_PARTED = r"\d{{1,3}}(?:{0}\d{{2,3}})*{0}\d{{3}}"
_MARKS = {".": (",", "['’]", _BLANK), ",": ("[.]", "['’]", _BLANK)}  # by the decimal sign


def read(
    database: Any, column: str, path: str, is_text: bool, decimal_sign: str | None
) -> tuple[str, str]:
    """How to read `raw.amount`; null where the amount is.

    Args:
        column, path: for messages.
        is_text: whether the column holds text; else it holds numbers.
        decimal_sign: one of DECIMAL_SIGNS; None: that of programs (`1234.5`), or the one sign that
            fits all values.

    Returns:
        an SQL expression of a decimal, and the join that it needs.

    Raises:
        RapportError: `transactions-values`.
    """
    plain = f"try_cast(try_cast(amount as double) as {_KIND})"
    unread = dates.first_line(database, "raw", "amount", f"amount is not null and {plain} is null")
    if unread and not is_text:
        raise _refused(column, path, unread)
    if not is_text or (unread is None and decimal_sign is None):
        return plain, ""
    database.execute(
        "create table amounts as with written as (select amount, min(line) as line from raw "
        f"where amount is not null group by amount) select amount, line, {_said()} as said, "
        + ", ".join(f"{_written(sign)} as {name}" for sign, name in DECIMAL_SIGNS.items())
        + " from written"
    )
    _require_one_currency(database, column, path)
    signs = (decimal_sign,) if decimal_sign else (*DECIMAL_SIGNS,)
    sign = _sign_that_fits(database, column, path, signs)
    return f"amounts.{DECIMAL_SIGNS[sign]}", "left join amounts on raw.amount = amounts.amount"


def _sign_that_fits(database: Any, column: str, path: str, signs: tuple[str, ...]) -> str:
    unread = {
        sign: dates.first_line(database, "amounts", "amount", f"{DECIMAL_SIGNS[sign]} is null")
        for sign in signs
    }
    fitting = [sign for sign in signs if unread[sign] is None]
    if not fitting:
        raise _refused(column, path, max(line for line in unread.values() if line))
    is_either = " <> ".join(DECIMAL_SIGNS.values())
    either = dates.first_line(database, "amounts", "amount", is_either)
    if len(fitting) > 1 and either:
        raise RapportError(
            "transactions-values",
            f"{either[1]!r} in column {column} may have decimals or thousands after its mark",
            f"{path}, data row {either[0]}",
            "say which sign stands before the decimals with --decimal . or --decimal ,",
        )
    return fitting[0]


def _written(decimal_sign: str) -> str:
    """An amount as people write it: with a currency, parted thousands, a minus or brackets."""
    sign, some = re.escape(decimal_sign), f"{_BLANK}*"
    parted = "|".join(_PARTED.format(mark) for mark in _MARKS[decimal_sign])
    digits = rf"(?:(?:{parted}|\d+)(?:{sign}\d*)?|{sign}\d+)"
    before, after = f"(?:{_WORD})?{some}", f"{some}(?:{_WORD})?"
    negative = "|".join(
        (
            f"[-−]{some}{before}{digits}{after}",
            f"{before}[-−]{some}{digits}{after}",
            f"{before}{digits}{after}{some}[-−]",
            rf"\({some}{before}{digits}{after}{some}\)",
        )
    )
    kept = f"regexp_replace(amount, {literal(f'[^0-9{decimal_sign}]')}, '', 'g')"
    number = f"try_cast(replace({kept}, {literal(decimal_sign)}, '.') as {_KIND})"
    return (
        f"case when regexp_full_match(amount, {literal(f'[+]?{before}{digits}{after}')}) "
        f"then {number} when regexp_full_match(amount, {literal(negative)}) then -{number} end"
    )


def _said() -> str:
    return f"coalesce(array_to_string(regexp_extract_all(amount, {literal(_WORD)}), ' '), '')"


def _require_one_currency(database: Any, column: str, path: str) -> None:
    """Amounts of several currencies have no sum, and a number with another word is no amount."""
    found = database.execute(
        "select said, min(line) as line, arg_min(amount, line) from amounts "
        "where coalesce(try_cast(amount as double), 1) <> 0 group by said order by line"
    ).fetchall()
    for word, line, text in found:
        (is_currency,) = database.execute(
            "select $1 = '' or regexp_full_match($1, $2)", [word, _CURRENCY]
        ).fetchone()
        if not is_currency:
            raise _refused(column, path, (line, text))
    if len(found) > 1:
        (_, _, one), (_, line, other) = found[:2]
        raise RapportError(
            "transactions-values",
            f"{one!r} and {other!r} in column {column} are not of one currency",
            f"{path}, data row {line}",
            "convert them to one, and write it on all or on none",
        )


def _refused(column: str, path: str, unread: tuple[int, Any]) -> RapportError:
    return RapportError(
        "transactions-values",
        f"{unread[1]!r} in column {column} is no number that fits the others",
        f"{path}, data row {unread[0]}",
        "write amounts as 1234.50",
    )

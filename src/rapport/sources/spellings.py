"""Ways in which two systems spell the same key differently, each as SQL that undoes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rapport.warehouses.base import literal

SEPARATORS = "-_ ./"
_DESTRUCTIVE = 8  # from this cost on a step drops letters
MAX_AFFIX = 8  # a longer constant part is no prefix but a name


@dataclass(frozen=True)
class Spelling:
    """One normalisation.

    Attributes:
        says: what is done, to end a sentence: "once ...".
        ours, theirs: SQL for a value given as SQL, on either side; the same text where nothing
            is done to that side.
        cost: how far it goes from the value as it stands; of two that do, the cheaper is chosen.
        affix: constant text that it drops.
        is_destructive: it drops what may tell two things apart.
    """

    says: str
    ours: Callable[[str], str]
    theirs: Callable[[str], str]
    cost: int
    affix: str = ""
    is_destructive: bool = False


def as_it_stands(value: str) -> str:
    """The value itself."""
    return value


def general(separators: str) -> list[Spelling]:
    """The spellings that need no constant to be found first.

    Args:
        separators: those of `SEPARATORS` that occur in the values.
    """
    both: list[tuple[str, Callable[[str], str], int]] = [
        ("blanks around are dropped", lambda v: f"trim({v})", 1),
        ("upper and lower case count as one", lambda v: f"lower({v})", 2),
        ("leading zeros are dropped", lambda v: f"ltrim({v}, '0')", 3),
    ]
    if separators:
        named = " and ".join(_NAMES[character] for character in separators)
        both.append((f"{named} are dropped", lambda v: without(v, separators), 4))
    both += [
        ("only the digits are kept", _digits, 8),
        ("only the digits after leading zeros are kept", lambda v: f"ltrim({_digits(v)}, '0')", 9),
    ]
    return [
        Spelling(says, sql, sql, cost, is_destructive=cost >= _DESTRUCTIVE)
        for says, sql, cost in both
    ]


_NAMES = {"-": "hyphens", "_": "underscores", " ": "blanks", ".": "full stops", "/": "slashes"}


def without(value: str, characters: str) -> str:
    """SQL that drops all of these characters; the same text on every engine."""
    for character in characters:
        value = f"replace({value}, {literal(character)}, '')"
    return value


def _digits(value: str) -> str:
    return f"regexp_replace({value}, '[^0-9]', '', 'g')"


def prefix(text: str, is_ours: bool) -> Spelling:
    """Drop a constant beginning of one side's values, from those that have it."""

    def sql(value: str) -> str:
        rest = f"substr({value}, {len(text) + 1})"
        has = f"left({value}, {len(text)}) = {literal(text)}"
        return f"case when {has} then {rest} else {value} end"

    return _affix("prefix", text, sql, is_ours, 5)


def suffix(text: str, is_ours: bool) -> Spelling:
    """Drop a constant end of one side's values, from those that have it."""

    def sql(value: str) -> str:
        rest = f"left({value}, length({value}) - {len(text)})"
        has = f"right({value}, {len(text)}) = {literal(text)}"
        return f"case when {has} then {rest} else {value} end"

    return _affix("suffix", text, sql, is_ours, 6)


def _affix(kind: str, text: str, sql: Callable[[str], str], is_ours: bool, cost: int) -> Spelling:
    return Spelling(
        says=f"the {kind} {text} is dropped",
        ours=sql if is_ours else as_it_stands,
        theirs=as_it_stands if is_ours else sql,
        cost=cost,
        affix=text,
    )

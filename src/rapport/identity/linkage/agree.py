"""Conditions of agreement, as SQL over columns with `_l` and `_r`."""

from __future__ import annotations


def same(column: str) -> str:
    """Whether both have the same value."""
    return f"{column}_l = {column}_r"


def none(*columns: str) -> str:
    """Whether one has none, of any of these columns."""
    return " or ".join(f"{name}_l is null or {name}_r is null" for name in columns)


def alike(column: str, least: float) -> str:
    """At least so Jaro-Winkler similar, 0 to 1."""
    return f"jaro_winkler_similarity({column}_l, {column}_r) >= {least}"


def edits(column: str, most: int) -> str:
    """At most so many edits, 1 or 2; quick looks spare the slow one nearly always.

    Two edits in seven letters leave a Jaro similarity of 0.81, in more letters a higher one.
    """
    one, other = f"{column}_l", f"{column}_r"
    return (
        f"(abs(length({one}) - length({other})) <= {most} "
        f"and jaro_similarity({one}, {other}) >= 0.8 "
        f"and damerau_levenshtein({one}, {other}) <= {most})"
    )


def part(column: str) -> str:
    """Whether one is a whole first or last word of the other: Smith and Smith-Jones."""
    one, other = f"{column}_l", f"{column}_r"
    found = " or ".join(
        f"starts_with({a}, {b} || ' ') or ends_with({a}, ' ' || {b})"
        for a, b in ((one, other), (other, one))
    )
    return f"((contains({one}, ' ') or contains({other}, ' ')) and ({found}))"


def days_apart(most: int) -> str:
    """At most so many days between the two birth dates."""
    return f"abs(born_day_l - born_day_r) <= {most}"


TURNED = (
    "(given_name_l = family_name_r and family_name_l = given_name_r "
    "or name_sorted_l = name_sorted_r "
    "or jaro_winkler_similarity(given_name_l, family_name_r) >= 0.88 "
    "and jaro_similarity(family_name_l, given_name_r) >= 0.7 "
    "or jaro_winkler_similarity(family_name_l, given_name_r) >= 0.88 "
    "and jaro_similarity(given_name_l, family_name_r) >= 0.7)"
)
# With both names on both sides one that fits crosswise is two of a family, one written turned.
MISPLACED = (
    "(abs(length(given_letters_l) - length(given_letters_r)) <= 1 "
    "and levenshtein(given_letters_l, given_letters_r) "
    "= abs(length(given_letters_l) - length(given_letters_r)) "
    "or (family_name_l is null or family_name_r is null) "
    "and (jaro_winkler_similarity(given_name_l, family_name_r) >= 0.88 "
    "or jaro_winkler_similarity(family_name_l, given_name_r) >= 0.88))"
)
# One digit wrong or two neighbours turned round, in texts of eight digits.
ONE_TYPO = "(hamming(born_l, born_r) <= 2 and damerau_levenshtein(born_l, born_r) <= 1)"
# A number in an address tells namesakes apart: there a typo is none. Two letters may differ where
# the given names do not: Susan's and Sian's addresses are no typos of each other.
EMAIL_TYPO = (
    f"email_l = email_r or email_digits_l = email_digits_r and ({edits('email', 1)} "
    f"or {edits('email', 2)} and coalesce(given_name_l = given_name_r, true))"
)
NAMES_KNOWN = (
    "(family_name_l is not null and family_name_r is not null "
    "and given_name_l is not null and given_name_r is not null)"
)
# An address made of the name says nothing new where the names themselves are compared.
NAMED_ALIKE = (
    f"coalesce({NAMES_KNOWN} and {alike('email_local', 0.88)} "
    f"and {alike('email_domain', 0.9)} and {same('email_digits')}, false)"
)
DAY_AND_MONTH = (
    "left(born_l, 4) = left(born_r, 4) and substr(born_l, 5, 2) = right(born_r, 2) "
    "and right(born_l, 2) = substr(born_r, 5, 2)"
)
TWO_OF_THREE = (
    "(left(born_l, 6) = left(born_r, 6) or right(born_l, 4) = right(born_r, 4) "
    "or left(born_l, 4) = left(born_r, 4) and right(born_l, 2) = right(born_r, 2))"
)

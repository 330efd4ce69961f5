"""Phone numbers in E.164, as phonenumbers has them, most of them many at a time.

Rules: separators go; a number written nationally takes the record's country, else the default;
only valid numbers stay; a number of one digit over and over is a placeholder.
"""

from __future__ import annotations

import phonenumbers
import pyarrow as pa
import pyarrow.compute as pc

from rapport.identity.normalise import phone_rules, text

_SEPARATORS = r"[\s().\-/\x{00a0}]+"


def phones(values: text.Text, countries: text.Text, default_country: str | None = None) -> pa.Array:
    """Numbers in E.164; null where there is no valid number.

    Args:
        values: numbers as written.
        countries: ISO 3166 alpha-2 code of the record, for numbers written nationally.
        default_country: code used where a record has none.
    """
    written = text.replace(text.flat(values), _SEPARATORS, "")
    country = pc.utf8_upper(pc.fill_null(text.flat(countries), default_country or ""))
    together = pc.binary_join_element_wise(country, written, "|")
    return text.by_distinct(together, _distinct)


def _distinct(together: pa.Array) -> pa.Array:
    country = text.replace(together, r"\|.*$", "")
    written = text.replace(together, r"^[^|]*\|", "")
    found = phone_rules.many(written, country)
    left = pc.and_(pc.is_null(found), pc.is_valid(written))
    if pc.any(left).as_py():
        rest = zip(written.filter(left).to_pylist(), country.filter(left).to_pylist(), strict=True)
        one_by_one = pa.array([e164(number, region) for number, region in rest], pa.string())
        found = pc.replace_with_mask(found, left, one_by_one)
    return text.null_if(_one_digit(found), found)


def _one_digit(found: pa.Array) -> pa.Array:
    """Whether the last seven digits are the same: +431111111111, +1 555 555 5555."""
    digits = "|".join(f"{digit}{{7}}" for digit in range(10))
    return pc.match_substring_regex(found, rf"(?:{digits})$")


def e164(written: str, country: str | None) -> str | None:
    """One number by phonenumbers alone; null where it is not valid."""
    if not written:
        return None
    try:
        number = phonenumbers.parse(written, country or None)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)

"""E-mail addresses, phone numbers and names in one spelling each.

Every function works on the distinct values of a column, so that a value that stands a million
times is looked at once.
"""

from __future__ import annotations

from collections.abc import Callable

import phonenumbers
import pyarrow as pa
import pyarrow.compute as pc
from email_validator import EmailNotValidError, validate_email

# Mailbox rules that the providers document. Domains that are not here are left alone: elsewhere
# `a.b@` and `ab@` may well be two people.
DOTS_DO_NOT_MATTER = ("gmail.com", "googlemail.com")
PLUS_TAGS = (
    *DOTS_DO_NOT_MATTER,
    *("outlook.com", "hotmail.com", "live.com", "msn.com"),
    *("icloud.com", "me.com", "mac.com"),
    *("fastmail.com", "proton.me", "protonmail.com", "pm.me"),
)
SAME_DOMAIN = {"googlemail.com": "gmail.com"}

_ATOM = r"[a-z0-9!#$%&'*+/=?^_`{|}~\-]+"
_PLAIN_EMAIL = rf"^{_ATOM}(\.{_ATOM})*@[a-z0-9\-]+(\.[a-z0-9\-]+)+$"
_SEPARATORS = r"[\s().\-/\x{00a0}]+"


def emails(values: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Addresses as their provider sees them; null where there is no valid address.

    Case and surrounding blanks go, at providers where they do not matter dots and plus tags too.
    Validity is email-validator's, without asking the DNS.
    """
    return _by_distinct(values, _distinct_emails)


def phones(
    values: pa.Array | pa.ChunkedArray,
    countries: pa.Array | pa.ChunkedArray,
    default_country: str | None = None,
) -> pa.Array:
    """Numbers in E.164; null where there is no valid number.

    Args:
        values: numbers as written.
        countries: ISO 3166 alpha-2 code of the record, for numbers written nationally.
        default_country: code used where a record has none.
    """
    written = pc.replace_substring_regex(_flat(values), _SEPARATORS, "")
    country = pc.utf8_upper(pc.fill_null(_flat(countries), default_country or ""))
    together = pc.binary_join_element_wise(country, written, "|")
    return _by_distinct(together, _distinct_phones)


def names(values: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Names without accents, case and punctuation, for comparison only; null stays null."""
    return _by_distinct(values, _distinct_names)


def _flat(values: pa.Array | pa.ChunkedArray) -> pa.Array:
    flat = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    return flat.cast(pa.string())


def _by_distinct(
    values: pa.Array | pa.ChunkedArray, normalise: Callable[[pa.Array], pa.Array]
) -> pa.Array:
    encoded = _flat(values).dictionary_encode()
    return normalise(encoded.dictionary).take(encoded.indices)


def _distinct_emails(raw: pa.Array) -> pa.Array:
    text = pc.utf8_lower(pc.utf8_trim_whitespace(pc.utf8_normalize(raw, "NFKC")))
    plain = pc.match_substring_regex(text, _PLAIN_EMAIL)
    local = pc.replace_substring_regex(text, r"@[^@]*$", "")
    domain = pc.replace_substring_regex(text, r"^.*@", "")
    domains = pc.unique(domain.filter(plain))
    accepted = [name for name in domains.to_pylist() if _validated(f"x@{name}")]
    plain_and_valid = pc.and_(plain, pc.is_in(domain, pa.array(accepted, pa.string())))
    local = pc.if_else(
        pc.is_in(domain, pa.array(PLUS_TAGS)),
        pc.replace_substring_regex(local, r"(.)\+.*$", r"\1"),
        local,
    )
    local = pc.if_else(
        pc.is_in(domain, pa.array(DOTS_DO_NOT_MATTER)),
        pc.replace_substring(local, ".", ""),
        local,
    )
    for other, same in SAME_DOMAIN.items():
        domain = pc.if_else(pc.equal(domain, other), same, domain)
    normalised = pc.binary_join_element_wise(local, domain, "@")
    # The rest (quoted, in another script, or wrong) is rare: one by one.
    odd = [
        None if is_plain or value is None else _validated(value)
        for is_plain, value in zip(plain.to_pylist(), text.to_pylist(), strict=True)
    ]
    return pc.if_else(plain_and_valid, normalised, pa.array(odd, pa.string()))


def _validated(address: str) -> str | None:
    try:
        return validate_email(address, check_deliverability=False).normalized.lower()
    except EmailNotValidError:
        return None


def _distinct_phones(together: pa.Array) -> pa.Array:
    return pa.array([_e164(value) for value in together.to_pylist()], pa.string())


def _e164(value: str | None) -> str | None:
    country, _, written = (value or "").partition("|")
    if not written:
        return None
    try:
        number = phonenumbers.parse(written, country or None)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _distinct_names(raw: pa.Array) -> pa.Array:
    folded = pc.replace_substring_regex(pc.utf8_normalize(raw, "NFKD"), r"\p{Mn}+", "")
    folded = pc.replace_substring_regex(pc.utf8_lower(folded), r"[^\p{L}\p{N}]+", " ")
    folded = pc.utf8_trim_whitespace(folded)
    return pc.if_else(pc.equal(folded, ""), None, folded)

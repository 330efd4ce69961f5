"""E-mail addresses as their provider sees them.

Rules: compatible characters, case and surrounding blanks; at providers that say so, dots and plus
tags before the `@`; domains that are one provider's. Invalid addresses and those that stand for
"none" are null.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
from email_validator import EmailNotValidError, validate_email

from rapport.identity.normalise import text, words

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


def emails(values: text.Text) -> pa.Array:
    """Addresses as their provider sees them; null where there is no valid address.

    Validity is email-validator's, without asking the DNS.
    """
    return text.by_distinct(values, _distinct)


def email_parts(
    normalised: text.Text, written: text.Text | None = None
) -> tuple[pa.Array, pa.Array]:
    """The letters before the `@`, folded and without digits and punctuation, and the domain.

    Args:
        normalised: addresses by `emails`.
        written: the same as written; one that a slip made invalid still has its letters.
    """
    whole = text.flat(normalised)
    source = whole
    if written is not None:
        slips = text.null_if(pc.is_valid(whole), text.flat(written))
        source = pc.coalesce(whole, text.by_distinct(slips, text.without_placeholders))
    letters = text.by_distinct(text.replace(source, "@.*$", ""), _letters)
    return letters, text.replace(whole, r"^.*@", "")


def _letters(local: pa.Array) -> pa.Array:
    letters = text.null_if_empty(text.replace(text.fold(local), r"[^\p{L}\p{M}]+", ""))
    return text.null_if(_of_nobody(letters), letters)


def _of_nobody(letters: pa.Array) -> pa.Array:
    return pc.is_in(letters, value_set=pa.array(words.listed("no_mailbox")))


def _distinct(raw: pa.Array) -> pa.Array:
    written = pc.utf8_lower(pc.utf8_trim_whitespace(pc.utf8_normalize(raw, "NFKC")))
    plain = pc.match_substring_regex(written, _PLAIN_EMAIL)
    local = text.replace(written, r"@[^@]*$", "")
    domain = text.replace(written, r"^.*@", "")
    domains = pc.unique(domain.filter(plain))
    accepted = [name for name in domains.to_pylist() if _validated(f"x@{name}")]
    plain_and_valid = pc.and_(plain, pc.is_in(domain, pa.array(accepted, pa.string())))
    local = pc.if_else(
        pc.is_in(domain, pa.array(PLUS_TAGS)), text.replace(local, r"(.)\+.*$", r"\1"), local
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
        for is_plain, value in zip(plain.to_pylist(), written.to_pylist(), strict=True)
    ]
    found = pc.if_else(plain_and_valid, normalised, pa.array(odd, pa.string()))
    letters = text.replace(text.replace(found, r"@[^@]*$", ""), r"[^\p{L}]+", "")
    # 0@, 000@: no letter and one digit over and over.
    zeros = pc.match_substring_regex(found, r"^[0.\-_]+@")
    return text.null_if(pc.or_(_of_nobody(letters), zeros), found)


def _validated(address: str) -> str | None:
    try:
        found = validate_email(address, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return None
    return found.normalized.lower() if "." in found.domain else None

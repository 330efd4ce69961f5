"""National and tax ids.

Rules: letters and digits only, in capitals. Where the id has the shape of one that the country
knows, python-stdnum checks it, and a wrong checksum makes it null; another shape is another kind
of id, of which nothing is known, and stays.
"""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from rapport.identity.normalise import text, words

_NOTHING = r"^(?:0+|1+|2+|3+|4+|5+|6+|7+|8+|9+|X+|123456789\d*|NA|NONE|NULL|UNKNOWN)$"


def national_ids(values: text.Text, countries: text.Text) -> pa.Array:
    """Ids of people, in capitals without punctuation; null where a checksum fails.

    Args:
        countries: ISO 3166 alpha-2 code of each record; null for a country not known.
    """
    return _checked(values, countries, _national)


def tax_ids(values: text.Text, countries: text.Text) -> pa.Array:
    """Tax and VAT ids, the latter always with the country in front; null where a checksum fails.

    Args:
        countries: ISO 3166 alpha-2 code of each record; a prefix such as DE goes before it.
    """
    return _checked(values, countries, _tax)


def _checked(values: text.Text, countries: text.Text, check: Any) -> pa.Array:
    written = text.by_distinct(values, _compact)
    country = pc.fill_null(text.flat(countries), "")
    together = pc.binary_join_element_wise(country, written, "|")
    return text.each(together, lambda both: check(*both.split("|", 1)))


def _compact(raw: pa.Array) -> pa.Array:
    written = pc.utf8_upper(pc.utf8_normalize(raw, "NFKC"))
    written = text.null_if_empty(text.replace(written, r"[^\p{L}\p{N}]+", ""))
    return text.null_if(pc.match_substring_regex(written, _NOTHING), written)


def _national(country: str, written: str) -> str | None:
    return _judged(words.mapped("national_ids").get(country), written)


def _tax(country: str, written: str) -> str | None:
    prefix = written[:2]
    for of in dict.fromkeys((prefix, country)):
        if (module := _vat(of)) is not None and (found := _valid(module, written)) is not None:
            return of + found.removeprefix(of)
    if prefix.isalpha() and _vat(prefix) is not None and _fails(_vat(prefix), written):
        return None
    return _judged(words.mapped("tax_ids").get(country), written)


def _judged(name: str | None, written: str) -> str | None:
    if name is None:
        return written
    module = import_module(f"stdnum.{name}")
    found = _valid(module, written)
    if found is not None:
        return "".join(filter(str.isalnum, found)).upper()
    return None if _fails(module, written) else written


def _valid(module: Any, written: str) -> str | None:
    try:
        return str(module.validate(written))
    except Exception:  # some modules stumble over text that is no number at all
        return None


def _fails(module: Any, written: str) -> bool:
    """Whether it has the shape of the id and yet is none."""
    from stdnum.exceptions import InvalidChecksum, InvalidComponent

    try:
        module.validate(written)
    except (InvalidChecksum, InvalidComponent):
        return True
    except Exception:  # see above
        return False
    return False


@lru_cache
def _vat(country: str) -> Any:
    if not (country.isascii() and country.isalpha() and len(country) == 2):
        return None
    from stdnum import get_cc_module

    return get_cc_module(country.lower(), "vat")

"""Addresses: street, house number, city, postcode, country, each in one spelling.

Rules:
- The house number stands before or after the street; letters stay with it (12a), ranges keep
  their first number; flat, floor, door and suite go.
- Abbreviations are written out (str.: strasse, st: street or saint, ave: avenue, c/: calle); a
  word for "street" that German and Dutch write together is joined (schiller strasse).
- A city loses what says only which part of it (Paris 12, Lyon cedex 03).
- A postcode is letters and digits in capitals; a country in front goes (D-80331), US codes have
  five digits, and zeros that a spreadsheet dropped come back.
- A country is an ISO 3166 alpha-2 code, from codes of two or three letters, digits and the names
  in eleven languages (babel's).
"""

from __future__ import annotations

from functools import lru_cache

import pyarrow as pa
import pyarrow.compute as pc

from rapport.identity.normalise import text, words

_BOX = (
    r"^(?:g?p\.?\s?o\.?\s?box|post\s?office\s?box|postfach|bo[iî]te\s?postale|apartado|postbus)"
    r"\s*(\d*).*$"
)
_UNIT = (
    r"(?i)(?:[,;]\s*|\s+)(?:apt|apartment|app|appt|unit|flat|suite|ste|room|rm|floor|fl|level|lvl|"
    r"top|stiege|stock|og|whg|wohnung|piso|planta|puerta|int|interno|bte|etage|étage|bus|lokal)"
    r"\b\.?\s*[\w/\-]*.*$"
)
_UNIT_FIRST = (
    r"(?i)^(?:apt|apartment|unit|flat|suite|room|level|shop|lot)\.?\s*\w+\s*[,/]\s*(\d.*)$"
)
_NUMBER_FIRST = (
    r"^(?:no\.? ?)?(\d{1,5}\s?(?:bis|ter|quater|[a-z])?)(?:\s?[-/–]\s?\d+\w?)*\s*,?\s+(\D.*)$"
)
_NUMBER_LAST = (
    r"^(.*\D)\s*,?\s(?:nr\.? ?|no\.? ?|n[°º]\s?|#)?"
    r"(\d{1,5}\s?[a-z]?)(?:\s?[-/–,]\s?\d*\w{0,3})*\.?$"
)
_NUMBER_GLUED = r"^(.*(?:str\.|straße|strasse|weg|gasse|platz))(\d{1,5}\s?[a-z]?)$"
_NUMBER_CHINESE = r"^(.*?)(\d{1,5})\s?(?:号|號).*$"

_COUNTRY_LOCALES = ("en", "de", "fr", "es", "it", "nl", "pt", "pl", "sv", "zh", "cs")


def streets(values: text.Text) -> tuple[pa.Array, pa.Array]:
    """Street without house number, abbreviations written out, and the house number."""
    encoded = text.flat(values).dictionary_encode()
    written = text.without_placeholders(text.trimmed(encoded.dictionary))
    street, number = _parted(pc.utf8_lower(written))
    street = text.each(text.fold(street), _written_out)
    return street.take(encoded.indices), number.take(encoded.indices)


def house_numbers(values: text.Text) -> pa.Array:
    """House numbers given apart from the street."""
    number = text.by_distinct(values, lambda raw: text.without_placeholders(text.trimmed(raw)))
    return _number(text.replace(pc.utf8_lower(number), r"^(\d+\s?[a-z]?)\b.*$", r"\1"))


def cities(values: text.Text) -> pa.Array:
    """Cities folded, without district numbers."""
    return text.by_distinct(values, _distinct_cities)


def postcodes(values: text.Text, countries: text.Text) -> pa.Array:
    """Postcodes in letters and digits.

    Args:
        countries: ISO 3166 alpha-2 code of each record; null for a country not known.
    """
    code = text.by_distinct(values, _distinct_postcodes)
    country = text.flat(countries)
    for name, length in words.mapped("postcode_digits").items():
        short = pc.and_(pc.equal(country, name), pc.match_substring_regex(code, r"^\d{3,}$"))
        code = pc.if_else(
            pc.fill_null(short, False), pc.utf8_lpad(code, width=int(length), padding="0"), code
        )
    return text.null_if(pc.match_substring_regex(code, r"^(?:0+|X+|9{4,})$"), code)


def countries(values: text.Text) -> pa.Array:
    """ISO 3166 alpha-2 codes; null for what is no country."""
    known = _known_countries()
    return text.by_distinct(
        values,
        lambda raw: pa.array(
            [known.get(name or "") for name in text.fold(raw).to_pylist()], pa.string()
        ),
    )


def regions(values: text.Text) -> pa.Array:
    """States, provinces and the like, folded."""
    return text.fold(text.by_distinct(values, text.without_placeholders))


def _parted(written: pa.Array) -> tuple[pa.Array, pa.Array]:
    box = pc.match_substring_regex(written, _BOX)
    box_number = text.null_if_empty(text.replace(written, _BOX, r"\1"))
    street = text.replace(text.replace(written, _UNIT_FIRST, r"\1"), _UNIT, "")
    number = pa.nulls(len(street), pa.string())
    for pattern, street_at, number_at in (
        (_NUMBER_CHINESE, r"\1", r"\2"),
        (_NUMBER_FIRST, r"\2", r"\1"),
        (_NUMBER_LAST, r"\1", r"\2"),
        (_NUMBER_GLUED, r"\1", r"\2"),
    ):
        hit = pc.and_(
            pc.is_null(number), pc.fill_null(pc.match_substring_regex(street, pattern), False)
        )
        found = text.replace(street, pattern, number_at)
        street = pc.if_else(hit, text.replace(street, pattern, street_at), street)
        number = pc.if_else(hit, found, number)
    street = pc.if_else(pc.fill_null(box, False), "po box", street)
    return street, _number(pc.if_else(pc.fill_null(box, False), box_number, number))


def _number(found: pa.Array) -> pa.Array:
    return text.null_if_empty(text.replace(text.replace(found, r"\s+", ""), r"^0+(\d)", r"\1"))


def _written_out(street: str) -> str | None:
    starts, ends, anywhere, joined = _street_words()
    parts = street.split()
    last = len(parts) - 1
    out: list[str] = []
    for position, part in enumerate(parts):
        if position == 0 and last:
            part = starts.get(part, part)
        elif position == last and position:
            part = ends.get(part, part)
        elif part == "st":
            part = "saint" if position < last else "street"
        part = anywhere.get(part, part)
        if part.endswith("str") and len(part) > 5:
            part += "asse"
        if part in joined and out and out[-1].isalpha():
            out[-1] += part
        elif part:
            out.append(part)
    return " ".join(out) or None


@lru_cache
def _street_words() -> tuple[dict[str, str], dict[str, str], dict[str, str], frozenset[str]]:
    return (
        words.mapped("street_start"),
        words.mapped("street_end"),
        words.mapped("street_words"),
        frozenset(words.listed("street_joined")),
    )


def _distinct_cities(raw: pa.Array) -> pa.Array:
    city = text.fold(text.without_placeholders(text.trimmed(raw)))
    city = text.replace(city, r"^(\D{3,}?) cedex\b.*$", r"\1")
    city = text.replace(city, r"^(\D*\D) \d{1,2}(?:e|eme|er|th)?$", r"\1")
    return text.replace(city, r"^(?:st|sankt|sint) ", "saint ")


def _distinct_postcodes(raw: pa.Array) -> pa.Array:
    code = pc.utf8_upper(text.without_placeholders(text.trimmed(raw)))
    code = text.replace(code, r"^[A-Z]{1,3}\s?-\s?(\d[\d ]{3,6})$", r"\1")
    code = text.replace(code, r"^(\d{5})-\d{4}$", r"\1")
    code = text.replace(code, r"\.0$", "")
    return text.null_if_empty(text.replace(code, r"[^\p{L}\p{N}]+", ""))


@lru_cache
def _known_countries() -> dict[str, str]:
    from babel import Locale
    from babel.core import get_global

    # Codes of unions and of tests are no countries.
    no_country = ("EU", "EZ", "UN", "QO", "XA", "XB", "ZZ")
    codes = sorted(
        code
        for code in map(str, Locale("en").territories)
        if len(code) == 2 and code.isalpha() and code not in no_country
    )
    known = {code.lower(): code for code in codes}
    for alias, now in sorted(get_global("territory_aliases").items()):
        if len(now) == 1 and now[0] in known.values():
            known.setdefault(alias.lower(), now[0])
    for locale in _COUNTRY_LOCALES:
        territories = Locale(locale).territories
        folded = text.fold(pa.array([territories.get(code) for code in codes], pa.string()))
        for name, code in zip(folded.to_pylist(), codes, strict=True):
            known.setdefault(name or code.lower(), code)
    return known | words.mapped("countries")

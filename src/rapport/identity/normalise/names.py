"""People's names: folded, split, in Latin letters, with nicknames resolved.

Rules:
- Titles in front (Dr., Mrs., Herr) and suffixes behind (Jr., III, PhD) go; "n/a", "unknown" and
  the like are null.
- A full name fills in parts that are missing: see `name_splitting`.
- The second form of a name is how it is spelt in Latin letters: Chinese as pinyin, with the
  readings that characters have as a family name; Cyrillic, Greek and the rest transliterated;
  ä, ö, ü, å, ø as ae, oe, ue, aa, oe. Pinyin written apart (Xiu Ying) is joined in it.
- The root of a given name is what it is short for (Bob: robert), by `nicknames.yml`. Only the
  first name counts: Anna Maria and Anna have the same root, Jean-Pierre and Jean do not.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import pyarrow as pa
import pyarrow.compute as pc

from rapport.identity.normalise import text, words
from rapport.identity.normalise.name_splitting import COMPOUND_SURNAMES, HAN, pinyin_surnames, split

_TITLES = "|".join(words.listed("titles"))
_IN_FRONT = rf"(?i)^(?:(?:{_TITLES})(?:\.[\s\-]*|\s+))+(\S.*)$"
_SUFFIXES = "|".join(suffix.replace(" ", r"\.?\s?") for suffix in words.listed("suffixes"))
_BEHIND = rf"(?i)^(.*\S)(?:,\s*|\s+)(?:{_SUFFIXES})\.?$"
_HONORIFICS = rf"^(\p{{Han}}{{2,}})\s?(?:{'|'.join(words.listed('honorifics'))})$"


@dataclass(frozen=True)
class Names:
    """The names of each record; null where there is none.

    Attributes:
        given: given name, folded.
        family: family name, folded.
        given_alt: second form in Latin letters, null where it is the first.
        family_alt: the same for the family name.
        given_root: what the given name is short for, else its first part.
        full: the whole name, folded, in the order written.
        in_order: all words of given and family name in Latin letters, sorted: equal for a name
            whose parts were swapped.
    """

    given: pa.Array
    family: pa.Array
    given_alt: pa.Array
    family_alt: pa.Array
    given_root: pa.Array
    full: pa.Array
    in_order: pa.Array


def person_names(
    first: text.Text, last: text.Text, full: text.Text, country: text.Text | None = None
) -> Names:
    """The names of people.

    Args:
        first: given names as written.
        last: family names as written.
        full: whole names as written; used where a part is missing.
        country: ISO 3166 alpha-2 codes; they decide whose Latin full names start with the family
            name.
    """
    first, last, full = (text.by_distinct(part, _cleaned) for part in (first, last, full))
    first, full = (text.by_distinct(part, _of_somebody) for part in (first, full))
    last = pc.if_else(pc.is_null(first), text.by_distinct(last, _of_somebody), last)
    # A Chinese name that stands whole in one field.
    whole_in_last = pc.and_(pc.is_null(first), pc.match_substring_regex(last, r"^\p{Han}{2,}$"))
    whole_in_last = pc.and_(
        pc.fill_null(whole_in_last, False),
        pc.invert(pc.is_in(last, value_set=pa.array(sorted(COMPOUND_SURNAMES)))),
    )
    full = pc.coalesce(full, pc.if_else(whole_in_last, last, None))
    last = text.null_if(whole_in_last, last)
    split_given, split_family = _split(full, pc.or_(pc.is_null(first), pc.is_null(last)), country)
    given = pc.coalesce(first, text.null_if(pc.equal(split_given, last), split_given))
    family = pc.coalesce(last, text.null_if(pc.equal(split_family, first), split_family))
    given_folded, family_folded = text.fold(given), text.fold(family)
    family_latin = text.by_distinct(family, _family_latin)
    given_as_written = text.latin(given)
    given_latin = _joined_pinyin(given_as_written, family_latin)
    is_joined = pc.not_equal(given_latin, given_as_written)
    return Names(
        given=given_folded,
        family=family_folded,
        given_alt=_second(given, given_folded, given_latin),
        family_alt=_second(family, family_folded, family_latin),
        given_root=pc.if_else(is_joined, given_latin, text.by_distinct(given, _roots)),
        full=pc.coalesce(text.fold(full), _joined(given_folded, family_folded)),
        in_order=text.each(
            _blank_joined(given_latin, family_latin), lambda both: " ".join(sorted(both.split()))
        ),
    )


def _cleaned(raw: pa.Array) -> pa.Array:
    name = text.trimmed(raw)
    name = text.replace(name, _IN_FRONT, r"\1")
    name = text.replace(text.replace(name, _BEHIND, r"\1"), _HONORIFICS, r"\1")
    return text.without_placeholders(name)


def _of_somebody(name: pa.Array) -> pa.Array:
    return text.without_placeholders(name, "no_person")


def _split(
    full: pa.Array, wanted: pa.Array, country: text.Text | None
) -> tuple[pa.Array, pa.Array]:
    full = text.null_if(pc.invert(wanted), full)
    chinese = pa.array([False] * len(full)) if country is None else _is_chinese(country)
    halves = []
    for mask, is_chinese in ((chinese, True), (pc.invert(chinese), False)):
        encoded = text.null_if(pc.invert(mask), full).dictionary_encode()
        pairs = [split(name, is_chinese) for name in encoded.dictionary.to_pylist()]
        halves.append([pa.array(part, pa.string()).take(encoded.indices) for part in _unzip(pairs)])
    (given, family), (other_given, other_family) = halves
    return pc.coalesce(given, other_given), pc.coalesce(family, other_family)


def _unzip(pairs: list[tuple[str | None, str | None]]) -> tuple[list[str | None], ...]:
    return [given for given, _ in pairs], [family for _, family in pairs]


def _is_chinese(country: text.Text) -> pa.Array:
    known = pc.is_in(text.flat(country), value_set=pa.array(words.listed("chinese_countries")))
    return pc.fill_null(known, False)


def _family_latin(raw: pa.Array) -> pa.Array:
    latin = text.latin(raw)
    readings = words.mapped("surname_readings")
    known = [readings.get(name) for name in raw.to_pylist()]
    return pc.coalesce(pa.array(known, pa.string()), latin)


def _joined_pinyin(given: pa.Array, family: pa.Array) -> pa.Array:
    """Given names in Latin letters; two syllables behind a Chinese family name as one word."""
    chinese = pc.is_in(family, value_set=pa.array(sorted(pinyin_surnames())))
    joined = text.each(given, _as_syllables)
    return pc.if_else(pc.and_(chinese, pc.is_valid(joined)), joined, given)


def _as_syllables(name: str) -> str | None:
    parts = name.split()
    if len(parts) == 2 and all(part in _syllables() for part in parts):
        return "".join(parts)
    return None


@lru_cache
def _syllables() -> frozenset[str]:
    """All syllables of Mandarin, as anyascii reads the common Chinese characters."""
    from anyascii import anyascii

    return frozenset(anyascii(chr(code)).lower() for code in range(0x4E00, 0x9FA6))


def _second(raw: pa.Array, folded: pa.Array, latin: pa.Array) -> pa.Array:
    spelt = text.by_distinct(raw, _umlauts_spelt)
    second = pc.if_else(pc.equal(latin, folded), spelt, latin)
    return text.null_if(pc.equal(second, folded), second)


def _umlauts_spelt(raw: pa.Array) -> pa.Array:
    name = pc.utf8_lower(pc.utf8_normalize(raw, "NFC"))
    for letter, spelt in words.mapped("umlauts").items():
        name = pc.replace_substring(name, letter, spelt)
    return text.fold(name)


def _roots(raw: pa.Array) -> pa.Array:
    known = words.nicknames()
    first = text.replace(raw, r"^(\S+)\s.*$", r"\1")
    # "J. R." has no first name that would say more than the whole.
    first = pc.if_else(pc.match_substring_regex(first, r"^\p{L}\.?$"), raw, first)
    folded, latin = text.fold(first).to_pylist(), text.latin(first).to_pylist()
    roots = [
        None if spelt is None else known.get(spelt, spelt if is_own(name) else name)
        for name, spelt in zip(folded, latin, strict=True)
    ]
    return pa.array(roots, pa.string())


def is_own(name: str) -> bool:
    """Whether a name stands for itself in Latin letters; Chinese has too many homophones."""
    return not HAN.search(name)


def _joined(given: pa.Array, family: pa.Array) -> pa.Array:
    """Given and family name in the order of their script."""
    chinese = pc.fill_null(pc.match_substring_regex(family, r"^\p{Han}+$"), False)
    chinese = pc.and_(chinese, pc.fill_null(pc.match_substring_regex(given, r"^\p{Han}+$"), False))
    return pc.if_else(
        chinese, pc.binary_join_element_wise(family, given, ""), _blank_joined(given, family)
    )


def _blank_joined(given: pa.Array, family: pa.Array) -> pa.Array:
    # Not null_handling="skip": Arrow 26 loses rows in which all parts are null.
    return pc.coalesce(pc.binary_join_element_wise(given, family, " "), given, family)

"""What all normalisers share: distinct values, folding, Latin letters, placeholders."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from rapport.identity.normalise import words

Text: TypeAlias = pa.Array | pa.ChunkedArray

# Letters that Unicode does not take apart into a base letter and a mark.
_LETTERS = "ß: ss, æ: ae, œ: oe, ø: o, ł: l, đ: d, ð: d, þ: th, ı: i, ħ: h, ŧ: t, ŋ: n, ĸ: k".split(
    ", "
)
# Marks over Latin, Greek and Cyrillic letters, Hebrew points and Arabic vowel signs are left
# out in writing by hand; the vowel signs of Indian scripts and the kana's voicing are not.
_MARKS = r"[\x{0300}-\x{036F}\x{0591}-\x{05C7}\x{064B}-\x{065F}\x{0670}]+"
_APOSTROPHES = r"['’‘`´ʼʹ＇]+"  # O'Brien, D’Angelo: one word, with or without
_ASCII_BREAKS = r"[^a-z0-9]+"
_BREAKS = r"[^\p{L}\p{N}\p{M}]+"

_FILLERS = r"^(?:x{2,}|0+|\?+|asdf+|qwert[yz]?|(?:xx+ ?)+)$"


def flat(values: Text) -> pa.Array:
    """One array of text."""
    whole = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    return whole.cast(pa.string())


def by_distinct(values: Text, normalise: Callable[[pa.Array], pa.Array]) -> pa.Array:
    """`normalise` of a column, which sees each distinct value once."""
    encoded = flat(values).dictionary_encode()
    return normalise(encoded.dictionary).take(encoded.indices)


def each(values: Text, normalise: Callable[[str], str | None]) -> pa.Array:
    """`normalise` of each distinct text of a column; null stays null."""
    return by_distinct(
        values,
        lambda raw: pa.array(
            [None if one is None else normalise(one) for one in raw.to_pylist()], pa.string()
        ),
    )


def replace(values: pa.Array, pattern: str, by: str) -> pa.Array:
    """Every match of a pattern (RE2) replaced."""
    return pc.replace_substring_regex(values, pattern, by)


def null_if(mask: pa.Array, values: pa.Array) -> pa.Array:
    """The values, null where `mask` holds."""
    return pc.if_else(pc.fill_null(mask, False), pa.scalar(None, values.type), values)


def null_if_empty(values: pa.Array) -> pa.Array:
    """The values, null for the empty text."""
    return null_if(pc.equal(values, ""), values)


def trimmed(values: pa.Array) -> pa.Array:
    """Compatible characters (full width, ligatures) in their usual form, blanks single."""
    text = replace(
        pc.utf8_normalize(values, "NFKC"), r"[\s\x{00a0}\x{200b}-\x{200f}\x{feff}]+", " "
    )
    return null_if_empty(pc.utf8_trim_whitespace(text))


def fold(values: Text) -> pa.Array:
    """Text without case, accents and punctuation, words parted by one blank.

    Apostrophes go without a trace, other punctuation parts words. Scripts without case stay as
    they are. Null where nothing is left. Folding the folded changes nothing.
    """
    return by_distinct(values, _fold_distinct)


def _fold_distinct(raw: pa.Array) -> pa.Array:
    is_ascii = pc.fill_null(pc.string_is_ascii(raw), True)
    plain = replace(pc.utf8_lower(raw), "['`]+", "")
    plain = replace(plain, _ASCII_BREAKS, " ")
    if pc.all(is_ascii).as_py() is False:
        plain = pc.replace_with_mask(
            plain, pc.invert(is_ascii), _fold_any(raw.filter(pc.invert(is_ascii)))
        )
    return null_if_empty(pc.utf8_trim_whitespace(plain))


def _fold_any(raw: pa.Array) -> pa.Array:
    # Twice: taking apart can bring capitals, and lowering can bring marks.
    text = pc.utf8_lower(pc.utf8_normalize(raw, "NFKD"))
    text = pc.utf8_lower(pc.utf8_normalize(text, "NFKD"))
    text = replace(text, _MARKS, "")
    for letter, _, plain in (entry.partition(": ") for entry in _LETTERS):
        text = pc.replace_substring(text, letter, plain)
    text = replace(replace(text, _APOSTROPHES, ""), _BREAKS, " ")
    return pc.utf8_normalize(text, "NFC")


def latin(values: Text) -> pa.Array:
    """Folded text in Latin letters, other scripts transliterated by anyascii.

    anyascii reads Chinese as pinyin without tones: of the 3,755 most used characters it reads
    all but 15 as pypinyin does, and it knows the other scripts too.
    """
    return by_distinct(values, _latin_distinct)


def _latin_distinct(raw: pa.Array) -> pa.Array:
    folded = _fold_distinct(raw)
    odd = pc.fill_null(pc.invert(pc.string_is_ascii(folded)), False)
    if not pc.any(odd).as_py():
        return folded
    from anyascii import anyascii

    # From the text as written: folding takes marks that a transliteration needs.
    written = pc.utf8_normalize(raw.filter(odd), "NFKC").to_pylist()
    spelt = pa.array([anyascii(value) for value in written], pa.string())
    return pc.replace_with_mask(folded, odd, _fold_distinct(spelt))


def without_placeholders(values: pa.Array, also: str | None = None) -> pa.Array:
    """Values whose folded form says something; null for "n/a", "unknown", "xxx", "000" ...

    Args:
        also: a list of `words.yml` that says nothing in this column.
    """
    folded = fold(values)
    known = pc.is_in(folded, value_set=_placeholders(also))
    filler = pc.match_substring_regex(folded, _FILLERS)
    return null_if(pc.or_(known, pc.or_(pc.fill_null(filler, False), pc.is_null(folded))), values)


@lru_cache
def _placeholders(also: str | None) -> Any:
    return pa.array([*words.listed("placeholders"), *(words.listed(also) if also else ())])

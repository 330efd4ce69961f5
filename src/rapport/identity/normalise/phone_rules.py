"""The rules of phonenumbers, applied to whole columns.

phonenumbers looks at one number in about 60 microseconds. Its rules are patterns, and Arrow
applies a pattern to a column in one pass. `many` follows the way of `parse` and `is_valid_number`
where that way is plain, gives only numbers of which it is sure, and leaves all others to the
library. A property test holds the two against each other for every country.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import phonenumbers
import pyarrow as pa
import pyarrow.compute as pc
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, REGION_CODE_FOR_NON_GEO_ENTITY, PhoneMetadata

from rapport.identity.normalise.text import replace

Positions = np.ndarray[Any, np.dtype[np.int64]]

_KINDS = (
    *("mobile", "fixed_line", "toll_free", "premium_rate", "shared_cost", "voip"),
    *("personal_number", "pager", "uan", "voicemail"),
)


def many(written: pa.Array, country: pa.Array) -> pa.Array:
    """Numbers in E.164 where that is certain, null elsewhere.

    Args:
        written: numbers without separators.
        country: ISO 3166 alpha-2 code for those written nationally, empty for none.
    """
    found = _Found(len(written))
    # Longer ones are no numbers; shorter ones have special rules.
    simple = pc.fill_null(pc.match_substring_regex(written, r"^\+?[0-9]{6,20}$"), False)
    is_plus = pc.fill_null(pc.starts_with(written, "+"), False)
    places = _where(pc.and_(simple, is_plus))
    international = [(places, pc.utf8_slice_codeunits(written.take(places), 1))]
    national = _where(pc.and_(simple, pc.invert(is_plus)))
    codes = country.take(national).dictionary_encode()
    indices = codes.indices.to_numpy(zero_copy_only=False)
    for index, region in enumerate(codes.dictionary.to_pylist()):
        places = national[indices == index]
        if (rules := PhoneMetadata.metadata_for_region(region, None)) is not None:
            international.append(_national(found, rules, places, written.take(places)))
    places = np.concatenate([part for part, _ in international])
    _international(found, places, pa.concat_arrays([part for _, part in international]))
    return found.column()


class _Found:
    """Numbers found, by position."""

    def __init__(self, count: int) -> None:
        self.source = np.full(count, -1, np.int64)
        self.parts: list[pa.Array] = [pa.array([], pa.string())]
        self.count = 0

    def add(self, places: Positions, code: int, numbers: pa.Array, mask: pa.Array) -> None:
        """Note the numbers of one calling code for which `mask` holds."""
        sure = _where(mask)
        self.source[places[sure]] = self.count + np.arange(len(sure))
        self.parts.append(pc.binary_join_element_wise(f"+{code}", numbers.take(sure), ""))
        self.count += len(sure)

    def column(self) -> pa.Array:
        """The whole column, null where nothing was found."""
        source = pa.array(self.source, mask=self.source < 0)
        return pa.concat_arrays(self.parts).take(source)


def _national(
    found: _Found, rules: Any, places: Positions, digits: pa.Array
) -> tuple[Positions, pa.Array]:
    """Numbers of one region without a plus; gives back those that turn out international."""
    prefix = rules.international_prefix
    after = replace(digits, f"^(?:{prefix})", "") if prefix else digits
    abroad = pc.not_equal(after, digits)
    # A zero after the prefix means that it was none: rare, for the library.
    leaves = pc.and_(abroad, pc.match_substring_regex(after, "^[1-9]"))
    code = str(rules.country_code)
    stays = _where(pc.invert(pc.or_(abroad, pc.starts_with(digits, code))))
    _decide(found, rules, places[stays], digits.take(stays))
    going = _where(leaves)
    return places[going], after.take(going)


def _international(found: _Found, places: Positions, digits: pa.Array) -> None:
    """Numbers that start with a calling code."""
    parts = pc.extract_regex(digits, _calling_codes())
    known = _where(pc.is_valid(parts))
    places, parts = places[known], parts.take(known)
    codes = pc.struct_field(parts, "code").dictionary_encode()
    rest = pc.struct_field(parts, "rest")
    indices = codes.indices.to_numpy(zero_copy_only=False)
    for index, code in enumerate(codes.dictionary.to_pylist()):
        mine = np.flatnonzero(indices == index)
        main = COUNTRY_CODE_TO_REGION_CODE[int(code)][0]
        if main != REGION_CODE_FOR_NON_GEO_ENTITY:
            rules = PhoneMetadata.metadata_for_region(main, None)
            _decide(found, rules, places[mine], rest.take(mine))


def _decide(found: _Found, rules: Any, places: Positions, digits: pa.Array) -> None:
    """Note those numbers that are valid once the region's national prefix is off.

    The library takes the prefix off if what remains can be a number, and what is noted here is a
    valid one.
    """
    if not len(places):
        return
    sure = pc.match_substring_regex(digits, "^0?[1-9]")
    if rules.national_prefix_for_parsing:
        after = replace(digits, f"^(?:{rules.national_prefix_for_parsing})", "")
        if rules.national_prefix_transform_rule:
            # The rule may rewrite the number instead of shortening it.
            sure = pc.and_(sure, pc.equal(after, digits))
        digits = after
        sure = pc.and_(sure, pc.match_substring_regex(digits, "^0?[1-9]"))
    # The prefix goes also where the number was no good; then nothing is noted.
    found.add(places, rules.country_code, digits, pc.and_(sure, _valid(rules.country_code, digits)))


def _valid(code: int, digits: pa.Array) -> pa.Array:
    """What `is_valid_number` says: the first region that owns the number knows its kind."""
    valid = np.zeros(len(digits), bool)
    open_ = np.arange(len(digits))
    for region in COUNTRY_CODE_TO_REGION_CODE[code]:
        if not len(open_):
            break
        rules: Any = PhoneMetadata.metadata_for_region(region, None)
        mine = digits.take(open_)
        if rules.leading_digits:
            owned = _mask(pc.match_substring_regex(mine, f"^(?:{rules.leading_digits})"))
            known = owned.copy()
            known[owned] = _of_a_kind(rules, mine.filter(pa.array(owned)))
        else:
            owned = known = _of_a_kind(rules, mine)
        valid[open_[known]] = True
        open_ = open_[~owned]
    return pa.array(valid)


def _of_a_kind(rules: Any, digits: pa.Array) -> np.ndarray[Any, np.dtype[np.bool_]]:
    known = np.zeros(len(digits), bool)
    open_ = np.flatnonzero(_matches(rules.general_desc, digits))
    for kind in _KINDS:
        hit = _matches(getattr(rules, kind), digits.take(open_))
        known[open_[hit]] = True
        open_ = open_[~hit]
        if not len(open_):
            break
    return known


def _matches(description: Any, digits: pa.Array) -> np.ndarray[Any, np.dtype[np.bool_]]:
    if description is None or not description.national_number_pattern:
        return np.zeros(len(digits), bool)
    fits = pc.match_substring_regex(digits, f"^(?:{description.national_number_pattern})$")
    if description.possible_length:
        lengths = pa.array(description.possible_length, pa.int32())
        fits = pc.and_(fits, pc.is_in(pc.binary_length(digits), value_set=lengths))
    return _mask(fits)


def _mask(values: pa.Array) -> np.ndarray[Any, np.dtype[np.bool_]]:
    return np.asarray(values.to_numpy(zero_copy_only=False), bool)


def _where(mask: pa.Array) -> Positions:
    return np.flatnonzero(_mask(mask))


@lru_cache
def _calling_codes() -> str:
    codes = "|".join(str(code) for code in sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE))
    # No calling code is the start of another, so the first that fits is the one.
    return rf"^(?P<code>{codes})(?P<rest>[0-9]{{2,}})$"

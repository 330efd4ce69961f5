"""Deterministic links: same e-mail, same phone, an explicit reference, a login."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

# Strongest first; a link's `rule` is a position in this tuple.
RULES = ("cross_reference", "login", "email", "phone")
CROSS_REFERENCE, LOGIN, EMAIL, PHONE = range(len(RULES))

Ints = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True)
class Links:
    """Pairs of records (positions, left before right) with the rule that links them."""

    left: Ints
    right: Ints
    rule: Ints

    def __len__(self) -> int:
        return len(self.left)

    def where(self, mask: Any) -> Links:
        """The links for which `mask` holds."""
        return Links(self.left[mask], self.right[mask], self.rule[mask])


@dataclass(frozen=True)
class Keys:
    """One normalised key (e-mail or phone) of all records.

    Attributes:
        rule: position in `RULES`.
        values: the key of each record, null where it has none.
        codes: the same as whole numbers, -1 where the record has none or too many share it.
        shared: values that too many records share, with their number of records.
    """

    rule: int
    values: pa.Array
    codes: Ints
    shared: dict[str, int]

    def links(self) -> Links:
        """Each record of a group with the group's first record."""
        order = np.flatnonzero(self.codes >= 0)
        order = order[np.argsort(self.codes[order], kind="stable")]
        codes = self.codes[order]
        is_first = np.ones(len(codes), bool)
        is_first[1:] = codes[1:] != codes[:-1]
        first = order[np.maximum.accumulate(np.where(is_first, np.arange(len(codes)), 0))]
        return _links(first[~is_first], order[~is_first], self.rule)

    def pairs(self, members: Ints) -> Links:
        """All pairs, not only those with the first, of the groups within `members`."""
        order = members[self.codes[members] >= 0]
        order = order[np.argsort(self.codes[order], kind="stable")]
        codes = self.codes[order]
        left, right = [], []
        # A group has no more records than a key may have, so that few shifts meet all pairs.
        for shift in range(1, len(order)):
            same = np.flatnonzero(codes[shift:] == codes[:-shift])
            if not len(same):
                break
            left.append(order[same])
            right.append(order[same + shift])
        return _links(np.concatenate([*left, _NONE]), np.concatenate([*right, _NONE]), self.rule)


_NONE = np.empty(0, np.int64)


def keys(values: pa.Array, rule: int, max_records: int) -> Keys:
    """Group records by a key.

    Args:
        values: normalised key of each record, null where it has none.
        rule: position in `RULES`.
        max_records: a key of more records than this is shared: it links nobody.
    """
    encoded = values.dictionary_encode()
    codes = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False).astype(np.int64)
    counts = np.bincount(codes[codes >= 0], minlength=len(encoded.dictionary))
    too_many = counts > max_records
    names = encoded.dictionary.filter(pa.array(too_many)).to_pylist()
    shared = dict(zip(names, counts[too_many].tolist(), strict=True))
    if len(counts):
        codes = np.where((codes >= 0) & ~too_many[codes], codes, -1)
    return Keys(rule, values, codes, shared)


def references(record_keys: pa.Array, referred: pa.Array, is_web: Any) -> Links:
    """Links by explicit reference; that of a web user is a login.

    Args:
        record_keys: key of each record, distinct.
        referred: key of the record that each record refers to; null, or unknown, for none.
        is_web: whether the record is a web user.
    """
    target = pc.index_in(referred, value_set=record_keys, skip_nulls=True)
    found = pc.fill_null(target, -1).to_numpy(zero_copy_only=False).astype(np.int64)
    origin = np.arange(len(found))
    real = (found >= 0) & (found != origin)
    rule = np.where(is_web, LOGIN, CROSS_REFERENCE)[real]
    left, right = np.minimum(origin, found)[real], np.maximum(origin, found)[real]
    return Links(left, right, rule.astype(np.int64))


def together(*parts: Links) -> Links:
    """All links of several rules."""
    return Links(
        np.concatenate([part.left for part in parts]),
        np.concatenate([part.right for part in parts]),
        np.concatenate([part.rule for part in parts]),
    )


def _links(left: Ints, right: Ints, rule: int) -> Links:
    left, right = left.astype(np.int64), right.astype(np.int64)
    return Links(
        np.minimum(left, right), np.maximum(left, right), np.full(len(left), rule, np.int64)
    )

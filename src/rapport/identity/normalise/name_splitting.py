"""A full name in its parts.

Rules, first that holds: "Last, First"; Chinese and Korean without a blank, family name first, two
characters where it is a compound one; Chinese with a blank, family name first; a transliterated
name with a middle dot, family name last; words in capitals beside others are the family name
(DUPONT Jean); the family name starts with its first particle (von, de la); else it is the last
word.
"""

from __future__ import annotations

import re

from rapport.identity.normalise import words

HAN = re.compile(r"[㐀-䶿一-鿿豈-﫿\U00020000-\U0003134f]")
_HAN_ONLY = re.compile(rf"{HAN.pattern}{{2,}}")
_HANGUL_ONLY = re.compile(r"[가-힣]{2,}")
_DOTS = re.compile("[·・•‧]")

COMPOUND_SURNAMES = frozenset(words.listed("compound_surnames"))
_KOREAN_COMPOUND = frozenset(words.listed("korean_compound_surnames"))
_PARTICLES = frozenset(words.listed("particles"))


def split(name: str | None) -> tuple[str | None, str | None]:
    """Given and family name as written; a single word is the family name."""
    if not name:
        return None, None
    last, comma, first = name.partition(",")
    if comma and first.strip() and last.strip():
        return first.strip(), last.strip()
    name = name.strip(" ,")
    if _HAN_ONLY.fullmatch(name):
        # Two characters are a family and a given name, never a compound family name alone.
        return _cut(name, 2 if len(name) > 2 and name[:2] in COMPOUND_SURNAMES else 1)
    if _HANGUL_ONLY.fullmatch(name):
        return _cut(name, 2 if len(name) > 2 and name[:2] in _KOREAN_COMPOUND else 1)
    if HAN.search(name) and _DOTS.search(name):
        given, _, family = _DOTS.sub(" ", name).rpartition(" ")
        return given or None, family or None
    parts = name.split()
    if len(parts) < 2:
        return None, name or None
    if all(_HAN_ONLY.fullmatch(part) or HAN.fullmatch(part) for part in parts):
        return "".join(parts[1:]), parts[0]
    return _western(parts)


def _cut(name: str, at: int) -> tuple[str, str]:
    return name[at:], name[:at]


def _western(parts: list[str]) -> tuple[str, str]:
    shouted = [part.isupper() and len(part.strip(".")) > 2 for part in parts]
    if not all(shouted):
        if shouted[-1]:
            start = len(parts) - 1
            while start > 1 and shouted[start - 1]:
                start -= 1
            return " ".join(parts[:start]), " ".join(parts[start:])
        if shouted[0]:
            end = shouted.index(False)
            return " ".join(parts[end:]), " ".join(parts[:end])
    start = len(parts) - 1
    for position in range(1, len(parts) - 1):
        if parts[position].lower() in _PARTICLES:
            start = position
            break
    return " ".join(parts[:start]), " ".join(parts[start:])

"""Company names without their legal form.

A table of our own: cleanco strips only at the end, in a Python loop over its terms for each name,
some of them misspelt by a wrong encoding, and knows no Chinese, Japanese or Korean.
"""

from __future__ import annotations

import re
from functools import lru_cache

import pyarrow as pa

from rapport.identity.normalise import text, words


def companies(values: text.Text) -> tuple[pa.Array, pa.Array]:
    """Folded names without legal form, and the legal form.

    Of "Müller & Söhne GmbH & Co. KG" the name is "muller sohne", the form "gmbh co kg". A name
    that is nothing but a form stays.
    """
    encoded = text.flat(values).dictionary_encode()
    written = text.without_placeholders(text.trimmed(encoded.dictionary), "no_company")
    pairs = [_parted(name) for name in _folded(written).to_pylist()]
    name = pa.array([pair[0] for pair in pairs], pa.string())
    form = pa.array([pair[1] for pair in pairs], pa.string())
    return name.take(encoded.indices), form.take(encoded.indices)


def _folded(written: pa.Array) -> pa.Array:
    forms = "|".join(map(re.escape, words.listed("legal_forms_cjk")))
    return text.fold(text.replace(written, f"({forms})", r" \1 "))


def _parted(name: str | None) -> tuple[str | None, str | None]:
    if name is None:
        return None, None
    parts = _initials_joined(name.split())
    forms: list[str] = []
    while len(parts) > 1:
        for length in range(min(4, len(parts) - 1), 0, -1):
            if form := _forms().get(" ".join(parts[-length:])):
                forms.insert(0, form)
                del parts[-length:]
                break
        else:
            if parts[0] in _in_front():
                forms.append(parts.pop(0))
                continue
            break
    return " ".join(parts), " ".join(forms) or None


def _initials_joined(parts: list[str]) -> list[str]:
    """Neighbouring single letters as one word, as in s. a. or J. P. Morgan."""
    joined: list[str] = []
    open_ = False
    for word in parts:
        single = len(word) == 1 and word.isalpha() and word.isascii()
        if single and open_:
            joined[-1] += word
        else:
            joined.append(word)
        open_ = single
    return joined


@lru_cache
def _forms() -> dict[str, str]:
    forms = {form: form for form in _cjk()}
    for entry in words.listed("legal_forms"):
        name, *others = entry.split(" = ")
        for spelling in (name, *others):
            forms.setdefault(spelling, name)
    return forms


@lru_cache
def _in_front() -> frozenset[str]:
    return frozenset((*_cjk(), *words.listed("legal_forms_in_front")))


def _cjk() -> list[str]:
    return list(text.fold(pa.array(words.listed("legal_forms_cjk"))).to_pylist())

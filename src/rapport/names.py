"""Names of a source's tables and columns as they are called here, where no quotes are needed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container
from keyword import iskeyword

from text_unidecode import unidecode

# Names that some engine reserves; as a column they would need quotes in every model.
_RESERVED = frozenset(
    "all and any as asc between both by case cast check column constraint create cross current_date"
    " default desc distinct do else end except false fetch for foreign from full grant group having"
    " in inner into is join leading left like limit natural not null offset on only or order outer"
    " primary references right select session_user some table then to trailing true union unique"
    " user using when where window with".split()
)
# What these letters are written as where there are none of them; elsewhere they lose their dots.
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})


def plain(found: str) -> str:
    """A name that needs no quotes, neither in SQL nor in Python: `Größe (cm)` is `groesse_cm`."""
    latin = unidecode(unicodedata.normalize("NFC", found).translate(_UMLAUTS))
    name = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", latin)
    name = re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_").lower() or "unnamed"
    if name[0].isdigit():
        return f"n_{name}"
    return f"{name}_" if name in _RESERVED or iskeyword(name) else name


def short(found: str) -> str:
    """A name for folders, variables and ids of mails: `Tee & Söhne` is `tee_soehne`."""
    latin = unidecode(unicodedata.normalize("NFC", found).translate(_UMLAUTS))
    return re.sub(r"\W+", "_", latin.lower(), flags=re.ASCII)


def free(found: str, taken: Container[str]) -> str:
    """The plain name, numbered from 2 on where others have it: `a b` beside `a-b` is `a_b_2`."""
    name, number = plain(found), 1
    wanted = name
    while name in taken:
        number += 1
        name = f"{wanted.rstrip('_')}_{number}"
    return name

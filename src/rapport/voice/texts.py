"""Texts as they are looked at: without markup, addresses and letter case, and their language."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from rapport.errors import RapportError

_MARKUP = re.compile(r"<[^<>]*>")
_ADDRESS = re.compile(r"https?://\S+|\S+@\S+\.\S+")
_BLANKS = re.compile(r"\s+")
_HAN, _KANA = re.compile(r"[\u4e00-\u9fff]"), re.compile(r"[\u3040-\u30ff]")
_WORD = re.compile(r"\b[^\W\d_]+", re.UNICODE)
# Below three words the library guesses: "nice mug" may be anything.
_FEWEST_WORDS = 3


def plain(text: str) -> str:
    """A text in lower case and one width of letters, without markup, links and e-mail addresses."""
    found = _ADDRESS.sub(" ", _MARKUP.sub(" ", text))
    found = unicodedata.normalize("NFKC", found).casefold().replace("\u2019", "'")
    return _BLANKS.sub(" ", found).strip()


def languages(texts: Sequence[str], known: Sequence[str]) -> np.ndarray:
    """ISO code of each plain text's language, (n,), by the model that py3langid brings with it.

    Chinese is told by its characters. A text of one or two words in Latin letters is given to the
    first of the languages unless the model finds it more likely in another by far.

    Args:
        texts: plain texts.
        known: languages that come into question, the usual one first.

    Raises:
        RapportError: `company-invalid` for a language that the model does not know.
    """
    model = _identifier(tuple(known)) if texts else None
    return np.array([_language(model, text, known[0]) for text in texts], dtype=object)


@cache
def _identifier(known: tuple[str, ...]) -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    model = LanguageIdentifier.from_model_file(MODEL_FILE)
    try:
        model.set_languages(list(known))
    except ValueError as error:
        raise RapportError(
            "company-invalid",
            str(error),
            "vars.voice_languages",
            "write ISO codes such as en or zh",
        ) from None
    return model


def _language(model: Any, text: str, usual: str) -> str:
    if _HAN.search(text) and not _KANA.search(text):
        return "zh"
    ranked = model.rank(text)
    best, likelihood = ranked[0]
    if best != usual and len(_WORD.findall(text)) < _FEWEST_WORDS:
        # Log-likelihoods: 150 to one, which two words of a foreign language mostly reach.
        own = dict(ranked)[usual]
        return str(best) if likelihood - own > 5 else usual
    return str(best)

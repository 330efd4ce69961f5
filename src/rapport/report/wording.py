"""The words of a report, by message id and language; a translation is one more file."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from babel import Locale

from rapport.errors import RapportError


class Wording:
    """Looks up messages such as `card.target` and fills in their values.

    A mapping of plural forms is resolved by the keyword `n`. The values are inserted as they are:
    escaping is the template's.
    """

    def __init__(self, path: Path, locale: Locale) -> None:
        self.path = path
        self.locale = locale
        self.messages = _read(path)

    def __call__(self, key: str, **values: Any) -> str:
        """The message with its values.

        Raises:
            RapportError: `wording-missing` for an unknown message or a missing value.
        """
        message = self._find(key)
        if isinstance(message, dict):
            form = self.locale.plural_form(values.get("n", 0))
            message = message.get(form, message.get("other"))
        try:
            return str(message).format(**values) if isinstance(message, str) else self._lost(key)
        except (KeyError, IndexError) as error:
            return self._lost(f"{key}, value {error}")

    def has(self, key: str) -> bool:
        """Whether there is such a message."""
        return self._find(key) is not None

    def _find(self, key: str) -> Any:
        found: Any = self.messages
        for part in key.split("."):
            found = found.get(part) if isinstance(found, dict) else None
        return found

    def _lost(self, key: str) -> str:
        raise RapportError(
            "wording-missing", f"There is no text for {key}", str(self.path), "add it to the file"
        )


def load(folder: Path, locale: Locale) -> Wording:
    """The wording of a report for a locale, English where the language has none yet."""
    for name in (str(locale), locale.language, "en"):
        path = folder / "wording" / f"{name}.yml"
        if path.exists():
            return Wording(path, locale if name != "en" else _english(locale))
    raise RapportError(
        "wording-missing", "The report has no words", str(folder / "wording"), "add en.yml"
    )


def _english(locale: Locale) -> Locale:
    """English words take English plural forms, whatever the locale of the numbers."""
    return locale if locale.language == "en" else Locale.parse("en")


@lru_cache(maxsize=16)
def _read(path: Path) -> dict[str, Any]:
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    return content if isinstance(content, dict) else {}

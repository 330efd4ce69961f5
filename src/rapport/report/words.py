"""The words of a report in a reader's language: gettext catalogues, read as `.po` by Babel.

The English text is the message id, so that English needs no catalogue. `reports/locale` holds the
translations of all reports; a report's folder may bring a `locale` of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.pofile import PoFileError, read_po

from rapport.errors import RapportError

DOMAIN = "rapport"


def N_(message: str) -> str:  # noqa: N802, the name that gettext's tools know
    """Mark a text for translation where it is written but not yet said."""
    return message


def N_many(one: str, other: str) -> tuple[str, str]:  # noqa: N802
    """Mark a text that has a plural; for `Words.many`."""
    return one, other


class Words:
    """Says messages in one language and fills in their values.

    The values are inserted as they are: escaping is the template's.

    Attributes:
        language: the language spoken, which is English where no catalogue is; `tag` is its BCP 47
            tag, such as `zh-Hans`.
    """

    def __init__(self, locale: Locale, catalogs: Sequence[Catalog] = ()) -> None:
        self.catalogs = catalogs
        self.locale = locale if catalogs or locale.language == "en" else Locale.parse("en")
        self.language = self.locale.language
        self.tag = "-".join(part for part in (self.language, self.locale.script) if part)

    def __call__(self, message: str, /, **values: Any) -> str:
        """The message with its values, such as `t("Week {week}, {year}", week=3, year=2026)`.

        Raises:
            RapportError: `wording-missing` when a message names a value that is not given.
        """
        found = self._find(message)
        return _fill(found if isinstance(found, str) else message, values)

    def data(self, text: str) -> str:
        """A word of the data, such as an owner, translated where a catalogue knows it."""
        found = self._find(text)
        return found if isinstance(found, str) else text

    def many(self, one: str, other: str, n: float, /, **values: Any) -> str:
        """The form of a message that the number `n` asks for in this language."""
        found = self._find(one)
        if found:
            forms = (found,) if isinstance(found, str) else found
            form = forms[min(self._form(n), len(forms) - 1)]
        else:
            form = one if n == 1 else other
        return _fill(form, values)

    def join(self, sentences: Sequence[str]) -> str:
        """Sentences one after another; Chinese and Japanese put no space between them."""
        return ("" if self.language in ("zh", "ja") else " ").join(s for s in sentences if s)

    def _find(self, message: str) -> str | tuple[str, ...] | None:
        for catalog in self.catalogs:
            entry = catalog.get(message) if message else None
            if entry and entry.string and not entry.fuzzy and any(entry.string):
                said: str | tuple[str, ...] = entry.string  # type: ignore[assignment]
                return said
        return None

    def _form(self, n: float) -> int:
        """Index of the plural form; catalogues list the forms in the order of CLDR."""
        tags = sorted(self.locale.plural_form.tags | {"other"}, key=CLDR_ORDER.index)
        return tags.index(self.locale.plural_form(n))


CLDR_ORDER = ("zero", "one", "two", "few", "many", "other")


def load(reports: Path, folder: Path, locale: Locale) -> Words:
    """The words for a locale; English where the language has no catalogue.

    Args:
        reports: `reports/`, whose catalogue all reports share.
        folder: the report's own folder, whose catalogue comes first.
    """
    parts = (locale.language, locale.script, locale.territory)
    full = [part for part in parts if part]
    names = ["_".join(full[:count]) for count in range(len(full), 0, -1)]
    catalogs = []
    for root in (folder, reports):
        paths = [path(root, name) for name in names]
        found = next((p for p in paths if p.exists()), None)
        if found and locale.language != "en":
            catalogs.append(read(found, found.stat().st_mtime_ns))
    return Words(locale, catalogs)


def path(root: Path, language: str) -> Path:
    """Where the catalogue of a language stands below `reports/` or a report's folder."""
    return root / "locale" / language / "LC_MESSAGES" / f"{DOMAIN}.po"


@lru_cache(maxsize=16)
def read(file: Path, _changed: int) -> Catalog:
    """The catalogue in a `.po` file; read anew when the file was changed."""
    try:
        with file.open("rb") as content:
            return read_po(content, abort_invalid=True)
    except (OSError, PoFileError, ValueError) as error:
        raise RapportError(
            "wording-missing",
            f"The catalogue cannot be read: {error}",
            str(file),
            "mend the line; `rapport report lint` reads it again",
        ) from None


def _fill(message: str, values: dict[str, Any]) -> str:
    try:
        return message.format(**values)
    except (KeyError, IndexError, ValueError) as error:
        raise RapportError(
            "wording-missing",
            f"There is no value {error} for the text {message!r}",
            todo="give the value where the text is said, or take it out of the translation",
        ) from None

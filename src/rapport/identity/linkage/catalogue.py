"""The blocking rules that are tried on every data set."""

from __future__ import annotations

from dataclasses import dataclass

from rapport.identity.linkage.comparisons import COMPARISONS
from rapport.identity.linkage.model import Rule

EMAIL, PHONE, NATIONAL_ID, TAX_ID = range(1, 5)
WORKPLACE = 31
# These link by themselves, so that they are always kept, and with the company's own cap.
DETERMINISTIC = {
    EMAIL: "email",
    PHONE: "phone",
    NATIONAL_ID: "national_id",
    TAX_ID: "tax_id",
    WORKPLACE: "workplace",
}
# A block of 50 makes 1,225 pairs. Names and places that more people share separate nobody; the
# rarer of them are found by other rules too.
CAP = 50


@dataclass(frozen=True)
class Entry:
    """A rule of the catalogue.

    Attributes:
        parts: expressions over `comparisons.FEATURES` that must all be the same.
        teaches: whether its pairs are one person's rather than one household's or town's, so that
            a model may learn from them what matches look like.
    """

    number: int
    name: str
    parts: tuple[str, ...]
    teaches: bool = False

    @property
    def sql(self) -> str:
        """The key; null where a part is. Persons and accounts meet by what links by itself only."""
        if self.number in DETERMINISTIC:
            return self.parts[0]
        return "party_kind || '|' || " + " || '|' || ".join(self.parts)

    @property
    def compared(self) -> frozenset[str]:
        """Comparisons on which its pairs agree by choice."""
        return frozenset(
            comparison.name
            for comparison in COMPARISONS
            for column in comparison.columns
            if any(column in part or column.replace("name", "sound") in part for part in self.parts)
        )


def _start(column: str) -> str:
    return f"left({column}, 3)"


_GIVEN, _FAMILY = "given_name", "family_name"
_ROOT = "coalesce(given_root, given_name)"
ENTRIES: tuple[Entry, ...] = (
    Entry(EMAIL, "e-mail", ("email",), True),
    Entry(PHONE, "phone", ("phone",), True),
    Entry(NATIONAL_ID, "national id", ("national_id",), True),
    Entry(TAX_ID, "tax id", ("tax_id",), True),
    Entry(5, "both names", (_ROOT, _FAMILY), True),
    Entry(6, "family name + birth date", (_FAMILY, "born"), True),
    Entry(7, "given name + birth date", (_ROOT, "born"), True),
    Entry(8, "birth date + postcode", ("born", "postcode"), True),
    Entry(9, "birth date", ("born",)),
    Entry(10, "family name + postcode", (_FAMILY, "postcode")),
    Entry(11, "given name + postcode", (_ROOT, "postcode"), True),
    Entry(12, "family name + city", (_FAMILY, "city")),
    Entry(13, "given name + city", (_ROOT, "city"), True),
    Entry(14, "street with number", ("street", "house_number")),
    Entry(15, "postcode + house number", ("postcode", "house_number")),
    Entry(16, "name before the @", ("email_local",)),
    Entry(17, "company", ("company",)),
    Entry(18, "start of company + postcode", ("left(company, 4)", "postcode"), True),
    Entry(19, "given name + family name's consonants", (_ROOT, "family_sound"), True),
    Entry(20, "consonants of both names", ("given_sound", "family_sound"), True),
    Entry(
        21,
        "family name's consonants + birth year and month",
        ("family_sound", "left(born, 6)"),
        True,
    ),
    Entry(
        22,
        "family name's consonants + birth day and month",
        ("family_sound", "right(born, 4)"),
        True,
    ),
    Entry(23, "given name + birth year", (_ROOT, "left(born, 4)"), True),
    Entry(24, "start of names + postcode", (_start(_GIVEN), _start(_FAMILY), "postcode"), True),
    Entry(25, "family name + street", (_FAMILY, "street")),
    Entry(26, "start of company + city", ("left(company, 4)", "city"), True),
    Entry(27, "family name", (_FAMILY,)),
    Entry(28, "names in any order", ("name_sorted",)),
    Entry(29, "birth date + city", ("born", "city"), True),
    Entry(30, "given name + street", (_ROOT, "street"), True),
    Entry(WORKPLACE, "names + company + postcode", ("workplace",)),
)
BY_NUMBER = {entry.number: entry for entry in ENTRIES}


def rules(max_records_per_key: int) -> tuple[Rule, ...]:
    """All rules that are tried.

    Args:
        max_records_per_key: more records than this with one e-mail, phone or id: it links nobody.
    """
    return tuple(
        Rule(
            entry.number,
            entry.name,
            entry.sql,
            max_records_per_key if entry.number in DETERMINISTIC else CAP,
        )
        for entry in ENTRIES
    )

"""What is compared, column by meaning, and at which levels of agreement.

Columns that say the same thing stand in one comparison, because Fellegi-Sunter takes comparisons
for independent: street with house number, postcode with city and region. Names turned round count
once, in the given name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rapport.identity.linkage import agree

# What blocking and comparing see of a prepared record. Text, `born` as YYYYMMDD, `born_day` as days
# since 1970; letters and sounds are worked out by distinct name (`blocking.features`).
FEATURES: Mapping[str, str] = {
    **{
        name: name
        for name in (
            "record_key party_kind given_name given_name_alt given_root family_name "
            "family_name_alt name_sorted company workplace email email_local email_domain phone "
            "street house_number city postcode region country national_id tax_id"
        ).split()
    },
    **{
        f"{name}_at": f"coalesce(country, '') || '|' || {name}"
        for name in ("given_name", "family_name", "street", "city", "postcode", "company")
    },
    "given_letters": "given_letters",
    "given_sound": "given_sound",
    "family_sound": "family_sound",
    "email_digits": "regexp_replace(email, '[^0-9]', '', 'g')",
    "born": "strftime(birth_date, '%Y%m%d')",
    "born_day": "birth_date - date '1970-01-01'",
}
# Below one record in a hundred, or twenty in all, a column teaches nothing about agreement.
LEAST_FILLED = 0.01
LEAST_VALUES = 20
# A value seen fewer times is not in the frequencies: they stay small and name nobody. More than
# so many values a column would not tell rare from rarer.
LEAST_SEEN = 5
MOST_VALUES = 20_000


@dataclass(frozen=True)
class Level:
    """One level of agreement.

    Attributes:
        label: for people.
        sql: condition over columns with `_l` and `_r`.
        m: share of true matches expected at this level before anything is learnt.
        frequency: column whose value's frequency adjusts the weight, if any.
    """

    label: str
    sql: str
    m: float
    frequency: str = ""


@dataclass(frozen=True)
class Comparison:
    """A comparison with its levels, best first; what is left over disagrees.

    Attributes:
        name: of the comparison; `gamma_<name>` in tables of scored pairs.
        columns: features without which it is left out.
        missing: condition under which it says nothing.
        levels: without the null level and the rest.
        rest: share of true matches expected in the rest.
    """

    name: str
    columns: tuple[str, ...]
    missing: str
    levels: tuple[Level, ...]
    rest: float

    @property
    def gamma(self) -> str:
        """Name of the column with the level: -1 missing, 0 the rest, higher is better."""
        return f"gamma_{self.name}"

    def case(self) -> str:
        """SQL of the level."""
        count = len(self.levels)
        whens = " ".join(
            f"when {level.sql} then {count - place}" for place, level in enumerate(self.levels)
        )
        return f"case when {self.missing} then -1 {whens} else 0 end"

    def first_m(self) -> list[float]:
        """Shares to start from, by level: the rest first."""
        return [self.rest, *(level.m for level in reversed(self.levels))]


# Names, streets and towns go with the country: two who share it agree in them more often than two
# who do not. All else is therefore learnt, and frequencies taken, within countries.
COUNTRY = "country"
_SAME_NUMBER = agree.same("house_number")

COMPARISONS: tuple[Comparison, ...] = (
    Comparison(
        "given_name",
        ("given_name",),
        agree.none("given_name"),
        (
            Level("same", agree.same("given_name"), 0.75, "given_name"),
            Level("turned round with the family name", agree.TURNED, 0.02),
            Level(
                "nickname or other script",
                f"given_root_l = given_root_r or given_name_alt_l = given_name_alt_r "
                f"or {agree.part('given_name')}",
                0.04,
            ),
            Level("spelt alike", agree.alike("given_name", 0.92), 0.06),
            Level(
                "initial",
                "least(length(given_name_l), length(given_name_r)) = 1 "
                "and left(given_name_l, 1) = left(given_name_r, 1)",
                0.02,
            ),
            Level("somewhat alike", agree.alike("given_name", 0.8), 0.04),
            Level("letters in disorder, or in the family name's place", agree.MISPLACED, 0.02),
        ),
        0.05,
    ),
    Comparison(
        "family_name",
        ("family_name",),
        f"{agree.none('family_name')} or (family_name_l <> family_name_r and "
        f"coalesce({agree.TURNED}, false))",
        (
            Level("same", agree.same("family_name"), 0.8, "family_name"),
            Level(
                "part or other script",
                f"family_name_alt_l = family_name_alt_r or {agree.part('family_name')}",
                0.02,
            ),
            Level("spelt alike", agree.alike("family_name", 0.92), 0.06),
            Level("somewhat alike", agree.alike("family_name", 0.8), 0.04),
        ),
        0.08,
    ),
    Comparison(
        "birth_date",
        ("born",),
        agree.none("born"),
        (
            Level("same", agree.same("born"), 0.82),
            Level("one typo", f"{agree.ONE_TYPO} or {agree.DAY_AND_MONTH}", 0.06),
            Level("two of year, month and day", agree.TWO_OF_THREE, 0.03),
            Level("within a month", agree.days_apart(31), 0.02),
            Level("within about a year", agree.days_apart(400), 0.02),
            Level("within ten years", agree.days_apart(3653), 0.02),
        ),
        0.03,
    ),
    Comparison(
        "email",
        ("email",),
        f"{agree.none('email')} or ({agree.NAMED_ALIKE} and not ({agree.EMAIL_TYPO}))",
        (
            Level("same", agree.same("email"), 0.65),
            Level("typo", agree.EMAIL_TYPO, 0.1),
            Level(
                "same name at another provider, names unknown",
                f"not {agree.NAMES_KNOWN} and {agree.same('email_local')} "
                f"and {agree.same('email_digits')}",
                0.1,
            ),
            Level(
                "name spelt alike, names unknown",
                f"not {agree.NAMES_KNOWN} and {agree.alike('email_local', 0.88)} "
                f"and {agree.same('email_digits')}",
                0.05,
            ),
        ),
        0.1,
    ),
    Comparison(
        "phone",
        ("phone",),
        agree.none("phone"),
        (
            Level("same", agree.same("phone"), 0.7),
            Level("one typo", agree.edits("phone", 1), 0.1),
        ),
        0.2,
    ),
    Comparison(
        "street",
        ("street",),
        agree.none("street"),
        (
            Level(
                "same with number", f"{agree.same('street')} and {agree.same('house_number')}", 0.6
            ),
            Level(
                "spelt alike with number",
                f"{agree.alike('street', 0.88)} and {_SAME_NUMBER}",
                0.1,
            ),
            Level("same", agree.same("street"), 0.1, "street"),
            Level("spelt alike", agree.alike("street", 0.88), 0.05),
        ),
        0.15,
    ),
    Comparison(
        COUNTRY,
        ("country",),
        agree.none("country"),
        (Level("same", agree.same("country"), 0.97),),
        0.03,
    ),
    Comparison(
        "place",
        ("postcode", "city"),
        "(postcode_l is null or postcode_r is null) and (city_l is null or city_r is null)",
        (
            Level(
                "same postcode and city",
                f"{agree.same('postcode')} and {agree.same('city')}",
                0.6,
                "postcode",
            ),
            Level("same postcode", agree.same("postcode"), 0.1, "postcode"),
            Level("same city", agree.same("city"), 0.1, "city"),
            Level(
                "spelt alike",
                f"{agree.edits('postcode', 1)} or {agree.alike('city', 0.9)}",
                0.08,
            ),
        ),
        0.12,
    ),
    Comparison(
        "national_id",
        ("national_id",),
        agree.none("national_id"),
        (
            Level("same", agree.same("national_id"), 0.85),
            Level("one typo", agree.edits("national_id", 1), 0.08),
            Level("two typos", agree.edits("national_id", 2), 0.03),
        ),
        0.04,
    ),
    Comparison(
        "tax_id",
        ("tax_id",),
        agree.none("tax_id"),
        (
            Level("same", agree.same("tax_id"), 0.85),
            Level("one or two typos", agree.edits("tax_id", 2), 0.1),
        ),
        0.05,
    ),
    Comparison(
        "company",
        ("company",),
        agree.none("company"),
        (
            Level("same", agree.same("company"), 0.7, "company"),
            Level("one in the other", agree.part("company"), 0.08),
            Level("spelt alike", agree.alike("company", 0.9), 0.12),
        ),
        0.1,
    ),
)
# In these two valid values further apart than a typo are two customers; by name of a prepared
# column the feature that holds it as text. All are comparisons as well.
STRONG_KEYS = {"birth_date": "born", "national_id": "national_id", "tax_id": "tax_id"}
BY_NAME = {comparison.name: comparison for comparison in COMPARISONS}


def usable(filled: Mapping[str, float], records: int) -> tuple[Comparison, ...]:
    """Comparisons of which at least one column is filled often enough to learn from.

    Args:
        filled: share of records with a value, by feature.
        records: number of records.
    """
    enough = max(LEAST_FILLED, LEAST_VALUES / max(records, 1))
    return tuple(
        comparison
        for comparison in COMPARISONS
        if any(filled.get(column, 0.0) >= enough for column in comparison.columns)
    )


def contradicts(column: str) -> str:
    """SQL over `_l` and `_r`: both valid and further apart than a typo."""
    return f"{column}_l <> {column}_r and not {agree.edits(column, 2)}"


def needed(chosen: Sequence[Comparison]) -> set[str]:
    """Features that the levels of these comparisons look at."""
    text = " ".join(comparison.case() for comparison in chosen)
    return {name for name in FEATURES if f"{name}_l" in text}


def frequency_columns(chosen: Sequence[Comparison]) -> list[str]:
    """Columns whose values' frequencies, within a country, adjust weights."""
    return sorted({level.frequency for comparison in chosen for level in comparison.levels} - {""})

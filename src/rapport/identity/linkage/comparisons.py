"""What is compared, column by meaning, and at which levels of agreement.

Columns that say the same thing stand in one comparison, because Fellegi-Sunter takes comparisons
for independent: street with house number, postcode with city and region. Names turned round count
once, in the given name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# What blocking and comparing see of a prepared record. Text only, `born` as YYYYMMDD.
FEATURES: Mapping[str, str] = {
    **{
        name: name
        for name in (
            "record_key party_kind given_name given_name_alt given_root family_name "
            "family_name_alt name_sorted company email email_local phone street house_number "
            "city postcode region country national_id tax_id"
        ).split()
    },
    **{
        f"{name}_at": f"coalesce(country, '') || '|' || {name}"
        for name in ("given_name", "family_name", "street", "city", "postcode", "company")
    },
    "given_letters": "array_to_string(list_sort(string_split(given_name, '')), '')",
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


def _same(column: str) -> str:
    return f"{column}_l = {column}_r"


def _none(*columns: str) -> str:
    return " or ".join(f"{name}_l is null or {name}_r is null" for name in columns)


def _alike(column: str, least: float) -> str:
    return f"jaro_winkler_similarity({column}_l, {column}_r) >= {least}"


def _edits(column: str, most: int) -> str:
    """At most so many edits, 1 or 2; quick looks spare the slow one nearly always.

    Two edits in seven letters leave a Jaro similarity of 0.81, in more letters a higher one.
    """
    one, other = f"{column}_l", f"{column}_r"
    return (
        f"(abs(length({one}) - length({other})) <= {most} "
        f"and jaro_similarity({one}, {other}) >= 0.8 "
        f"and damerau_levenshtein({one}, {other}) <= {most})"
    )


def _part(column: str) -> str:
    """Whether one is a whole first or last word of the other: Smith and Smith-Jones."""
    one, other = f"{column}_l", f"{column}_r"
    found = " or ".join(
        f"starts_with({a}, {b} || ' ') or ends_with({a}, ' ' || {b})"
        for a, b in ((one, other), (other, one))
    )
    return f"((contains({one}, ' ') or contains({other}, ' ')) and ({found}))"


def _days_apart(most: int) -> str:
    return f"abs(born_day_l - born_day_r) <= {most}"


_TURNED = (
    "(given_name_l = family_name_r and family_name_l = given_name_r "
    "or name_sorted_l = name_sorted_r or "
    "jaro_winkler_similarity(given_name_l, family_name_r) >= 0.88 "
    "and jaro_winkler_similarity(family_name_l, given_name_r) >= 0.88)"
)
_MISPLACED = (
    "(abs(length(given_letters_l) - length(given_letters_r)) <= 1 "
    "and levenshtein(given_letters_l, given_letters_r) "
    "= abs(length(given_letters_l) - length(given_letters_r)) "
    "or jaro_winkler_similarity(given_name_l, family_name_r) >= 0.88 "
    "or jaro_winkler_similarity(family_name_l, given_name_r) >= 0.88)"
)
# One digit wrong or two neighbours turned round, in texts of eight digits.
_ONE_TYPO = "(hamming(born_l, born_r) <= 2 and damerau_levenshtein(born_l, born_r) <= 1)"
# An address made of the name says nothing new where the names themselves are compared.
_NAMED_ALIKE = (
    f"coalesce({_alike('email_local', 0.88)} and family_name_l is not null "
    "and family_name_r is not null and given_name_l is not null "
    "and given_name_r is not null, false)"
)
_DAY_AND_MONTH = (
    "left(born_l, 4) = left(born_r, 4) and substr(born_l, 5, 2) = right(born_r, 2) "
    "and right(born_l, 2) = substr(born_r, 5, 2)"
)
_TWO_OF_THREE = (
    "(left(born_l, 6) = left(born_r, 6) or right(born_l, 4) = right(born_r, 4) "
    "or left(born_l, 4) = left(born_r, 4) and right(born_l, 2) = right(born_r, 2))"
)

# Names, streets and towns go with the country: two who share it agree in them more often than two
# who do not. All else is therefore learnt, and frequencies taken, within countries.
COUNTRY = "country"

COMPARISONS: tuple[Comparison, ...] = (
    Comparison(
        "given_name",
        ("given_name",),
        _none("given_name"),
        (
            Level("same", _same("given_name"), 0.75, "given_name"),
            Level("turned round with the family name", _TURNED, 0.02),
            Level(
                "nickname or other script",
                f"given_root_l = given_root_r or given_name_alt_l = given_name_alt_r "
                f"or {_part('given_name')}",
                0.04,
            ),
            Level("spelt alike", _alike("given_name", 0.92), 0.06),
            Level(
                "initial",
                "least(length(given_name_l), length(given_name_r)) = 1 "
                "and left(given_name_l, 1) = left(given_name_r, 1)",
                0.02,
            ),
            Level("somewhat alike", _alike("given_name", 0.8), 0.04),
            Level("letters in disorder, or in the family name's place", _MISPLACED, 0.02),
        ),
        0.05,
    ),
    Comparison(
        "family_name",
        ("family_name",),
        f"{_none('family_name')} or (family_name_l <> family_name_r and "
        f"coalesce({_TURNED}, false))",
        (
            Level("same", _same("family_name"), 0.8, "family_name"),
            Level(
                "part or other script",
                f"family_name_alt_l = family_name_alt_r or {_part('family_name')}",
                0.02,
            ),
            Level("spelt alike", _alike("family_name", 0.92), 0.06),
            Level("somewhat alike", _alike("family_name", 0.8), 0.04),
        ),
        0.08,
    ),
    Comparison(
        "birth_date",
        ("born",),
        _none("born"),
        (
            Level("same", _same("born"), 0.82),
            Level("one typo", f"{_ONE_TYPO} or {_DAY_AND_MONTH}", 0.06),
            Level("two of year, month and day", _TWO_OF_THREE, 0.03),
            Level("within a month", _days_apart(31), 0.02),
            Level("within about a year", _days_apart(400), 0.02),
            Level("within ten years", _days_apart(3653), 0.02),
        ),
        0.03,
    ),
    Comparison(
        "email",
        ("email",),
        f"{_none('email')} or ({_NAMED_ALIKE} and not {_edits('email', 2)})",
        (
            Level("same", _same("email"), 0.65),
            Level("one or two typos", _edits("email", 2), 0.1),
            Level("same name at another provider", _same("email_local"), 0.1),
            Level("name spelt alike", _alike("email_local", 0.88), 0.05),
        ),
        0.1,
    ),
    Comparison(
        "phone",
        ("phone",),
        _none("phone"),
        (
            Level("same", _same("phone"), 0.7),
            Level("one typo", _edits("phone", 1), 0.1),
        ),
        0.2,
    ),
    Comparison(
        "street",
        ("street",),
        _none("street"),
        (
            Level("same with number", f"{_same('street')} and {_same('house_number')}", 0.6),
            Level(
                "spelt alike with number",
                f"{_alike('street', 0.88)} and {_same('house_number')}",
                0.1,
            ),
            Level("same", _same("street"), 0.1, "street"),
            Level("spelt alike", _alike("street", 0.88), 0.05),
        ),
        0.15,
    ),
    Comparison(
        COUNTRY, ("country",), _none("country"), (Level("same", _same("country"), 0.97),), 0.03
    ),
    Comparison(
        "place",
        ("postcode", "city"),
        "(postcode_l is null or postcode_r is null) and (city_l is null or city_r is null)",
        (
            Level(
                "same postcode and city",
                f"{_same('postcode')} and {_same('city')}",
                0.6,
                "postcode",
            ),
            Level("same postcode", _same("postcode"), 0.1, "postcode"),
            Level("same city", _same("city"), 0.1, "city"),
            Level(
                "spelt alike",
                f"{_edits('postcode', 1)} or {_alike('city', 0.9)}",
                0.08,
            ),
        ),
        0.12,
    ),
    Comparison(
        "national_id",
        ("national_id",),
        _none("national_id"),
        (
            Level("same", _same("national_id"), 0.85),
            Level("one typo", _edits("national_id", 1), 0.08),
            Level("two typos", _edits("national_id", 2), 0.03),
        ),
        0.04,
    ),
    Comparison(
        "tax_id",
        ("tax_id",),
        _none("tax_id"),
        (
            Level("same", _same("tax_id"), 0.85),
            Level("one or two typos", _edits("tax_id", 2), 0.1),
        ),
        0.05,
    ),
    Comparison(
        "company",
        ("company",),
        _none("company"),
        (
            Level("same", _same("company"), 0.7, "company"),
            Level("one in the other", _part("company"), 0.08),
            Level("spelt alike", _alike("company", 0.9), 0.12),
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
    return f"{column}_l <> {column}_r and not {_edits(column, 2)}"


def needed(chosen: tuple[Comparison, ...]) -> set[str]:
    """Features that the levels of these comparisons look at."""
    text = " ".join(comparison.case() for comparison in chosen)
    return {name for name in FEATURES if f"{name}_l" in text}


def frequency_columns(chosen: tuple[Comparison, ...]) -> list[str]:
    """Columns whose values' frequencies, within a country, adjust weights."""
    return sorted({level.frequency for comparison in chosen for level in comparison.levels} - {""})


def splink_settings(
    chosen: tuple[Comparison, ...],
    m: Mapping[str, list[float]],
    u: Mapping[str, list[float]],
    prior: float,
) -> dict[str, Any]:
    """Settings that Splink 5 scores with.

    Args:
        m: by comparison the share of matches at each level, the rest first.
        u: the same for pairs that do not match.
        prior: probability that two records drawn at random match.
    """
    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": "record_key",
        "probability_two_random_records_match": prior,
        "blocking_rules_to_generate_predictions": [],
        "retain_matching_columns": False,
        "retain_intermediate_calculation_columns": False,
        "linker_uid": "rapport",
        "comparisons": [
            {
                "output_column_name": comparison.name,
                "comparison_levels": _levels(comparison, m[comparison.name], u[comparison.name]),
            }
            for comparison in chosen
        ],
    }


def _levels(comparison: Comparison, m: list[float], u: list[float]) -> list[dict[str, Any]]:
    count = len(comparison.levels)
    found: list[dict[str, Any]] = [
        {
            "sql_condition": comparison.missing,
            "label_for_charts": "missing",
            "is_null_level": True,
        }
    ]
    for place, level in enumerate(comparison.levels):
        number = count - place
        entry = {
            "sql_condition": level.sql,
            "label_for_charts": level.label,
            "m_probability": m[number],
            "u_probability": u[number],
        }
        if level.frequency:
            entry |= {
                "tf_adjustment_column": f"{level.frequency}_at",
                "tf_adjustment_weight": 1.0,
                "disable_tf_exact_match_detection": True,
            }
        found.append(entry)
    return [
        *found,
        {
            "sql_condition": "ELSE",
            "label_for_charts": "different",
            "m_probability": m[0],
            "u_probability": u[0],
        },
    ]

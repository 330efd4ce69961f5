"""Numbers as a reader sees them: no nothing with a sign, no thousand thousands, no false all."""

from __future__ import annotations

import pytest

from rapport.report.formats import Formats


def of(locale: str, currency: str = "EUR") -> Formats:
    return Formats(locale, currency, "UTC")


@pytest.mark.parametrize("unit", ["currency", "days", "hours", "ratio", "score", "count"])
def test_what_rounds_to_nothing_has_no_sign(unit: str) -> None:
    written = of("en_GB").value(unit, -0.0001)
    assert "-" not in written and "\u2212" not in written
    assert of("en_GB").share(-0.0000001) == "0.000%"


def test_days_have_a_real_minus_sign() -> None:
    assert of("en_GB").value("days", -2) == "\u22122 days"


@pytest.mark.parametrize(
    ("locale", "value", "written"),
    [
        ("en_GB", 999_600, "€1M"),
        ("en_GB", 999_400, "€999K"),
        ("en_GB", -999_996_000, "\u2212€1B"),
        ("en_GB", 1_234_567, "€1.23M"),
        ("zh_CN", 123_456, "€12.35万"),  # €12万 would be two figures where English has three
        ("zh_CN", 99_999_999, "€1亿"),
        ("zh_CN", 12_345_678, "€1234.57万"),
        ("zh_CN", 123_400_000_000, "€1234亿"),
        ("de_DE", 123_456.4, "123.456\xa0€"),  # German has no short word below a million
        ("de_DE", 1_234_567, "1,23\xa0Mio.\xa0€"),
    ],
)
def test_short_amounts(locale: str, value: float, written: str) -> None:
    assert of(locale).money(value, compact=True) == written


def test_an_amount_that_rounds_to_a_thousand_is_written_as_one() -> None:
    assert of("en_GB").money(999.996) == "€1,000"
    assert of("en_GB").money(999.99) == "€999.99"
    assert of("en_GB", "JPY").money(999.6) == "JP¥1,000"


@pytest.mark.parametrize(
    ("value", "written"),
    [(0.9996, "99.96%"), (0.99996, "99.996%"), (0.0004, "0.04%"), (1, "100.0%"), (0, "0.0%"),
     (0.231, "23.1%"), (1.0004, "100.04%")],
)  # fmt: skip
def test_nearly_all_is_not_all(value: float, written: str) -> None:
    assert of("en_GB").share(value) == written


@pytest.mark.parametrize(
    ("locale", "ticks", "written"),
    [
        ("en_GB", [0, 500, 1000], ["€0", "€500", "€1,000"]),
        ("en_GB", [0, 50_000, 100_000], ["€0", "€50K", "€100K"]),
        ("en_GB", [0, 0.25, 0.5], ["€0", "€0.25", "€0.50"]),
        ("zh_CN", [0, 50_000, 100_000], ["€0", "€5万", "€10万"]),
        ("de_DE", [0, 50_000, 100_000], ["0\xa0€", "50.000\xa0€", "100.000\xa0€"]),
        ("en_GB", [-50_000, 0, 150_000], ["\u2212€50K", "€0", "€150K"]),
    ],
)
def test_an_axis_is_written_alike(locale: str, ticks: list[float], written: list[str]) -> None:
    """Between €0 and €1,000 stood €500.00, and €50,000 below €100K."""
    assert of(locale).axis(ticks) == written

"""One address, one spelling, wherever it was written."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapport.identity import normalise


def _one(values: pa.Array) -> str | None:
    return values.to_pylist()[0]


@pytest.mark.parametrize(
    ("written", "street", "number"),
    [
        ("Hauptstr. 12a", "hauptstrasse", "12a"),
        ("Hauptstraße 12 A", "hauptstrasse", "12a"),
        ("Hauptstr.12", "hauptstrasse", "12"),
        ("Schiller Straße 3/2/7", "schillerstrasse", "3"),
        ("Straße des 17. Juni 135", "strasse des 17 juni", "135"),
        ("12, rue du 8 mai 1945", "rue du 8 mai 1945", "12"),
        ("12 bis av. Victor Hugo", "avenue victor hugo", "12bis"),
        ("221B Baker St.", "baker street", "221b"),
        ("1600 Pennsylvania Ave, Apt 4", "pennsylvania avenue", "1600"),
        ("350 5th Ave Suite 100", "5th avenue", "350"),
        ("Flat 3/12 High St", "high street", "12"),
        ("10-12 St. James Sq", "saint james square", "10"),
        ("C/ Mayor, 5", "calle mayor", "5"),
        ("Via Roma 7", "via roma", "7"),
        ("ul. Długa 4", "dluga", "4"),
        ("人民路123号5室", "人民路", "123"),
        ("PO Box 99", "po box", "99"),
        ("Postfach 99", "po box", "99"),
        ("12 Stock Road", "stock road", "12"),
        ("Rue Haute 5, 2e étage", "rue haute", "5"),
        ("Main St #4", "main street", None),
        ("Am Markt", "am markt", None),
        ("n/a", None, None),
        (None, None, None),
    ],
)
def test_street_and_house_number(
    written: str | None, street: str | None, number: str | None
) -> None:
    streets, numbers = normalise.streets(pa.array([written], pa.string()))
    assert (_one(streets), _one(numbers)) == (street, number)


def test_house_numbers_apart() -> None:
    found = normalise.house_numbers(pa.array(["012", " 12 a ", "12-14", None]))
    assert found.to_pylist() == ["12", "12a", "12", None]


def test_cities() -> None:
    found = normalise.cities(
        pa.array(["Köln", "PARIS 12e", "Lyon Cedex 03", "St. Pölten", "Sankt Pölten", "unknown"])
    )
    assert found.to_pylist() == [*("koln", "paris", "lyon", "saint polten", "saint polten", None)]


@pytest.mark.parametrize(
    ("written", "country", "postcode"),
    [
        ("D-80331", "DE", "80331"),
        ("A 1010", "AT", "A1010"),
        ("4109", "DE", "04109"),
        ("04109.0", "DE", "04109"),
        ("sw1a 1aa", "GB", "SW1A1AA"),
        ("12345-6789", "US", "12345"),
        ("1011 AB", "NL", "1011AB"),
        ("00000", "US", None),
        ("0800", "AU", "0800"),
        ("4109", None, "4109"),
    ],
)
def test_postcode(written: str, country: str | None, postcode: str | None) -> None:
    found = normalise.postcodes(pa.array([written]), pa.array([country], pa.string()))
    assert _one(found) == postcode


def test_countries() -> None:
    written = [
        "at",
        "AUT",
        "040",
        "Österreich",
        "Autriche",
        "中国",
        "UK",
        "U.S.A.",
        "Atlantis",
        None,
    ]
    found = normalise.countries(pa.array(written)).to_pylist()
    assert found == [*["AT"] * 5, "CN", "GB", "US", None, None]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.text(), min_size=1, max_size=20), st.sampled_from(["DE", "US", "GB", None]))
def test_any_text_is_normalised_once(written: list[str], country: str | None) -> None:
    values = pa.array(written)
    countries = pa.array([country] * len(values), pa.string())
    normalise.streets(values)
    for once, twice in (
        (city := normalise.cities(values), normalise.cities(city)),
        (code := normalise.postcodes(values, countries), normalise.postcodes(code, countries)),
        (name := normalise.countries(values), normalise.countries(name)),
        (region := normalise.regions(values), normalise.regions(region)),
        (number := normalise.house_numbers(values), normalise.house_numbers(number)),
    ):
        assert once == twice


WORDS = st.sampled_from("st str strasse ul dr c e n weg xstr ave 5th".split())


@settings(max_examples=25, deadline=None)
@given(st.lists(st.lists(st.text("abß. é") | WORDS, max_size=4).map(" ".join), min_size=1))
def test_a_street_without_number_is_written_out_once(written: list[str]) -> None:
    once, _ = normalise.streets(pa.array(written))
    twice, _ = normalise.streets(once)
    assert once == twice

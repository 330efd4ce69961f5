"""One spelling for e-mail addresses and phone numbers, and null for what is none."""

from __future__ import annotations

import phonenumbers
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapport.identity import normalise
from rapport.identity.normalise import phone_rules
from rapport.identity.normalise.phones import e164


@pytest.mark.parametrize(
    ("written", "normalised"),
    [
        (" Max.Muster+News@GoogleMail.com ", "maxmuster@gmail.com"),
        ("max.muster+x@outlook.com", "max.muster@outlook.com"),
        ("max.muster+x@firma.at", "max.muster+x@firma.at"),
        ("Max.Muster@Firma.AT", "max.muster@firma.at"),
        ("用户@例子.广告", "用户@例子.广告"),
        ("jürgen@müller.de", "jürgen@müller.de"),
        ("+tag@gmail.com", "+tag@gmail.com"),
        ("a..b@gmail.com", None),
        ("no at all", None),
        ("two@at@signs.com", None),
        ("me@localhost", None),
        ("me@test", None),
        # Of a company that is being tried out; nobody has to answer there.
        ("max.muster@firma.test", "max.muster@firma.test"),
        ("max.muster@firma.at.invalid", None),
        ("no-reply@firma.at", None),
        ("Do.Not.Reply@firma.at", None),
        ("test1@firma.at", None),
        ("n/a", None),
        ("000@firma.at", None),
        ("xxx@xxx.com", None),
        ("testa.rossa@firma.it", "testa.rossa@firma.it"),
        ("", None),
        (None, None),
    ],
)
def test_email(written: str | None, normalised: str | None) -> None:
    assert normalise.emails(pa.array([written], pa.string())).to_pylist() == [normalised]


@pytest.mark.parametrize(
    ("written", "country", "e164"),
    [
        ("0664 / 123 45 67", "AT", "+436641234567"),
        ("+43 (0)664 1234567", None, "+436641234567"),
        ("0043-664-1234567", "DE", "+436641234567"),
        ("(020) 7946 0958", "gb", "+442079460958"),
        ("0664 1234567", None, None),
        ("12", "AT", None),
        ("0000000000", "US", None),
        ("call me", "AT", None),
        ("+43 1 1111111", None, None),
        ("+1 212 555 5555", None, None),
        ("9 999 9999", "GB", None),
        ("001 212 555 0123", "DE", "+12125550123"),
        ("1-212-555-0123", "US", "+12125550123"),
        ("06 1 234 5678", "HU", "+3612345678"),
        ("0 11 15 2345 6789", "AR", "+5491123456789"),
        (None, "AT", None),
    ],
)
def test_phone(written: str | None, country: str | None, e164: str | None) -> None:
    numbers = normalise.phones(pa.array([written], pa.string()), pa.array([country], pa.string()))
    assert numbers.to_pylist() == [e164]


def test_phone_without_country_takes_the_default() -> None:
    numbers = normalise.phones(pa.array(["0664 1234567"]), pa.nulls(1, pa.string()), "AT")
    assert numbers.to_pylist() == ["+436641234567"]


def test_the_parts_of_an_address_are_letters_and_a_domain() -> None:
    local, domain = normalise.email_parts(pa.array(["jörg.m-2@firma.at", "007@firma.at", None]))
    assert local.to_pylist() == ["jorgm", None, None]
    assert domain.to_pylist() == ["firma.at", "firma.at", None]


def test_a_slip_leaves_the_letters_but_no_address() -> None:
    written = pa.array(["Jo.Hill7@firma", "jo@hill@firma.at", "noreply@firma.at", "n/a", "jo@f.at"])
    local, domain = normalise.email_parts(normalise.emails(written), written)
    assert local.to_pylist() == ["johill", "jo", None, None, "jo"]
    assert domain.to_pylist() == [None, None, None, None, "f.at"]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text() | st.emails(), max_size=20))
def test_any_text_is_an_address_or_none_and_normalised_once(values: list[str]) -> None:
    once = normalise.emails(pa.array(values, pa.string()))
    assert normalise.emails(once) == once


def _written(draw: st.DrawFn) -> tuple[str, str]:
    """A number near an example of a region, in one of the ways of writing it."""
    region = draw(st.sampled_from(REGIONS))
    kind = draw(st.sampled_from(phonenumbers.PhoneNumberType.values()))
    example = phonenumbers.example_number_for_type(region, kind)
    example = example or phonenumbers.example_number(region)
    digits = list(phonenumbers.national_significant_number(example)) if example else ["1"] * 8
    for _ in range(draw(st.integers(0, 3))):
        digits[draw(st.integers(0, len(digits) - 1))] = draw(st.sampled_from("0123456789"))
    national = "".join(digits)[: draw(st.sampled_from([99, 99, 99, len(digits) - 1]))]
    rules = phonenumbers.PhoneMetadata.metadata_for_region(region)
    prefix = draw(st.sampled_from(["", "0", rules.national_prefix or ""]))
    code = str(rules.country_code)
    start = draw(st.sampled_from(["", "+" + code, "00" + code, "011" + code, code]))
    country = draw(st.sampled_from([region, region, "", draw(st.sampled_from(REGIONS))]))
    return start + prefix + national, country


REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.composite(_written)(), min_size=20, max_size=60))
def test_the_rules_by_column_never_differ_from_the_library(cases: list[tuple[str, str]]) -> None:
    numbers, regions = (pa.array(part, pa.string()) for part in zip(*cases, strict=True))
    for case, found in zip(cases, phone_rules.many(numbers, regions).to_pylist(), strict=True):
        assert found is None or found == e164(*case), case


def test_the_rules_by_column_settle_the_usual_spellings() -> None:
    settled = 0
    for region in REGIONS:
        example = phonenumbers.example_number(region)
        number = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
        found = phone_rules.many(pa.array([number]), pa.array([""])).to_pylist()
        assert found[0] in (None, number)
        settled += found[0] == number
    # The rest, Argentina for one, rewrites numbers while it reads them.
    assert settled > 0.9 * len(REGIONS)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.text(), st.text(max_size=3)), max_size=20))
def test_any_text_is_a_number_or_none_and_normalised_once(cases: list[tuple[str, str]]) -> None:
    numbers = pa.array([number for number, _ in cases], pa.string())
    regions = pa.array([region for _, region in cases], pa.string())
    once = normalise.phones(numbers, regions)
    assert normalise.phones(once, regions) == once


def test_nothing_is_allowed() -> None:
    nothing = pa.array([], pa.string())
    assert len(normalise.emails(nothing)) == 0
    assert len(normalise.phones(nothing, nothing)) == 0

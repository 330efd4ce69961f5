"""One spelling for addresses, numbers and names, and null for what is none."""

from __future__ import annotations

import pyarrow as pa
import pytest

from rapport.identity import normalise


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
        (None, "AT", None),
    ],
)
def test_phone(written: str | None, country: str | None, e164: str | None) -> None:
    numbers = normalise.phones(pa.array([written], pa.string()), pa.array([country], pa.string()))
    assert numbers.to_pylist() == [e164]


def test_phone_without_country_takes_the_default() -> None:
    numbers = normalise.phones(pa.array(["0664 1234567"]), pa.nulls(1, pa.string()), "AT")
    assert numbers.to_pylist() == ["+436641234567"]


def test_names_fold() -> None:
    names = pa.array(["  JÜRGEN-Peter ", "O’Brien", "王小明", "-", None])
    assert normalise.names(names).to_pylist() == ["jurgen peter", "obrien", "王小明", None, None]


def test_nothing_is_allowed() -> None:
    nothing = pa.array([], pa.string())
    assert len(normalise.emails(nothing)) == 0
    assert len(normalise.phones(nothing, nothing)) == 0
    assert len(normalise.names(nothing)) == 0

"""Birth dates in every usual spelling, and null for those of nobody."""

from __future__ import annotations

from datetime import date, datetime

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapport.identity import normalise

BEFORE = date(2026, 7, 1)
BORN = date(1971, 6, 24)


@pytest.mark.parametrize(
    "written",
    [
        *("1971-06-24", "1971/6/24", "19710624", "19710624.0", "1971-06-24T00:00:00", "24.6.1971"),
        *("24/06/1971", "24-06-71", "06/24/1971", "24061971", "June 24, 1971", "24 Jun 1971"),
        *("24. März 1971", "24 de junio de 1971", "1971年6月24日", " 1971-06-24 "),
    ],
)
def test_a_date_is_read(written: str) -> None:
    expected = BORN.replace(month=3) if "März" in written else BORN
    assert normalise.birth_dates(pa.array([written]), BEFORE).to_pylist() == [expected]


@pytest.mark.parametrize(
    "written",
    [
        *("1900-01-01", "1970-01-01", "2026-07-01", "1899-05-05", "2999-01-01", "1971-13-40"),
        *("1971", "1971-00-00", "unknown", "", "00000000", None),
    ],
)
def test_a_date_of_nobody_is_none(written: str | None) -> None:
    assert normalise.birth_dates(pa.array([written], pa.string()), BEFORE).to_pylist() == [None]


def test_the_column_says_whether_the_month_comes_first() -> None:
    american = pa.array(["03/04/1980", "12/25/1981", "01/31/1990"])
    assert normalise.birth_dates(american, BEFORE).to_pylist()[0] == date(1980, 3, 4)
    european = pa.array(["03/04/1980", "25/12/1981"])
    assert normalise.birth_dates(european, BEFORE).to_pylist()[0] == date(1980, 4, 3)


def test_two_digits_are_the_last_such_year() -> None:
    found = normalise.birth_dates(pa.array(["1.2.25", "1.2.30"]), BEFORE).to_pylist()
    assert found == [date(2025, 2, 1), date(1930, 2, 1)]


def test_dates_and_moments_are_taken_as_they_are() -> None:
    dates = pa.array([BORN, date(1900, 1, 1), None])
    assert normalise.birth_dates(dates, BEFORE).to_pylist() == [BORN, None, None]
    moments = pa.array([datetime(1971, 6, 24, 23, 59)])
    assert normalise.birth_dates(moments, BEFORE).to_pylist() == [BORN]
    assert normalise.birth_dates(pa.nulls(2), BEFORE).to_pylist() == [None, None]


@settings(max_examples=60, deadline=None)
@given(st.text() | st.from_regex(r"[0-9]{1,4}[-/. ][0-9]{1,2}[-/. ][0-9]{1,4}", fullmatch=True))
def test_any_text_is_a_date_once(value: str) -> None:
    once = normalise.birth_dates(pa.array([value]), BEFORE)
    assert normalise.birth_dates(once.cast(pa.string()), BEFORE) == once

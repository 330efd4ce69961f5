"""Amounts as people write them: read as one form that fits all, or refused."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapport.errors import RapportError
from rapport.value.transactions import Transactions

FIRST, DAY = date(2026, 1, 1), timedelta(days=1)


def spends(folder: Path, texts: list[str], decimal_sign: str | None = None) -> list[float]:
    """What each text is read as: one customer a text, who bought for it a day after a free gift."""
    path = folder / "amounts.csv"
    rows = [
        f"{customer:04};{day};{text}"
        for customer, amount in enumerate(texts)
        for day, text in ((FIRST, "0"), (FIRST + DAY, amount))
    ]
    path.write_text("\n".join(["who;on;worth", *rows]) + "\n")
    found = Transactions(path, "who", "on", "worth", decimal_sign=decimal_sign)
    spent = found.customers(FIRST + DAY).spend_mean
    return [float(amount) for amount in np.nan_to_num(spent)]  # without spend there is no mean


@pytest.mark.parametrize(
    ("texts", "read"),
    [
        (["$1,234.50", "$5"], [1234.5, 5]),
        (["US$ 1,234,567.5", "0.00"], [1234567.5, 0]),
        (["1.234,50 €", "0,90 €"], [1234.5, 0.9]),
        (["EUR 12,5", "EUR 1.000"], [12.5, 1000]),
        (["CHF 1'234.50", "CHF 1’000"], [1234.5, 1000]),
        (["1 234,50", "12\u202f345"], [1234.5, 12345]),
        (["₹12,34,567.00"], [1234567]),
        (["¥ 1,234", "¥ 12.0"], [1234, 12]),
        (["1,234,567"], [1234567]),
        ([".50", "1,000.25"], [0.5, 1000.25]),
        (["1.5", "1e2"], [1.5, 100]),
    ],
)
def test_one_form_that_fits_all_is_read(
    tmp_path: Path, texts: list[str], read: list[float]
) -> None:
    """With a currency, with thousands, with a decimal comma."""
    assert spends(tmp_path, texts) == read


@pytest.mark.parametrize(
    "minus", ["-$1,005.20", "$-1,005.20", "$1,005.20-", "($1,005.20)", "−$1,005.20"]
)
def test_a_return_is_negative_however_it_is_written(tmp_path: Path, minus: str) -> None:
    """It lowers the value of its day."""
    path = tmp_path / "returned.csv"
    day = FIRST + DAY
    path.write_text(f"who;on;worth\na;{FIRST};$1\na;{day};$2,000.00\na;{day};{minus}\n")
    found = Transactions(path, "who", "on", "worth").customers(day)
    assert found.spend_mean.tolist() == [994.8]


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (["1,234", "€5"], "'€5' in column worth are not of one currency"),
        (["$5", "€5"], "are not of one currency"),
        (["1,234", "5"], "'1,234' in column worth may have decimals or thousands"),
        (["1,50", "1.50"], "'1.50' in column worth is no number that fits the others"),
        (["12 pieces"], "'12 pieces'"),
        (["5%"], "'5%'"),
        (["2026-01-05"], "'2026-01-05'"),
        (["1,2345.00"], "'1,2345.00'"),
        (["--5"], "'--5'"),
        (["1 234'567"], "1 234'567"),
        (["NAN"], "'NAN'"),
        (["$"], "'[$]'"),
    ],
)
def test_what_may_be_something_else_is_refused(tmp_path: Path, texts: list[str], said: str) -> None:
    """Nothing is guessed, and the row is named."""
    with pytest.raises(RapportError, match=said) as raised:
        spends(tmp_path, texts)
    assert raised.value.code == "transactions-values" and "data row" in str(raised.value)


@pytest.mark.parametrize(("sign", "read"), [(".", [1234, 5]), (",", [1.234, 5])])
def test_the_sign_that_is_said_decides(tmp_path: Path, sign: str, read: list[float]) -> None:
    """1,234 is what `--decimal` makes it."""
    assert spends(tmp_path, ["1,234", "5"], sign) == read


def test_what_does_not_fit_the_sign_that_is_said_is_refused(tmp_path: Path) -> None:
    """1.50 has no thousands."""
    with pytest.raises(RapportError, match=r"'1[.]50' in column worth is no number"):
        spends(tmp_path, ["1,50", "1.50"], ",")


def test_a_decimal_comma_that_is_said_makes_points_thousands(tmp_path: Path) -> None:
    """1.234 alone would be read as programs write it."""
    assert spends(tmp_path, ["1.234"]) == [1.234]
    assert spends(tmp_path, ["1.234"], ",") == [1234]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.decimals(min_value="0.01", max_value="9999999", places=2), min_size=1, max_size=8),
    st.sampled_from([(",", "."), (".", ","), (" ", ","), ("'", "."), ("", ",")]),
    st.sampled_from(["{}", "€{}", "{} €", "SEK {}", "+{}"]),
)
def test_what_is_written_in_one_form_is_read_back(
    amounts: list[Decimal], marks: tuple[str, str], form: str
) -> None:
    """Two decimals leave no doubt which sign stands before them."""
    thousands, sign = marks
    swap = str.maketrans({",": thousands, ".": sign})
    texts = [form.format(f"{amount:,.2f}".translate(swap)) for amount in amounts]
    with TemporaryDirectory() as folder:
        assert spends(Path(folder), texts) == [float(amount) for amount in amounts]

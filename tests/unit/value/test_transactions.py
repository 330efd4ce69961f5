"""Files of transactions: read as what they say."""

from __future__ import annotations

import gzip
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from rapport.errors import RapportError
from rapport.value.transactions import Transactions
from tests.unit.value.transactions import ROWS, read, written


def test_histories_are_by_day_and_hold_no_returns(tmp_path: Path) -> None:
    """Two orders of one day count as one; a day of returns only is no purchase."""
    found = read(written(tmp_path, ROWS)).customers(date(2026, 3, 1), date(2026, 4, 30))
    assert found.ids.tolist() == ["a", "b"]
    assert found.repeats.tolist() == [2, 1]
    assert found.recency_days.tolist() == [40, 30]
    assert found.age_days.tolist() == [59, 55]
    assert found.spend_purchases.tolist() == [0, 1]
    assert np.isnan(found.spend_mean[0]) and found.spend_mean[1] == 20
    assert found.later.tolist() == [0, 1]
    assert found.before.tolist() == [2, 1]  # the 60 days up to the end
    assert found.earlier.tolist() == [0, 0]


def test_every_row_is_accounted_for(tmp_path: Path) -> None:
    """What was left out is counted, not passed over."""
    counts = read(written(tmp_path, ROWS)).counts
    assert (counts.rows, counts.without_customer, counts.without_date) == (11, 1, 1)
    assert (counts.without_amount, counts.returns, counts.customers) == (2, 1, 3)
    assert (counts.first_day, counts.last_day) == (date(2026, 1, 1), date(2026, 4, 1))


def test_parquet_and_several_files_give_the_same(tmp_path: Path) -> None:
    """Types come from Parquet, text from CSV."""
    kept = [row for row in ROWS if row[1] and row[2] not in ("", "nan")]
    one = read(written(tmp_path, kept)).customers(date(2026, 4, 1))
    for n, part in enumerate((kept[:3], kept[3:])):
        rows = pa.table(
            {
                "who": [row[0] or None for row in part],
                "on": pa.array([np.datetime64(row[1], "us") for row in part]),
                "worth": [float(row[2]) for row in part],
            }
        )
        parquet.write_table(rows, tmp_path / f"part{n}.parquet")
    other = read(tmp_path / "part*.parquet").customers(date(2026, 4, 1))
    assert one.ids.tolist() == other.ids.tolist()
    assert one.histories().age_days.tolist() == other.histories().age_days.tolist()
    assert one.spend_mean.tolist() == pytest.approx(other.spend_mean.tolist(), nan_ok=True)


@pytest.mark.parametrize(
    ("texts", "format"),
    [
        (["20260105", "20260204"], None),
        (["05.01.2026", "04.02.2026"], None),
        (["05/01/2026", "14/01/2026"], None),
        (["1/5/2026 8:26", "1/14/2026 9:00"], None),
        (["05/01/2026", "04/02/2026"], "%d/%m/%Y"),
        (["2026-01-05T10:00:00Z", "2026-02-04T00:00:00Z"], None),
        (["2026-01-05T00:30:00+02:00", "2026-02-04T00:00:00+02:00"], None),
        (["05-01-2026", "14-01-2026"], None),
        (["05/01/2026 08:26:10", "14/01/2026 09:00:00"], None),
        (["1/5/2026 8:26 PM", "1/14/2026 9:00 AM"], None),
        (["05-Jan-2026", "04-Feb-2026"], None),
        (["05/01/26", "04/02/26"], "%d/%m/%y"),
        (["20260105101530", "20260204000000"], None),
        (["202601051015", "202602040000"], None),
        (["2026010523", "2026020400"], "%Y%m%d%H"),
        (["1767571200", "1770163199.5"], None),
        (["1767571200123", "1770163199000"], None),
        (["46027", "46057.99"], "excel"),
    ],
)
def test_dates_in_one_form_are_read(tmp_path: Path, texts: list[str], format: str | None) -> None:
    """A form counts only when it fits the whole column."""
    counts = read(written(tmp_path, [("a", text, "1") for text in texts]), format).counts
    assert counts.first_day == date(2026, 1, 5)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_other_separators_and_encodings_are_read(tmp_path: Path, separator: str) -> None:
    """What a spreadsheet in Western Europe exports."""
    path = tmp_path / "export.csv"
    rows = [["wer", "Datum", "Umsatz in £"], ["Müller", "05.01.2026", "12.50"]]
    rows += [["Müller", "06.01.2026", "7"]]
    path.write_bytes("\r\n".join(separator.join(row) for row in rows).encode("latin-1"))
    found = Transactions(path, "wer", "Datum", "Umsatz in £").customers(date(2026, 1, 31))
    assert found.ids.tolist() == ["Müller"] and found.spend_mean.tolist() == [7.0]


@pytest.mark.parametrize("separator", ["|", " ", "^", "~"])
def test_separators_that_the_database_does_not_find_out_are_read(
    tmp_path: Path, separator: str
) -> None:
    """The message named the very columns that were asked for as those it has."""
    path = tmp_path / "export.txt"
    lines = [["who", "on", "worth"], ["a", "2026-01-05", "1"], ["a", "2026-01-06", "2.5"]]
    path.write_text("\n".join(separator.join(line) for line in lines))
    assert read(path).customers(date(2026, 1, 31)).spend_mean.tolist() == [2.5]


def test_a_file_of_a_header_only_has_no_customers(tmp_path: Path) -> None:
    """An empty export is a state, not an error."""
    found = read(written(tmp_path, []))
    assert found.counts.rows == found.counts.customers == 0
    assert found.counts.first_day is None


def test_a_year_of_two_digits_is_not_one_of_the_first_century(tmp_path: Path) -> None:
    """`26/01/23` was once a day of the year 26."""
    path = written(tmp_path, [("a", "26/01/23", "1"), ("a", "27/01/23", "1")])
    with pytest.raises(RapportError, match="no day between 1900"):
        read(path, "%d/%m/%Y")
    assert read(path, "%d/%m/%y").counts.last_day == date(2023, 1, 27)


def test_ids_that_begin_as_a_comment_are_ids(tmp_path: Path) -> None:
    """Rows must not vanish because of a sign."""
    rows = [("#1", "2026-01-05", "1"), ("2", "2026-01-05", "1"), ("#3", "2026-01-06", "1")]
    assert read(written(tmp_path, rows)).counts.rows == 3


def test_quotes_that_come_late_are_quotes(tmp_path: Path) -> None:
    """Whether values are quoted is not told from the first rows alone."""
    plain = [(f"c{n % 50}", f"2026-01-{n % 28 + 1:02}", "1") for n in range(30_000)]
    late = [(f'"{who}"', day, '"1"') for who, day, _ in plain[:100]]
    assert read(written(tmp_path, plain + late)).counts.customers == 50


@pytest.mark.parametrize(
    "nothing", ["", "NULL", "nan", "None", "NA", "N/A", "n/a", "#N/A", "<NA>", "NaT"]
)
def test_what_exports_write_for_nothing_is_no_customer(tmp_path: Path, nothing: str) -> None:
    """They would be the best customer of all."""
    rows = [("a", "2026-01-05", "1"), (nothing, "2026-01-05", "1"), (nothing, "2026-01-06", "1")]
    counts = read(written(tmp_path, rows)).counts
    assert (counts.customers, counts.without_customer) == (1, 2)


def test_whole_numbers_written_as_fractions_are_the_same_customer(tmp_path: Path) -> None:
    """pandas writes ids so as soon as one is missing."""
    rows = [("10001.0", "2026-01-05", "1"), ("10001", "2026-01-06", "1"), ("7", "2026-01-06", "1")]
    found = read(written(tmp_path, rows)).customers(date(2026, 1, 31))
    assert found.ids.tolist() == ["10001", "7"]
    path = tmp_path / "ids.parquet"
    ids = pa.array([10001.0, float("nan"), 10001.0])
    parquet.write_table(pa.table({"who": ids, "on": ["2026-01-05"] * 3, "worth": [1, 2, 3]}), path)
    counts = read(path).counts
    assert (counts.customers, counts.without_customer) == (1, 1)


def test_the_day_of_an_instant_does_not_hang_on_the_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Parquet keeps instants, whose day is that of UTC."""
    path = tmp_path / "instants.parquet"
    instant = datetime(2026, 1, 5, 23, 30, tzinfo=UTC)
    on = pa.array([instant], pa.timestamp("us", "Europe/Berlin"))
    parquet.write_table(pa.table({"who": ["a"], "on": on, "worth": [1.0]}), path)
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    assert read(path).counts.last_day == date(2026, 1, 5)


def test_a_parquet_file_is_known_by_its_content_and_signs_in_its_name_are_none(
    tmp_path: Path,
) -> None:
    """`[1]` is what a browser appends to the second download."""
    path = tmp_path / "export[1].dat"
    table = pa.table({"who": ["a"], "on": ["2026-01-05"], "worth": [1.0]})
    parquet.write_table(table, path)
    assert read(path).counts.rows == 1


def test_utf_16_is_read_or_refused_never_taken_for_an_empty_file(tmp_path: Path) -> None:
    """What Excel calls Unicode text; of the other byte order DuckDB reads no row."""
    path, text = tmp_path / "unicode.csv", "\ufeffwho,on,worth\nJörg,2026-01-05,1\n"
    path.write_bytes(text.encode("utf-16-le"))
    assert read(path).customers(date(2026, 1, 31)).ids.tolist() == ["Jörg"]
    path.write_bytes(text.encode("utf-16-be"))
    with pytest.raises(RapportError, match="high byte first"):
        read(path)


def test_a_compressed_file_is_read(tmp_path: Path) -> None:
    """As warehouses export."""
    path = tmp_path / "transactions.csv.gz"
    path.write_bytes(gzip.compress(written(tmp_path, ROWS).read_bytes()))
    assert read(path).counts.rows == len(ROWS)


def test_a_column_whose_name_begins_as_an_archive_is_a_column(tmp_path: Path) -> None:
    """`PK` is what archives begin with, and many a first column."""
    path = tmp_path / "keys.csv"
    path.write_text("PK,who,on,worth\n1,a,2026-01-05,1\n")
    assert read(path).counts.rows == 1

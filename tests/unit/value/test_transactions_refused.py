"""Files of transactions that cannot be read: refused with the row and what to do."""

from __future__ import annotations

import bz2
import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from rapport.errors import RapportError
from rapport.value.transactions import Transactions
from tests.unit.value.transactions import ROWS, read, written


@pytest.mark.parametrize(
    ("rows", "code", "said"),
    [
        ([("a", "2026-01-05", "1"), ("a", "soon", "1")], "transactions-values", "'soon'.*row 2"),
        ([("a", "2026-01-05", "1"), ("a", "2026-02-30", "1")], "transactions-values", "02-30"),
        (
            [("a", "0", "1"), *[("a", f"202601{day}", "1") for day in range(10, 20)]],
            "transactions-values",
            "'0'.*row 1",
        ),
        ([("a", "0001-01-01", "1")], "transactions-values", "no day between 1900"),
        ([("a", "2026-01-05", "1"), ("a", "infinity", "1")], "transactions-values", "'infinity'"),
        ([("a", "2026-01-05", "1"), ("a", "epoch", "1")], "transactions-values", "'epoch'"),
        ([("a", "2026-01-05", "1"), ("a", "2026-01-06", "inf")], "transactions-values", "'inf'"),
        (
            [("a", "26/01/23", "1"), ("a", "31/12/24", "1")],
            "transactions-values",
            "%d/%m/%y and as %y/%m/%d",
        ),
        ([("a", "03/04/2026", "1")], "transactions-values", "%d/%m/%Y and as %m/%d/%Y"),
        ([("a", "2026010523", "1")], "transactions-values", "%Y%m%d%H and as epoch"),
        ([("a", "46027", "1")], "transactions-values", "'46027'.*--date-format"),
        (
            [("a", "2026-01-05", "1"), ("a", "2026-01-06", "€5")],
            "transactions-values",
            "'€5'.*row 2",
        ),
    ],
)
def test_what_cannot_be_read_is_named(
    tmp_path: Path, rows: list[tuple[str, str, str]], code: str, said: str
) -> None:
    """Row and value, not a stack of the database's."""
    with pytest.raises(RapportError, match=said) as raised:
        read(written(tmp_path, rows))
    assert raised.value.code == code


def test_a_missing_column_names_those_there_are(tmp_path: Path) -> None:
    """The usual mistake is a spelling."""
    with pytest.raises(RapportError, match=r"no column worth .*who, on, Worth"):
        read(written(tmp_path, ROWS, header="who,on,Worth"))


def test_a_further_file_without_names_loses_no_row(tmp_path: Path) -> None:
    """The parts that `split` makes: the first row of each but the first was taken for names."""
    path = written(tmp_path, ROWS)
    path.rename(tmp_path / "part-1.csv")
    (tmp_path / "part-2.csv").write_text("e,2026-01-05,1\nf,2026-01-06,1\n")
    with pytest.raises(RapportError, match=r"no column who.*part-2.csv has e, 2026-01-05"):
        read(tmp_path / "part-*.csv")
    (tmp_path / "part-2.csv").write_text("on,worth,who\n2026-01-05,1,e\n")
    assert read(tmp_path / "part-*.csv").counts.rows == len(ROWS) + 1


@pytest.mark.parametrize("name", ["nothing.csv", "bad.parquet"])
def test_a_file_that_is_no_file_is_an_error_with_its_path(tmp_path: Path, name: str) -> None:
    """Neither a crash nor an empty forecast."""
    (tmp_path / "bad.parquet").write_text("no parquet")
    with pytest.raises(RapportError, match=name) as raised:
        read(tmp_path / name)
    assert raised.value.code == "transactions-unreadable"


def test_a_named_form_that_does_not_fit_is_an_error_not_a_guess(tmp_path: Path) -> None:
    """Who says day first does not mean month first."""
    path = written(tmp_path, [("a", "01/14/2026", "1")])
    with pytest.raises(RapportError, match="01/14/2026"):
        read(path, "%d/%m/%Y")


def test_a_form_that_is_none_is_no_crash(tmp_path: Path) -> None:
    """A slip of the pen in `--date-format`."""
    with pytest.raises(RapportError, match="%Q") as raised:
        read(written(tmp_path, ROWS), "%Q")
    assert raised.value.code == "clv-arguments"


def test_a_broken_row_among_the_first_is_named(tmp_path: Path) -> None:
    """The whole file would else look like a single column."""
    rows = [("a", "2026-01-05", "1"), ("a", "2026-01-06", "1")]
    path = written(tmp_path, rows)
    path.write_text(path.read_text() + "a,2026-01-07\n")
    with pytest.raises(RapportError, match="Line: 4") as raised:
        read(path)
    assert raised.value.code == "transactions-unreadable"


def test_a_row_with_too_many_values_is_named_and_not_taken_for_the_header(tmp_path: Path) -> None:
    """The last of a file was: none of its columns was found then, though all were there."""
    rows = [("ü", f"2026-01-{day:02}", "1") for day in range(1, 29)]
    path = written(tmp_path, rows)
    path.write_text(path.read_text() + "ü,2026-02-01,5,6,7\n")
    with pytest.raises(RapportError, match=r"Line: 30 .*ü,2026-02-01,5,6,7") as raised:
        read(path)
    assert raised.value.code == "transactions-unreadable"


@pytest.mark.parametrize("content", [b"", b"\n\n"])
def test_an_empty_file_is_said_to_be_empty(tmp_path: Path, content: bytes) -> None:
    """It has no column0, as the database would have it."""
    path = tmp_path / "empty.csv"
    path.write_bytes(content)
    with pytest.raises(RapportError, match="nothing in it") as raised:
        read(path)
    assert raised.value.code == "transactions-unreadable"


def test_bytes_that_are_no_text_are_refused_without_the_statement(tmp_path: Path) -> None:
    """Whoever handed over a file wrote no SQL."""
    path = tmp_path / "bytes.csv"
    path.write_bytes(bytes(range(256)) * 50)
    with pytest.raises(RapportError, match="no CSV that can be read") as raised:
        read(path)
    assert "describe" not in raised.value.what


def test_windows_text_is_said_to_want_utf_8(tmp_path: Path) -> None:
    """A euro sign or a curly quote anywhere in it: "no CSV" told nobody what to do."""
    path = tmp_path / "windows.csv"
    path.write_bytes("who,on,worth\n5 \u20ac \u2019,2026-01-05,1\n".encode("cp1252"))
    with pytest.raises(RapportError) as raised:
        read(path)
    assert raised.value.todo == "save it as UTF-8"


def test_columns_in_another_encoding_are_said_to_want_utf_8(tmp_path: Path) -> None:
    """GBK, as workbooks in China export, is taken for Latin-1: the names are there, and are not."""
    path = tmp_path / "gbk.csv"
    path.write_bytes("客户,日期,金额\n张三,2026-01-05,1\n".encode("gbk"))
    with pytest.raises(RapportError, match="no column 客户") as raised:
        Transactions(path, "客户", "日期", "金额")
    assert "UTF-8" in raised.value.todo
    with pytest.raises(RapportError) as raised:
        read(written(tmp_path, ROWS, header="a,b,c"))
    assert "UTF-8" not in raised.value.todo


@pytest.mark.parametrize(
    ("name", "pack", "todo"),
    [("a.csv", gzip.compress, "name it .gz"), ("a.csv.bz2", bz2.compress, "unpack it")],
)
def test_compression_that_is_not_read_is_named(
    tmp_path: Path, name: str, pack: Callable[[bytes], bytes], todo: str
) -> None:
    """It was said not to be Latin-1."""
    path = tmp_path / name
    path.write_bytes(pack(written(tmp_path, ROWS).read_bytes()))
    with pytest.raises(RapportError) as raised:
        read(path)
    assert raised.value.todo.startswith(todo)


def test_a_workbook_is_told_from_a_csv(tmp_path: Path) -> None:
    """With what to do about it, not with the encoding it is not in."""
    path = tmp_path / "sales.xlsx"
    path.write_bytes(b"PK\x03\x04" + bytes(range(256)))
    with pytest.raises(RapportError, match="workbook") as raised:
        read(path)
    assert raised.value.code == "transactions-unreadable"

"""Files as they come, not as they should: each bad one is explained, each bad row kept apart."""

from __future__ import annotations

import bz2
import gzip
import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rapport.landing import read
from tests.unit.landing.reading import entity, numbered, plain, refused, rows


@pytest.mark.parametrize("name", ["x.csv", "x.jsonl"])
def test_byte_order_mark_is_no_part_of_the_first_name(name: str) -> None:
    data = b"a,b\n1,2\n" if name == "x.csv" else b'{"a": "1", "b": "2"}\n'
    assert rows(b"\xef\xbb\xbf" + data, name) == (numbered(("1", "2")), [])


def test_row_with_a_nul_is_kept_apart_and_the_rest_is_read() -> None:
    found, bad = rows(b"a,b\n1,2\nx\0y,3\n4,5\n")
    assert [row["_file_row"] for row in found] == [1, 3]
    assert bad == [(2, "row: holds a NUL character")]
    found, bad = rows(b'{"a": "1"}\n{"a": "x\\u0000y"}\n{"a": "x\0y"}\n', "x.jsonl")
    assert [row["_file_row"] for row in found] == [1]
    assert bad == [(2, "row: holds a NUL character"), (3, "row: not a JSON object")]


def test_mixed_line_ends_are_line_ends_and_in_quotes_they_are_text() -> None:
    found, bad = rows(b'a,b\r\n1,2\r3,4\n"x\r\ny",5\r\n')
    assert (found, bad) == (numbered(("1", "2"), ("3", "4"), ("x\r\ny", "5")), [])


def test_cell_of_ten_megabytes_is_read() -> None:
    cell = "x" * 10_000_000
    found, bad = rows(f"a,b\n1,{cell}\n2,y\n".encode())
    assert ([len(row["b"]) for row in found], bad) == ([10_000_000, 1], [])
    found, bad = rows((json.dumps({"a": "1", "b": cell}) + "\n").encode(), "x.jsonl")
    assert (len(found[0]["b"]), bad) == (10_000_000, [])


@pytest.mark.parametrize("repeats", [3, 3 * read.BLOCK_BYTES // 4])
def test_quote_that_never_closes_is_told_and_swallows_no_rows(repeats: int) -> None:
    error = refused(b'a,b\n1,2\n3,"' + b"x,y\n" * repeats)
    assert error.code == "file-not-data"
    assert "uote is opened and never closed" in error.what
    assert refused(b'a,b\n"1,2\n3,4\n').code == "file-not-data"


def test_single_quote_mark_inside_a_field_is_text() -> None:
    assert rows(b'a,b\n5" pipe,"two\nlines"\nx,y\n') == (
        numbered(('5" pipe', "two\nlines"), ("x", "y")),
        [],
    )


def test_malformed_utf8_names_line_and_byte() -> None:
    error = refused(b"a,b\n1,2\n3,\xff\n")
    assert (error.code, error.where) == ("file-encoding", "x.csv, line 3")
    error = refused(b'{"a": "1"}\n{"a": "\xff"}\n', "x.jsonl")
    assert (error.code, error.where) == ("file-encoding", "x.jsonl, line 2")


def test_utf16_is_named_and_read_once_declared() -> None:
    data = "a,b\n1,é\n".encode("utf-16")
    error = refused(data)
    assert error.code == "file-encoding" and "UTF-16" in error.what
    assert rows(data, spec=entity(encoding="utf-16")) == (numbered(("1", "é")), [])


def test_doubled_header_is_refused() -> None:
    assert refused(b"a,b,a\n1,2,3\n").code == "header-invalid"


def test_trailing_delimiter_makes_a_column_without_a_name_and_loses_nothing() -> None:
    found, bad = rows(b"a,b,\n1,2,\n3,4,x\n")
    assert [row["column_3"] for row in found] == [None, "x"]
    assert bad == []


def test_row_with_a_delimiter_too_many_is_kept_apart() -> None:
    found, bad = rows(b"a,b\n1,2\n3,4,5\n6,7\n")
    assert [row["_file_row"] for row in found] == [1, 3]
    assert bad == [(2, "row: expected 2 columns, found 3")]


def test_header_without_a_line_end_may_be_half_of_it() -> None:
    assert refused(b"a,b").code == "file-truncated"


@pytest.mark.parametrize("data", [b"a,b\n", b"a,b\r\n"])
def test_header_alone_is_a_day_without_rows(data: bytes) -> None:
    assert rows(data) == ([], [])


def test_file_of_nothing_is_no_empty_day() -> None:
    assert refused(b"").code == "file-truncated"


def test_json_array_is_told_apart_from_json_lines() -> None:
    error = refused(b'[\n{"a": "1"},\n{"a": "2"}\n]\n', "x.jsonl")
    assert error.code == "file-not-data" and "one JSON array" in error.what


def test_json_of_changing_types_is_text_for_the_gate_to_judge() -> None:
    lines = [{"a": 1}, {"a": "1"}, {"a": True}, {"a": {"b": 1}}, {"a": [1]}, {"a": None}, {}]
    found, bad = rows("".join(json.dumps(line) + "\n" for line in lines).encode(), "x.jsonl")
    assert [row["a"] for row in found] == ["1", "1", "true", '{"b":1}', "[1]", None, None]
    assert bad == []


@pytest.mark.parametrize("ending", ["gz", "bz2", "zst"])
def test_compressed_file_that_was_cut_is_refused(ending: str) -> None:
    plain = b"a,b\n" + b"".join(b"%d,%d\n" % (n, n * 7919) for n in range(50_000))
    packed = {
        "gz": gzip.compress(plain),
        "bz2": bz2.compress(plain),
        "zst": pa.compress(plain, codec="zstd", asbytes=True),
    }[ending]
    assert len(rows(packed, f"x.csv.{ending}")[0]) == 50_000
    assert refused(packed[:-20], f"x.csv.{ending}").code == "file-truncated"
    assert refused(b"", f"x.csv.{ending}").code == "file-truncated"
    assert refused(plain, f"x.csv.{ending}").code == "file-truncated"


def test_parquet_that_was_cut_is_refused() -> None:
    stream = io.BytesIO()
    pq.write_table(pa.table({"a": ["1"], "b": ["2"]}), stream)
    assert rows(stream.getvalue(), "x.parquet")[0] == numbered(("1", "2"))
    assert refused(stream.getvalue()[:-30], "x.parquet").code == "file-not-data"


def test_tab_separated_text_has_bare_quotes_and_given_names() -> None:
    spec = entity(header="none", names=["a", "b"])
    assert rows(b'"x\t{"k": "v"}\n\ty\n', "x.tsv", spec) == (
        numbered(('"x', '{"k": "v"}'), (None, "y")),
        [],
    )
    assert rows(b"", "x.tsv", spec) == ([], [])


def test_preamble_and_sums_of_an_export_are_no_rows() -> None:
    spec = entity(skip_rows=2, totals={"a": "^Total"}, nulls=["--"])
    data = b"Campaign report\n2026-01-01 - 2026-01-31\na,b\nx,--\ny,2\nTotal: all,2\n"
    assert rows(data, spec=spec)[0] == numbered(("x", None), ("y", "2"))
    facts = read.verify(lambda: io.BytesIO(data), "x.csv", "csv", spec)
    assert facts == {"rows": 2, "columns": ["a", "b"], "totals": 1}


@pytest.mark.parametrize(
    ("mark", "written", "meant"),
    [
        (",", "1.234,56", "1234.56"),
        (",", "1234,5", "1234.5"),
        (",", "1\u202f234,5", "1234.5"),
        (",", "-7", "-7"),
        (".", "1,234,567.89", "1234567.89"),
        (".", "1'234.5", "1234.5"),
        (".", "12,34", "12,34"),
        (",", "1.2.3", "1.2.3"),
        (",", "n/a", "n/a"),
    ],
)
def test_numbers_written_by_a_countrys_custom(mark: str, written: str, meant: str) -> None:
    spec = entity({"a": "text", "b": "decimal"}, decimal=mark, delimiter=";")
    found, _ = rows(f"a;b\n{written};{written}\n".encode(), spec=spec)
    assert found == numbered((written, written))  # quarantine shows what was received
    assert plain(found, spec) == numbered((written, meant))


@pytest.mark.parametrize(
    ("format", "written", "meant"),
    [
        ("%m/%d/%Y", "1/31/2026", "2026-01-31"),
        ("%d.%m.%Y", " 01.02.2024", "2024-02-01"),
        ("%d.%m.%Y", "29.02.2024", "2024-02-29"),
        ("%d-%B-%Y", "1-january-2024", "2024-01-01"),
        ("%m/%d/%y", "4/9/24", "2024-04-09"),
        ("%d.%m.%Y", "31.02.2024", None),
        ("%d.%m.%Y", "29.02.2023", None),
        ("%d.%m.%Y", "10.04.24", None),
        ("%Y%m%d", "20240231", None),
        ("%m/%d/%Y", "31/31/2026", None),
        ("%m/%d/%Y", "", None),
    ],
)
def test_day_that_there_is_not_is_not_made_another_one(
    format: str, written: str, meant: str | None
) -> None:
    spec = entity({"a": "text", "b": "date"}, date_format=format)
    found, _ = rows(f"a,b\nx,{written}\n".encode(), spec=spec)
    assert [row["b"] for row in plain(found, spec)] == [meant or written or None]

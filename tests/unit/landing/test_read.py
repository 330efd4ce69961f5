"""Files as they come, not as they should: each bad one is explained, each bad row kept apart."""

from __future__ import annotations

import bz2
import gzip
import io
import json
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rapport.company import Entity
from rapport.errors import RapportError
from rapport.landing import read
from rapport.landing.read import customs
from rapport.systems import shipped_entities


def entity(columns: dict[str, Any] | None = None, **fetch: Any) -> Entity:
    """An entity of two text columns, or of those given."""
    return Entity.model_validate(
        {"name": "things", "columns": columns or {"a": "text", "b": "text"}, "fetch": fetch}
    )


def rows(
    data: bytes, name: str = "x.csv", spec: Entity | None = None
) -> tuple[list[dict[str, Any]], list[tuple[int, str]]]:
    """Rows and malformed lines of a file; what verification counts must be the same number."""
    format = next(f for f in ("csv", "tsv", "jsonl", "parquet", "access_log") if f in name)
    spec, malformed = spec or entity(), list[read.Malformed]()

    def opener() -> io.BytesIO:
        return io.BytesIO(data)

    found = [
        row for t in read.batches(opener, name, format, spec, malformed) for row in t.to_pylist()
    ]
    facts = read.verify(opener, name, format, spec)
    # Of lines, verification only counts; which of them are rows is found out when they are read.
    assert facts["rows"] == len(found) + len(malformed)
    return found, [(line.row, line.reason) for line in malformed]


def refused(data: bytes, name: str = "x.csv", spec: Entity | None = None) -> RapportError:
    with pytest.raises(RapportError) as caught:
        rows(data, name, spec)
    assert caught.value.what and caught.value.todo and name in caught.value.where
    return caught.value


def numbered(*values: tuple[str | None, str | None]) -> list[dict[str, Any]]:
    return [{"a": a, "b": b, "_file_row": n} for n, (a, b) in enumerate(values, 1)]


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


def plain(found: list[dict[str, Any]], spec: Entity) -> list[dict[str, Any]]:
    names = {name: name for name in spec.columns}
    return customs.plain(pa.Table.from_pylist(found), spec, names).to_pylist()


NESTED: dict[str, Any] = {
    "page": {"path": "params[page_location]"},
    "session": {"path": "params[session]"},
    "share": {"path": "params[share]"},
    "label": {"path": "labels[color]"},
    "device": {"path": "device.category"},
    "first": {"path": "items[0].id"},
}
DOCUMENT = {
    "params": [
        {"key": "page_location", "value": {"string_value": "https://x.example/?a='1'"}},
        {"key": "session", "value": {"int_value": 17}},
        {"key": "share", "value": {"double_value": 0.25}},
    ],
    "labels": [{"key": "color", "value": "red"}],
    "device": {"category": "mobile"},
    "items": [{"id": "sku"}],
}


def test_path_picks_from_lists_of_pairs_alike_in_json_and_parquet() -> None:
    wanted = {
        "page": "https://x.example/?a='1'",
        "session": "17",
        "share": "0.25",
        "label": "red",
        "device": "mobile",
        "first": "sku",
        "_file_row": 1,
    }
    spec = entity(NESTED)
    line = json.dumps(DOCUMENT).encode() + b"\n"
    assert rows(line + b"{}\n", "x.jsonl", spec)[0] == [
        wanted,
        {**dict.fromkeys(NESTED), "_file_row": 2},
    ]
    stream = io.BytesIO()
    pq.write_table(pa.Table.from_pylist([DOCUMENT]), stream)
    assert rows(stream.getvalue(), "x.parquet", spec)[0] == [wanted]


def test_field_read_whole_and_in_part_and_names_that_differ_by_case_are_all_found() -> None:
    spec = entity(
        {
            "whole": {"path": "page"},
            "part": {"path": "page.url"},
            "deep": {"path": "page.tags.x"},
            "first": {"path": "tags[0]"},
            "id": "text",
            "ID": "text",
        }
    )
    line = '{"page": {"url": "/a", "tags": {"x": 1}}, "tags": ["t"], "id": "low", "ID": "high"}'
    found, _ = rows(f'{line}\n{{"page": "bare", "tags": 1}}\n'.encode(), "x.jsonl", spec)
    assert [list(row.values()) for row in found] == [
        ['{"url":"/a","tags":{"x":1}}', "/a", "1", "t", "low", "high", 1],
        ["bare", None, None, None, None, None, 2],
    ]


def test_export_of_analytics_reads_alike_as_json_and_as_parquet() -> None:
    spec = shipped_entities("ga4")["events"]
    value = pa.struct(
        [
            ("string_value", pa.string()),
            ("int_value", pa.int64()),
            ("float_value", pa.float64()),
            ("double_value", pa.float64()),
        ]
    )
    schema = pa.schema(
        [
            ("event_timestamp", pa.int64()),
            ("event_name", pa.string()),
            ("event_params", pa.list_(pa.struct([("key", pa.string()), ("value", value)]))),
            ("user_pseudo_id", pa.string()),
            ("user_id", pa.string()),
            ("device", pa.struct([("category", pa.string())])),
            ("ecommerce", pa.struct([("transaction_id", pa.string())])),
            ("items", pa.list_(pa.struct([("item_id", pa.string())]))),
        ]
    )
    event = {
        "event_timestamp": 1767225600123456,
        "event_name": "purchase",
        "event_params": [
            {"key": "page_location", "value": {"string_value": "https://shop.example/a"}},
            {"key": "ga_session_id", "value": {"int_value": 1767225600}},
        ],
        "user_pseudo_id": "11.22",
        "device": {"category": "mobile"},
        "ecommerce": {"transaction_id": "T-1"},
        "items": [{"item_id": "SKU-1"}, {"item_id": "SKU-2"}],
    }
    stream = io.BytesIO()
    pq.write_table(pa.Table.from_pylist([event], schema=schema), stream)
    (parquet,), _ = rows(stream.getvalue(), "events.parquet", spec)
    as_text = {**event, "event_timestamp": "1767225600123456"}  # BigQuery's JSON has integers so
    (lines,), _ = rows(json.dumps(as_text).encode() + b"\n", "events.jsonl", spec)
    assert "page_location" in parquet.pop("event_params")
    assert "page_location" in lines.pop("event_params")
    assert parquet == lines
    assert (lines["ga_session_id"], lines["item_id"]) == ("1767225600", "SKU-1")
    facts = read.verify(lambda: io.BytesIO(stream.getvalue()), "events.parquet", "parquet", spec)
    assert {"event_params[page_location]", "device.category"} <= set(facts["columns"])


FIELDS = "vhost remote_host remote_user time method target status bytes referrer user_agent"
LOG: dict[str, Any] = dict.fromkeys(FIELDS.split(), "text")


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        (
            '203.0.113.9 - ann [10/Oct/2026:13:55:36 -0700] "GET /a?b=c HTTP/1.1" 200 2326 '
            '"https://x.example/" "Mozilla/5.0 (\\"quoted\\")"',
            {
                "remote_host": "203.0.113.9",
                "remote_user": "ann",
                "time": "2026-10-10 20:55:36",
                "method": "GET",
                "target": "/a?b=c",
                "status": "200",
                "bytes": "2326",
                "referrer": "https://x.example/",
                "user_agent": 'Mozilla/5.0 ("quoted")',
            },
        ),
        (
            'shop.example:443 2001:db8::1 - - [01/Jan/2026:00:00:00 +0000] "POST /pay HTTP/2.0" '
            '302 - "-" "-"',
            {
                "vhost": "shop.example:443",
                "remote_host": "2001:db8::1",
                "time": "2026-01-01 00:00:00",
                "method": "POST",
                "target": "/pay",
                "status": "302",
            },
        ),
        (
            '198.51.100.7 - - [01/Jan/2026:00:00:00 +0000] "\\x16\\x03\\x01" 400 157 "-" "-"',
            {
                "remote_host": "198.51.100.7",
                "time": "2026-01-01 00:00:00",
                "status": "400",
                "bytes": "157",
            },
        ),
        (
            '198.51.100.7 - - [01/Jan/2026:00:00:00 +0000] "GET / HTTP/1.0" 200 1 "-" "x" "y" 3',
            {
                "remote_host": "198.51.100.7",
                "time": "2026-01-01 00:00:00",
                "method": "GET",
                "target": "/",
                "status": "200",
                "bytes": "1",
                "user_agent": "x",
            },
        ),
    ],
)
def test_line_of_an_access_log_is_split(line: str, wanted: dict[str, str]) -> None:
    found, bad = rows(line.encode() + b"\n", "access_log", entity(LOG))
    assert bad == []
    assert {k: v for k, v in found[0].items() if v is not None} == {**wanted, "_file_row": 1}


def test_line_that_is_none_of_an_access_log_is_kept_apart() -> None:
    good = b'198.51.100.7 - - [01/Jan/2026:00:00:00 +0000] "GET / HTTP/1.0" 200 1 "-" "x"\n'
    late = good.replace(b"01/Jan", b"41/Jan")
    found, bad = rows(gzip.compress(good + b"nonsense\n" + late), "access_log.gz", entity(LOG))
    assert [row["_file_row"] for row in found] == [1]
    assert bad == [
        (2, "row: no line of an access log"),
        (3, "row: its time cannot be read"),
    ]
    assert refused(good + good[:30], "access_log", entity(LOG)).code == "file-truncated"

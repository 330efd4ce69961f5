"""Thousands of generated bad rows: each is loaded or accounted for, none ends in a traceback.

received = loaded + quarantined + superseded + duplicates, whatever the rows hold.
"""

from __future__ import annotations

import csv
import gzip
import io
import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from rapport import clock, ingest
from rapport.errors import RapportError
from tests.integration.bad_input.conftest import EVENTS, HEADER, ORDERS, Shop, day, orders

EXAMPLES = hypothesis_settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
# What a file as a whole may be refused for; a row never is.
REFUSED = {"file-encoding", "file-not-data", "file-truncated", "header-invalid"}
ANY_TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
ODD = st.sampled_from(
    [
        "", " ", "0", "32154", "9999-12-31", "2024-02-30", "31/12/2024", "1,234.50", "1.234,50",
        "1 234", "1e400", "NaN", "inf", "-0", "١٢", "1_000", "12.7", "0x10", "\x00", "a\x00b",
        "line\nbreak", "line\r\nbreak", 'quo"te', "\ufeff", "null", "true", "{}", "[1]",
        "2024-03-01T12:00:00+05:30", "epoch", "infinity", "\\N", "=cmd()", "'; drop table x; --",
        "9" * 40, "2024-03-01 12:00:00",
    ]
)  # fmt: skip
CELL = st.one_of(ODD, ANY_TEXT, st.integers().map(str), st.dates().map(str))
GOOD = st.tuples(
    st.integers(1, 30).map(str), ANY_TEXT, st.just("9.50"), st.just("2024-03-01 12:00:00")
).map(list)
ROW = st.one_of(GOOD, GOOD, st.lists(CELL, min_size=4, max_size=4), st.lists(CELL, min_size=2))
VALUE = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), ANY_TEXT, ODD),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(ANY_TEXT, inner)),
    max_leaves=5,
)
LINE = st.one_of(
    st.fixed_dictionaries({"event_id": VALUE, "kind": VALUE}).map(json.dumps),
    st.fixed_dictionaries({"event_id": st.integers(1, 20), "kind": ODD}).map(
        lambda row: json.dumps(row, ensure_ascii=False)
    ),
    st.fixed_dictionaries({}, optional={"event_id": VALUE, "kind": VALUE}).map(json.dumps),
    st.sampled_from(
        [
            "{", "}", "[]", "null", "12", '"text"', '{"event_id": }', '{"event_id": "x"} trailing',
            '{"event_id": "a", "event_id": "b"}', "{'event_id': 'x'}", '{"event_id": NaN}',
            '{"event_id": "\\ud800"}', '{"kind": {"a": [1, {"b": null}]}}', "\x00", "\ufeff{}",
            '{"event_id": "\\u0000"}', "{" * 500, '{"event_id": 1e999}',
        ]
    ),
)  # fmt: skip


class Fed:
    """One shop that is fed example after example, each as a new content of one of four weeks."""

    def __init__(self, folder: Path, entity: str) -> None:
        spec = {**(ORDERS if entity == "orders" else EVENTS), "quarantine_max_pct": 100.0}
        self.shop, self.days = Shop(folder, entity, spec), itertools.cycle(range(1, 29))

    def feed(self, content: bytes, ending: str) -> dict[str, Any]:
        """Deliver and ingest a day; the record of the delivery, all rows accounted for."""
        number = next(self.days)
        self.shop.deliver(number, content, ending)
        span = (self.shop.settings, "shop", day(number), day(number + 1))
        try:
            for step in (ingest.extract_all, ingest.gate_all, ingest.load_all, ingest.finish):
                step(*span)  # an error of any step is one, also where the day had been loaded
        finally:
            self.shop.check_accounts()
        return next(
            row
            for row in self.shop.deliveries()
            if row["interval_start"] == clock.iso(day(number)) and row["status"] == "loaded"
        )

    def refusal(self, content: bytes, ending: str) -> RapportError | None:
        """Feed a file that may be refused as a whole; with what sentence, if it was."""
        try:
            self.feed(content, ending)
        except RapportError as error:
            return error
        return None


@pytest.fixture(scope="module")
def shops(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Fed]:
    """A shop of CSV and one of JSON lines."""
    return {entity: Fed(tmp_path_factory.mktemp(entity), entity) for entity in ("orders", "events")}


@EXAMPLES
@given(
    rows=st.lists(ROW, min_size=10, max_size=60),
    ends=st.lists(st.sampled_from(["\n", "\r\n"]), min_size=60, max_size=60),
    bom=st.booleans(),
)
def test_csv_rows_of_any_content_are_loaded_or_accounted_for(
    shops: dict[str, Fed], rows: list[list[str]], ends: list[str], bom: bool
) -> None:
    text = io.StringIO()
    text.write("\ufeff" * bom + HEADER)
    for row, end in zip(rows, ends, strict=False):
        csv.writer(text, lineterminator=end, quoting=csv.QUOTE_ALL).writerow(row)
    assert shops["orders"].feed(text.getvalue().encode(), "csv")["received"] == len(rows)


@EXAMPLES
@given(lines=st.lists(LINE, min_size=10, max_size=60))
def test_json_lines_of_any_shape_are_loaded_or_accounted_for(
    shops: dict[str, Fed], lines: list[str]
) -> None:
    lines = ["{}", *lines]  # a file that begins as an array is refused as a whole
    content = "".join(line + "\n" for line in lines).encode()
    found = shops["events"].feed(gzip.compress(content, mtime=0), "jsonl.gz")
    assert found["received"] == len(lines)


@EXAMPLES
@given(
    noise=st.lists(st.tuples(st.integers(0, 2000), st.binary(max_size=4)), min_size=1, max_size=6),
    cut=st.integers(0, 2000),
)
def test_a_file_with_bytes_changed_is_refused_in_a_sentence_or_accounted_for(
    shops: dict[str, Fed], noise: list[tuple[int, bytes]], cut: int
) -> None:
    content = bytearray(orders(*range(30)).encode())
    for place, change in noise:
        content[place : place + len(change)] = change
    error = shops["orders"].refusal(bytes(content[: len(content) - cut % 40]), "csv")
    if error is not None:  # `entity-held` where the bytes stand in the header
        assert error.code in REFUSED | {"entity-held"} and error.what and error.todo


@EXAMPLES
@given(cut=st.integers(1, 120), flip=st.integers(0, 119))
def test_a_damaged_compressed_file_is_refused_whole(
    shops: dict[str, Fed], cut: int, flip: int
) -> None:
    rows = (json.dumps({"event_id": f"e{n}", "kind": "page"}) + "\n" for n in range(200))
    whole = gzip.compress("".join(rows).encode(), mtime=0)
    spoilt = bytearray(whole[:-cut])
    spoilt[10 + flip % (len(spoilt) - 10)] ^= 0x10
    with pytest.raises(RapportError) as caught:
        shops["events"].feed(bytes(spoilt), "jsonl.gz")
    assert caught.value.code in REFUSED


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (HEADER.replace("customer", "amount") + "1,2,3,2024-03-01\n", "header-invalid"),
        (HEADER.encode() + b"1,M\xfcller,2,2024-03-01\n", "file-encoding"),
        (orders(1, 2).encode("utf-16"), "file-encoding"),
        ("<html><body>log in</body></html>\n", "file-not-data"),
    ],
)
def test_a_file_that_is_unsound_as_a_whole_says_why(
    shops: dict[str, Fed], content: str | bytes, code: str
) -> None:
    data = content.encode() if isinstance(content, str) else content
    with pytest.raises(RapportError) as caught:
        shops["orders"].feed(data, "csv")
    assert caught.value.code == code


def test_cells_of_ten_megabytes_are_rows_like_others(shops: dict[str, Fed]) -> None:
    big = "x" * (10 << 20)
    found = shops["orders"].feed((orders(1, 2) + f"3,{big},1,2024-03-01\n").encode(), "csv")
    assert (found["received"], found["loaded"]) == (3, 3)
    line = json.dumps({"event_id": "e1", "kind": big}) + "\n"
    found = shops["events"].feed(gzip.compress(line.encode(), mtime=0), "jsonl.gz")
    assert (found["received"], found["loaded"]) == (1, 1)


def test_numbers_and_dates_that_could_be_read_two_ways_are_not_guessed(
    shops: dict[str, Fed],
) -> None:
    amounts = ("1,234.50", "1.234,50", "12 EUR", "1_000", "0x10", "NaN")
    times = ("0", "32154", "31/12/2024", "infinity", "10000-01-01")
    rows = [f'"{n}",Ann,"{amount}",2024-03-01\n' for n, amount in enumerate(amounts)]
    rows += [f"{n},Ann,1,{time}\n" for n, time in enumerate(times, 100)]
    right = "200,Ann,-1.5,9999-12-31\n201,Ann,1e3,2024-03-01T12:00:00+05:30\n"
    fed = shops["orders"]
    found = fed.feed((HEADER + "".join(rows) + right).encode(), "csv")
    assert found["rules"] == {
        "amount: is no decimal": len(amounts),
        "ordered_at: is no timestamp": len(times),
    }
    assert found["loaded"] == 2

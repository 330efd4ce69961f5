"""Fields within fields are found by their path, alike in JSON and in Parquet."""

from __future__ import annotations

import io
import json
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from rapport.landing import read
from rapport.systems import shipped_entities
from tests.unit.landing.reading import entity, rows

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

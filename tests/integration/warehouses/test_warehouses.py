"""Both engines: what is written comes back the same, and an interval is replaced, not added."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rapport import warehouses
from rapport.errors import RapportError
from rapport.landing.types import ARROW_TYPES, META_COLUMNS
from rapport.settings import Settings
from rapport.warehouses import RawTable
from rapport.warehouses.base import mask

EVERY_TYPE = {
    "note": "text",
    "pieces": "integer",
    "amount": "decimal",
    "ratio": "double",
    "is_open": "boolean",
    "born": "date",
    "seen_at": "timestamp",
}
START, END = datetime(2025, 1, 1, tzinfo=UTC), datetime(2025, 1, 2, tzinfo=UTC)
HOLD = """
import duckdb, sys, time
connection = duckdb.connect(sys.argv[1])
print("open", flush=True)
time.sleep(60)
"""


def _sample() -> pa.Table:
    schema = pa.schema([(name, ARROW_TYPES[kind]) for name, kind in EVERY_TYPE.items()])
    rows = [
        ["plain", 1, Decimal("1.5000"), 0.1, True, date(1980, 5, 1), datetime(2025, 1, 1, 3)],
        ["", -(2**62), Decimal("-99999999999999.9999"), 1e-300, False, date(1, 1, 1), None],
        ['a "quoted", line\nbreak \\N \\.', 0, Decimal(0), 1 / 3, None, None, None],
        [None] * 7,
        ["王小明 é", 7, None, None, True, None, datetime(2025, 1, 1, 23, 59, 59, 123456)],
    ]
    return pa.Table.from_pylist(
        [dict(zip(EVERY_TYPE, row, strict=True)) for row in rows], schema=schema
    )


def _landed(path: Path | str, rows: list[str], **changes: str) -> str:
    count = len(rows)
    data = {
        "note": pa.array(rows, pa.string()),
        "_source": pa.array(["crm"] * count),
        "_interval_start": pa.array([START.replace(tzinfo=None)] * count, pa.timestamp("us")),
        "_interval_end": pa.array([END.replace(tzinfo=None)] * count, pa.timestamp("us")),
        "_loaded_at": pa.array([END.replace(tzinfo=None)] * count, pa.timestamp("us")),
        "_load_id": pa.array(["l1"] * count),
        "_row_number": pa.array(range(count), pa.int64()),
    } | {name: pa.array([value] * count) for name, value in changes.items()}
    with fsspec.open(str(path), "wb") as stream:
        pq.write_table(pa.table(data), stream)
    return str(path)


def _show(settings: Settings, raw: RawTable, loads: list[str]) -> None:
    with warehouses.open(settings) as warehouse:
        warehouse.refresh_raw([raw])
        warehouse.load_interval(raw, "crm", START, END, loads, "l1")


def test_every_type_survives_a_round_trip(engine_settings: Settings) -> None:
    with warehouses.open(engine_settings) as warehouse:
        warehouse.write("identity", "sample", _sample())
        back = warehouse.read("select * from identity.sample")
    assert back.schema == _sample().schema
    assert back.to_pylist() == _sample().to_pylist()


def test_an_empty_table_keeps_its_types(engine_settings: Settings) -> None:
    with warehouses.open(engine_settings) as warehouse:
        warehouse.write("identity", "sample", _sample().schema.empty_table())
        back = warehouse.read("select * from identity.sample")
    assert back.schema == _sample().schema
    assert back.num_rows == 0


def test_writing_again_replaces_even_under_a_view(engine_settings: Settings) -> None:
    with warehouses.open(engine_settings) as warehouse:
        warehouse.write("identity", "sample", _sample())
        warehouse.execute("create view identity.looking as select note from identity.sample")
        warehouse.write("identity", "sample", _sample().slice(0, 1))
        assert warehouse.read("select * from identity.looking").to_pylist() == [{"note": "plain"}]
        warehouse.write("identity", "sample", pa.table({"other": [1, 2]}))
        assert warehouse.read("select * from identity.sample").column_names == ["other"]


def test_parameters_are_question_marks_on_every_engine(engine_settings: Settings) -> None:
    with warehouses.open(engine_settings) as warehouse:
        row = warehouse.read("select ? as said, 'is 100 %?' as kept", ["why 5 %?"]).to_pylist()
    assert row == [{"said": "why 5 %?", "kept": "is 100 %?"}]


def test_sums_have_the_same_types_on_every_engine(engine_settings: Settings) -> None:
    with warehouses.open(engine_settings) as warehouse:
        warehouse.write("identity", "sample", _sample().slice(0, 1))
        sums = warehouse.read(
            "select sum(pieces) as pieces, sum(amount) as amount, count(*) as rows_ "
            "from identity.sample"
        )
    assert sums.to_pylist() == [{"pieces": 1, "amount": Decimal("1.5000"), "rows_": 1}]
    assert [str(kind) for kind in sums.schema.types] == ["int64", "decimal128(38, 4)", "int64"]


def test_an_entity_without_files_is_an_empty_typed_relation(engine_settings: Settings) -> None:
    raw = RawTable("crm__contacts", EVERY_TYPE)
    _show(engine_settings, raw, [])
    with warehouses.open(engine_settings) as warehouse:
        found = warehouse.read("select * from raw.crm__contacts")
    expected = {**EVERY_TYPE, **META_COLUMNS}
    assert found.num_rows == 0
    assert {f.name: f.type for f in found.schema} == {
        name: ARROW_TYPES[kind] for name, kind in expected.items()
    }


def test_a_column_that_comes_later_is_null_before(
    engine_settings: Settings, tmp_path: Path
) -> None:
    old = _landed(tmp_path / "old.parquet", ["a"])
    raw = RawTable("crm__contacts", {"note": "text"}, [old])
    _show(engine_settings, raw, [old])
    new = _landed(tmp_path / "new.parquet", ["b"], city="Graz")
    raw = RawTable("crm__contacts", {"note": "text", "city": "text", "vat": "text"}, [old, new])
    _show(engine_settings, raw, [old, new])
    with warehouses.open(engine_settings) as warehouse:
        found = warehouse.read("select note, city, vat from raw.crm__contacts order by note")
    assert found.to_pylist() == [
        {"note": "a", "city": None, "vat": None},
        {"note": "b", "city": "Graz", "vat": None},
    ]


def test_loading_an_interval_again_replaces_its_rows(
    engine_settings: Settings, tmp_path: Path
) -> None:
    first = _landed(tmp_path / "first.parquet", ["a", "b"])
    second = _landed(tmp_path / "second.parquet", ["c"])
    for file in (first, first, second):
        _show(engine_settings, RawTable("crm__contacts", {"note": "text"}, [file]), [file])
    with warehouses.open(engine_settings) as warehouse:
        assert warehouse.read("select note from raw.crm__contacts").to_pylist() == [{"note": "c"}]


def test_a_database_made_anew_holds_what_was_loaded_into_the_former(
    engine_settings: Settings, tmp_path: Path
) -> None:
    files = [_landed(tmp_path / f"{note}.parquet", [note]) for note in ("a", "b")]
    with warehouses.open(engine_settings) as warehouse:
        warehouse.refresh_raw([RawTable("crm__contacts", {"note": "text"}, files)])
        found = warehouse.read("select note from raw.crm__contacts order by 1").to_pylist()
    assert found == [{"note": "a"}, {"note": "b"}]


def test_accepted_files_may_lie_in_object_storage(engine_settings: Settings) -> None:
    file = _landed("memory://landing/crm/contacts.parquet", ["a"])
    raw = RawTable("crm__contacts", {"note": "text"}, [file])
    with warehouses.open(engine_settings) as warehouse:
        warehouse.refresh_raw([raw])
        warehouse.load_interval(raw, "crm", START, END, [file], "l1")
        assert warehouse.read("select note from raw.crm__contacts").to_pylist() == [{"note": "a"}]


def test_a_failing_write_changes_nothing(engine_settings: Settings) -> None:
    broken = pa.table({"note": pa.array(["x"]), "nested": pa.array([[1]])})
    with warehouses.open(engine_settings) as warehouse:
        warehouse.write("identity", "sample", pa.table({"note": ["kept"]}))
        if engine_settings.engine == "postgres":
            with pytest.raises(pa.ArrowException):
                warehouse.write("identity", "sample", broken)
        assert warehouse.read("select * from identity.sample").to_pylist() == [{"note": "kept"}]


def test_a_locked_duckdb_names_the_process_that_has_it(tmp_path: Path) -> None:
    from tests.conftest import bare_settings

    settings = bare_settings(tmp_path, f"duckdb:///{tmp_path / 'warehouse.duckdb'}")
    holder = subprocess.Popen(
        [
            *(sys.executable, "-c"),
            HOLD,
            str(settings.warehouse_path),
        ],
        stdout=subprocess.PIPE,
    )
    try:
        assert holder.stdout is not None
        holder.stdout.readline()
        with pytest.raises(RapportError) as raised, warehouses.open(settings):
            pass
    finally:
        holder.kill()
        holder.wait()
    assert raised.value.code == "warehouse-locked"
    assert str(holder.pid) in str(raised.value)


def test_marts_before_the_first_publication_say_so(engine_settings: Settings) -> None:
    with pytest.raises(RapportError) as raised:
        warehouses.open_marts(engine_settings)
    assert raised.value.code == "marts-missing"


def test_no_password_in_an_error(tmp_path: Path) -> None:
    from tests.conftest import bare_settings

    settings = bare_settings(tmp_path, "postgresql://me:s%40cret@127.0.0.1:1/none")
    with pytest.raises(RapportError) as raised, warehouses.open(settings):
        pass
    assert raised.value.code == "warehouse-unreachable"
    assert "cret" not in str(raised.value)
    assert mask("the password is s@cret", settings.warehouse_url) == "the password is ***"

"""Values that a driver, a server or Arrow would change on the way, landed from real databases."""

from __future__ import annotations

import hashlib
import sqlite3
from pathlib import Path

import duckdb
import pytest

from tests.integration.sql_sources.conftest import Erp

PLAIN = "create table orders (order_no varchar(20) primary key, whole bigint, amount {decimal}, \
ordered_on date, ordered_at {timestamp}, note varchar(200))"
TYPES = {
    "postgres": {"decimal": "numeric(30,6)", "timestamp": "timestamp"},
    "mariadb": {"decimal": "decimal(30,6)", "timestamp": "datetime(6)"},
    "sqlite": {"decimal": "text", "timestamp": "text"},
}


def engine(erp: Erp) -> str:
    return erp.url.partition(":")[0].partition("+")[0].removesuffix("ql")


def test_same_row_of_each_database_lands_alike(erp: Erp) -> None:
    erp.execute(PLAIN.format(**TYPES[engine(erp)]))
    erp.execute(
        "insert into orders values ('A1', 9223372036854775807, '123456789012345678.000001', "
        "'2024-02-29', '2024-02-29 23:59:59.000001', 'a%%b \"x\" ünï 名 ''q''\n50%')"
    )
    erp.execute("insert into orders (order_no) values ('A0')")

    empty, full = erp.land({"key": ["order_no"]})

    assert full == {
        "order_no": "A1",
        "whole": "9223372036854775807",
        "amount": "123456789012345678.000001",
        "ordered_on": "2024-02-29",
        "ordered_at": "2024-02-29 23:59:59.000001",
        "note": "a%%b \"x\" ünï 名 'q'\n50%",
    }
    assert empty == {**dict.fromkeys(full), "order_no": "A0"}


def test_same_rows_inserted_in_another_order_land_as_the_same_bytes(erp: Erp) -> None:
    erp.execute(PLAIN.format(**TYPES[engine(erp)]))
    numbers = [hashlib.sha256(bytes([n])).hexdigest()[:12] for n in range(40)]
    values = [f"('{number}', {n}, {n}.5, '2024-01-01')" for n, number in enumerate(numbers)]
    columns = "(order_no, whole, amount, ordered_on)"
    erp.execute(f"insert into orders {columns} values {', '.join(values)}")
    erp.land({"key": ["order_no"]})
    first = erp.manifest()["version"]

    erp.execute("delete from orders")
    erp.execute(f"insert into orders {columns} values {', '.join(reversed(values))}")
    erp.land({"key": ["order_no"]})

    assert erp.manifest()["version"] == first


def test_large_cells_and_many_batches_lose_no_row(
    erp: Erp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rapport.connectors.sql.databases.BATCH_BYTES", 1 << 16)
    text = "longtext" if engine(erp) == "mariadb" else "text"
    erp.execute(f"create table orders (order_no int primary key, note {text})")
    rows = ", ".join(f"({n}, '{'x' * (100_000 if n % 500 == 0 else n % 50)}')" for n in range(3000))
    erp.execute(f"insert into orders values {rows}")

    landed = erp.land({"key": ["order_no"]})

    assert [row["order_no"] for row in landed] == [str(n) for n in range(3000)]
    assert sum(len(row["note"]) for row in landed) == 6 * 100_000 + sum(
        n % 50 for n in range(3000) if n % 500
    )
    assert erp.manifest()["rows"] == 3000


@pytest.mark.postgres
def test_types_of_postgres_land_as_exact_text(postgres: Erp) -> None:
    postgres.execute("create type mood as enum ('glad')")
    postgres.execute("create domain price as numeric(10,2)")
    postgres.execute(
        "create table orders (id int, n numeric, p price, r real, d double precision, b boolean, "
        "z timestamptz, f date, far timestamp, u uuid, j jsonb, a int[], bin bytea, m money, "
        'e mood, i interval, "Odd %s Name" text)'
    )
    postgres.execute(
        "insert into orders values (1, 0.1234567890123456789012345678, 1.50, 0.1, 0.1, true, "
        "'2024-03-31 02:30+02', 'infinity', '-infinity', "
        "'dff26969-ff1f-46b7-8177-244894394ec2', '{\"a\": [1]}', '{1,null}', '\\x00ff', 12.5, "
        "'glad', '1 day', 'x'), (2, 'NaN', null, 'NaN', 'Infinity', false, null, null, null, "
        "null, null, null, null, null, null, null, null)"
    )

    first, second = postgres.land({"key": ["id"]})

    assert first == {
        "id": "1",
        "n": "0.1234567890123456789012345678",
        "p": "1.50",
        "r": "0.1",
        "d": "0.1",
        "b": "true",
        "z": "2024-03-31 00:30:00",
        "f": "infinity",
        "far": "-infinity",
        "u": "dff26969-ff1f-46b7-8177-244894394ec2",
        "j": '{"a": [1]}',
        "a": "[1,null]",
        "bin": "00ff",
        "m": "12.50",
        "e": "glad",
        "i": "1 day",
        "Odd %s Name": "x",
    }
    assert (second["n"], second["r"], second["d"], second["b"]) == (
        *("NaN", "NaN", "Infinity"),
        "false",
    )


def test_types_of_mariadb_land_as_exact_text(mariadb: Erp) -> None:
    mariadb.execute(
        "create table orders (id bigint unsigned primary key, f float, b boolean, bi bit(1), "
        "d date, dt datetime, t timestamp null, bl blob, j json, y year, ti time, "
        "l varchar(20) character set latin1, e enum('a','b'))"
    )
    mariadb.execute(
        "insert into orders values (18446744073709551615, 16777217, true, b'1', '0000-00-00', "
        "'2024-00-10 00:00:00', '2024-03-31 02:30:00', x'00ff', '{\"a\": 1}', 2024, "
        "'-10:00:01', 'Müller', 'a')"
    )

    assert mariadb.land({"key": ["id"]}) == [
        {
            "id": "18446744073709551615",
            "f": "16777216",
            "b": "1",
            "bi": "1",
            "d": "0000-00-00",
            "dt": "2024-00-10 00:00:00",
            "t": "2024-03-31 02:30:00",
            "bl": "00ff",
            "j": '{"a": 1}',
            "y": "2024",
            "ti": "-10:00:01",
            "l": "Müller",
            "e": "a",
        }
    ]


def test_cells_of_mariadb_of_every_length_land_whole(mariadb: Erp) -> None:
    # Lengths have 1, 3, 4 or 9 bytes; a row over 16 MB comes in several packets.
    lengths = [0, 1, 250, 251, 252, 65_535, 65_536, 70_000, 9_000_000]
    mariadb.execute("create table orders (id int primary key, a longtext, b longtext, c longblob)")
    for number, length in enumerate(lengths):
        mariadb.execute(
            f"insert into orders values ({number}, repeat('a', {length}), repeat('b', {length}), "
            f"null), ({number + 100}, null, repeat('é', {length // 2}), repeat(x'0f', 3))"
        )

    found = mariadb.land({"key": ["id"]})

    for row, length in zip(found, lengths, strict=False):
        assert (row["a"], row["b"], row["c"]) == ("a" * length, "b" * length, None)
    for row, length in zip(found[len(lengths) :], lengths, strict=True):
        assert (row["a"], row["b"], row["c"]) == (None, "é" * (length // 2), "0f0f0f")


def test_several_types_in_one_column_of_sqlite_land_each_as_it_is(sqlite: Erp) -> None:
    sqlite.execute("create table orders (id integer primary key, v)")
    sqlite.execute(
        "insert into orders (v) values (1), (2.5), (3.0), ('x'), (x'00ff'), (null), "
        "(9007199254740993)"
    )

    found = [row["v"] for row in sqlite.land({"key": ["id"]})]

    assert found == ["1", "2.5", "3", "x", "00ff", None, "9007199254740993"]


@pytest.mark.parametrize(
    ("usual", "value", "landed"),
    [
        ("7", "2.5", "2.5"),
        ("7", "'x'", "x"),
        ("7.25", "9007199254740993", "9007199254740993"),
        ("7.25", "10000000000", "10000000000"),
        ("7.25", "1e300", "1e+300"),
        ("7.25", "0.1", "0.1"),
        ("'x'", "0.1", "0.1"),
        ("'x'", "9223372036854775807", "9223372036854775807"),
        ("'x'", "x'00ff'", "00ff"),
        ("null", "0.30000000000000004", "0.30000000000000004"),
        ("null", "'x'", "x"),
    ],
)
@pytest.mark.parametrize("declared", ["", "numeric", "text", "integer"])
def test_sqlite_value_unlike_all_before_it_lands_exactly(
    sqlite: Erp, declared: str, usual: str, value: str, landed: str
) -> None:
    sqlite.execute(f"create table orders (id integer primary key, v {declared}, n integer)")
    sqlite.execute(
        "with recursive n(i) as (select 1 union all select i + 1 from n where i < 60000) "
        f"insert into orders select i, iif(i = 59000, {value}, {usual}), i from n"
    )
    with sqlite3.connect(sqlite.url.removeprefix("sqlite:///")) as database:
        as_stored = database.execute("select typeof(v), v from orders where id = 59000").fetchone()

    found = sqlite.land({"key": ["id"]})

    assert [row["id"] for row in found] == [str(n) for n in range(1, 60_001)]
    assert [row["n"] for row in found] == [row["id"] for row in found]
    if as_stored[0] in ("integer", "text"):
        landed = str(as_stored[1])
    assert found[58_999]["v"] == landed
    assert len({row["v"] for row in found}) == 2


def test_sqlite_text_that_is_no_utf8_lands_visibly_with_all_rows(
    sqlite: Erp, tmp_path: Path
) -> None:
    sqlite.execute("create table orders (id integer primary key, name text)")
    with sqlite3.connect(tmp_path / "erp.sqlite") as database:
        rows = ((n, "Ann") for n in range(1, 3001))
        database.executemany("insert into orders values (?, ?)", rows)
        database.execute("update orders set name = cast(x'4de9' as text) where id = 2500")

    found = sqlite.land({"key": ["id"]})

    assert [row["id"] for row in found] == [str(n) for n in range(1, 3001)]
    assert found[2499]["name"] == "M\\xe9"
    assert found[2998]["name"] == "Ann"


@pytest.mark.parametrize("value", ["1.10", "-0.0001", "12345678901234.5678"])
def test_landed_decimal_is_cast_by_the_gate_without_a_float_between(erp: Erp, value: str) -> None:
    erp.execute(PLAIN.format(**TYPES[engine(erp)]))
    erp.execute(f"insert into orders (order_no, amount) values ('A1', '{value}')")

    landed = erp.land({"key": ["order_no"]})[0]["amount"]

    typed = duckdb.execute("select try_cast(? as decimal(18,4))::varchar", [landed]).fetchone()
    assert typed is not None
    assert float(typed[0]) == float(value) and typed[0].rstrip("0") == value.rstrip("0")

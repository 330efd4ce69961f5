"""A source that changes its columns: held with a suggestion, or loaded and reported."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from rapport import ingest
from rapport.errors import RapportError
from rapport.gates import described
from rapport.state import deliveries, store
from tests.integration.bad_input.conftest import EVENTS, ORDERS, Shop, day, orders


def test_missing_column_holds_the_entity_and_names_it(shop: Shop) -> None:
    shop.deliver(1, orders(1))
    shop.ingest(1)
    shop.deliver(2, "order_no,customer,ordered_at\n2,Ann,2024-03-02 12:00:00\n")

    with pytest.raises(RapportError) as caught:
        shop.ingest(2)

    assert caught.value.code == "entity-held"
    assert "column amount is missing" in caught.value.what
    assert "2024-03-02.csv: order_no, customer, ordered_at" in caught.value.what
    assert "quarantine" not in caught.value.todo  # no row was read, none is set aside
    assert "run the interval again" in caught.value.todo
    assert shop.loaded() == ["1"] and shop.gated_days() == ["2024-03-01"]
    assert [row["status"] for row in shop.deliveries()] == ["loaded", "held"]

    shop.deliver(2, orders(2))
    shop.ingest(2)
    assert shop.loaded() == ["1", "2"]
    shop.check_accounts()


def test_entity_held_for_a_column_is_not_reported_with_all_checks_passed(
    tmp_path: Path,
) -> None:
    shop = Shop(tmp_path / "shop", "orders", ORDERS)
    web = Shop(tmp_path / "web", "events", EVENTS)
    shop.deliver(1, "order_no,customer,ordered_at\n2,Ann,2024-03-01 12:00:00\n")
    web.deliver(1, lines(0, kind="page"), "jsonl.gz")
    web.ingest(1)
    web.deliver(2, lines(100), "jsonl.gz")

    for held, number in ((shop, 1), (web, 2)):
        with pytest.raises(RapportError):
            held.ingest(number)
        with store.open(held.settings).begin() as connection:
            latest = deliveries.latest_gated(connection)["shop", held.entity]
        failed = [check for check in latest["checks"] if not check["success"]]
        assert [(check["rule"], check["severity"]) for check in failed] == [
            ("columns: missing", "critical")
        ]


def test_column_missing_on_one_day_of_several_is_not_filled_with_nulls(shop: Shop) -> None:
    shop.deliver(1, "order_no,customer,ordered_at\n1,Ann,2024-03-01 12:00:00\n")
    shop.deliver(2, orders(2))

    with pytest.raises(RapportError) as caught:
        ingest.interval(shop.settings, "shop", day(1), day(3))

    assert caught.value.code == "entity-held"
    assert "column amount is missing" in caught.value.what
    assert "received in 2024-03-01.csv" in caught.value.what
    assert shop.loaded() == []


def test_new_column_is_loaded_without_it_and_reported(shop: Shop) -> None:
    rows = orders(1, 2).splitlines()
    shop.deliver(1, "\n".join([rows[0] + ",coupon", *(row + ",X1" for row in rows[1:])]) + "\n")

    shop.ingest(1)

    assert shop.loaded() == ["1", "2"]
    reported = {check["rule"]: check for check in shop.deliveries()[0]["checks"]}
    assert reported["columns: new"]["severity"] == "warning"
    assert "coupon" in reported["columns: new"]["detail"]
    shop.check_accounts()


def test_columns_in_another_order_are_told_apart_by_name(shop: Shop) -> None:
    shop.deliver(1, "amount,ordered_at,order_no,customer\n9.50,2024-03-01 12:00:00,1,Ann\n")

    shop.ingest(1)

    assert shop.loaded() == ["1"] and [str(a) for a in shop.loaded("amount")] == ["9.5000"]
    shop.check_accounts()


def test_header_that_names_a_column_twice_is_refused(shop: Shop) -> None:
    shop.deliver(1, "order_no,amount,amount,customer,ordered_at\n1,2,3,Ann,2024-03-01 12:00:00\n")

    with pytest.raises(RapportError) as caught:
        shop.ingest(1)

    assert caught.value.code == "header-invalid"
    assert "'amount' more than once" in caught.value.what
    assert shop.loaded() == [] and shop.deliveries() == []


def line_of(shop: Shop, column: str) -> str:
    """The place that a message must name."""
    text = (shop.company_file.parent / "sources" / "shop.yml").read_text().splitlines()
    number = next(n for n, line in enumerate(text, 1) if line.strip().startswith(f"{column}:"))
    return f"sources/shop.yml, line {number}"


def test_column_with_an_unlike_name_is_recognised_by_its_values(shop: Shop) -> None:
    shop.deliver(1, orders(*range(30)).replace("Ann", "Ann of Ulm"))
    shop.ingest(1)
    shop.deliver(2, orders(31, 32).replace("customer", "buyer").replace("Ann", "Ann of Ulm"))

    with pytest.raises(RapportError) as caught:
        shop.ingest(2)

    assert "buyer looks like it, renamed, 100 % of its values were in customer before" in (
        caught.value.what
    )
    assert f"The line to change: columns.customer in {line_of(shop, 'customer')}" in (
        caught.value.what
    )


def test_retyped_column_is_named_with_its_values_and_the_line_to_change(shop: Shop) -> None:
    bad = "".join(f'{n},Ann,"1,{n}00.50",2024-03-01 12:00:00\n' for n in range(2, 8))
    shop.deliver(1, orders(1) + bad)

    with pytest.raises(RapportError) as caught:
        shop.ingest(1)

    assert "amount: is no decimal (6). Column amount of orders is declared decimal" in (
        caught.value.what
    )
    assert "look like numbers with thousands marks (" in caught.value.what
    assert 'such as `decimal: "."`) under `fetch`' in caught.value.what
    assert "staging model (stg_shop__orders.sql" in caught.value.what
    assert "(2024-03-01.csv row 2: '1,200.50'; 2024-03-01.csv row 3: '1,300.50';" in (
        caught.value.what
    )
    assert f"change columns.amount in {line_of(shop, 'amount')}" in caught.value.what


def test_amounts_with_commas_are_not_taken_for_such_with_a_unit_when_some_are_large(
    shop: Shop,
) -> None:
    bad = "".join(f'{n},Ann,"{n}0,50",2024-03-01 12:00:00\n' for n in range(2, 8))
    shop.deliver(1, orders(1) + bad + '9,Ann,"1.234,50",2024-03-01 12:00:00\n')

    with pytest.raises(RapportError) as caught:
        shop.ingest(1)

    assert "look like numbers with a decimal comma (" in caught.value.what
    assert 'such as `decimal: ","`) under `fetch`' in caught.value.what


def test_dates_written_otherwise_are_not_taken_for_amounts(tmp_path: Path) -> None:
    columns = {"order_no": "text", "sold_on": "date"}
    shop = Shop(tmp_path, "orders", {**ORDERS, "columns": columns})
    shop.deliver(2, "order_no,sold_on\n2,2024-01-01\n")
    shop.deliver(1, "order_no,sold_on\n1,01.01.2024\n2,28.02.2024\n")

    with pytest.raises(RapportError) as caught:
        shop.ingest(1)

    assert "look like dates written otherwise (2024-03-01.csv" in caught.value.what
    assert 'such as `date_format: "%d.%m.%Y"`) under `fetch`' in caught.value.what
    assert "quarantine show shop orders" in caught.value.todo

    shop.ingest(2)
    shop.deliver(3, "order_no,sold_on\n3,01.01.2024\n4,28.02.2024\n")
    with pytest.raises(RapportError) as later:
        shop.ingest(3)
    assert "look like dates written otherwise now" in later.value.what


def test_column_of_a_known_system_is_changed_by_an_overlay(shop: Shop) -> None:
    entity = shop.settings.source("shop").entities["orders"]
    (shop.company_file.parent / "sources" / "shop.yml").unlink()

    assert described.line(shop.settings, "shop", entity, "amount") == (
        "sources/shop.yml of the company folder, by adding "
        "{entities: {orders: {columns: {amount: {type: decimal}}}}}"
    )


def test_new_column_says_where_to_declare_it(shop: Shop) -> None:
    shop.deliver(
        1, orders(1).replace("ordered_at\n", "ordered_at,coupon\n").replace("00\n", "00,X\n")
    )

    shop.ingest(1)

    told = {check["rule"]: check["detail"] for check in shop.deliveries()[0]["checks"]}
    assert f"add it to the entity's columns in {line_of(shop, 'columns')}" in told["columns: new"]


def lines(first: int, count: int = 25, **fields: str) -> bytes:
    """A compressed day of JSON lines, every one with these fields."""
    rows = ({"event_id": f"e{n}", **fields} for n in range(first, first + count))
    return gzip.compress("".join(json.dumps(row) + "\n" for row in rows).encode(), mtime=0)


def test_renamed_key_of_json_lines_holds_the_entity_with_a_suggestion(web: Shop) -> None:
    web.deliver(1, lines(0, kind="page"), "jsonl.gz")
    web.ingest(1)
    web.deliver(2, lines(100, kind_of="page"), "jsonl.gz")

    with pytest.raises(RapportError) as caught:
        web.ingest(2)

    assert "column kind (kind) has no value in any of 25 rows, earlier deliveries had it" in (
        caught.value.what
    )
    assert "kind_of is new and looks like it, renamed" in caught.value.what
    assert line_of(web, "kind") in caught.value.what


def test_renamed_key_of_json_lines_is_named_where_no_row_passes_without_it(web: Shop) -> None:
    web.deliver(1, lines(0, kind="page"), "jsonl.gz")
    web.ingest(1)
    renamed = gzip.decompress(lines(100, kind="page")).replace(b"event_id", b"event_uid")
    web.deliver(2, gzip.compress(renamed), "jsonl.gz")

    with pytest.raises(RapportError) as caught:
        web.ingest(2)

    assert "column event_id (event_id) has no value in any of 25 rows" in caught.value.what
    assert "event_uid is new and looks like it, renamed" in caught.value.what


def test_key_that_appears_in_json_lines_is_reported_once(web: Shop) -> None:
    web.deliver(1, lines(0, kind="page"), "jsonl.gz")
    web.deliver(2, lines(100, kind="page", coupon="X"), "jsonl.gz")
    web.deliver(3, lines(200, kind="page", coupon="X"), "jsonl.gz")
    for number in (1, 2, 3):
        web.ingest(number)

    told = [
        [check["detail"] for check in row["checks"] if check["rule"] == "columns: new"]
        for row in web.deliveries()
    ]
    assert [len(details) for details in told] == [0, 1, 0]
    assert told[1][0].startswith("not read: coupon (keys)")
    web.check_accounts()


def test_a_key_that_only_some_rows_have_may_be_absent_for_a_day(web: Shop) -> None:
    web.deliver(
        1,
        gzip.compress(gzip.decompress(lines(0)) + gzip.decompress(lines(50, kind="x"))),
        "jsonl.gz",
    )
    web.deliver(2, lines(100), "jsonl.gz")
    web.ingest(1)
    web.ingest(2)
    web.check_accounts()


def test_few_rows_without_a_value_hold_nothing(web: Shop) -> None:
    web.deliver(1, lines(0, kind="page"), "jsonl.gz")
    web.deliver(2, lines(100, count=19), "jsonl.gz")
    web.ingest(1)
    web.ingest(2)
    web.check_accounts()

"""Days without rows, and days that come more than once: nothing lost, nothing doubled."""

from __future__ import annotations

import pytest

from rapport import ops, quarantine, warehouses
from rapport.errors import RapportError
from rapport.state import store
from tests.integration.bad_input.conftest import HEADER, Shop, day, events, orders
from tests.support.postgres import PostgresServer


def test_empty_day_is_gated_and_has_no_rows(shop: Shop) -> None:
    shop.deliver(1, HEADER)

    shop.ingest(1)

    assert shop.loaded() == []
    assert shop.gated_days() == ["2024-03-01"]
    assert shop.deliveries()[0]["received"] == 0
    shop.check_accounts()


def test_file_of_no_bytes_is_no_empty_day_but_one_never_written(shop: Shop) -> None:
    shop.deliver(1, b"")

    with pytest.raises(RapportError) as caught:
        shop.ingest(1)

    assert caught.value.code == "file-truncated"
    assert "not even a header" in caught.value.what
    assert shop.gated_days() == [] and shop.deliveries() == []


def test_compressed_file_of_no_bytes_is_no_empty_day(web: Shop) -> None:
    web.deliver(1, b"", "jsonl.gz")

    with pytest.raises(RapportError) as caught:
        web.ingest(1)

    assert caught.value.code == "file-truncated"
    assert web.gated_days() == []


def test_compressed_day_without_lines_is_empty(web: Shop) -> None:
    web.deliver(1, events(), "jsonl.gz")

    web.ingest(1)

    assert web.loaded() == [] and web.gated_days() == ["2024-03-01"]
    web.check_accounts()


def test_missing_file_is_an_error_unless_the_entity_says_empty(shop: Shop) -> None:
    with pytest.raises(RapportError) as caught:
        shop.ingest(1)

    assert caught.value.code == "file-missing"
    assert "2024-03-01.csv" in caught.value.what
    assert shop.gated_days() == []

    shop.settings.source("shop").entities["orders"].fetch["missing"] = "empty"
    shop.ingest(1)
    assert shop.gated_days() == ["2024-03-01"] and shop.loaded() == []
    shop.check_accounts()


def test_duplicate_delivery_of_a_day_changes_nothing(shop: Shop) -> None:
    shop.deliver(1, orders(1, 2, 3))
    shop.ingest(1)
    before = shop.deliveries()

    shop.deliver(1, orders(1, 2, 3))
    shop.ingest(1)

    assert shop.deliveries() == before
    assert shop.loaded() == ["1", "2", "3"]
    shop.check_accounts()


def test_day_delivered_again_with_other_content_replaces_the_day(shop: Shop) -> None:
    shop.deliver(1, orders(1, 2, 3))
    shop.deliver(2, orders(9))
    shop.ingest(1)
    shop.ingest(2)

    shop.deliver(1, orders(2, 4, amount="20.00"))
    shop.ingest(1)

    assert shop.loaded() == ["2", "4", "9"]
    statuses = sorted((row["status"], row["received"]) for row in shop.deliveries()[:2])
    assert statuses == [("loaded", 2), ("superseded", 3)]
    received = sum(row["received"] for row in shop.deliveries())
    superseded = sum(row["superseded"] for row in shop.deliveries())
    assert (received, superseded) == (6, 3)
    shop.check_accounts()


def test_day_delivered_back_as_it_first_was_counts_once(shop: Shop) -> None:
    for content in (orders(1, 2), orders(3), orders(1, 2)):
        shop.deliver(1, content)
        shop.ingest(1)

    assert shop.loaded() == ["1", "2"]
    shop.check_accounts()


def test_held_correction_leaves_the_loaded_day_in_place(shop: Shop) -> None:
    shop.deliver(1, orders(1, 2, 3))
    shop.ingest(1)

    shop.deliver(1, orders(4, 5, 6, amount="ten"))
    with pytest.raises(RapportError) as caught:
        shop.ingest(1)

    assert caught.value.code == "entity-held"
    assert "3 of 3 rows (100.0 %) break a rule" in caught.value.what
    assert "amount: is no decimal (3)" in caught.value.what
    assert shop.loaded() == ["1", "2", "3"]
    shop.check_accounts()


def test_bad_rows_of_a_day_delivered_anew_are_not_said_to_be_in_quarantine(shop: Shop) -> None:
    shop.deliver(1, orders(1, 2, 3) + "4,Ann,none,2024-03-01 12:00:00\n")
    shop.ingest(1)
    shop.deliver(1, orders(1, 2, 3, 4))
    shop.ingest(1)

    state = store.open(shop.settings)
    with warehouses.open(shop.settings) as warehouse:
        ops.export(shop.settings, state, warehouse, "b1", day(2), day(2))
        (told,) = warehouse.read("select * from ops.deliveries").to_pylist()
        set_aside = warehouse.read("select * from ops.quarantine").to_pylist()

    assert quarantine.listing(shop.settings) == [] == set_aside
    assert (told["received"], told["loaded"], told["superseded"], told["quarantined"]) == (
        8,
        4,
        4,
        0,
    )


@pytest.mark.postgres
def test_a_day_loaded_into_a_database_made_anew_brings_the_earlier_ones(
    shop: Shop, postgres_server: PostgresServer
) -> None:
    for number in (1, 2):
        database = {"warehouse_url": postgres_server.create_database()}
        shop.settings = shop.settings.model_copy(update=database)
        shop.deliver(number, orders(number))
        shop.ingest(number)

    with warehouses.open(shop.settings) as warehouse:
        found = warehouse.read("select order_no from raw.shop__orders order by 1").to_pylist()
    assert [row["order_no"] for row in found] == ["1", "2"]


def test_rows_repeated_inside_a_day_are_dropped_and_counted(shop: Shop) -> None:
    again = "2,Ann,10.00,2024-03-01 12:00:00\n"
    newer = "1,Ann,11.00,2024-03-01 12:00:00\n"
    shop.deliver(1, orders(1, 2, 3) + again + newer)

    shop.ingest(1)

    found = shop.deliveries()[0]
    assert (found["received"], found["duplicates"], found["superseded"]) == (5, 1, 1)
    assert shop.loaded() == ["1", "2", "3"]
    assert [str(amount) for amount in shop.loaded("amount")] == ["10.0000", "10.0000", "11.0000"]
    shop.check_accounts()


def test_impossible_values_are_quarantined_with_row_reason_and_original(shop: Shop) -> None:
    bad = ",Ann,7.00,2024-03-01 12:00:00\n5,Ann,12 EUR,2024-03-01 12:00:00\n"
    shop.deliver(1, orders(1, 2, 3) + bad)

    shop.ingest(1)

    assert shop.loaded() == ["1", "2", "3"]
    assert [(row["row"], row["rules"]) for row in shop.quarantined(1)] == [
        (4, ["order_no: key is empty"]),
        (5, ["amount: is no decimal"]),
    ]
    assert "12 EUR" in shop.quarantined(1)[1]["original"]
    assert shop.deliveries()[0]["rules"] == {
        "amount: is no decimal": 1,
        "order_no: key is empty": 1,
    }
    shop.check_accounts()

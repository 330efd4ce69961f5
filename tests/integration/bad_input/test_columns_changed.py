"""A source that changes its columns: held with a suggestion, or loaded and reported."""

from __future__ import annotations

import pytest

from rapport import ingest
from rapport.errors import RapportError
from tests.integration.bad_input.conftest import Shop, day, orders


def test_missing_column_holds_the_entity_and_names_it(shop: Shop) -> None:
    shop.deliver(1, orders(1))
    shop.ingest(1)
    shop.deliver(2, "order_no,customer,ordered_at\n2,Ann,2024-03-02 12:00:00\n")

    with pytest.raises(RapportError) as caught:
        shop.ingest(2)

    assert caught.value.code == "entity-held"
    assert "column amount is missing" in caught.value.what
    assert "2024-03-02.csv: order_no, customer, ordered_at" in caught.value.what
    assert "run the interval again" in caught.value.todo
    assert shop.loaded() == ["1"] and shop.gated_days() == ["2024-03-01"]
    assert [row["status"] for row in shop.deliveries()] == ["loaded", "held"]

    shop.deliver(2, orders(2))
    shop.ingest(2)
    assert shop.loaded() == ["1", "2"]
    shop.check_accounts()


def test_column_missing_on_one_day_of_several_is_not_filled_with_nulls(shop: Shop) -> None:
    shop.deliver(1, "order_no,customer,ordered_at\n1,Ann,2024-03-01 12:00:00\n")
    shop.deliver(2, orders(2))

    with pytest.raises(RapportError) as caught:
        ingest.interval(shop.settings, "shop", day(1), day(3))

    assert caught.value.code == "entity-held"
    assert "column amount is missing" in caught.value.what
    assert "received in 2024-03-01.csv" in caught.value.what
    assert shop.loaded() == []


def test_renamed_column_is_recognised_and_suggested(shop: Shop) -> None:
    shop.deliver(
        1, orders(1, 2).replace("ordered_at", "order_date").replace("amount", "amount_eur")
    )

    with pytest.raises(RapportError) as caught:
        shop.ingest(1)

    assert caught.value.code == "entity-held"
    assert "column amount is missing; amount_eur looks like it, renamed" in caught.value.what
    assert shop.loaded() == []


def test_renamed_column_loads_once_its_new_name_is_given(shop: Shop) -> None:
    shop.deliver(1, orders(1, 2).replace("amount", "amount_eur"))
    with pytest.raises(RapportError):
        shop.ingest(1)

    columns = shop.settings.source("shop").entities["orders"].columns
    columns["amount"] = columns["amount"].model_copy(update={"path": "amount_eur"})
    shop.ingest(1)

    assert shop.loaded() == ["1", "2"]
    shop.check_accounts()


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

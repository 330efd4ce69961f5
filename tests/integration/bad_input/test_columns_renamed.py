"""A column that the source renamed: suggested, and read under its old and its new name."""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rapport import ingest, quarantine
from rapport.errors import RapportError
from tests.integration.bad_input.conftest import ORDERS, Shop, day, orders


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


def test_new_columns_of_another_type_are_no_suggestion(shop: Shop) -> None:
    told = orders(1, 2).replace("amount", "amount_text,note").replace("10.00", "ten,x")
    shop.deliver(1, told)

    with pytest.raises(RapportError) as caught:
        shop.ingest(1)

    assert "column amount is missing (columns received" in caught.value.what


def test_only_new_column_is_suggested_though_its_values_are_written_otherwise(shop: Shop) -> None:
    shop.deliver(1, orders(1, 2).replace("amount", "Umsatz €").replace("10.00", "1.234 EUR"))

    with pytest.raises(RapportError) as caught:
        shop.ingest(1)

    assert (
        "Umsatz € is the only new column; if it is that, renamed: "
        "set `path: [amount, Umsatz €]`" in caught.value.what
    )


def read_also(shop: Shop, column: str, *paths: str) -> None:
    """What a person changes in the description."""
    columns = shop.settings.source("shop").entities[shop.entity].columns
    columns[column] = columns[column].model_copy(update={"path": list(paths)})


def test_column_renamed_inside_a_delivery_of_several_files_loads_from_both_names(
    shop: Shop,
) -> None:
    shop.deliver(1, orders(1, amount="1.00"))
    shop.deliver(2, orders(2, amount="2.00").replace("amount", "amount_eur"))
    with pytest.raises(RapportError) as caught:
        ingest.interval(shop.settings, "shop", day(1), day(3))
    assert "set `path: [amount, amount_eur]`" in caught.value.what

    read_also(shop, "amount", "amount", "amount_eur")
    ingest.interval(shop.settings, "shop", day(1), day(3))

    assert [str(amount) for amount in shop.loaded("amount")] == ["1.0000", "2.0000"]
    shop.check_accounts()


def test_rows_mended_in_files_before_and_after_a_rename_keep_their_values(
    shop: Shop, tmp_path: Path
) -> None:
    read_also(shop, "amount", "amount", "amount_eur")
    shop.deliver(1, orders(1, 2, 3) + "4,Ann,four,2024-03-01 12:00:00\n")
    later = (orders(5, 6, 7) + "8,Ann,eight,2024-03-02 12:00:00\n").replace("amount", "amount_eur")
    shop.deliver(2, later)
    ingest.interval(shop.settings, "shop", day(1), day(3))
    right = {"four": "4.00", "eight": "8.00"}
    rows = [
        {**row, "mended": {name: right.get(cell, cell) for name, cell in row["mended"].items()}}
        for row in quarantine.rows(shop.settings, "shop", "orders")
    ]
    mended = tmp_path / "mended.jsonl"
    mended.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")

    quarantine.replay(shop.settings, mended=mended)

    told = sorted(str(amount) for amount in shop.loaded("amount"))
    assert told == [*["10.0000"] * 6, "4.0000", "8.0000"]
    shop.check_accounts()


@pytest.mark.parametrize(
    ("old", "new"), [("Betrag €", "Umsatz €"), ("money.old", "money.new"), ("Betrag €", "sum.net")]
)
def test_typed_columns_received_before_a_rename_are_read_beside_those_after_it(
    tmp_path: Path, old: str, new: str
) -> None:
    columns = {"order_no": "text", "amount": {"type": "decimal", "path": [old, new]}}
    fetch = {"pattern": "{date}.parquet", "format": "parquet"}
    shop = Shop(tmp_path, "orders", {**ORDERS, "columns": columns, "fetch": fetch})
    for number, path in ((1, old), (2, new)):
        outer, _, inner = path.partition(".")
        cell = {inner: number} if inner else number
        stream = io.BytesIO()
        pq.write_table(pa.table({"order_no": [str(number)], outer: [cell]}), stream)
        shop.deliver(number, stream.getvalue(), "parquet")

    ingest.interval(shop.settings, "shop", day(1), day(3))

    assert [str(amount) for amount in shop.loaded("amount")] == ["1.0000", "2.0000"]
    shop.check_accounts()


def test_key_renamed_in_json_lines_is_read_under_both_names(web: Shop) -> None:
    lines = (
        '{"event_id": "e1", "kind": "page"}\n'
        '{"event_id": "e2", "type": {"name": "order"}}\n'
        '{"event_id": "e3", "kind": null, "type": {"name": "page"}}\n'
    )
    read_also(web, "kind", "kind", "type.name")
    web.deliver(1, gzip.compress(lines.encode()), "jsonl.gz")

    web.ingest(1)

    assert web.loaded("kind") == ["order", "page", "page"]
    web.check_accounts()

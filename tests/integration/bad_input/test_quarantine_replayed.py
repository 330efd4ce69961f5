"""A row that is mended, or a rule, gives what would be there had it been right at first."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from rapport import cli, ingest, quarantine, warehouses
from rapport import settings as settings_module
from rapport.errors import RapportError
from rapport.settings import Settings
from rapport.state import store, tables
from tests.integration.bad_input.conftest import EVENTS, ORDERS, Shop, orders

GATE = """
import great_expectations as gx
import great_expectations.expectations as gxe

def orders():
    return gx.ExpectationSuite(name="raw_shop.orders", expectations=[
        gxe.ExpectColumnValuesToBeBetween(column="amount", min_value=0, severity="critical"),
    ])
"""
LOAD_COLUMNS = ("_load_id", "_loaded_at")
AT = "2024-03-01 12:00:00\n"
BAD = f"5,Bob,12 EUR,{AT}6,Cid,-3.00,{AT}7,Dan,{AT},Eve,1.00,{AT}"
RIGHT = f"5,Bob,12.00,{AT}6,Cid,3.00,{AT}7,Dan,9.00,{AT}8,Eve,1.00,{AT}"


def make(folder: Path, entity: str = "orders", **changes: Any) -> Shop:
    """A shop with a gate of its own."""
    spec = {**(ORDERS if entity == "orders" else EVENTS), "quarantine_max_pct": 90.0, **changes}
    shop = Shop(folder, entity, spec)
    gates = shop.company_file.parent / "expectations"
    gates.mkdir()
    (gates / "raw_shop.py").write_text(GATE)
    return shop


def raw_rows(shop: Shop) -> list[dict[str, Any]]:
    """The raw table without what tells when it was loaded."""
    with warehouses.open(shop.settings) as warehouse:
        warehouse.refresh_raw(ingest.raw_tables(shop.settings, store.open(shop.settings)))
        table = warehouse.read(f"select * from raw.shop__{shop.entity} order by _row_number")
    return list(table.drop_columns(list(LOAD_COLUMNS)).to_pylist())


def mended(
    shop: Shop, target: Path, change: Callable[[dict[str, Any]], dict[str, Any] | None]
) -> Path:
    """The file of quarantined rows as a person leaves it."""
    rows = [
        {**row, "mended": change(row)}
        for row in quarantine.rows(shop.settings, "shop", shop.entity)
    ]
    target.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return target


def put_right(row: dict[str, Any]) -> dict[str, Any]:
    """What the sender says the rows of BAD should have been."""
    right = dict(zip(row["columns"], ("7", "Dan", "9.00", AT.strip()), strict=True))
    if isinstance(row["original"], str):
        return right
    number = {"12 EUR": "12.00", "-3.00": "3.00", "1.00": "1.00"}[row["original"]["amount"]]
    return {**row["original"], "amount": number, "order_no": row["original"]["order_no"] or "8"}


def test_rows_mended_later_are_loaded_as_if_they_had_been_right_at_first(tmp_path: Path) -> None:
    spoilt = make(tmp_path / "spoilt", gate="raw_shop.orders")
    sound = make(tmp_path / "sound", gate="raw_shop.orders")
    spoilt.deliver(1, orders(1, 2) + BAD + orders(9).removeprefix(orders()))
    sound.deliver(1, orders(1, 2) + RIGHT + orders(9).removeprefix(orders()))
    spoilt.ingest(1)
    sound.ingest(1)
    assert spoilt.deliveries()[0]["quarantined"] == 4

    file = mended(spoilt, tmp_path / "rows.jsonl", put_right)
    (result,) = quarantine.replay(spoilt.settings, mended=file)

    assert (result["status"], result["quarantined_before"], result["quarantined"]) == (
        "loaded",
        4,
        0,
    )
    assert result["mended"] == 4
    assert raw_rows(spoilt) == raw_rows(sound)
    spoilt.check_accounts()


def test_mended_rows_gate_only_the_days_they_are_of(tmp_path: Path) -> None:
    shop = make(tmp_path / "shop", gate="raw_shop.orders")
    for number in (1, 2):
        shop.deliver(number, orders(10 * number) + f"{number},Bob,12 EUR,{AT}")
        shop.ingest(number)
    file = mended(shop, tmp_path / "rows.jsonl", put_right)
    first = file.read_text().splitlines()[0]
    file.write_text(first + "\n")

    results = quarantine.replay(shop.settings, mended=file)

    assert [row["from"] for row in results] == ["2024-03-01T00:00:00Z"]


def test_json_lines_mended_later_are_loaded_too(tmp_path: Path) -> None:
    spoilt, sound = make(tmp_path / "spoilt", "events"), make(tmp_path / "sound", "events")
    for shop, line in ((spoilt, "{oops"), (sound, '{"event_id": "e2", "kind": "cart"}')):
        (shop.files / "2024-03-01.jsonl.gz").write_bytes(
            gzip.compress(f'{{"event_id": "e1", "kind": "page"}}\n{line}\n'.encode())
        )
        shop.ingest(1)

    file = mended(spoilt, tmp_path / "rows.jsonl", lambda row: {"event_id": "e2", "kind": "cart"})
    quarantine.replay(spoilt.settings, "shop", "events", mended=file)

    assert raw_rows(spoilt) == raw_rows(sound)
    spoilt.check_accounts()


def test_a_rule_that_was_too_strict_lets_the_rows_pass_after_replay(tmp_path: Path) -> None:
    shop = make(tmp_path / "shop", gate="raw_shop.orders")
    shop.deliver(1, orders(1, 2) + f"6,Cid,-3.00,{AT}")
    shop.deliver(2, orders(3))
    shop.ingest(1)
    shop.ingest(2)
    revisions = _revisions(shop)
    gate = shop.company_file.parent / "expectations" / "raw_shop.py"
    gate.write_text(GATE.replace("min_value=0", "min_value=-5"))

    results = quarantine.replay(shop.settings)

    assert [(r["from"], r["quarantined"]) for r in results] == [("2024-03-01T00:00:00Z", 0)]
    assert shop.loaded() == ["1", "2", "3", "6"]
    assert _revisions(shop) == {**revisions, "2024-03-01T00:00:00Z": 2}  # a build has new input
    shop.check_accounts()
    assert quarantine.replay(shop.settings) == []


def _revisions(shop: Shop) -> dict[str, int]:
    table = tables.gated_intervals
    with store.open(shop.settings).begin() as connection:
        return dict(
            connection.execute(select(table.c.interval_start, table.c.revision)).tuples().all()
        )


def test_a_mended_row_that_breaks_a_rule_goes_back_with_its_new_reason(tmp_path: Path) -> None:
    shop = make(tmp_path / "shop", gate="raw_shop.orders")
    shop.deliver(1, orders(1) + f"5,Bob,12 EUR,{AT}")
    shop.ingest(1)

    file = mended(shop, tmp_path / "rows.jsonl", lambda row: {**row["original"], "amount": "-12"})
    quarantine.replay(shop.settings, mended=file)
    (row,) = shop.quarantined(1)
    assert (row["row"], row["rules"]) == (2, ["amount: to_be_between"])
    assert "12 EUR" in row["original"]  # so that a better mend finds it

    file = mended(shop, tmp_path / "rows.jsonl", lambda row: {**row["original"], "amount": "12"})
    quarantine.replay(shop.settings, mended=file)
    assert shop.loaded() == ["1", "5"]
    shop.check_accounts()


def test_a_mend_holds_when_the_same_bad_row_comes_again(tmp_path: Path) -> None:
    shop = make(tmp_path / "shop")
    bad = f"5,Bob,12 EUR,{AT}"
    shop.deliver(1, orders(1) + bad)
    shop.ingest(1)
    file = mended(shop, tmp_path / "rows.jsonl", lambda row: {**row["original"], "amount": "12"})
    quarantine.replay(shop.settings, mended=file)

    shop.deliver(1, orders(1, 2) + bad)
    shop.ingest(1)

    assert shop.loaded() == ["1", "2", "5"]
    shop.check_accounts()


@pytest.mark.parametrize("place", [("nosuch", None), ("shop", "nosuch")])
def test_a_misspelt_place_is_not_said_to_have_been_replayed(
    tmp_path: Path, place: tuple[str, str | None]
) -> None:
    with pytest.raises(RapportError, match=r"has no (source called|entity) 'nosuch'"):
        quarantine.replay(make(tmp_path / "shop").settings, *place)


def test_rows_left_as_they_are_stay_in_quarantine(tmp_path: Path) -> None:
    shop = make(tmp_path / "shop")
    shop.deliver(1, orders(1) + f"5,Bob,12 EUR,{AT}6,Cid,{AT}")
    shop.ingest(1)
    file = mended(shop, tmp_path / "rows.jsonl", lambda row: row["mended"])
    before = shop.deliveries()
    quarantine.replay(shop.settings, mended=file)
    assert shop.deliveries() == before


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{oops", "it is no JSON object"),
        ("{}", "it has no source"),
        ('{"mended": {"amuont": "1"}}', "names 'amuont', which is no column"),
    ],
)
def test_a_file_of_mends_with_a_mistake_changes_nothing(
    tmp_path: Path, line: str, told: str
) -> None:
    shop = make(tmp_path / "shop")
    shop.deliver(1, orders(1) + f"5,Bob,12 EUR,{AT}")
    shop.ingest(1)
    file = mended(shop, tmp_path / "rows.jsonl", lambda row: {**row["original"], "amount": "12"})
    good = file.read_text()
    spoilt = json.dumps({**json.loads(good), **json.loads(line)}) if "mended" in line else line
    file.write_text(good + spoilt + "\n")

    with pytest.raises(RapportError, match=told) as caught:
        quarantine.replay(shop.settings, mended=file)

    assert caught.value.code == "mend-invalid" and "line 2" in caught.value.where
    assert len(shop.quarantined(1)) == 1


def test_the_command_line_lists_writes_and_replays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = make(tmp_path / "shop")
    shop.deliver(1, orders(1) + f"5,Bob,12 EUR,{AT}")
    shop.ingest(1)
    loaded: Settings = shop.settings
    monkeypatch.setattr(settings_module, "load", lambda: loaded)
    run, out = CliRunner().invoke, tmp_path / "rows.jsonl"

    listed = run(cli.app, ["quarantine", "list"])
    assert "amount: is no decimal" in listed.stdout and "loaded" in listed.stdout
    assert json.loads(run(cli.app, ["quarantine", "list", "--json"]).stdout)[0]["rows"] == 1
    shown = run(
        cli.app, ["quarantine", "show", "shop", "orders", "--rule", "amount: is no decimal"]
    )
    assert json.loads(shown.stdout)[0]["original"]["amount"] == "12 EUR"
    assert run(cli.app, ["quarantine", "show", "shop", "orders", "--out", str(out)]).exit_code == 0
    out.write_text(
        out.read_text().replace(
            '"mended": {"order_no": "5", "customer": "Bob", "amount": "12 EUR"',
            '"mended": {"order_no": "5", "customer": "Bob", "amount": "12"',
        )
    )
    assert run(cli.app, ["quarantine", "replay", "--mended", str(out)]).exit_code == 0
    assert shop.loaded() == ["1", "5"]

"""Looking back, extracting again and comparing keys lose no version and double no row."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from rapport.errors import RapportError
from tests.support.gating import ORDERS, Lab, row

COMPARED = {**ORDERS, "deletes": "compare"}
WHOLE_TABLE = {**COMPARED, "cursor": None}


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(tmp_path)


def ids(lab: Lab, where: str = "true") -> list[Any]:
    return [found for (found,) in lab.raw("id", where)]


def test_rows_that_the_look_back_fetched_again_are_not_loaded_twice(tmp_path: Path) -> None:
    lab = Lab(tmp_path, {**ORDERS, "lookback_days": 2})
    lab.bring(1, row("a"), row("b"))
    outcome = lab.bring(2, row("a"), row("b", "2"), row("late"), row("c", at="02 08:00"))
    assert (outcome["accepted"], outcome["duplicates"]) == (3, 1)
    assert ids(lab) == ["a", "b", "b", "c", "late"]
    lab.check_accounts()


def test_rows_older_than_the_look_back_are_no_repeats(tmp_path: Path) -> None:
    lab = Lab(tmp_path, {**ORDERS, "lookback_days": 1})
    lab.bring(1, row("a"))
    lab.bring(2)
    assert lab.bring(3, row("a"))["accepted"] == 1


def test_a_version_that_moved_to_a_later_interval_stays_in_its_own(lab: Lab) -> None:
    lab.bring(1, row("a", "1"), row("b", "1"))
    lab.bring(2, row("a", "2", "02 09:00"))
    outcome = lab.bring(1, row("b", "1"))  # `a` has its later time now: the source leaves it out
    assert list(outcome["carried"].values()) == [1]
    assert lab.raw() == [("a", Decimal(1)), ("a", Decimal(2)), ("b", Decimal(1))]
    lab.check_accounts()


def test_carried_rows_keep_the_load_that_brought_them(lab: Lab) -> None:
    first = lab.bring(1, row("a"), row("b"), row("c"))["load_id"]
    second = lab.bring(1, row("b", "2"), row("c", "2"))["load_id"]
    third = lab.bring(1, row("c", "3"))["load_id"]
    assert lab.raw("id, _load_id") == [("a", first), ("b", second), ("c", third)]
    lab.check_accounts()


def test_gating_again_carries_the_same_rows(lab: Lab) -> None:
    lab.bring(1, row("a"), row("b"))
    before = lab.bring(1, row("b", "2"))
    entity = lab.settings.source("shop").entities["orders"]
    changed = entity.model_copy(update={"quarantine_max_pct": 49})
    lab.settings.source("shop").entities["orders"] = changed
    again = lab.gate(1)
    assert again["folder"] != before["folder"]
    assert again["carried"] == before["carried"]
    entity = lab.settings.source("shop").entities["orders"]
    changed = entity.model_copy(update={"quarantine_max_pct": 48})
    lab.settings.source("shop").entities["orders"] = changed  # and before it was loaded
    assert lab.gate(1)["carried"] == before["carried"]
    lab.load(1)
    assert ids(lab) == ["a", "b"]
    lab.check_accounts()


def test_content_that_comes_back_is_loaded_from_its_own_rows(lab: Lab) -> None:
    lab.bring(1, row("a"), row("b"))
    lab.bring(1, row("b", "2"), row("c"))
    lab.bring(1, row("a"), row("b"))
    assert ids(lab) == ["a", "b", "c"]
    lab.check_accounts()


def test_without_a_version_the_interval_is_replaced_whole(tmp_path: Path) -> None:
    lab = Lab(tmp_path, {**ORDERS, "version_by": None})
    lab.bring(1, row("a"), row("b"))
    assert lab.bring(1, row("b"))["carried"] == {}
    assert ids(lab) == ["b"]
    lab.check_accounts()


def test_a_key_that_is_gone_at_the_source_gets_a_tombstone(tmp_path: Path) -> None:
    lab = Lab(tmp_path, COMPARED)
    lab.bring(1, row("a", city="Ulm"), row("b"), keys=["a", "b"])
    outcome = lab.bring(2, row("c", at="02 08:00"), keys=["b", "c"])
    assert (outcome["accepted"], outcome["tombstones"]) == (1, 1)
    assert [str(v) for v in lab.raw("id, city, changed_at, _interval_end", "_is_deleted")[0]] == [
        "a", "Ulm", "2024-03-02 23:59:59.999999", "2024-03-03 00:00:00",
    ]  # fmt: skip
    assert lab.bring(3, keys=["b", "c"])["tombstones"] == 0  # told once
    lab.check_accounts()


def test_gating_the_newest_interval_again_finds_the_same_tombstones(tmp_path: Path) -> None:
    lab = Lab(tmp_path, COMPARED)
    lab.bring(1, row("a"), row("b"), keys=["a", "b"])
    lab.bring(2, keys=["b"])
    assert lab.bring(2, row("d", at="02 01:00"), keys=["b", "d"])["tombstones"] == 1
    assert ids(lab, "_is_deleted") == ["a"]
    lab.check_accounts()


def test_gating_an_older_interval_again_keeps_its_tombstones(tmp_path: Path) -> None:
    lab = Lab(tmp_path, COMPARED)
    lab.bring(1, row("a"), row("b"), keys=["a", "b"])
    lab.bring(2, keys=["b"])
    lab.bring(3, row("e", at="03 01:00"), keys=["b", "e"])
    lab.bring(2, row("d", at="02 01:00"), keys=["b", "d", "e"])
    assert ids(lab, "_is_deleted") == ["a"]
    lab.check_accounts()


def test_a_key_that_comes_back_loses_its_tombstone(tmp_path: Path) -> None:
    lab = Lab(tmp_path, COMPARED)
    lab.bring(1, row("a"), row("b"), keys=["a", "b"])
    lab.bring(2, keys=["b"])
    lab.bring(2, row("a", at="02 08:00"), keys=["a", "b"])
    assert ids(lab, "_is_deleted") == []
    lab.check_accounts()


@pytest.mark.parametrize("spec", [COMPARED, WHOLE_TABLE], ids=["keys", "whole table"])
def test_a_key_that_was_left_out_once_is_there_again_unchanged(
    tmp_path: Path, spec: dict[str, Any]
) -> None:
    lab = Lab(tmp_path, spec)
    has_keys = spec is COMPARED
    lab.bring(1, row("a"), row("b"), keys=["a", "b"] if has_keys else None)
    again = [] if has_keys else [row("b")]
    lab.bring(2, *again, keys=["b"] if has_keys else None)
    assert latest(lab) == ["b"]
    again = [] if has_keys else [row("a"), row("b")]
    for number in (3, 4):
        outcome = lab.bring(number, *again, keys=["a", "b"] if has_keys else None)
        assert (outcome["tombstones"], outcome["back"]) == (0, 1 if number == 3 else 0)
        assert latest(lab) == ["a", "b"]
    lab.bring(3, row("c", at="03 01:00"), *again, keys=["a", "b", "c"] if has_keys else None)
    assert latest(lab) == ["a", "b", "c"]
    lab.check_accounts()


def latest(lab: Lab) -> list[Any]:
    """Keys whose latest version is not deleted, as the macro `latest_version` orders them."""
    ranked = "row_number() over (partition by id order by changed_at desc, _interval_end desc, "
    found = lab.raw(f"id, _is_deleted, {ranked}_row_number desc)")
    return [id for id, is_deleted, rank in found if rank == 1 and not is_deleted]


def test_a_whole_table_that_lacks_a_key_deletes_it(tmp_path: Path) -> None:
    lab = Lab(tmp_path, WHOLE_TABLE)
    lab.bring(1, row("a"), row("b"))
    assert lab.bring(2, row("b"))["tombstones"] == 1
    assert ids(lab, "_is_deleted") == ["a"]
    lab.check_accounts()


def test_a_quarantined_row_is_not_deleted(tmp_path: Path) -> None:
    lab = Lab(tmp_path, {**WHOLE_TABLE, "quarantine_max_pct": 100})
    lab.bring(1, row("a"), row("b"))
    assert lab.bring(2, row("a", "much"), row("b"))["tombstones"] == 0


def test_while_a_row_cannot_be_read_no_key_is_taken_for_deleted(tmp_path: Path) -> None:
    lab = Lab(tmp_path, {**WHOLE_TABLE, "quarantine_max_pct": 100})
    lab.bring(1, row("a"), row("b"))
    outcome = lab.bring(2, "a;Bonn;1", row("b"))
    assert outcome["tombstones"] == 0
    told = {check["rule"]: check["detail"] for check in outcome["checks"]}
    assert "may hold any key" in told["set: deletions"]


def test_a_partial_export_deletes_nothing_and_is_held(tmp_path: Path) -> None:
    lab = Lab(tmp_path, WHOLE_TABLE)
    lab.bring(1, *(row(f"k{n}") for n in range(30)))
    lab.land(2, [row(f"k{n}") for n in range(10)])
    outcome = lab.gate(2)
    assert outcome["status"] == "held"
    assert "20 of 30 known keys (66.7 %) are gone at the source" in outcome["reason"]
    with pytest.raises(RapportError, match="most likely the export is partial"):
        lab.load(2)
    assert len(ids(lab)) == 30


def test_object_storage_is_compared_like_a_disk(tmp_path: Path) -> None:
    lab = Lab(tmp_path, {**COMPARED, "lookback_days": 2}, landing=f"memory://{tmp_path.name}")
    lab.bring(1, row("a"), row("b"), row("c"), keys=["a", "b", "c"])
    lab.bring(1, row("b", "2"), row("c"), keys=["a", "b", "c"])
    outcome = lab.bring(2, row("c"), row("d", at="02 08:00"), keys=["b", "c", "d"])
    assert (outcome["duplicates"], outcome["tombstones"]) == (1, 1)
    assert ids(lab) == ["a", "a", "b", "c", "d"]
    lab.check_accounts()

"""A delivery whose rows are all sound may still be wrong as a whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rapport.errors import RapportError
from tests.support.gating import ORDERS, Lab, row

WHY = {"severity": "critical", "reason": "Because of the test."}
CITIES = {"name": "cities", "columns": {"id": "text", "mayor": "text"}, "key": ["id"]}


def lab_with(folder: Path, checks: dict[str, Any], **changes: Any) -> Lab:
    return Lab(folder, {**ORDERS, "checks": checks, **changes}, CITIES)


def check(outcome: dict[str, Any], rule: str) -> dict[str, Any]:
    return next(found for found in outcome["checks"] if found["rule"] == rule)


def rows(count: int, at: str) -> list[str]:
    return [row(f"{at}-{number}", at=at) for number in range(count)]


@pytest.mark.parametrize(("received", "ok"), [(19, False), (20, True), (80, True), (81, False)])
def test_half_or_twice_the_usual_weekday_is_told(tmp_path: Path, received: int, ok: bool) -> None:
    lab = lab_with(tmp_path, {})
    for number, usual in ((1, 30), (8, 40), (15, 50)):
        lab.bring(number, *rows(usual, f"{number:02d} 08:00"))
    lab.bring(14, *rows(500, "14 08:00"))  # another weekday
    lab.land(22, rows(received, "22 08:00"))
    found = check(lab.gate(22), "set: volume")
    assert (found["success"], found["severity"]) == (ok, "warning")
    assert f"{received} rows, {100 * received / 40:.0f} % of the 40 usual" in found["detail"]


def test_a_critical_volume_holds_the_entity_and_an_empty_day_is_too_few(tmp_path: Path) -> None:
    lab = lab_with(tmp_path, {"volume": {"severity": "critical"}})
    for number in (1, 8, 15):
        lab.bring(number, *rows(25, f"{number:02d} 08:00"))
    lab.land(22, [])
    outcome = lab.gate(22)
    assert outcome["status"] == "held"
    assert outcome["reason"].startswith("set: volume: 0 rows, 0 % of the 25 usual")


def test_two_weeks_or_a_handful_of_rows_are_no_measure_of_volume(tmp_path: Path) -> None:
    lab = lab_with(tmp_path, {})
    for number, usual in ((1, 19), (8, 19), (15, 19)):
        outcome = lab.bring(number, *rows(usual, f"{number:02d} 08:00"))
        assert "set: volume" not in [found["rule"] for found in outcome["checks"]]
    lab.land(22, [])
    assert "set: volume" not in [found["rule"] for found in lab.gate(22)["checks"]]


def test_events_that_end_long_before_the_interval_are_stale(tmp_path: Path) -> None:
    lab = lab_with(tmp_path, {"freshness": {"max_hours": 6, **WHY}})
    lab.land(1, [row("a", at="01 17:59")])
    assert "6.0 hours before the interval's end" in lab.gate(1)["reason"]
    assert lab.bring(2, row("a", at="02 18:00"))["status"] == "gated"
    assert lab.bring(3)["status"] == "gated"  # an empty day is the volume's business


def test_values_that_are_no_key_of_the_other_entity_are_named(tmp_path: Path) -> None:
    lab = lab_with(tmp_path, {"references": {"city": {"to": "cities.id", "min_pct": 75, **WHY}}})
    lab.bring(1, "Bonn,Ann", entity="cities")
    lab.land(1, [row("a"), row("b", city="Atlantis"), row("c", city="Ulm"), row("d", city="")])
    held = lab.gate(1)
    assert held["status"] == "held"
    assert "33.33 % of 3 values of city are a cities.id" in held["reason"]
    assert "not known: 'Atlantis', 'Ulm'" in held["reason"]

    lab.land(1, ["Bonn,Ann", "Ulm,Eve", "Atlantis,Bob"], entity="cities")
    lab.gate(1, "cities")  # gated in this run, not loaded yet
    assert lab.gate(1)["status"] == "gated"  # a held delivery is judged anew


def test_a_reference_to_nothing_is_a_mistake_in_the_company_folder(tmp_path: Path) -> None:
    lab = lab_with(tmp_path, {"references": {"city": {"to": "cities.name", **WHY}}})
    lab.bring(1, "Bonn,Ann", entity="cities")
    lab.land(1, [row("a")])
    with pytest.raises(RapportError, match=r"city refers to cities\.name") as caught:
        lab.gate(1)
    assert caught.value.code == "gate-broken"


def test_too_many_repeats_inside_a_delivery_are_a_fault_of_the_export(tmp_path: Path) -> None:
    lab = lab_with(tmp_path, {"duplicates": {"max_pct": 40, **WHY}})
    lab.land(1, [row("a"), row("a"), row("b", "1"), row("b", "2")])
    assert "2 of 4 rows (50.00 %) repeat a row or key" in lab.gate(1)["reason"]

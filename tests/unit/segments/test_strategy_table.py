"""The strategy table that ships: a slip in a row shows only once a customer comes to it."""

from __future__ import annotations

import csv
import re

from rapport.settings import REPO

SEEDS = REPO / "dbt_project" / "seeds"
OF_ALL = {"stage_since", "open_deals"}
OF_CUSTOMERS = {"last_order", "orders", "revenue", "times_gap", "expected_gap", "risk_pct"}
OF_PROSPECTS = {"hours_waiting", "answer_hours"}


def rows(seed: str) -> list[dict[str, str]]:
    with (SEEDS / f"{seed}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_stage_has_an_action_for_whom_nothing_more_is_known() -> None:
    fallback = {
        row["stage"] for row in rows("strategies") if row["value_tier"] == row["risk"] == "any"
    }
    stages = {row["stage"] for row in rows("lifecycle_stages")}
    assert fallback == stages | {"lead_waiting"} == {row["stage"] for row in rows("strategies")}


def test_sentences_name_figures_that_there_are_and_the_same_in_both_languages() -> None:
    customers = {row["stage"] for row in rows("lifecycle_stages") if row["is_customer"] == "true"}
    for row in rows("strategies"):
        own = OF_CUSTOMERS if row["stage"] in customers else OF_PROSPECTS
        named = set(re.findall(r"{(\w+)}", row["wording"]))
        assert named and named <= OF_ALL | own, row
        assert named == set(re.findall(r"{(\w+)}", row["wording_zh"])), row
        assert "risk_pct" not in named or row["risk"] == "high", row
        assert re.search("[\u4e00-\u9fff]", row["wording_zh"]), row

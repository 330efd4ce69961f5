"""The tables that name segments leave no combination out and agree with each other."""

from __future__ import annotations

import csv
from itertools import product

from rapport.settings import REPO

SEEDS = REPO / "dbt_project" / "seeds"


def rows(name: str) -> list[dict[str, str]]:
    with (SEEDS / name).open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def test_every_combination_of_scores_has_a_segment_with_a_name() -> None:
    """A gap would be a customer without a label and without a reason for it."""
    cells = {
        tuple(int(row[f"{part}_score"]) for part in ("recency", "frequency", "monetary")): row[
            "segment"
        ]
        for row in rows("rfm_segments.csv")
    }
    assert set(cells) == set(product(range(1, 6), repeat=3))
    named = {row["segment"] for row in rows("segments.csv") if row["segmentation"] == "rfm"}
    assert set(cells.values()) == named


def test_wording_is_there_in_both_languages() -> None:
    for row in rows("segments.csv"):
        assert all(row.values()), row
        assert row["name_zh"] != row["name"], row

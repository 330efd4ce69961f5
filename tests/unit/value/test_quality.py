"""What a holdout found, in words."""

from __future__ import annotations

from datetime import date

from rapport.value.quality import Check, Figure
from rapport.value.words import Words

COMPARED, WORSE = Words("for comparison", "仅供比较"), Words("no better", "不优于")


def _check(of_the_chosen: Words | None) -> Check:
    check = Check(date(2026, 1, 1), date(2026, 3, 31), "pareto_nbd")
    for model, reason in (("bg_nbd", COMPARED), ("pareto_nbd", of_the_chosen)):
        check.figures.append(Figure("purchases", model, "total_error", 9, 0.1, 0.2, reason))
    return check


def test_a_refusal_is_told_by_the_chosen_model_not_by_one_for_comparison() -> None:
    assert _check(WORSE).reason("purchases") == WORSE
    assert _check(None).reason("purchases") is None

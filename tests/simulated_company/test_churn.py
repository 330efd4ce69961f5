"""The simulated company loses customers by late deliveries and tickets; the build finds out."""

from __future__ import annotations

from rapport.settings import Settings
from tests.support.warehouse import rows


def test_the_true_cause_comes_out_on_top(built: Settings) -> None:
    """On the seed that is fixed here; no other driver of the simulation has an effect."""
    causes = rows(built, "select * from candidate.rpt_churn_causes order by driver_rank")
    assert [row["driver"] for row in causes[:2]] in (
        ["late_delivery", "ticket"],
        ["ticket", "late_delivery"],
    )
    assert all(row["is_certain"] and row["effect"] > 0 for row in causes[:2])
    assert min(row["customers_left"] for row in causes[:2]) > 200


def test_a_chance_is_published_that_beats_the_naive_rule(built: Settings) -> None:
    quality = rows(
        built,
        "select * from candidate.rpt_prediction_quality where prediction = 'churn_90_days'"
        " and metric in ('log_loss', 'brier')",
    )
    risk = rows(built, "select * from candidate.rpt_churn_risk")
    tenths = rows(
        built,
        "select calibration.* from candidate.rpt_prediction_calibration as calibration"
        " inner join candidate.rpt_prediction_quality as quality using (prediction, model)"
        " where prediction = 'churn_90_days' and is_published and metric = 'brier'",
    )
    published = [row for row in quality if row["is_published"]]
    assert len(published) == 2
    assert all(row["value"] < row["naive_value"] for row in published)
    # Eighty customers a tenth: twice the standard error of a share is eleven points.
    assert all(abs(row["predicted"] - row["actual"]) < 0.15 for row in tenths)
    assert sum(abs(row["predicted"] - row["actual"]) for row in tenths) / len(tenths) < 0.06
    has_chance = [row["churn_probability_90_days"] is not None for row in risk]
    assert has_chance == [row["missing_reason"] is None for row in risk]
    assert 500 < sum(has_chance) < len(risk)

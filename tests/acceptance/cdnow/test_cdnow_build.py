"""CDNOW in a build: what is known of its customers after 39 weeks publishes a forecast."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from rapport.settings import Settings
from tests.acceptance import chain
from tests.acceptance.chain import Mailbox

pytestmark = pytest.mark.slow

# The end of the papers' calibration, so that it is nobody's choice. (As of December and of New Year
# the naive total is the better one, and nothing is published.)
FIRST, END = date(1997, 1, 1), date(1997, 10, 1)


@pytest.fixture(scope="module")
def built(data: Path, tmp_path_factory: pytest.TempPathFactory, mailbox: Mailbox) -> Settings:
    """A build as of the end; skipped where the folder holds no purchases but the summary only."""
    if not (data / "cdnow" / "CDNOW_sample.csv").exists():
        pytest.skip("cdnow/CDNOW_sample.csv (customer, date, amount) is not among the data")
    company = chain.company(
        Path(__file__).parent / "company",
        tmp_path_factory.mktemp("cdnow"),
        mailbox,
        CDNOW_FOLDER=str(data / "cdnow"),
    )
    chain.ingest_interval(company, ["shop"], FIRST, END)
    chain.build_and_publish(company)
    return company


def test_purchases_and_value_beat_the_naive_rule_and_are_published(built: Settings) -> None:
    rows = chain.published(built, quality="select * from marts.rpt_prediction_quality")["quality"]
    for prediction in ("purchases", "sales"):
        chosen: dict[str, Any] = {
            row["metric"]: row
            for row in rows
            if row["prediction"] == prediction and row["is_published"]
        }
        for metric in ("poisson_deviance", "total_error"):
            assert abs(chosen[metric]["value"]) < abs(chosen[metric]["naive_value"]), prediction
        assert chosen["total_error"]["holdout_end"] == date(1997, 9, 30)
        assert chosen["total_error"]["customers"] == 2_357


def test_every_customer_has_a_value_with_its_bounds(built: Settings) -> None:
    rows = chain.published(
        built,
        customers="""
            select
                count(*) as n,
                count(case
                    when value_12_months >= 0 and value_12_months_low >= 0
                        and value_12_months_high >= value_12_months_low
                        and alive_probability between 0 and 1 then 1
                end) as whole,
                count(reason) as refused,
                sum(value_12_months) as total
            from marts.fct_customer_predictions
        """,
        orders="select count(*) as n from marts.fct_orders",
    )
    (customers,) = rows["customers"]
    assert customers["n"] == customers["whole"] == 2_357
    assert customers["refused"] == 0 and customers["total"] > 0
    assert 0 < rows["orders"][0]["n"] < 6_919  # what came after the as-of is not known

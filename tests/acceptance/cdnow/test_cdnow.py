"""CDNOW: the published fits, to the digits given, and the published holdout."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from pyarrow import csv

from rapport.value import assessment, fits
from rapport.value.compressed import Histories
from rapport.value.purchases import MODELS
from rapport.value.transactions import Transactions

# Fader, Hardie, Lee (2005) for BG/NBD and Pareto/NBD; MBG/NBD has no published figures for it.
PUBLISHED = {
    "bg_nbd": ((0.243, 4.414, 0.793, 2.426), -9582.43, 1653),
    "pareto_nbd": ((0.553, 10.578, 0.606, 11.669), -9594.97, 1666),
}
HOLDOUT_DAYS = 39 * 7


@pytest.fixture(scope="module")
def histories(data: Path) -> Histories:
    """The summary as published, whose times are weeks with two decimals."""
    rows = csv.read_csv(data / "cdnow" / "cdnow_customers_summary.csv")
    times = (rows[name].to_numpy() * 7 for name in ("recency", "T"))
    return Histories.of(rows["frequency"].to_numpy(), *times)


@pytest.mark.acceptance
@pytest.mark.parametrize("name", sorted(PUBLISHED))
def test_the_fit_is_the_published_one(histories: Histories, name: str) -> None:
    """All digits that the papers give."""
    values, log_likelihood, total = PUBLISHED[name]
    found = fits.fit(MODELS[name], histories)
    assert list(found.in_unit("week").values()) == pytest.approx(values, abs=1.1e-3)
    assert found.log_likelihood_in("week") == pytest.approx(log_likelihood, abs=6e-3)
    expected = found.expected_purchases(histories, HOLDOUT_DAYS) * histories.weight
    assert expected.sum() == pytest.approx(total, abs=1)


def test_spend_and_holdout_are_as_published(data: Path) -> None:
    """1,882 repeat purchases in 39 weeks; needs the sample's transactions, which have spends.

    Skipped where the folder holds the summary only: it has neither spends nor what came after.
    """
    path = data / "cdnow" / "CDNOW_sample.csv"
    if not path.exists():
        pytest.skip("cdnow/CDNOW_sample.csv (customer, date, amount) is not among the data")
    bought = Transactions(path, "customer", "date", "amount")
    found = assessment.assess(bought, date(1997, 9, 30), date(1998, 6, 30)).document
    assert found["spend"]["parameters"] == pytest.approx(
        {"p": 6.25, "q": 3.74, "gamma": 15.44}, abs=6e-3
    )
    assert found["spend"]["log_likelihood"] == pytest.approx(-4055.92, abs=6e-3)
    assert found["spend"]["buyers"] == 946
    errors = found["holdout"]["chosen"]
    assert errors["actual"] == 1882 and abs(errors["total_error"]) <= 0.12
    assert errors["mean_absolute_error"] <= 0.756
    assert found["holdout"]["beats_naive"]

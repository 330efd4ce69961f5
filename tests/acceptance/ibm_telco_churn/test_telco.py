"""The churn model on the customers of a telephone company: 7,043 rows, one in four left."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pytest

from rapport.churn import assessment, model

pytestmark = pytest.mark.acceptance

FOLDS = 5


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_five_folds_reach_the_figure_of_the_issue(data: Path, seed: int) -> None:
    table = _table(data)
    left = pc.equal(table["Churn"], "Yes").to_numpy()
    features = table.drop_columns(["customerID", "Churn"])
    fold = np.random.default_rng(seed).permutation(len(table)) % FOLDS
    foretold = np.empty(len(table))
    areas = []
    for number in range(FOLDS):
        learnt, held = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
        fitted = model.fit(features.take(pa.array(learnt)), left[learnt])
        foretold[held] = fitted.probabilities(features.take(pa.array(held)))
        areas.append(assessment.area(foretold[held], left[held]))
    assert np.mean(areas) >= 0.845
    worst = max(abs(one["predicted"] - one["actual"]) for one in assessment.deciles(foretold, left))
    assert worst < 0.05, "a decile's probability is five points off"


def _table(data: Path) -> pa.Table:
    path = data / "ibm_telco_churn" / "Telco-Customer-Churn.csv"
    table = pyarrow.csv.read_csv(path)
    # New customers have a blank instead of a total.
    total = pc.utf8_trim_whitespace(table["TotalCharges"].cast(pa.string()))
    total = pc.if_else(pc.equal(total, ""), None, total).cast(pa.float64())
    return table.set_column(table.column_names.index("TotalCharges"), "TotalCharges", total)

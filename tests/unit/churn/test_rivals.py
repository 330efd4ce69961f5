"""The chance of silence by the purchase model is the model's own."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from rapport.churn.rivals import Silence
from rapport.value import fits
from rapport.value.purchases import MODELS


def test_silence_is_that_of_customers_who_may_leave_within_the_horizon() -> None:
    """Drawn, not computed: with the mean of the model and no leaving it was up to 0.14 too low."""
    values = np.array([1.0, 30.0, 2.0, 100.0])
    model = MODELS["pareto_nbd"]
    fit = fits.Fit(model, values, np.zeros((4, 4)), 0.0, 1, 1, (), True, 0.0)
    customers = pa.table(
        {
            "order_days": [1, 3, 12, 30],
            "ordering_days": [0.0, 200.0, 300.0, 90.0],
            "age_days": [10.0, 260.0, 305.0, 91.0],
        }
    )
    found = Silence(fit, 90).chance(customers)
    random = np.random.default_rng(1)
    r, alpha, s, beta = values
    for place, (orders, last, age) in enumerate(zip(*customers.to_pydict().values(), strict=True)):
        # Whole lives from the prior, weighted by the likelihood of what was seen of them.
        rate = random.gamma(r + orders - 1, 1 / (alpha + last), 400_000)
        leaves = last + random.exponential(1 / random.gamma(s, 1 / (beta + last), 400_000))
        seen = np.exp(-rate * (np.minimum(leaves, age) - last))
        ahead = np.maximum(np.minimum(leaves, age + 90) - age, 0)
        none = np.sum(seen * np.exp(-rate * ahead)) / np.sum(seen)
        assert found[place] == pytest.approx(none, abs=0.01)

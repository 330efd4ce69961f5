"""What the model has to beat: the naive rule, and the purchase models' own chance of silence."""

from __future__ import annotations

import numpy as np

from rapport.churn.design import Floats
from rapport.value import fits
from rapport.value.compressed import Histories
from rapport.value.purchases import MODELS

# Times the expected gap; 2 and 4 are those of the stages declining and churned.
_OVERDUE = (0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0)

# Pareto/NBD is first in preference in rapport.value: silence counts against every customer.
_PURCHASES = "pareto_nbd"


def naive(overdue_before: Floats, came_before: object, overdue: Floats) -> Floats:
    """The share of those as overdue as this who stayed away last time, (n,).

    Args:
        overdue_before: days since the last order over the expected gap, one horizon earlier.
        came_before: whether they stayed away.
        overdue: of those to foretell.
    """
    came = np.asarray(came_before, np.float64)
    bins = len(_OVERDUE) + 1
    places = np.digitize(overdue_before, _OVERDUE)
    counted = np.bincount(places, minlength=bins)
    stayed = np.bincount(places, weights=came, minlength=bins)
    # One customer more who is like all: an empty bin takes the share of all.
    shares = (stayed + came.mean()) / (counted + 1)
    return np.asarray(shares[np.digitize(overdue, _OVERDUE)], np.float64)


def silence(repeats: object, recency_days: object, age_days: object, days: int) -> Floats | None:
    """The chance of no purchase in the next `days` by P(alive), (n,); None where it has no fit.

    While alive a customer's purchases are negative binomial: the rate is gamma with the shape
    r + x (Schmittlein, Morrison, Colombo, 1987), and the mean is that of the model.

    Args:
        repeats, recency_days, age_days: see `Histories`; all customers, churned ones too.
    """
    histories = Histories.of(repeats, recency_days, age_days)
    fit = fits.fit(MODELS[_PURCHASES], histories)
    if not fit.is_found:
        return None
    shape = fit.values[0] + histories.repeats
    none_if_alive = (1 + fit.purchases_if_alive(histories, days) / shape) ** -shape
    alive = fit.alive_probability(histories)
    return np.asarray((1 - alive * (1 - none_if_alive))[histories.position])

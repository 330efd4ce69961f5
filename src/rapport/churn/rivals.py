"""What the model has to beat: the naive rule, and the purchase models' own chance of silence."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from rapport.churn.design import Floats, numbers
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


@dataclass(frozen=True)
class Silence:
    """The chance of no purchase by P(alive), from the parameters of one fit.

    Nothing was bought in a stretch from the day of a purchase on is what the likelihood of the
    model says of every history (Schmittlein, Morrison, Colombo, 1987); of somebody alive today it
    says the same of the stretch from today on: alive at its end, or gone some day before.
    """

    fit: fits.Fit
    days: int

    @classmethod
    def of(cls, customers: pa.Table, days: int) -> Silence | None:
        """Fit to customers of an instant, churned ones too; None where no maximum is found.

        Four parameters of a whole company are known well from a sample of them.
        """
        if not len(customers):
            return None
        fit = fits.fit(MODELS[_PURCHASES], _histories(customers).thinned(fits.SAMPLE_CUSTOMERS))
        return cls(fit, days) if fit.is_found else None

    def chance(self, customers: pa.Table) -> Floats:
        """No purchase in the next `days`, (n,).

        Args:
            customers: order_days, ordering_days (first to last), age_days (since the first).
        """
        histories = _histories(customers)
        today = histories.age_days
        ahead = replace(histories, recency_days=today, age_days=today + self.days)
        model, values = self.fit.model, self.fit.values
        still, by_end = model.terms(values, histories), model.terms(values, ahead)
        none_if_alive = np.exp(np.logaddexp(by_end.alive, by_end.dead) - still.alive)
        alive = self.fit.alive_probability(histories)
        return np.asarray((1 - alive * (1 - none_if_alive))[histories.position])


def _histories(customers: pa.Table) -> Histories:
    return Histories.of(
        numbers(customers, "order_days") - 1,
        numbers(customers, "ordering_days"),
        numbers(customers, "age_days"),
    )

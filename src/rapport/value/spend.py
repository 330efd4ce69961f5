"""What a purchase is worth: the Gamma-Gamma model of spend.

Fader, Hardie (2013), "The Gamma-Gamma Model of Monetary Value". A customer's purchases are
gamma(p, nu) with a nu of his own, gamma(q, gamma) over customers; spend does not depend on how
often one buys, and the fit's `correlation` shows how far that holds.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from rapport.value import choice, maximum
from rapport.value.compressed import Floats
from rapport.value.maximum import Objective, Point
from rapport.value.transactions import Customers

PARAMETERS = ("p", "q", "gamma")
_SAMPLE_BUYERS = 20_000  # as for purchase models: all buyers decide where the search ends


@dataclass(frozen=True)
class SpendFit:
    """A fitted spend model.

    Args:
        values: p, q, gamma; gamma in the currency of the amounts.
        covariance: of their logarithms, (3, 3).
        log_likelihood: of the mean spends.
        buyers: customers with a positive mean spend, whom it was fitted to.
        excluded: customers with repeat purchases but without one of positive value.
        mean_spend: mean of the buyers' mean spends.
        correlation: of the number of repeat purchases and the mean spend; the model assumes 0.
        on_bound: parameters that the data do not determine.
        is_found: False when no maximum was found.
        seconds: wall-clock time of the fit.
    """

    values: Floats
    covariance: Floats
    log_likelihood: float
    buyers: int
    excluded: int
    mean_spend: float
    correlation: float | None
    on_bound: tuple[str, ...]
    is_found: bool
    seconds: float

    def expected(self, purchases: NDArray[np.int64], mean_spend: Floats) -> Floats:
        """Expected spend of a customer's next purchase, in the currency of the amounts.

        Equation 5 of the paper. NaN where it is infinite: with q <= 1 the mean over customers does
        not exist, and of a customer without repeat purchases nothing else is known.

        Args:
            purchases: repeat purchases of positive value, (n,).
            mean_spend: their mean value, (n,); whatever where there are none.
        """
        p, q, gamma = self.values
        spent = np.where(purchases > 0, purchases * np.nan_to_num(mean_spend), 0.0)
        shape = q + p * purchases - 1
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(shape > 0, p * (gamma + spent) / shape, np.nan)

    def relative_variance(self) -> float:
        """Of all customers' expected spend, by the parameters' uncertainty alone (delta method).

        That of a customer of whom least is known, which is the most that it can be.
        """
        known = 0 if self.values[1] > 1 else 1

        def log_spend(logs: Floats) -> float:
            p, q, gamma = np.exp(logs)
            return float(np.log(p * (gamma + known * self.mean_spend) / (q + p * known - 1)))

        return maximum.delta_variance(log_spend, np.log(self.values), self.covariance)


def spend_model(customers: Customers) -> tuple[SpendFit | None, str | None]:
    """The spend model of customers, or why there is none."""
    buyers = int((customers.spend_purchases > 0).sum())
    if buyers < choice.MIN_REPEATERS:
        return None, (
            f"{buyers} customers with a repeat purchase of positive value, "
            f"{choice.MIN_REPEATERS} needed"
        )
    found = fit(customers.spend_purchases, customers.spend_mean)
    return (found, None) if found.is_found else (None, "no maximum of the likelihood was found")


def fit(purchases: NDArray[np.int64], mean_spend: Floats) -> SpendFit:
    """Fit by maximum likelihood; customers without a purchase of positive value are left out.

    Args:
        purchases: repeat purchases of positive value, (n,).
        mean_spend: their mean value, (n,), in any currency; NaN, zero and less are left out.
    """
    started = time.perf_counter()
    is_in = (purchases > 0) & np.isfinite(mean_spend) & (mean_spend > 0)
    order = np.lexsort((mean_spend[is_in], purchases[is_in]))  # sums in one order, one result
    x, z = purchases[is_in][order], mean_spend[is_in][order]
    unit = float(np.exp(np.log(z).mean()))  # the currency's size does not matter to the search
    whole = _objective(x, z / unit)
    step = max(1, x.size // _SAMPLE_BUYERS)
    sample = whole if step == 1 else _objective(x[::step], z[::step] / unit)
    found = maximum.maximise(sample, whole, [np.log([2.0, 3.0, 1.0]), np.log([6.0, 4.0, 0.5])])
    values = np.exp(found.log_values)
    values[2] *= unit
    return SpendFit(
        values=values,
        covariance=found.covariance(x.size),
        log_likelihood=found.value * x.size - x.size * float(np.log(unit)),
        buyers=int(x.size),
        excluded=int((purchases > 0).sum() - x.size),
        mean_spend=float(z.mean()),
        correlation=_correlation(x.astype(np.float64), z),
        on_bound=tuple(np.array(PARAMETERS)[~found.is_free].tolist()),
        is_found=found.is_found,
        seconds=time.perf_counter() - started,
    )


def _objective(purchases: NDArray[np.int64], mean_spend: Floats) -> Objective:
    """Equation 1a of the paper, and its derivatives by the log parameters."""
    distinct, place = np.unique(purchases, return_inverse=True)
    share = np.full(purchases.size, 1 / purchases.size)
    spent = purchases * mean_spend
    log_mean, log_spent = np.log(mean_spend), np.log(spent)

    def mean(at: Floats) -> Point:
        p, q, gamma = np.exp(at)
        px = p * distinct
        log_all = np.log(gamma + spent)
        counted = special.gammaln(px + q) - special.gammaln(px) - special.gammaln(q) + q * at[2]
        total = special.digamma(px + q)
        by_p = purchases * ((total - special.digamma(px))[place] + log_spent - log_all)
        by_q = (total - special.digamma(q) + at[2])[place] - log_all
        by_gamma = q / gamma - (px + q)[place] / (gamma + spent)
        log_likelihood = (
            counted[place] + px[place] * log_spent - log_mean - (px + q)[place] * log_all
        )
        return Point.of(log_likelihood, np.stack([by_p * p, by_q * q, by_gamma * gamma]), share)

    return mean


def _correlation(purchases: Floats, spend: Floats) -> float | None:
    if purchases.size < 2 or purchases.std() == 0 or spend.std() == 0:
        return None
    return float(np.corrcoef(purchases, spend)[0, 1])

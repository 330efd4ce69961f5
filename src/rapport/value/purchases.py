"""The purchase models: how often customers buy, and when they silently leave for good.

While alive a customer buys at random at a rate of his own, gamma(r, alpha) over customers. The
models differ in how one leaves:

- `bg_nbd`: after each repeat purchase with a probability of his own, beta(a, b).
  Fader, Hardie, Lee (2005), "Counting Your Customers" the Easy Way, Marketing Science 24(2).
- `mbg_nbd`: also right after the first purchase.
  Batislam, Denizel, Filiztekin (2007), Int. Journal of Research in Marketing 24(3).
- `pareto_nbd`: at any time, at a rate of his own, gamma(s, beta).
  Schmittlein, Morrison, Colombo (1987), Management Science 33(1).

All three likelihoods are a sum of two terms, `alive` at the end of observation and `dead` since
some time after the last purchase, times what the purchases themselves say. P(alive) is the share of
the first term. Everything is kept as logarithms, so that no number of purchases overflows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import special

from rapport.value.compressed import Floats, Histories
from rapport.value.quadrature import beta_nodes, lost_integral


@dataclass(frozen=True)
class Terms:
    """Logarithms of the two terms, (n,) each, and their derivatives by each parameter, (4, n)."""

    alive: Floats
    dead: Floats
    alive_by: Floats
    dead_by: Floats


@dataclass(frozen=True)
class Draws:
    """A seeded source of random numbers and the shape of what is drawn."""

    random: np.random.Generator
    shape: tuple[int, int]

    def poisson(
        self, values: Floats, histories: Histories, days: float | Floats
    ) -> NDArray[np.int64]:
        """Purchases in so many days alive, at rates drawn for what each customer did so far."""
        rate = self.random.standard_gamma(values[0] + histories.repeats[:, None], self.shape)
        rate /= values[1] + histories.age_days[:, None]
        return self.random.poisson(np.minimum(rate * days, 1e9))


class PurchaseModel(Protocol):
    """One model; `values` are its four parameters, times in the unit of the histories."""

    @property
    def name(self) -> str:
        """As it is published."""

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names in the papers, in the order of `values`."""

    @property
    def times(self) -> tuple[bool, ...]:
        """Which parameters are times."""

    def terms(self, values: Floats, histories: Histories) -> Terms:
        """The two terms of the likelihood, without what `purchases_term` says."""

    def purchases_if_alive(self, values: Floats, histories: Histories, days: float) -> Floats:
        """Expected purchases in the next `days` of a customer alive now, (n,)."""

    def draw_purchases(
        self, values: Floats, histories: Histories, days: float, draws: Draws
    ) -> NDArray[np.int64]:
        """Drawn purchases in the next `days` of customers alive now.

        Args:
            values: parameters of each draw, (4, draws).
            histories: (n,) rows.
            days: the horizon.
            draws: the random numbers.

        Returns:
            (n, draws).
        """


class BetaGeometric:
    """BG/NBD, and MBG/NBD where one can leave right after the first purchase (`at_first`)."""

    parameters = ("r", "alpha", "a", "b")
    times = (False, True, False, False)

    def __init__(self, at_first: bool) -> None:
        self.name = "mbg_nbd" if at_first else "bg_nbd"
        self._at_first = int(at_first)

    def terms(self, values: Floats, histories: Histories) -> Terms:
        """Equation 6 of Fader, Hardie, Lee (2005); equation 3 of Batislam et al. (2007)."""
        r, alpha, a, b = values
        distinct, place = histories.counts
        # Chances to leave so far: each repeat purchase, and the first one where that counts.
        chances = distinct + self._at_first
        has_chance = chances > 0
        stayed = b + chances
        last_left = b + np.maximum(chances - 1, 0)
        start, digamma_sum = special.betaln(a, b), special.digamma(a + b)
        stays = special.betaln(a, stayed) - start
        with np.errstate(divide="ignore"):
            leaves = np.where(has_chance, special.betaln(a + 1, last_left) - start, -np.inf)
        by_a = digamma_sum - special.digamma(a + stayed)
        by_b = by_a - special.digamma(b)
        shape = r + histories.repeats
        log_age = np.log(alpha + histories.age_days)
        log_recency = np.log(alpha + histories.recency_days)
        none = np.zeros_like(log_age)
        return Terms(
            alive=stays[place] - shape * log_age,
            dead=leaves[place] - shape * log_recency,
            alive_by=np.stack(
                [
                    -log_age,
                    -shape / (alpha + histories.age_days),
                    by_a[place] + none,
                    (by_b + special.digamma(stayed))[place],
                ]
            ),
            dead_by=np.stack(
                [
                    -log_recency,
                    -shape / (alpha + histories.recency_days),
                    by_a[place] + 1 / a,
                    (by_b + special.digamma(last_left))[place],
                ]
            ),
        )

    def purchases_if_alive(self, values: Floats, histories: Histories, days: float) -> Floats:
        """Mean over the leaving probability p of (1 - (1 + p days / (alpha + T))^-(r + x)) / p.

        The same as equation 10 of Fader, Hardie, Lee (2005) over P(alive), but as an integral with
        positive terms: the published form divides by a - 1 and loses all digits near a = 1.
        """
        r, alpha, a, b = values
        distinct, place = histories.counts
        nodes, weights = beta_nodes(a, b + distinct + self._at_first)
        found = np.zeros(histories.weight.size)
        reach = days / (alpha + histories.age_days)
        shape = r + histories.repeats
        for node in range(nodes.shape[1]):
            p = nodes[place, node]
            found -= weights[place, node] * np.expm1(-shape * np.log1p(p * reach)) / p
        return found

    def draw_purchases(
        self, values: Floats, histories: Histories, days: float, draws: Draws
    ) -> NDArray[np.int64]:
        """A Poisson number, unless the purchase after which the customer leaves comes first."""
        _, _, a, b = values
        p = draws.random.beta(a, b + histories.repeats[:, None] + self._at_first, draws.shape)
        p = np.clip(p, 1e-12, 1 - 1e-12)
        last = np.log1p(-draws.random.random(draws.shape)) / np.log1p(-p)
        bought = draws.poisson(values, histories, days)
        return np.minimum(bought, np.maximum(np.ceil(last), 1).astype(np.int64))


class Pareto:
    """Pareto/NBD."""

    name = "pareto_nbd"
    parameters = ("r", "alpha", "s", "beta")
    times = (False, True, False, True)

    def terms(self, values: Floats, histories: Histories) -> Terms:
        """Schmittlein et al. (1987), before their integral is made a hypergeometric function.

        dead = the integral over the time t of leaving, from the last purchase to the end of
        observation, of (alpha + t)^-(r + x) s beta^s (beta + t)^-(s + 1).
        """
        r, alpha, s, beta = values
        shape = r + histories.repeats
        age = histories.age_days
        lost = lost_integral(values, histories)
        head = np.log(beta) - np.log(beta + age)
        return Terms(
            alive=s * head - shape * np.log(alpha + age),
            dead=np.log(s) + s * np.log(beta) + lost.log_value,
            alive_by=np.stack(
                [-np.log(alpha + age), -shape / (alpha + age), head, s / beta - s / (beta + age)]
            ),
            dead_by=np.stack(
                [
                    -lost.log_alpha,
                    -shape * lost.over_alpha,
                    1 / s + np.log(beta) - lost.log_beta,
                    s / beta - (s + 1) * lost.over_beta,
                ]
            ),
        )

    def purchases_if_alive(self, values: Floats, histories: Histories, days: float) -> Floats:
        """(r + x) / (alpha + T) times the expected days alive, up to `days`.

        Schmittlein et al. (1987), equation 22; written so that s = 1 is no special case.
        """
        r, alpha, s, beta = values
        rate = (r + histories.repeats) / (alpha + histories.age_days)
        left = beta + histories.age_days
        log_reach = np.log1p(days / left)
        return np.asarray(rate * left * log_reach * special.exprel((1 - s) * log_reach))

    def draw_purchases(
        self, values: Floats, histories: Histories, days: float, draws: Draws
    ) -> NDArray[np.int64]:
        """A Poisson number over the days until the customer leaves."""
        _, _, s, beta = values
        leaving = draws.random.standard_gamma(s, draws.shape)
        leaving /= beta + histories.age_days[:, None]
        lived = draws.random.standard_exponential(draws.shape) / np.maximum(leaving, 1e-12)
        return draws.poisson(values, histories, np.minimum(lived, days))


MODELS: dict[str, PurchaseModel] = {
    model.name: model
    for model in (BetaGeometric(at_first=False), BetaGeometric(at_first=True), Pareto())
}


def rowwise(model: PurchaseModel, values: Floats, histories: Histories) -> tuple[Floats, Floats]:
    """Log-likelihood of each history, (n,), and its derivatives, (4, n)."""
    r, alpha = values[:2]
    distinct, place = histories.counts
    bought = special.gammaln(r + distinct) - special.gammaln(r) + r * np.log(alpha)
    bought_by_r = special.digamma(r + distinct) - special.digamma(r) + np.log(alpha)
    terms = model.terms(values, histories)
    total = np.logaddexp(terms.alive, terms.dead)
    alive = np.exp(terms.alive - total)
    by = alive * terms.alive_by + (1 - alive) * terms.dead_by
    by[0] += bought_by_r[place]
    by[1] += r / alpha
    return bought[place] + total, by


def alive_probability(model: PurchaseModel, values: Floats, histories: Histories) -> Floats:
    """P(alive at the end of observation) of each history, (n,), in [0, 1]."""
    terms = model.terms(values, histories)
    return np.asarray(special.expit(terms.alive - terms.dead))

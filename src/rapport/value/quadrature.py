"""The two integrals of the purchase models, by Gauss's rules: stable where closed forms are not.

The published forms use the hypergeometric function, which is slow and loses its digits for large
arguments. Both integrands here are positive and smooth, so that a fixed number of nodes suffices.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy import linalg, special

from rapport.value.compressed import Floats, Histories, Whole

LEGENDRE_NODES = 20  # the logarithm is right to 1e-7 over all parameters that a fit may visit
JACOBI_NODES = 48  # expected purchases are right to 1e-6 for a horizon of 20 times the age
_CHUNK_ROWS = (
    2048  # at a time, so that a chunk's nodes stay in the processor's cache: twice as fast
)
_NEGLIGIBLE = 40.0  # what has fallen by exp(-40) = 4e-18 adds nothing in double precision


@dataclass(frozen=True)
class Lost:
    """log of the integral over the time t of leaving, and means under its integrand, (n,) each."""

    log_value: Floats
    log_alpha: Floats  # of log(alpha + t)
    over_alpha: Floats  # of 1 / (alpha + t)
    log_beta: Floats
    over_beta: Floats


def lost_integral(values: Floats, histories: Histories) -> Lost:
    """Integral from t_x to T of (alpha + t)^-(r + x) (beta + t)^-(s + 1) dt.

    With u = log(low + t), low the smaller of alpha and beta, the other factor has no singularity
    within pi of the real line, and Gauss-Legendre converges fast; where many purchases or early
    leaving make the integrand fall steeply, only the stretch in which it counts is covered.

    Args:
        values: r, alpha, s, beta.
        histories: (n,) rows, in the time unit of alpha and beta.
    """
    rows = histories.weight.size
    found = np.empty((5, rows))

    def work(start: int) -> None:
        part = slice(start, start + _CHUNK_ROWS)
        found[:, part] = _lost(
            values, histories.repeats[part], histories.recency_days[part], histories.age_days[part]
        )

    with ThreadPoolExecutor() as pool:  # each writes rows of its own: the same whoever is first
        list(pool.map(work, range(0, rows, _CHUNK_ROWS)))
    return Lost(*found)


def _lost(values: Floats, repeats: Whole, recency: Floats, age: Floats) -> Floats:
    r, alpha, s, beta = values
    low, apart = min(alpha, beta), abs(alpha - beta)
    shape = r + repeats
    most = 700.0  # exp(700) is the largest there is
    with np.errstate(over="ignore"):  # beyond the largest number it is later than any age
        by_purchases = (alpha + recency) * np.expm1(np.minimum(_NEGLIGIBLE / shape, most))
        by_leaving = (beta + recency) * np.expm1(min(_NEGLIGIBLE / s, most))
    end = np.minimum(age, recency + np.minimum(by_purchases, by_leaving))
    width = np.log1p((end - recency) / (low + recency))
    nodes, weights = _legendre()
    log_low = np.log(low + recency)[:, None] + width[:, None] * nodes
    from_low = np.exp(log_low)
    from_high = from_low + apart
    log_high = np.log(from_high)
    low_first = (log_low, 1 / from_low, log_high, 1 / from_high)
    log_alpha, over_alpha, log_beta, over_beta = (
        low_first if alpha <= beta else low_first[2:] + low_first[:2]
    )
    power = log_low - shape[:, None] * log_alpha - (s + 1) * log_beta
    peak = power.max(axis=1)
    mass = np.exp(power - peak[:, None]) * weights
    total = mass.sum(axis=1)
    with np.errstate(divide="ignore"):
        log_value = np.log(width * total) + peak
    means = [
        np.einsum("ij,ij->i", mass, of) / total
        for of in (log_alpha, over_alpha, log_beta, over_beta)
    ]
    return np.stack([log_value, *means])


@lru_cache
def _legendre() -> tuple[Floats, Floats]:
    """Nodes in (0, 1) and weights (sum 1) for means over an even distribution."""
    nodes, weights = special.roots_legendre(LEGENDRE_NODES)
    return (nodes + 1) / 2, weights / 2


def beta_nodes(a: float, b: Floats) -> tuple[Floats, Floats]:
    """Nodes in (0, 1) and weights (sum 1) for means over beta(a, b), for many b at once.

    Golub, Welsch (1969), Calculation of Gauss Quadrature Rules: eigenvalues of the matrix of the
    recurrence of Jacobi's polynomials. Unlike tables it is stable for b in the ten thousands.

    Args:
        a: first parameter.
        b: second parameters, (m,).

    Returns:
        Two arrays, (m, JACOBI_NODES).
    """
    found = [_beta_nodes(float(a), float(one)) for one in b]
    return np.array([nodes for nodes, _ in found]), np.array([weights for _, weights in found])


@lru_cache(maxsize=4096)
def _beta_nodes(a: float, b: float) -> tuple[Floats, Floats]:
    k, c = np.arange(1.0, JACOBI_NODES), a + b
    both = 2 * k + c
    middle = np.concatenate(
        [[a / c], (2 * k * (k + c - 1) + a * (c - 2)) / ((both - 2) * both)]
    )  # fmt: skip
    beside = k * (k + a - 1) * (k + b - 1) * (k + c - 2)
    beside[1:] /= ((both - 2) ** 2 * (both - 1) * (both - 3))[1:]
    beside[0] = a * b / (c**2 * (c + 1))  # where c = 1 the general term is 0 / 0
    nodes, vectors = linalg.eigh_tridiagonal(middle, np.sqrt(beside))
    return np.clip(nodes, 1e-300, 1.0), vectors[0] ** 2

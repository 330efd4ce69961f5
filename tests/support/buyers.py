"""Customers drawn from the purchase models themselves, with what they do after the end."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rapport.value.transactions import Customers

Floats = NDArray[np.float64]
TRUTH = {
    "bg_nbd": (0.8, 40.0, 0.8, 2.5),
    "mbg_nbd": (0.8, 40.0, 0.8, 2.5),
    "pareto_nbd": (0.8, 40.0, 0.9, 150.0),
}
SPEND = (6.0, 4.0, 60.0)


@dataclass(frozen=True)
class Buyers:
    """Simulated customers: what a model may see, and what came after it, (n,) each."""

    customers: Customers
    is_alive: NDArray[np.bool_]
    later_spend: Floats


def simulate(
    model: str,
    customers: int,
    seed: int,
    days: int = 365,
    later_days: int = 365,
    values: tuple[float, float, float, float] | None = None,
) -> Buyers:
    """Draw customers who first buy in the first half of `days`; then follow them `later_days`."""
    random = np.random.default_rng(seed)
    r, alpha, third, fourth = values or TRUTH[model]
    age = random.integers(days // 2, days + 1, customers).astype(np.float64)
    rate = random.gamma(r, 1 / alpha, customers)
    lived = np.full(customers, np.inf)
    chance = np.zeros(customers)
    if model == "pareto_nbd":
        lived = random.exponential(1 / random.gamma(third, 1 / fourth, customers))
    else:
        chance = random.beta(third, fourth, customers)
    is_alive = np.ones(customers, dtype=bool)
    if model == "mbg_nbd":
        is_alive = random.random(customers) >= chance
    repeats, later = np.zeros(customers, dtype=np.int64), np.zeros(customers, dtype=np.int64)
    recency, now = np.zeros(customers), np.zeros(customers)
    is_running = is_alive.copy()
    is_alive &= lived > age
    while is_running.any():
        now[is_running] += random.exponential(1 / rate[is_running])
        is_running &= (now < age + later_days) & (now < lived)
        seen, after = is_running & (now <= age), is_running & (now > age)
        repeats += seen
        later += after
        recency[seen] = now[seen]
        leaves = is_running & (random.random(customers) < chance)
        is_alive &= ~(leaves & seen)
        is_running &= ~leaves
    p, q, gamma = SPEND
    level = random.gamma(q, 1 / gamma, customers)
    spent = random.gamma(np.maximum(p * repeats, 1e-9), 1 / level)
    later_spend = np.where(later > 0, random.gamma(np.maximum(p * later, 1e-9), 1 / level), 0.0)
    with np.errstate(invalid="ignore"):
        mean = np.where(repeats > 0, spent / np.maximum(repeats, 1), np.nan)
    ids = np.array([f"{number:07}" for number in range(customers)], dtype=object)
    none = np.zeros(customers, dtype=np.int64)
    found = Customers(ids, repeats, recency, age, repeats, mean, later, none, none)
    return Buyers(found, is_alive, later_spend)

"""What a check found, as the tables in which people look it up."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
import pyarrow as pa

from rapport.value import choice
from rapport.value.choice import Errors
from rapport.value.words import Words

NONE = "none"  # model and metric of a prediction that was not made at all


@dataclass(frozen=True)
class Figure:
    """One row of `quality`."""

    prediction: str
    model: str
    metric: str
    customers: int
    value: float | None
    naive_value: float | None
    reason: Words | None


@dataclass
class Check:
    """What a holdout showed.

    Args:
        start, end: its first and last day.
        model: the purchase model chosen before it began; None where none could be.
        figures: rows of `quality`; those without a reason are published.
        bins: errors by prediction and model, for their deciles.
    """

    start: date
    end: date
    model: str | None = None
    figures: list[Figure] = field(default_factory=list)
    bins: dict[tuple[str, str], Errors] = field(default_factory=dict)

    def reason(self, prediction: str) -> Words | None:
        """Why a prediction is not published; None where it is."""
        found = [one for one in self.figures if one.prediction == prediction]
        if any(one.reason is None for one in found):
            return None
        # Of the other models it says only that they were not chosen.
        return next((one for one in found if one.model == self.model), found[0]).reason

    def refuse(self, reason: Words) -> None:
        """Publish nothing, for one reason that stands above all others."""
        self.figures = [replace(one, reason=one.reason or reason) for one in self.figures]

    def quality(self) -> pa.Table:
        """Table `quality`."""
        rows = self.figures
        return pa.table(
            {
                "prediction": pa.array([one.prediction for one in rows], pa.string()),
                "model": pa.array([one.model for one in rows], pa.string()),
                "holdout_start": pa.array([self.start] * len(rows), pa.date32()),
                "holdout_end": pa.array([self.end] * len(rows), pa.date32()),
                "customers": pa.array([one.customers for one in rows], pa.int64()),
                "metric": pa.array([one.metric for one in rows], pa.string()),
                "value": pa.array([_rounded(one.value) for one in rows], pa.float64()),
                "naive_value": pa.array([_rounded(one.naive_value) for one in rows], pa.float64()),
                "is_published": pa.array([one.reason is None for one in rows], pa.bool_()),
                "reason": pa.array([one.reason and one.reason.en for one in rows], pa.string()),
                "reason_zh": pa.array([one.reason and one.reason.zh for one in rows], pa.string()),
            }
        )

    def calibration(self) -> pa.Table:
        """Table `calibration`: mean forecast and actual of ten groups, lowest forecast first."""
        rows = [
            (*key, place, size, _rounded(predicted), _rounded(actual))
            for key, errors in self.bins.items()
            for place, ((predicted, actual), size) in enumerate(
                zip(errors.deciles, _sizes(errors.customers), strict=False), start=1
            )
        ]
        kinds = {
            "prediction": pa.string(),
            "model": pa.string(),
            "decile": pa.int64(),
            "customers": pa.int64(),
            "predicted": pa.float64(),
            "actual": pa.float64(),
        }
        return pa.table(
            {
                name: pa.array([row[place] for row in rows], kind)
                for place, (name, kind) in enumerate(kinds.items())
            }
        )


def miscalibration(errors: Errors) -> float | None:
    """By how much the ten groups' sums are off together, as a share of what came."""
    if not errors.actual:
        return None
    off = sum(
        abs(predicted - actual) * size
        for (predicted, actual), size in zip(errors.deciles, _sizes(errors.customers), strict=False)
    )
    return off / errors.actual


def _sizes(customers: int) -> list[int]:
    """Customers of each of ten groups, as `choice.errors` makes them."""
    return [len(group) for group in np.array_split(np.arange(customers), choice.DECILES)]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 9)

"""What a check found, as the tables in which people look it up."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
import pyarrow as pa

from rapport.predictions import CALIBRATION, QUALITY
from rapport.value import choice
from rapport.value.choice import Errors
from rapport.value.words import Words

NEXT_CATEGORY = "next_category"  # rests on shares of what was bought, and on no purchase model


@dataclass(frozen=True)
class Figure:
    """One row of `QUALITY`."""

    prediction: str
    model: str
    metric: str
    customers: int
    value: float | None
    naive_value: float | None
    reason: Words | None
    rests_on_purchases: bool = True  # on the purchase model, and so on what is said of that


@dataclass
class Check:
    """What a holdout showed.

    Args:
        start, end: its first and last day.
        model: the purchase model chosen before it began; None where none could be.
        figures: rows of `QUALITY`; those without a reason are published.
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
        """Publish nothing that rests on the purchase model, for one reason above all others."""
        self.figures = [
            replace(one, reason=one.reason or reason) if one.rests_on_purchases else one
            for one in self.figures
        ]

    def quality(self) -> pa.Table:
        """In the shape of `QUALITY`."""
        return pa.Table.from_pylist(
            [
                {
                    "prediction": one.prediction,
                    "model": one.model,
                    "holdout_start": self.start,
                    "holdout_end": self.end,
                    "customers": one.customers,
                    "metric": one.metric,
                    "value": _rounded(one.value),
                    "naive_value": _rounded(one.naive_value),
                    "is_published": one.reason is None,
                    "reason": one.reason.en if one.reason else None,
                    "reason_zh": one.reason.zh if one.reason else None,
                }
                for one in self.figures
            ],
            QUALITY,
        )

    def calibration(self) -> pa.Table:
        """In the shape of `CALIBRATION`."""
        return pa.Table.from_pylist(
            [
                {
                    "prediction": prediction,
                    "model": model,
                    "decile": place,
                    "customers": size,
                    "predicted": _rounded(predicted),
                    "actual": _rounded(actual),
                }
                for (prediction, model), errors in self.bins.items()
                for place, ((predicted, actual), size) in enumerate(
                    zip(errors.deciles, _sizes(errors.customers), strict=False), start=1
                )
            ],
            CALIBRATION,
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

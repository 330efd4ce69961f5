"""The tables of schema `churn`."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rapport.churn import assessment
from rapport.churn.causes import Compared
from rapport.churn.choice import NAIVE, Checked
from rapport.churn.design import Floats, Number, numbers
from rapport.churn.model import Model
from rapport.churn.wording import FEATURES
from rapport.predictions import CALIBRATION, NONE, QUALITY

PREDICTION = "churn_90_days"
_DIGITS = 6  # beyond them engines and processors differ
_REASONS = 3
_LEVELS = (("low", "低"), ("high", "高"), ("unknown", "未知"))  # against the median
_LEAST = 0.1  # log-odds: less than a tenth more likely is no reason


def customers(
    rows: pa.Table,
    chance: Floats,
    model: str | None,
    reasons: tuple[pa.Array, pa.Array] | None = None,
) -> pa.Table:
    """A row a customer: the chance to stay away, and what raises it most."""
    nothing = pa.nulls(len(rows), pa.string())
    texts, texts_zh = reasons or (nothing, nothing)
    return pa.table(
        {
            "customer_id": rows["customer_id"].cast(pa.string()),
            "churn_probability_90_days": pa.array(np.round(chance, _DIGITS), pa.float64()),
            "model": pa.array([model] * len(rows), pa.string()),
            "reasons": texts,
            "reasons_zh": texts_zh,
        }
    )


def reasons(fitted: Model, known: pa.Table, contributions: Floats) -> tuple[pa.Array, pa.Array]:
    """What raises each customer's chance most, in English and Chinese; null without any."""
    # Rounded before they are ordered, so that no last digit decides.
    added = np.round(contributions, _DIGITS)
    best = np.argsort(-added, axis=1, kind="stable")[:, :_REASONS]
    counts = np.take_along_axis(added, best, axis=1) >= _LEAST
    level = np.column_stack(
        [
            np.where(np.isfinite(values), np.where(values > feature.filled, 1, 0), 2)
            for feature in fitted.design.features
            if isinstance(feature, Number)
            for values in [numbers(known, feature.name)]
        ]
    )
    places = best * len(_LEVELS) + np.take_along_axis(level, best, axis=1)

    def joined(names: list[str], separator: str) -> pa.Array:
        parts = [
            pa.array(names, pa.string()).take(pa.array(places[:, place], mask=~counts[:, place]))
            for place in range(places.shape[1])
        ]
        # Those that do not count come last. ("skip" drops the rows in which nothing does.)
        text = pc.binary_join_element_wise(
            *parts, separator, null_handling="replace", null_replacement=""
        )
        text = pc.utf8_rtrim(text, characters=separator)
        return pc.if_else(pc.equal(text, ""), None, text)

    named = {feature.column: feature for feature in FEATURES}
    features = [named[name] for name in known.column_names]
    return (
        joined([f"{one.name} ({level})" for one in features for level, _ in _LEVELS], ", "),
        joined([f"{one.name_zh}（{level}）" for one in features for _, level in _LEVELS], "、"),
    )


def quality(checked: Checked, past: pa.Table, days: int) -> pa.Table:
    """A row a model and metric, the naive rule too; one row in all where none was tried."""
    held = past.filter(pc.equal(past["periods_back"], 1))
    start: date | None = pc.max(held["facts_before"]).as_py()
    common: dict[str, Any] = {
        "prediction": PREDICTION,
        "holdout_start": start,
        "holdout_end": start + timedelta(days=days - 1) if start else None,
        "customers": len(held),
        "reason": checked.reason,
        "reason_zh": checked.reason_zh,
    }
    # A check that could not be made has one row, which says why.
    nothing = {"model": NONE, "metric": NONE, "value": None, "naive_value": None}
    rows = [
        {
            **common,
            "model": model,
            "metric": metric,
            "value": value,
            "naive_value": _metrics(checked.foretold[NAIVE], checked.came)[metric],
            "is_published": model == checked.published,
        }
        for model, chance in checked.foretold.items()
        for metric, value in _metrics(chance, checked.came).items()
    ] or [{**common, **nothing, "is_published": False}]
    return pa.Table.from_pylist(
        rows,
        QUALITY,
    )


def calibration(checked: Checked) -> pa.Table:
    """A row a model and tenth of the holdout's customers: shares foretold and actual."""
    rows = [
        {
            "prediction": PREDICTION,
            "model": model,
            **one,
            "predicted": round(one["predicted"], _DIGITS),
            "actual": round(one["actual"], _DIGITS),
        }
        for model, chance in checked.foretold.items()
        for one in assessment.deciles(chance, checked.came)
    ]
    return pa.Table.from_pylist(
        rows,
        CALIBRATION,
    )


def causes_table(compared: list[Compared]) -> pa.Table:
    """A row a driver, ranked, with what is to be said of it."""
    names = ("left_mean", "stayed_mean", "difference", "difference_low", "difference_high")
    figures = {**{name: name for name in names}, "effect": "effect"}
    figures |= {"effect_low": "low", "effect_high": "high"}
    said = [_said(one) for one in compared]
    return pa.table(
        {
            "rank": pa.array(range(1, len(compared) + 1), pa.int32()),
            "driver": pa.array([one.driver.column for one in compared], pa.string()),
            "name": pa.array([one.driver.name for one in compared], pa.string()),
            "name_zh": pa.array([one.driver.name_zh for one in compared], pa.string()),
            "customers_left": pa.array([one.left for one in compared], pa.int64()),
            "customers_stayed": pa.array([one.stayed for one in compared], pa.int64()),
            **{
                name: pa.array([_rounded(getattr(one, own)) for one in compared], pa.float64())
                for name, own in figures.items()
            },
            "is_certain": pa.array(
                [None if one.effect is None else one.certain > 0 for one in compared], pa.bool_()
            ),
            "explanation": pa.array([text for text, _ in said], pa.string()),
            "explanation_zh": pa.array([text for _, text in said], pa.string()),
        }
    )


def _said(one: Compared) -> tuple[str, str]:
    if one.reason or one.left_mean is None or one.stayed_mean is None:
        return f"{one.driver.name}: {one.reason}", f"{one.driver.name_zh}：{one.reason_zh}"
    left, stayed = one.driver.figure(one.left_mean), one.driver.figure(one.stayed_mean)
    doubt, doubt_zh = ("", "") if one.certain > 0 else (", not significant", "，差异不显著")
    return (
        f"{one.driver.name}: {left} for those who left ({one.left:,}), {stayed} for customers of "
        f"the same age who stayed ({one.stayed:,}){doubt}",
        f"{one.driver.name_zh}：流失客户{left}（{one.left:,}位），"
        f"同龄留存客户{stayed}（{one.stayed:,}位）{doubt_zh}",
    )


def _metrics(chance: Floats, came: np.ndarray) -> dict[str, float | None]:
    return {
        "log_loss": _rounded(float(assessment.log_losses(chance, came).mean())),
        "brier": _rounded(assessment.brier(chance, came)),
        "auc": _rounded(assessment.area(chance, came)),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, _DIGITS)

"""The holdout: who stayed away in the last horizon, foretold from the facts before it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy import special

from rapport.churn import assessment, model, rivals
from rapport.churn.design import Floats, numbers
from rapport.churn.rivals import Silence
from rapport.churn.wording import FEATURES, SILENCE

BEHAVIOUR = "behaviour"  # the logistic regression of rapport.churn.model
ALIVE = "p_alive"  # the purchase models of rapport.value
NAIVE = "naive"


@dataclass(frozen=True)
class Checked:
    """What the holdout said.

    Args:
        came: whether each customer of the holdout stayed away, (n,).
        foretold: by each model and the naive rule, (n,) each.
        published: the model that is used; None where there is none.
        reason, reason_zh: why so.
    """

    came: np.ndarray
    foretold: dict[str, Floats]
    published: str | None
    reason: str
    reason_zh: str
    losses: dict[str, float] = field(default_factory=dict)


def insufficiency(rows: pa.Table, customers: int, outcomes: int) -> tuple[str, str] | None:
    """What is short, in English and Chinese, or None. Rows of the holdout and of before."""
    for when, when_zh, past in (
        ("in the holdout", "验证期", rows.filter(pc.equal(rows["periods_back"], 1))),
        ("before the holdout", "验证期之前", rows.filter(pc.greater(rows["periods_back"], 1))),
    ):
        away = int(pc.sum(past["has_stayed_away"].cast(pa.int64())).as_py() or 0)
        back = len(past) - away
        if len(past) < customers or min(away, back) < outcomes:
            return (
                f"not enough data {when}: {away} stayed away and {back} came back, "
                f"{customers} in all and {outcomes} of each needed",
                f"{when_zh}数据不足：{away}位未再下单，{back}位再次下单，"
                f"共需{customers}位且每类{outcomes}位",
            )
    return None


def check(rows: pa.Table, silence: Silence | None) -> Checked:
    """Foretell the last horizon in every way, and choose.

    Args:
        rows: of int_churn_features of all instants but the as-of.
        silence: fitted to the facts before the holdout; None where it has no fit.
    """
    held = rows.filter(pc.equal(rows["periods_back"], 1))
    before = rows.filter(pc.greater(rows["periods_back"], 1))
    last = rows.filter(pc.equal(rows["periods_back"], 2))
    came = held["has_stayed_away"].to_numpy()
    foretold = {BEHAVIOUR: learn(before, silence).probabilities(features(held, silence))}
    if silence is not None:
        foretold[ALIVE] = silence.chance(held)
    # "Last time" is the horizon before the holdout; with nobody then, all there is before it.
    last = last if len(last) else before
    foretold[NAIVE] = rivals.naive(
        numbers(last, "overdue"), last["has_stayed_away"].to_numpy(), numbers(held, "overdue")
    )
    return choose(foretold, came)


def choose(foretold: dict[str, Floats], came: np.ndarray) -> Checked:
    """The least log loss, if both it and the Brier score are below those of the naive rule."""
    losses = {
        name: float(assessment.log_losses(chance, came).mean()) for name, chance in foretold.items()
    }
    # Behaviour comes first: where both do equally well it also says why.
    best = min((name for name in foretold if name != NAIVE), key=lambda name: losses[name])
    figures = f"{losses[best]:.4f} ({best})", f"{losses[NAIVE]:.4f}"
    is_better = losses[best] < losses[NAIVE] and assessment.brier(
        foretold[best], came
    ) < assessment.brier(foretold[NAIVE], came)
    if not is_better:
        return Checked(
            came,
            foretold,
            None,
            "not better than the share of those as overdue last time: log loss "
            f"{figures[0]} against {figures[1]}, or the Brier score",
            f"不优于上期同等逾期客户的占比：对数损失{figures[0]}，基准{figures[1]}，或Brier分数",
            losses,
        )
    return Checked(
        came,
        foretold,
        best,
        f"least log loss on the holdout: {figures[0]} against {figures[1]} of the naive rule",
        f"验证期对数损失最小：{figures[0]}，基准{figures[1]}",
        losses,
    )


def learn(rows: pa.Table, silence: Silence | None) -> model.Model:
    """Fit to rows whose outcome is known."""
    return model.fit(features(rows, silence), rows["has_stayed_away"].to_numpy())


def features(rows: pa.Table, silence: Silence | None) -> pa.Table:
    """The columns that the model sees: those known, and how telling the silence is."""
    chance = np.full(len(rows), np.nan) if silence is None else silence.chance(rows)
    odds = special.logit(assessment.doubted(chance))
    known = rows.select([feature.column for feature in FEATURES if feature.column != SILENCE])
    return known.append_column(SILENCE, pa.array(odds, pa.float64(), mask=np.isnan(odds)))

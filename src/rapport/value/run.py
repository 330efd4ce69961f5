"""The step of a build that predicts purchases and value, and says how far it may be trusted."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from rapport import clock, log
from rapport.settings import Settings
from rapport.state.store import State
from rapport.value import (
    backtest,
    categories,
    fits,
    forecast,
    history,
    holdout,
    outlook,
    registry,
    tiers,
)
from rapport.value.baskets import Baskets
from rapport.value.compressed import Floats, Whole
from rapport.value.facts import Facts
from rapport.value.forecast import Forecast
from rapport.value.outlook import Known, Missed, Sum
from rapport.value.purchases import MODELS
from rapport.value.quality import NEXT_CATEGORY, Check
from rapport.value.spend import spend_model
from rapport.value.words import NO_COSTS, NO_MAXIMUM, NO_MEAN, Words
from rapport.warehouses import Warehouse

SCHEMA = "value"
SUM_DAYS = (30, 90)
_CHANCE_DIGITS, _MONEY_DIGITS = 6, 4  # beyond, figures would tell of rounding and not of customers


@dataclass(frozen=True)
class Thresholds:
    """What a company may set, see the vars of the same names."""

    discount_rate_yearly: float
    value_margin_weight: float
    value_category_weight: float
    segment_history_months: int

    @classmethod
    def of(cls, settings: Settings) -> Thresholds:
        """Of this company."""
        return cls(
            float(settings.threshold("discount_rate_yearly")),
            float(settings.threshold("value_margin_weight")),
            float(settings.threshold("value_category_weight")),
            int(settings.threshold("segment_history_months")),
        )


@dataclass(frozen=True)
class Predicted:
    """All that a build predicts; `ahead` is None where nothing is published, `reason` says why.

    `next_category` has the position of each customer's, (n,); None where it is not published.
    """

    check: Check
    end: date
    next_category: Whole | None
    reason: Words | None
    value_reason: Words | None
    ahead: Forecast | None = None
    known: Known | None = None
    missed: Missed = field(default_factory=Missed)

    @property
    def value(self) -> Floats | None:
        """Value of 12 months of each customer who has bought, (n,); None where unpublished."""
        if self.ahead is None or self.value_reason:
            return None
        return np.round(self.ahead.value, _MONEY_DIGITS)


def predict(
    settings: Settings,
    state: State,
    warehouse: Warehouse,
    as_of: datetime,
    dry_run: bool = False,
    suffix: str = "",
) -> int:
    """Predict from `int_purchase_days` and write schema `value`.

    What a check on the last quarter does not bear out is null, with the reason. Run again with the
    same facts it changes nothing.

    Args:
        as_of: the build's exclusive as-of, UTC.
        dry_run: read the state store without writing it (side builds at an older as-of).
        suffix: of the schemas read and written (side builds).

    Returns:
        the number of customers with a prediction.
    """
    started = time.perf_counter()
    zone = ZoneInfo(settings.company.business_timezone)
    end = (as_of - timedelta(microseconds=1)).astimezone(zone).date()
    wanted = Thresholds.of(settings)
    facts = Facts.of(warehouse.read(_query(suffix)))
    moment = clock.iso(as_of)
    with state.begin() as connection:
        known = registry.before(connection, moment)
    found = foresee(facts, end, wanted, known.model)
    buyers = facts.buyers(end)
    margin = facts.total("margin")[buyers]
    value = found.value
    ids = facts.ids[buyers]
    now = tiers.assign(ids, np.full(ids.size, np.nan) if value is None else value, margin)
    # A build without tiers leaves what was seen to the next one that has them.
    held = tiers.Held({}, known.seen)
    if value is not None:
        held = tiers.hold(known.held(), known.seen, ids, now)
    if not dry_run:
        with state.begin() as connection:
            registry.save(connection, moment, found.check.model or known.model, held)
    moves = [*known.moves, *((one, moment, tier) for one, tier in held.moved.items())]
    current = known.held() | held.moved
    schema = f"{SCHEMA}{suffix}"
    outputs = {
        "customers": _customers(facts, found, current, now),
        "totals": _totals(found),
        "quality": found.check.quality(),
        "calibration": found.check.calibration(),
        "tier_moves": _moves(moves),
    }
    for name, table in outputs.items():
        warehouse.write(schema, name, table)
    method = None
    if value is not None and found.check.model:
        rate, weight = wanted.discount_rate_yearly, wanted.value_margin_weight
        method = history.Method(found.check.model, rate, weight)
    today = as_of.astimezone(zone).date()
    ends = history.month_ends(today, wanted.segment_history_months)
    fresh = history.update(warehouse, schema, facts, method, ends)
    log.get(as_of=moment).info(
        "predicted",
        customers=int(buyers.size),
        model=found.check.model,
        reason=found.reason and found.reason.en,
        value_reason=found.value_reason and found.value_reason.en,
        tier_moves=len(held.moved),
        month_ends_fitted=len(fresh),
        seconds=round(time.perf_counter() - started, 3),
    )
    return int(buyers.size) if found.ahead else 0


def foresee(
    facts: Facts, end: date, wanted: Thresholds, last_model: str | None = None
) -> Predicted:
    """Check, fit and forecast; nothing is read or written.

    Args:
        facts: with nothing after `end`.
        end: the last day of facts.
        last_model: that the last build chose.
    """
    weights = (wanted.value_margin_weight, wanted.value_category_weight)
    check = holdout.check(facts, end, *weights, last_model)
    is_told = check.reason(NEXT_CATEGORY) is None
    told = categories.likeliest(Baskets.lately(facts, end, *weights)) if is_told else None
    reason = check.reason("purchases")
    if reason or not check.model:
        return Predicted(check, end, told, reason, reason)
    customers = facts.customers(end)
    fit = fits.fit(MODELS[check.model], customers.histories())
    if not fit.is_found:
        check.refuse(NO_MAXIMUM)
        return Predicted(check, end, told, NO_MAXIMUM, NO_MAXIMUM)
    spend, _ = spend_model(customers)
    rate = Baskets(facts, *weights).margin_rate[facts.buyers(end)]
    terms = forecast.Terms(wanted.discount_rate_yearly, rate)
    ahead = forecast.forecast(fit, spend, customers, terms)
    known = Known(
        facts, end, fit, spend, ahead.spend, outlook.expected(ahead), weights[1], weights[0]
    )
    value_reason = check.reason("sales")
    if value_reason is None and not np.isfinite(rate).any():
        value_reason = NO_COSTS
    missed = backtest.missed(facts, end, MODELS[check.model], SUM_DAYS, weights)
    return Predicted(check, end, told, None, value_reason, ahead, known, missed)


def _query(suffix: str) -> str:
    return (
        "select customer_id, purchase_date, category_name, orders, sales_reporting, "
        "net_amount_reporting, sales_with_cost_reporting, margin_reporting "
        f"from intermediate{suffix}.int_purchase_days"
    )


def _customers(facts: Facts, found: Predicted, tier: dict[str, str], now: Any) -> pa.Table:
    """Table `customers`: one row a customer who has bought; null where nothing is published."""
    buyers = facts.buyers(found.end)
    ids, ahead = facts.ids[buyers], found.ahead
    nothing = np.full(ids.size, np.nan)
    columns: dict[str, Any] = {"alive_probability": ahead.alive_probability if ahead else nothing}
    for days in forecast.HORIZONS_DAYS:
        columns |= {
            f"purchases_{days}_days": ahead.purchases[days] if ahead else nothing,
            f"purchases_{days}_days_low": ahead.purchases_between[days].low if ahead else nothing,
            f"purchases_{days}_days_high": ahead.purchases_between[days].high if ahead else nothing,
        }
    columns = {name: np.round(part, _CHANCE_DIGITS) for name, part in columns.items()}
    is_valued = ahead is not None and found.value is not None
    money = {
        "spend": ahead.spend if ahead and is_valued else nothing,
        "value_12_months": ahead.value if ahead and is_valued else nothing,
        "value_12_months_low": ahead.value_between.low if ahead and is_valued else nothing,
        "value_12_months_high": ahead.value_between.high if ahead and is_valued else nothing,
    }
    columns |= {name: np.round(part, _MONEY_DIGITS) for name, part in money.items()}
    told = found.next_category
    places = np.full(ids.size, -1) if told is None else told[buyers]
    names = np.array([*facts.categories, None], dtype=object)
    tiers_now = [tier.get(one) if seen else None for one, seen in zip(ids, now, strict=True)]
    is_known = np.isfinite(columns["value_12_months"])
    reasons = [_both(found.value_reason or (None if known else NO_MEAN)) for known in is_known]
    return pa.table(
        {
            "customer_id": pa.array(ids, pa.string()),
            **{
                name: pa.array(part, pa.float64(), from_pandas=True)
                for name, part in columns.items()
            },
            "next_category": pa.array(names[places], pa.string()),
            "value_tier": pa.array(tiers_now, pa.string()),
            "reason": pa.array([one for one, _ in reasons], pa.string()),
            "reason_zh": pa.array([one for _, one in reasons], pa.string()),
        }
    )


def _totals(found: Predicted) -> pa.Table:
    """Table `totals`: sums over all, and by category; null where they are not published."""
    rows: list[tuple[Sum | None, int, str, str | None, Words | None]] = []
    for days in SUM_DAYS:
        sums = outlook.sums(found.known, days, found.missed) if found.known else []
        by_key = {(one.measure, one.category): one for one in sums}
        keys = dict.fromkeys([*((measure, None) for measure in outlook.MEASURES), *by_key])
        for measure, category in keys:
            reason = found.reason or found.check.reason(measure)
            if category is not None:
                reason = reason or found.check.reason("category_revenue")
            rows.append((by_key.get((measure, category)), days, measure, category, reason))
    figures = {
        name: [
            round(getattr(one, name), _MONEY_DIGITS) if one and reason is None else None
            for one, *_, reason in rows
        ]
        for name in ("expected", "low", "high")
    }
    reasons = [_both(row[-1]) for row in rows]
    return pa.table(
        {
            "horizon_days": pa.array([row[1] for row in rows], pa.int64()),
            "measure": pa.array([row[2] for row in rows], pa.string()),
            "category_name": pa.array([row[3] for row in rows], pa.string()),
            **{name: pa.array(values, pa.float64()) for name, values in figures.items()},
            "reason": pa.array([one[0] for one in reasons], pa.string()),
            "reason_zh": pa.array([one[1] for one in reasons], pa.string()),
        }
    )


def _moves(moves: list[tuple[str, str, str]]) -> pa.Table:
    read = {m: clock.naive(clock.parse(m)) for m in {moment for _, moment, _ in moves}}
    moments = [read[moment] for _, moment, _ in moves]
    return pa.table(
        {
            "customer_id": pa.array([one for one, _, _ in moves], pa.string()),
            "moved_as_of": pa.array(moments, pa.timestamp("us")),
            "value_tier": pa.array([tier for _, _, tier in moves], pa.string()),
        }
    )


def _both(words: Words | None) -> tuple[str | None, str | None]:
    return (words.en, words.zh) if words else (None, None)

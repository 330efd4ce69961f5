"""The step of a build that says who will stay away, and what those who left had met with."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rapport import clock, log
from rapport.churn import causes, choice, outputs
from rapport.churn.choice import Checked
from rapport.churn.rivals import Silence
from rapport.churn.wording import DRIVERS, FEATURES, SILENCE
from rapport.settings import Settings
from rapport.state.store import State
from rapport.value.words import NO_MAXIMUM
from rapport.warehouses import Warehouse

HORIZON_DAYS = 90  # staying away this long is what is foretold: macro churn_horizon_days


def foretell(
    settings: Settings,
    state: State,
    warehouse: Warehouse,
    as_of: datetime,
    dry_run: bool = False,
    suffix: str = "",
) -> int:
    """Write schema `churn`: customers, quality, calibration, causes. It keeps no state.

    Args:
        as_of: the build's exclusive as-of, UTC.
        dry_run: without effect, as no state is kept.
        suffix: of the schemas read and written (side builds).

    Returns:
        the number of customers with a probability.
    """
    started = time.perf_counter()
    schema = f"intermediate{suffix}"
    columns = ", ".join(feature.column for feature in FEATURES if feature.column != SILENCE)
    rows = warehouse.read(
        "select customer_id, periods_back, facts_before, has_stayed_away, "
        f"{columns} from {schema}.int_churn_features"
    ).sort_by([("periods_back", "ascending"), ("customer_id", "ascending")])
    histories = warehouse.read(
        "select customer_id, periods_back, order_days, ordering_days, age_days "
        f"from {schema}.int_churn_instants where periods_back <= 1"
    ).sort_by([("periods_back", "ascending"), ("customer_id", "ascending")])
    orders = warehouse.read(
        "select customer_id, order_date, order_day_no, has_left, tenure_days, quarter, "
        f"{', '.join(driver.column for driver in DRIVERS)} from {schema}.int_churn_departures"
    ).sort_by([("customer_id", "ascending"), ("order_date", "ascending")])
    today = rows.filter(pc.equal(rows["periods_back"], 0))
    past = rows.filter(pc.greater(rows["periods_back"], 0))
    short = choice.insufficiency(
        past,
        int(settings.threshold("churn_min_customers")),
        int(settings.threshold("churn_min_outcomes")),
    )
    if short:
        checked = Checked(np.empty(0, bool), {}, None, *short)
    else:
        checked = choice.check(past, _silence(histories, 1, HORIZON_DAYS))
    silence = _silence(histories, 0, HORIZON_DAYS) if checked.published else None
    if checked.published == choice.ALIVE and silence is None:
        checked = replace(checked, published=None, reason=NO_MAXIMUM.en, reason_zh=NO_MAXIMUM.zh)
    customers = _customers(checked, today, past, silence)
    compared = causes.compare(orders, int(settings.threshold("churn_cause_min_customers")))
    for name, table in {
        "customers": customers,
        "quality": outputs.quality(checked, past, HORIZON_DAYS),
        "calibration": outputs.calibration(checked),
        "causes": outputs.causes_table(compared),
    }.items():
        warehouse.write(f"churn{suffix}", name, table)
    log.get(as_of=clock.iso(as_of)).info(
        "churn foretold",
        customers=len(customers),
        model=checked.published,
        losses=checked.losses,
        reason=checked.reason,
        seconds=round(time.perf_counter() - started, 3),
    )
    return len(customers)


def _customers(
    checked: Checked, today: pa.Table, past: pa.Table, silence: Silence | None
) -> pa.Table:
    """Those not churned at the as-of, by the model that the holdout chose; else no rows."""
    if checked.published is None or not len(today):
        return outputs.customers(today.slice(0, 0), np.empty(0), None)
    if checked.published == choice.ALIVE and silence is not None:
        return outputs.customers(today, silence.chance(today), choice.ALIVE)
    fitted = choice.learn(past, silence)
    known = choice.features(today, silence)
    added = fitted.contributions(known)
    reasons = outputs.reasons(fitted, known, added)
    return outputs.customers(today, fitted.chance(added), choice.BEHAVIOUR, reasons)


def _silence(histories: pa.Table, back: int, days: int) -> Silence | None:
    return Silence.of(histories.filter(pc.equal(histories["periods_back"], back)), days)

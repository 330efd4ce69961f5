"""Value tiers at past month ends, each by a fit on the facts before it.

A fit a month end is much for a daily build, so that each is kept with a fingerprint of what it was
made from, and made again when that has changed: a late fact, a merged customer, another model.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pyarrow as pa

from rapport.value import choice, fits, forecast, tiers
from rapport.value.baskets import Baskets
from rapport.value.facts import AMOUNTS, Facts, number
from rapport.value.purchases import MODELS
from rapport.value.spend import spend_model
from rapport.warehouses import Warehouse

_METHOD = "2"  # another way to compute tiers gets another number, and so all are made anew
# Tiers are ranks, which hardly hang on the last percents of four parameters.
_SAMPLE_CUSTOMERS = 10_000
TABLE, INPUTS = "tier_months", "tier_month_inputs"
_KINDS = pa.schema(
    [
        ("customer_id", pa.string()),
        ("month_end", pa.date32()),
        ("value_tier", pa.string()),
        ("value_12_months", pa.float64()),
    ]
)


@dataclass(frozen=True)
class Method:
    """What a past month end is computed by; the model is today's."""

    model: str
    discount_rate_yearly: float
    margin_weight: float

    def tiers(self, facts: Facts, month_end: date) -> pa.Table:
        """Tiers by the facts before a month end; no rows where they did not suffice."""
        end = month_end - timedelta(days=1)
        customers = facts.customers(end)
        histories = customers.histories()
        if choice.insufficiency(histories):
            return _KINDS.empty_table()
        fit = fits.fit(MODELS[self.model], histories.thinned(_SAMPLE_CUSTOMERS))
        spend, _ = spend_model(customers)
        if not fit.is_found or spend is None:
            return _KINDS.empty_table()
        seen, buyers = facts.until(end), facts.buyers(end)
        rate = Baskets(seen, self.margin_weight, 0.0).margin_rate[buyers]
        terms = forecast.Terms(self.discount_rate_yearly, rate)
        value = np.round(forecast.value(fit, spend, customers, terms), 4)
        margin = seen.total("margin")[buyers]
        return pa.table(
            {
                "customer_id": pa.array(customers.ids, pa.string()),
                "month_end": pa.array([month_end] * len(buyers), pa.date32()),
                "value_tier": pa.array(tiers.assign(customers.ids, value, margin), pa.string()),
                "value_12_months": pa.array(value, pa.float64(), from_pandas=True),
            },
            schema=_KINDS,
        )


def month_ends(today: date, months: int) -> list[date]:
    """The last month ends before a day, as the first day of the next month; the oldest first."""
    found = []
    first = today.replace(day=1)
    if first == today:
        first = (first - timedelta(days=1)).replace(day=1)
    for _ in range(months):
        found.append(first)
        first = (first - timedelta(days=1)).replace(day=1)
    return found[::-1]


def update(
    warehouse: Warehouse, schema: str, facts: Facts, method: Method | None, ends: list[date]
) -> list[date]:
    """Bring the tables of past month ends up to date.

    Args:
        schema: that holds them.
        method: None where nothing is published: then there are no tiers of the past either.

    Returns:
        the month ends that were computed anew.
    """
    wanted = fingerprints(facts, repr((_METHOD, method)), ends) if method else {}
    known = _known(warehouse, schema)
    fresh = [day for day, print_ in wanted.items() if known.get(day) != print_]
    gone = [day for day in known if day not in wanted or day in fresh]
    rows = [method.tiers(facts, day) for day in fresh] if method else []
    made = pa.concat_tables([_KINDS.empty_table(), *rows])
    if not known:
        warehouse.write(schema, TABLE, made)
    elif fresh or gone:
        warehouse.patch(schema, TABLE, "month_end", pa.array(gone, pa.date32()), made)
    inputs = {
        "month_end": pa.array(wanted, pa.date32()),
        "fingerprint": pa.array(wanted.values(), pa.string()),
    }
    warehouse.write(schema, INPUTS, pa.table(inputs))
    return fresh


def fingerprints(facts: Facts, method: str, ends: list[date]) -> Mapping[date, str]:
    """Of all facts before each month end, month by month, whatever came later."""
    people, names = (
        np.array(
            [
                int.from_bytes(hashlib.blake2b(str(one).encode(), digest_size=8).digest())
                for one in of
            ]
            + [0],
            dtype=np.uint64,
        )
        for of in (facts.ids, facts.categories)
    )
    columns = [
        people[facts.customer], names[facts.category], facts.day, facts.orders,
        *(getattr(facts, name) for name in AMOUNTS),
    ]  # fmt: skip
    months = facts.day.astype("datetime64[D]").astype("datetime64[M]")
    order = np.argsort(months, kind="stable")
    starts = np.flatnonzero(np.diff(months[order], prepend=np.datetime64("0001", "M")))
    found, sofar, done = {}, hashlib.blake2b(method.encode(), digest_size=16), 0
    pieces = np.split(order, starts[1:]) if order.size else []
    for day in ends:
        while done < len(pieces) and facts.day[pieces[done][0]] < number(day):
            for column in columns:
                sofar.update(np.ascontiguousarray(column[pieces[done]]).tobytes())
            done += 1
        found[day] = sofar.copy().hexdigest()
    return found


def _known(warehouse: Warehouse, schema: str) -> dict[date, str]:
    """Fingerprints of what the last build left."""
    if not {TABLE, INPUTS} <= set(warehouse.tables(schema)):
        return {}
    rows = warehouse.read(f"select month_end, fingerprint from {schema}.{INPUTS}")
    return dict(zip(rows["month_end"].to_pylist(), rows["fingerprint"].to_pylist(), strict=True))

"""Campaigns of simulated companies as the effect models read them, with what is true of each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rapport.simulate import erp, people, purchases, records
from rapport.simulate.rates import Model, Rates
from rapport.simulate.world import World


@dataclass(frozen=True)
class Campaigns:
    """One company's, in the shapes of the models that the effects are computed from.

    Attributes:
        members: campaign, customer, when joined (UTC), whether held back.
        lines: customer, instant, net amount and cost; an order is one line, a return another.
        effects: margin per treated customer in the 90 days that only the campaign brought,
            returns taken off, by campaign.
    """

    members: pa.Table
    lines: pa.Table
    effects: dict[str, float]


def campaigns(customers: int, first: date, last: date, seed: int, days: int = 90) -> Campaigns:
    """Simulate people, purchases and sales of a company, and nothing else of it."""
    world = World(first, last, seed, Rates(), Model())
    counters = records.Counters()
    crowd = people.make(world, 0, customers, 0)
    orders, _, members = purchases.simulate(world, 0, crowd)
    known, _, _ = records.write(world, 0, crowd, orders, counters)
    sales = erp.sell(world, 0, crowd, orders, known, counters)
    back = sales.tables["returns"].filter(pc.field("order_no").is_valid())
    at = np.asarray(pc.index_in(back["order_no"], sales.order_no))
    rate = world.rate_on(orders.ordered, sales.currency)
    net = np.where(sales.margin != 0, sales.net_cents * rate / 100, 0.0)
    value = np.asarray(back["amount"].cast(pa.float64())) * rate[at]
    share = np.divide(sales.margin[at], net[at], out=np.zeros(len(at)), where=net[at] != 0)
    returned = np.asarray(back["returned_at"].cast(pa.timestamp("s")).cast(pa.int64()))
    real = np.flatnonzero(sales.margin != 0)
    who = np.concatenate([orders.customer[real], orders.customer[at]])
    when = np.concatenate([orders.ordered[real], returned])
    amount = np.concatenate([net[real], -value])
    margin = np.concatenate([sales.margin[real], -value * share])
    brought = np.concatenate([orders.campaign[real], orders.campaign[at]])
    effects = {}
    for campaign in world.campaigns:
        own = (brought == campaign.number) & (when < campaign.begins + days * 86_400)
        treated = (members.campaign == campaign.number) & ~members.control
        effects[campaign.name] = float(margin[own].sum() / max(treated.sum(), 1))
    names = pa.array([campaign.name for campaign in world.campaigns])
    return Campaigns(
        pa.table(
            {
                "campaign": names.take(pa.array(members.campaign)),
                "customer": _ids(members.person),
                "joined_at": _utc(members.joined),
                "is_control": pa.array(members.control),
            }
        ),
        pa.table(
            {
                "customer": _ids(who),
                "revenue_at": _utc(when),
                "net_amount": _money(amount),
                "cost_amount": _money(amount - margin),
            }
        ),
        effects,
    )


def _ids(rows: np.ndarray) -> pa.Array:
    return pc.binary_join_element_wise("p", pa.array(rows).cast(pa.string()), "")


def _utc(seconds: np.ndarray) -> pa.Array:
    return pa.array(seconds.astype("datetime64[s]")).cast(pa.timestamp("us"))


def _money(amount: np.ndarray) -> pa.Array:
    return pa.array(np.round(amount, 4)).cast(pa.decimal128(18, 4))

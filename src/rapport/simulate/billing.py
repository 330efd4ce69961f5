"""What follows an order in the ERP: delivery known, returns, invoices, payments, loyalty."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from rapport.simulate import text
from rapport.simulate.people import People
from rapport.simulate.purchases import ONLINE, Orders
from rapport.simulate.records import Counters, Written
from rapport.simulate.text import Column, Floats, Ints
from rapport.simulate.world import DAY, World

Tables = dict[str, pa.Table]


def product_ids(product: Ints) -> Column:
    """'P0001' and so on."""
    return text.join("P", text.number(product + 1, 4))


class Known:
    """What the ERP knows of each order at the end of the simulation."""

    def __init__(self, world: World, orders: Orders) -> None:
        end = world.end
        self.cancelled = (orders.cancelled >= 0) & (orders.cancelled < end)
        going = ~self.cancelled & ~orders.quote
        self.shipped = going & (orders.shipped < end)
        self.delivered = going & (orders.delivered < end)
        self.counts = going
        self.status = np.select([self.cancelled, self.delivered, self.shipped], [3, 2, 1], 0)
        updated = orders.ordered.copy()
        for mask, moment in (
            (self.cancelled, orders.cancelled),
            (self.shipped, orders.shipped),
            (self.delivered, orders.delivered),
        ):
            updated = np.where(mask, np.maximum(updated, moment), updated)
        self.updated = updated


def returns(
    rng: np.random.Generator,
    world: World,
    orders: Orders,
    lines: dict[str, Ints],
    known: Known,
    order_no: Column,
    customer_no: Column,
    currency: Ints,
    counters: Counters,
) -> pa.Table:
    """Some delivered lines come back, some credit notes name no order."""
    at = lines["order"]
    when = orders.delivered[at] + (rng.uniform(2, 26, len(at)) * DAY).astype(np.int64)
    back = known.delivered[at] & (rng.random(len(at)) < world.model.return_share)
    rows = np.flatnonzero(back & (when < world.end))
    rows = rows[np.argsort(when[rows], kind="stable")]
    whole = rng.random(len(rows)) < 0.7
    ordered = lines["quantity"][rows]
    quantity = np.where(whole, ordered, 1 + rng.integers(0, 1 << 30, len(rows)) % ordered)
    amount = np.round(lines["net"][rows] * quantity / ordered).astype(np.int64)
    orphan = rng.random(len(rows)) < world.model.orphan_return_share
    number = counters.return_ + np.arange(len(rows))
    counters.return_ += len(rows)
    reasons = ["damaged", "wrong item", "not as described", "changed mind", "too late"]
    reason = np.where(orders.late[at[rows]], 4, rng.integers(0, 4, len(rows)))
    order = pa.array(at[rows])
    return pa.table(
        {
            "return_no": text.join("R", text.number(number, 7)),
            "order_no": text.blank(order_no.take(order), orphan),
            "line_no": pa.array(lines["line"][rows], mask=orphan),
            "customer_no": customer_no.take(order),
            "product_id": product_ids(lines["product"][rows]),
            "returned_at": text.utc(when[rows]),
            "quantity": pa.array(quantity),
            "amount": text.money(amount),
            "currency": text.pick(world.currencies, currency[at[rows]]),
            "reason": text.pick(reasons, reason),
            "updated_at": text.utc(when[rows]),
        }
    )


def bill(
    rng: np.random.Generator,
    world: World,
    people: People,
    orders: Orders,
    known: Known,
    order_no: Column,
    customer_no: Column,
    currency: Ints,
    gross: Ints,
    tables: Tables,
    counters: Counters,
) -> None:
    """An invoice when the goods leave; most are paid, companies take their time."""
    rows = np.flatnonzero(known.shipped)
    issued = orders.shipped[rows]
    account = people.is_account[orders.customer[rows]]
    due = issued + np.where(account, 30, 14) * DAY
    number = counters.invoice + np.arange(len(rows))
    counters.invoice += len(rows)
    invoice_no = text.join("I", text.number(number, 8))
    taken = pa.array(rows)
    money_columns = {
        "amount": text.money(gross[rows]),
        "currency": text.pick(world.currencies, currency[rows]),
    }
    tables["invoices"] = pa.table(
        {
            "invoice_no": invoice_no,
            "order_no": order_no.take(taken),
            "customer_no": customer_no.take(taken),
            "invoiced_at": text.utc(issued),
            "due_at": text.utc(due),
            **money_columns,
            "updated_at": text.utc(issued),
        }
    )
    late = rng.normal(0, 9, len(rows)) * DAY
    soon = rng.exponential(np.where(orders.channel[rows] == ONLINE, 0.2, 6.0), len(rows)) * DAY
    paid = np.where(account, np.maximum(due + late, issued + DAY), issued + soon).astype(np.int64)
    done = np.flatnonzero((paid < world.end) & (rng.random(len(rows)) > world.model.unpaid_share))
    number = counters.payment + np.arange(len(done))
    counters.payment += len(done)
    chosen = pa.array(done)
    tables["payments"] = pa.table(
        {
            "payment_no": text.join("Z", text.number(number, 8)),
            "invoice_no": invoice_no.take(chosen),
            "paid_at": text.utc(paid[done]),
            "amount": money_columns["amount"].take(chosen),
            "currency": money_columns["currency"].take(chosen),
            "updated_at": text.utc(paid[done]),
        }
    )


def loyalty(
    rng: np.random.Generator,
    world: World,
    people: People,
    orders: Orders,
    known: Known,
    erp: Written,
    net: Ints,
    rate: Floats,
) -> pa.Table:
    """A point per euro; silver from 200, gold from 600."""
    worth = np.where(known.counts, net * rate / 100, 0)
    points = np.bincount(orders.customer, weights=worth, minlength=people.customers).astype(
        np.int64
    )
    last = np.zeros(people.customers, np.int64)
    np.maximum.at(last, orders.customer, orders.ordered)
    joins = ~people.is_account[: people.customers] & (rng.random(people.customers) < 0.45)
    rows = np.flatnonzero(joins)
    joined = people.first_at[rows] + rng.integers(0, 20 * DAY, len(rows))
    rows, joined = rows[joined < world.end], joined[joined < world.end]
    number = erp.by_person(len(people))[rows]
    return pa.table(
        {
            "loyalty_no": text.join("L", text.number(number, 7)),
            "customer_no": text.join("C", text.number(number, 7)),
            "tier": text.pick(
                ["bronze", "silver", "gold"], np.searchsorted([200, 600], points[rows], "right")
            ),
            "points": pa.array(points[rows]),
            "joined_at": text.utc(joined),
            "updated_at": text.utc(np.maximum(last[rows], joined)),
        }
    )

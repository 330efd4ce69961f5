"""Rows of the ERP for one chunk of customers, and what each order truly earned."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from rapport.simulate import billing, text
from rapport.simulate import vocabulary as words
from rapport.simulate.billing import Known, Tables
from rapport.simulate.people import People
from rapport.simulate.purchases import CHANNEL_NAMES, STORE, Orders
from rapport.simulate.records import Counters, Written
from rapport.simulate.text import Column, Floats, Ints
from rapport.simulate.world import World


@dataclass
class Sales:
    """The ERP's rows of a chunk, before impossible values, with what other systems refer to."""

    tables: Tables
    order_no: Column
    first_product: Ints  # product of each order's first line
    net_cents: Ints  # each order's net in its own currency
    margin: Floats  # each order's margin in the reporting currency
    currency: Ints


def currency_of(world: World, people: People, person: Ints) -> Ints:
    """Row of `world.currencies` each person pays in."""
    codes = [world.currencies.index(country.currency) for country in words.COUNTRIES]
    return np.array(codes)[people.country[person]]


def sell(
    world: World, chunk: int, people: People, orders: Orders, erp: Written, counters: Counters
) -> Sales:
    """Order headers, lines, returns, invoices, payments and loyalty accounts."""
    rng = world.rng("erp", chunk)
    number = counters.order + np.arange(len(orders))
    counters.order += len(orders)
    order_no = text.join(
        text.pick(["SO", "QU"], orders.quote.astype(np.int64)), text.number(number, 8)
    )
    customer = _customer_numbers(people, orders, erp)
    currency = currency_of(world, people, orders.customer)
    lines = _lines(rng, world, people, orders, currency)
    at, net = lines["order"], lines["net"]
    order_net = np.bincount(at, weights=net, minlength=len(orders)).astype(np.int64)
    rate = world.rate_on(orders.ordered, currency)
    cost = np.bincount(at, weights=lines["cost"], minlength=len(orders))
    freight = np.where((orders.channel != STORE) & (order_net < 6000), 490, 0)
    vat = np.array([country.vat for country in words.COUNTRIES])[people.country[orders.customer]]
    tax = np.round((order_net + freight) * vat).astype(np.int64)
    known = Known(world, orders)
    customer_no = text.join("C", text.number(customer, 7))
    country_codes = [country.code for country in words.COUNTRIES]
    tables: Tables = {}
    stores = _stores(rng, people, orders)
    tables["orders"] = pa.table(
        {
            "order_no": order_no,
            "customer_no": customer_no,
            "store_id": text.blank(
                text.pick([store[0] for store in words.STORES], stores), orders.channel != STORE
            ),
            "channel": text.pick(CHANNEL_NAMES, orders.channel),
            "order_type": text.pick(["order", "quote"], orders.quote.astype(np.int64)),
            "status": text.pick(["open", "shipped", "delivered", "cancelled"], known.status),
            "ordered_at": text.utc(orders.ordered),
            "promised_at": text.utc(orders.promised, orders.quote),
            "shipped_at": text.utc(orders.shipped, ~known.shipped),
            "delivered_at": text.utc(orders.delivered, ~known.delivered),
            "cancelled_at": text.utc(orders.cancelled, ~known.cancelled),
            "currency": text.pick(world.currencies, currency),
            "freight_amount": text.money(freight),
            "tax_amount": text.money(tax),
            "country_code": text.pick(country_codes, people.country[orders.customer]),
            "updated_at": text.utc(known.updated),
        }
    )
    tables["order_lines"] = pa.table(
        {
            "order_no": order_no.take(pa.array(at)),
            "line_no": pa.array(lines["line"]),
            "product_id": billing.product_ids(lines["product"]),
            "quantity": pa.array(lines["quantity"]),
            "list_price": text.money(lines["list"]),
            "unit_price": text.money(lines["unit"]),
            "discount_amount": text.money(lines["discount"]),
            "net_amount": text.money(net),
            "updated_at": text.utc(known.updated[at]),
        }
    )
    tables["returns"] = billing.returns(
        rng, world, orders, lines, known, order_no, customer_no, currency, counters
    )
    gross = order_net + freight + tax
    billing.bill(
        rng, world, people, orders, known, order_no, customer_no, currency, gross, tables, counters
    )
    tables["loyalty_accounts"] = billing.loyalty(
        rng, world, people, orders, known, erp, order_net, rate
    )
    first = np.searchsorted(at, np.arange(len(orders)))
    margin = np.where(known.counts, order_net * rate - cost, 0.0) / 100
    return Sales(tables, order_no, lines["product"][first], order_net, margin, currency)


def _customer_numbers(people: People, orders: Orders, erp: Written) -> Ints:
    """Customers who stand twice in the ERP order on the second number once it exists."""
    main = erp.by_person(len(people))
    number = main[orders.customer]
    second = np.full(len(people), -1)
    since = np.full(len(people), np.iinfo(np.int64).max)
    twice = erp.duplicate
    second[erp.person[twice]] = erp.number[twice]
    since[erp.person[twice]] = erp.created[twice]
    use = (second[orders.customer] >= 0) & (orders.ordered >= since[orders.customer])
    return np.where(use, second[orders.customer], number)


def _stores(rng: np.random.Generator, people: People, orders: Orders) -> Ints:
    """A store in the customer's country where there is one, else in Germany."""
    store = rng.integers(0, 3, len(orders))
    codes = [country.code for country in words.COUNTRIES]
    for row, entry in enumerate(words.STORES):
        if entry[3] != "DE":
            store = np.where(people.country[orders.customer] == codes.index(entry[3]), row, store)
    return store


def _lines(
    rng: np.random.Generator, world: World, people: People, orders: Orders, currency: Ints
) -> dict[str, Ints]:
    """Order lines; all money in cents, cost in the reporting currency."""
    account = people.is_account[orders.customer]
    count = 1 + np.minimum(rng.poisson(np.where(account, 1.8, 0.8)), 6)
    at = np.repeat(np.arange(len(orders)), count)
    begins = np.cumsum(count) - count
    line = np.arange(len(at)) - begins[at] + 1
    loyal = rng.random(len(at)) < 0.62
    drawn = rng.choice(len(world.category_share), len(at), p=world.category_share)
    category = np.where(loyal, people.favourite[orders.customer[at]], drawn)
    product = world.draw_products(rng, category)
    single = 1 + (rng.random(len(at)) < 0.28) + (rng.random(len(at)) < 0.1)
    quantity = np.where(account[at], 2 + rng.poisson(3.0, len(at)), single).astype(np.int64)
    row = world.price_row(orders.ordered[at])
    rate = world.rate_on(orders.ordered, currency)[at]
    list_cents = np.round(world.price_cents[row, product] / rate).astype(np.int64)
    unit = np.where(account[at], np.round(list_cents * 0.92), list_cents).astype(np.int64)
    offer = np.where(
        rng.random(len(orders)) < 0.12, rng.choice([0.05, 0.1, 0.15], len(orders)), 0.0
    )
    for campaign in world.campaigns:
        offer = np.where(orders.campaign == campaign.number, campaign.discount, offer)
    discount = np.round(unit * quantity * offer[at]).astype(np.int64)
    return {
        "order": at,
        "line": line,
        "product": product,
        "quantity": quantity,
        "list": list_cents,
        "unit": unit,
        "discount": discount,
        "net": unit * quantity - discount,
        "cost": world.cost_cents[row, product] * quantity,
    }

"""When customers buy and why they leave: BG/NBD in operational time, with service and campaigns.

Every customer has a purchase rate (gamma) and a chance to leave after each purchase (beta). Time
between purchases is exponential in operational time, which carries season and growth (`Calendar`).
A late delivery may lead to a ticket, a ticket to low satisfaction, and each raises the chance to
leave after that purchase. Treated members of a campaign may place one more order.
Source: Fader, Hardie, Lee (2005), "Counting Your Customers" the Easy Way, Marketing Science 24(2).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rapport.simulate.people import CUSTOMER, People
from rapport.simulate.text import Bools, Floats, Ints
from rapport.simulate.world import DAY, World, opening_hours

ONLINE, STORE, PHONE = 0, 1, 2
CHANNEL_NAMES = ("online", "store", "phone")


@dataclass
class Orders:
    """One row per order, by time of ordering. Times are epoch seconds and may lie after the end."""

    customer: Ints  # row in People
    ordered: Ints
    channel: Ints
    promised: Ints
    shipped: Ints
    delivered: Ints
    late: Bools
    cancelled: Ints  # -1: not cancelled
    ticket: Ints  # -1: none
    campaign: Ints  # number of the campaign that brought the order, -1: none
    quote: Bools

    def __len__(self) -> int:
        return len(self.ordered)

    def take(self, rows: Ints) -> Orders:
        """The orders of the rows given, in that order."""
        return Orders(**{name: values[rows] for name, values in vars(self).items()})


@dataclass
class Lives:
    """What is true of every customer of the chunk (the first rows of People)."""

    rate_daily: Floats
    leave_chance: Floats
    left_at: Ints  # the purchase after which they left, -1: alive at the end
    trouble: Bools  # some late delivery or ticket


@dataclass
class Members:
    """Campaign members: who, which campaign, treated or held back."""

    person: Ints
    campaign: Ints
    control: Bools
    joined: Ints


def simulate(world: World, chunk: int, people: People) -> tuple[Orders, Lives, Members]:
    """All orders of the chunk's customers inside the period."""
    rng, model, count = world.rng("purchases", chunk), world.model, people.customers
    rows = np.arange(count)
    account = people.is_account[:count]
    rate = rng.gamma(model.bgnbd_r, 1 / model.bgnbd_alpha_days, count)
    rate *= np.where(account, model.account_rate_factor, 1.0)
    leave = rng.beta(model.bgnbd_a, model.bgnbd_b, count)
    left_at = np.full(count, -1)
    trouble = np.zeros(count, bool)
    now = people.first_at[:count].copy()
    found = []
    while len(rows):
        orders = _fulfil(rng, world, people, rows, now)
        found.append(orders)
        ticket = orders.ticket >= 0
        extra = np.select(
            [orders.late & ticket, orders.late, ticket],
            [model.leave_if_late_and_ticket, model.leave_if_late, model.leave_if_ticket],
            0.0,
        )
        trouble[rows] |= orders.late | ticket
        leaves = rng.random(len(rows)) < 1 - (1 - leave[rows]) * (1 - extra)
        left_at[rows[leaves]] = now[leaves]
        waits = rng.exponential(1.0, len(rows)) / np.maximum(rate[rows], 1e-6)
        following = world.calendar.operational(now) + waits
        goes_on = ~leaves & (following < world.calendar.total)
        rows = rows[goes_on]
        following_at = world.calendar.seconds(following[goes_on])
        following_at = np.where(people.store_only[rows], opening_hours(following_at), following_at)
        now = np.maximum(following_at, now[goes_on] + 60)
        now, rows = now[now < world.end], rows[now < world.end]
    lives = Lives(rate, leave, left_at, trouble)
    members, extra_orders = _campaigns(rng, world, people, lives)
    found.append(extra_orders)
    found.append(_quotes(rng, world, people, found))
    orders = Orders(
        **{name: np.concatenate([getattr(o, name) for o in found]) for name in vars(found[0])}
    )
    return orders.take(np.lexsort((orders.customer, orders.ordered))), lives, members


def _fulfil(
    rng: np.random.Generator, world: World, people: People, rows: Ints, ordered: Ints
) -> Orders:
    """Channel, promise, delivery, cancellation and ticket of orders placed at `ordered`."""
    model, count = world.model, len(rows)
    dice = rng.random(count)
    channel = np.where(dice < 0.62, ONLINE, np.where(dice < 0.9, STORE, PHONE))
    # Nobody rings or walks in at night.
    closed = (ordered % DAY < 7 * 3600) | (ordered % DAY > 17 * 3600)
    channel = np.where(closed, ONLINE, channel)
    channel = np.where(
        people.is_account[rows], np.where((dice < 0.55) | closed, ONLINE, PHONE), channel
    )
    channel = np.where(people.store_only[rows], STORE, channel)
    sent = channel != STORE
    month = (ordered.astype("datetime64[s]").astype("datetime64[M]").astype(np.int64)) % 12 + 1
    late = sent & (rng.random(count) < model.late_share * np.where(month >= 11, 2.0, 1.0))
    promised = ordered + rng.integers(3, 8, count) * DAY
    shipped = ordered + (rng.uniform(0.3, 2.2, count) * DAY).astype(np.int64)
    in_time = shipped + ((promised - shipped) * rng.uniform(0.3, 0.97, count)).astype(np.int64)
    too_late = promised + ((1 + rng.exponential(4.0, count)) * DAY).astype(np.int64)
    delivered = np.where(late, too_late, in_time)
    cancels = sent & (rng.random(count) < model.cancelled_share)
    cancelled = np.where(cancels, ordered + rng.integers(1800, 6 * 3600, count), -1)
    late &= ~cancels
    chance = np.where(late, model.ticket_if_late, model.ticket_if_on_time)
    asks = (rng.random(count) < chance) & ~cancels
    waited = (rng.exponential(1.2, count) * DAY).astype(np.int64) + 3600
    ticket = np.where(late, promised, delivered) + waited
    promised, shipped, delivered = (
        np.where(sent, when, ordered) for when in (promised, shipped, delivered)
    )
    return Orders(
        customer=rows,
        ordered=ordered,
        channel=channel,
        promised=promised,
        shipped=shipped,
        delivered=delivered,
        late=late,
        cancelled=cancelled,
        ticket=np.where(asks, np.where(sent, ticket, ordered + waited), -1),
        campaign=np.full(count, -1),
        quote=np.zeros(count, bool),
    )


def _campaigns(
    rng: np.random.Generator, world: World, people: People, lives: Lives
) -> tuple[Members, Orders]:
    """Members of each campaign, and the orders that exist only because of it."""
    model, count = world.model, people.customers
    person, number, control, joined = [], [], [], []
    buyers, times, brought = [], [], []
    for campaign in world.campaigns:
        known = people.in_crm[:count] & (people.kind[:count] == CUSTOMER)
        eligible = np.flatnonzero(known & (people.first_at[:count] < campaign.begins - 30 * DAY))
        chosen = eligible[rng.random(len(eligible)) < model.campaign_member_share]
        held = rng.random(len(chosen)) < model.campaign_control_share
        person.append(chosen)
        number.append(np.full(len(chosen), campaign.number))
        control.append(held)
        joined.append(campaign.begins + rng.integers(0, 3 * 3600, len(chosen)))
        gone = (lives.left_at[chosen] >= 0) & (lives.left_at[chosen] < campaign.begins)
        chance = campaign.lift * np.where(gone, model.campaign_dead_factor, 1.0)
        buys = chosen[~held & (rng.random(len(chosen)) < chance)]
        first = world.calendar.operational(np.array([campaign.begins + DAY]))[0]
        last = world.calendar.operational(np.array([campaign.begins + 30 * DAY]))[0]
        when = world.calendar.seconds(first + rng.random(len(buys)) * max(last - first, 0.0))
        inside = when < world.end - 60
        buyers.append(buys[inside])
        times.append(when[inside])
        brought.append(np.full(int(inside.sum()), campaign.number))
    rows = np.concatenate([*buyers, np.empty(0, np.int64)]).astype(np.int64)
    orders = _fulfil(rng, world, people, rows, np.concatenate([*times, np.empty(0, np.int64)]))
    orders.campaign = np.concatenate([*brought, np.empty(0, np.int64)]).astype(np.int64)
    # A bad delivery here changes nothing about leaving, so no ticket muddles the true effect.
    orders.ticket[:] = -1
    empty = np.empty(0, np.int64)
    members = Members(
        np.concatenate([*person, empty]).astype(np.int64),
        np.concatenate([*number, empty]).astype(np.int64),
        np.concatenate([*control, empty.astype(bool)]).astype(bool),
        np.concatenate([*joined, empty]).astype(np.int64),
    )
    return members, orders


def _quotes(rng: np.random.Generator, world: World, people: People, found: list[Orders]) -> Orders:
    """Companies ask for a quote before some orders; a quote ends when it was answered or lapsed."""
    orders = found[0]
    placed = Orders(
        **{name: np.concatenate([getattr(o, name) for o in found]) for name in vars(orders)}
    )
    likely = people.is_account[placed.customer] & (rng.random(len(placed)) < 0.2)
    quotes = placed.take(np.flatnonzero(likely))
    before = (rng.uniform(0.5, 1.0, len(quotes)) * 10 * DAY).astype(np.int64)
    lost = rng.random(len(quotes)) < 0.4
    asked = np.where(lost, quotes.ordered + before, quotes.ordered - before)
    quotes = Orders(**{**vars(quotes), "quote": np.ones(len(quotes), bool)})
    quotes.cancelled = np.where(lost, asked + 30 * DAY, quotes.ordered)
    quotes.ordered = asked
    quotes.promised = quotes.shipped = quotes.delivered = np.full(len(quotes), world.end + DAY)
    quotes.ticket = np.full(len(quotes), -1)
    quotes.campaign = np.full(len(quotes), -1)
    quotes.late = np.zeros(len(quotes), bool)
    first = people.first_at[quotes.customer]
    return quotes.take(
        np.flatnonzero((asked > np.maximum(first, world.start)) & (asked < world.end))
    )

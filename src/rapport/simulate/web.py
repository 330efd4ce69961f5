"""Web sessions and events of one chunk: before, with and between orders, of strangers and of bots.

A session follows one of the templates of `sessions`; events are the templates laid out
flat, so that no loop runs over sessions or events.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from rapport.simulate import sessions, text
from rapport.simulate.people import CUSTOMER, PROSPECT, People
from rapport.simulate.purchases import Lives, Orders
from rapport.simulate.records import Counters
from rapport.simulate.sessions import (
    BOT_LENGTHS,
    FIRST_BOT,
    FLAT,
    IDENTIFY,
    LENGTH,
    OFFSET,
    PAGE,
    PURCHASE_AT,
    SIGN_IN,
    SIGN_IN_AT,
)
from rapport.simulate.text import Bools, Column, Ints
from rapport.simulate.world import DAY, World


@dataclass
class Web:
    """Devices and accounts of the chunk, and its events in order of arrival."""

    anonymous_id: Column  # by device
    device_person: Ints  # pairs (device, person): who uses which device
    device_number: Ints
    user_id: Column  # by person, null without an account
    session: dict[str, Ints]
    event: dict[str, Ints]


def browse(
    world: World, chunk: int, people: People, orders: Orders, lives: Lives, counters: Counters
) -> Web:
    """All web events of the chunk that arrived before the end."""
    rng = world.rng("web", chunk)
    visits = sessions.draw(rng, world, people, orders, lives)
    web = _devices(rng, world, people, visits, counters)
    events = _events(rng, world, web.session)
    _bots(rng, world, web, events)
    web.event = _deliver(rng, world, events)
    return web


def _devices(
    rng: np.random.Generator,
    world: World,
    people: People,
    session: dict[str, Ints],
    counters: Counters,
) -> Web:
    """One or two devices a person; one in a hundred is shared with one to three others."""
    person = session["person"]
    known = np.unique(person[person >= 0])
    strangers = np.unique(person[person < -1])
    main = np.full(len(people), -1)
    main[known] = np.arange(len(known))
    second = np.full(len(people), -1)
    has_second = known[rng.random(len(known)) < 0.45]
    second[has_second] = len(known) + np.arange(len(has_second))
    devices = len(known) + len(has_second)
    hosts = rng.permutation(known)[: int(round(devices * world.rates.shared_device))]
    if len(known) > 8:
        for seat in range(3):
            joins = hosts[(seat == 0) | (rng.random(len(hosts)) < 0.3)]
            guests = rng.choice(known, len(joins), replace=False)
            fits = ~np.isin(guests, hosts) & (guests != joins)
            second[guests[fits]] = main[joins[fits]]
    stranger_device = devices + np.searchsorted(strangers, person)
    device = np.where(person >= 0, main[np.maximum(person, 0)], stranger_device)
    other = np.where(person >= 0, second[np.maximum(person, 0)], -1)
    session["device"] = np.where((other >= 0) & (rng.random(len(person)) < 0.4), other, device)
    total = devices + len(strangers)
    session["agent"] = rng.integers(0, 6, total)[session["device"]]
    has_account = (people.kind == CUSTOMER) & (rng.random(len(people)) < 0.9)
    has_account |= (people.kind == PROSPECT) & (rng.random(len(people)) < 0.25)
    # Without an account nobody signs in: the letters l and i become plain pages later on.
    session["account"] = np.where(person >= 0, has_account[np.maximum(person, 0)], False).astype(
        np.int64
    )
    number = rng.permutation(len(people)) + people.first_number
    user = text.join("u", text.number(number, 8))
    counters.device += total
    pairs = np.unique(
        np.stack([session["device"], np.maximum(person, -1)], axis=1)[person >= 0], axis=0
    )
    return Web(
        text.hexes(rng, total, 32), pairs[:, 1], pairs[:, 0], text.blank(user, ~has_account),
        session, {},
    )  # fmt: skip


def _events(rng: np.random.Generator, world: World, session: dict[str, Ints]) -> dict[str, Ints]:
    """Sessions laid out into events; times in epoch milliseconds."""
    template = session["template"]
    count = LENGTH[template]
    at = np.repeat(np.arange(len(template)), count)
    begins = np.cumsum(count) - count
    place = np.arange(len(at)) - begins[at]
    kind = FLAT[OFFSET[template][at] + place]
    gaps = (rng.exponential(38.0, len(at)) * 1000).astype(np.int64) + 900
    gaps[begins] = 0
    elapsed = np.cumsum(gaps)
    elapsed -= elapsed[begins][at]
    # In a buying session the purchase happens when the ERP says so.
    purchase = PURCHASE_AT[template]
    shift = np.where(purchase >= 0, elapsed[begins + np.maximum(purchase, 0)], 0)
    moment = session["start"][at] * 1000 + elapsed - shift[at]
    signed_in = (place >= SIGN_IN_AT[template][at]) & (session["account"][at] == 1)
    no_account = (session["account"][at] == 0) & (kind == SIGN_IN)
    after_login = np.concatenate([[False], kind[:-1] == SIGN_IN]) & (kind == IDENTIFY)
    no_account |= (session["account"][at] == 0) & after_login
    kind = np.where(no_account, PAGE, kind)
    keep = (moment >= world.start * 1000) & (moment < world.end * 1000)
    columns = {"session": at, "place": place, "kind": kind, "moment": moment,
               "signed_in": signed_in.astype(np.int64), "bot": at * 0}  # fmt: skip
    return {name: values[keep] for name, values in columns.items()}


def _bots(rng: np.random.Generator, world: World, web: Web, events: dict[str, Ints]) -> None:
    """Crawlers with their own user agents and dozens of page views are added."""
    share = world.rates.event_bot
    wanted = share / (1 - share) * len(events["kind"])
    visits = max(1, int(round(wanted / np.mean(BOT_LENGTHS)))) if share else 0
    template = FIRST_BOT + rng.integers(0, len(BOT_LENGTHS), visits)
    start = world.start + rng.integers(0, world.end - world.start - 3600, visits)
    session = web.session
    first, devices = len(session["person"]), len(web.anonymous_id)
    new = {
        "person": np.full(visits, -1), "start": start, "template": template,
        "order": np.full(visits, -1), "device": devices + np.arange(visits),
        "agent": 6 + rng.integers(0, 4, visits), "account": np.zeros(visits, np.int64),
    }  # fmt: skip
    web.session = {name: np.concatenate([session[name], new[name]]) for name in new}
    web.anonymous_id = pa.concat_arrays([web.anonymous_id, text.hexes(rng, visits, 32)])
    count = LENGTH[template]
    at = np.repeat(np.arange(visits), count)
    place = np.arange(len(at)) - (np.cumsum(count) - count)[at]
    moment = start[at] * 1000 + place * 1400 + rng.integers(0, 600, len(at))
    added = {"session": first + at, "place": place, "kind": at * 0 + PAGE, "moment": moment,
             "signed_in": at * 0, "bot": at * 0 + 1}  # fmt: skip
    for name, values in added.items():
        events[name] = np.concatenate([events[name], values])


def _deliver(rng: np.random.Generator, world: World, events: dict[str, Ints]) -> dict[str, Ints]:
    """Sending and arrival: late ones, doubles, wrong clocks; in order of arrival, up to the end."""
    count, rates = len(events["kind"]), world.rates
    sent = events["moment"] + rng.integers(5, 400, count)
    late = rng.random(count) < rates.event_late
    sent = np.where(late, sent + (rng.random(count) * 3 * DAY * 1000).astype(np.int64), sent)
    received = sent + rng.integers(20, 900, count)
    events["message"] = rng.integers(0, 1 << 62, count)
    events["sent"], events["received"] = sent, received
    _slow_clocks(world, events)
    twice = np.flatnonzero(rng.random(count) < rates.event_duplicate)
    again = {name: values[twice] for name, values in events.items()}
    again["received"] = again["received"] + rng.integers(500, 6 * 3_600_000, len(twice))
    both = {name: np.concatenate([events[name], again[name]]) for name in events}
    arrived = np.flatnonzero(both["received"] < world.end * 1000)
    order = arrived[np.lexsort((both["message"][arrived], both["received"][arrived]))]
    return {name: values[order] for name, values in both.items()}


def _slow_clocks(world: World, events: dict[str, Ints]) -> None:
    """On the day after a clock change one device in six still runs an hour behind."""
    hours = world.calendar.changes()
    wrong: Bools = np.zeros(len(events["kind"]), bool)
    for change in hours:
        day = (events["moment"] >= change * 1000) & (events["moment"] < (change + DAY) * 1000)
        wrong |= day & (events["session"] % 6 == 0)
    wrong &= events["moment"] - 3_600_000 >= world.start * 1000
    for name in ("moment", "sent"):
        events[name] = np.where(wrong, events[name] - 3_600_000, events[name])

"""Small random histories of a shop, rich in gaps and ages at the edges of the stage rules."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

HISTORY_START = date(2023, 1, 1)
EDGES = (0, 1, 13, 14, 29, 30, 31, 32, 59, 60, 61, 89, 90, 91, 119, 120, 121, 179, 180, 181, 182)
LONG_EDGES = (*EDGES, 239, 240, 241, 400, 539, 540, 541)


@dataclass(frozen=True)
class Touch:
    """A touchpoint, or what a session signalled on the day after it began; times are UTC.

    Attributes:
        session: `touch_id` of the session that signals it later, for one of kind `signal`.
    """

    touch_id: str
    customer_id: str
    at: datetime
    kind: str
    session: str = ""
    is_intent: bool = False
    is_form: bool = False
    is_product_view: bool = False
    is_answered_outreach: bool = False


@dataclass(frozen=True)
class Offer:
    """A deal or a quote, open until it is closed."""

    customer_id: str
    opened_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True)
class Order:
    """An order, none any more once it is cancelled."""

    customer_id: str
    at: datetime
    cancelled_at: datetime | None = None


@dataclass(frozen=True)
class History:
    """All facts before the as-of, as the models below the lifecycle hand them over."""

    timezone: str
    as_of: datetime
    profiles: list[tuple[str, str, datetime | None]] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    touches: list[Touch] = field(default_factory=list)
    deals: list[Offer] = field(default_factory=list)
    quotes: list[Offer] = field(default_factory=list)

    def day(self, at: datetime) -> date:
        """Business day of a UTC instant."""
        return at.astimezone(ZoneInfo(self.timezone)).date()

    def as_of_is_midnight(self) -> bool:
        """Whether the as-of is the very start of its business day."""
        local = self.as_of.astimezone(ZoneInfo(self.timezone))
        return (local.hour, local.minute, local.second) == (0, 0, 0)

    def until(self, as_of: datetime) -> History:
        """The same history as an earlier build would have seen it."""

        def offers(rows: list[Offer]) -> list[Offer]:
            return [
                replace(o, closed_at=o.closed_at if o.closed_at and o.closed_at < as_of else None)
                for o in rows
                if o.opened_at < as_of
            ]

        orders = [
            replace(
                o,
                cancelled_at=o.cancelled_at if o.cancelled_at and o.cancelled_at < as_of else None,
            )
            for o in self.orders
            if o.at < as_of
        ]
        touches = [touch for touch in self.touches if touch.at < as_of]
        deals, quotes = offers(self.deals), offers(self.quotes)
        seen = (
            {order.customer_id for order in orders}
            | {touch.customer_id for touch in touches}
            | {offer.customer_id for offer in deals + quotes}
        )
        # A record without a date is known from its first fact, or else to the first build.
        profiles = [
            row
            for row in self.profiles
            if row[0] in seen or (row[2] is not None and row[2] < as_of)
        ]
        return History(self.timezone, as_of, profiles, orders, touches, deals, quotes)


def make(seed: int, timezone: str, as_of: datetime, customers: int = 50) -> History:
    """A history of `customers` profiles from 2023 up to the as-of, the same for the same seed."""
    chance = random.Random(seed)
    history = History(timezone, as_of)
    # Where people buy rarely, the limit of 540 days comes before four expected gaps.
    rhythms = (90, 150, 250) if seed % 4 == 3 else (3, 20, 45, 90)
    for number in range(customers):
        _profile(chance, history, number, rhythms)
    return history.until(as_of)


def _instant(chance: random.Random, history: History, day: date) -> datetime:
    hour = chance.choice((0, 0, 1, 9, 15, 22, 23))
    local = datetime(day.year, day.month, day.day, hour, tzinfo=ZoneInfo(history.timezone))
    return local.astimezone(UTC)


def _profile(
    chance: random.Random, history: History, number: int, rhythms: tuple[int, ...]
) -> None:
    end = history.day(history.as_of)
    days = (end - HISTORY_START).days
    # Half of the ages are counted back from the as-of, so that edges fall on it.
    if chance.random() < 0.5:
        first = end - timedelta(days=chance.choice(LONG_EDGES))
    else:
        first = HISTORY_START + timedelta(days=chance.randrange(days + 1))
    is_device = chance.random() < 0.15
    customer_id = f"{'d' if is_device else 'c'}{number:03d}"
    if not is_device and chance.random() < 0.7:
        _orders(chance, history, customer_id, first, rhythms)
    _touches(chance, history, customer_id, first)
    if not is_device and chance.random() < 0.25:
        for _ in range(chance.choice((1, 1, 2))):
            opened = first + timedelta(days=chance.randint(-60, 60))
            closed = opened + timedelta(days=chance.choice(EDGES))
            offer = Offer(
                customer_id,
                _instant(chance, history, opened),
                _instant(chance, history, closed) if chance.random() < 0.7 else None,
            )
            if offer.closed_at and offer.closed_at < offer.opened_at:
                offer = replace(offer, closed_at=offer.opened_at)
            chance.choice((history.deals, history.quotes)).append(offer)
    if is_device:
        touches = [touch.at for touch in history.touches if touch.customer_id == customer_id]
        if touches:
            history.profiles.append((customer_id, "device", min(touches)))
    else:
        seen = _instant(chance, history, first - timedelta(days=chance.choice((0, 0, 1, 45))))
        kind = chance.choice(("person", "person", "account"))
        history.profiles.append((customer_id, kind, seen if chance.random() < 0.9 else None))


def _orders(
    chance: random.Random,
    history: History,
    customer_id: str,
    day: date,
    rhythms: tuple[int, ...],
) -> None:
    end = history.day(history.as_of)
    if max(rhythms) < 100 and chance.random() < 0.15:
        # Four order days at the edge of what makes a customer loyal.
        for offset in (0, 50, 110, chance.choice((179, 180, 181))):
            _order(chance, history, customer_id, day + timedelta(days=offset))
        return
    rhythm = chance.choice(rhythms)
    while day <= end:
        for _ in range(chance.choice((1, 1, 1, 2))):
            _order(chance, history, customer_id, day)
        if chance.random() < 0.12:
            break
        if chance.random() < 0.35:
            day += timedelta(days=chance.choice(LONG_EDGES))
        else:
            day += timedelta(days=max(1, int(rhythm * chance.uniform(0.5, 1.5))))


def _order(chance: random.Random, history: History, customer_id: str, day: date) -> None:
    placed = _instant(chance, history, day)
    cancelled = None
    if chance.random() < 0.12:
        # On the day itself, at the midnight after it, or later, often enough at a month end.
        cancelled = _instant(chance, history, day + timedelta(days=chance.choice(EDGES)))
        if chance.random() < 0.3:
            later = (day.replace(day=1) + timedelta(days=chance.choice((32, 64)))).replace(day=1)
            local = datetime(later.year, later.month, 1, tzinfo=ZoneInfo(history.timezone))
            cancelled = local.astimezone(UTC)
        cancelled = max(cancelled, placed)
    history.orders.append(Order(customer_id, placed, cancelled))


def _touches(chance: random.Random, history: History, customer_id: str, first: date) -> None:
    day = first + timedelta(days=chance.randint(-120, 60))
    for _ in range(chance.choice((0, 1, 1, 2, 3, 6))):
        kind = chance.choice(("session", "session", "session", "activity", "campaign"))
        touch_id = f"{kind}|{len(history.touches)}"
        history.touches.append(
            Touch(
                touch_id,
                customer_id,
                _instant(chance, history, day),
                kind,
                is_intent=kind == "session" and chance.random() < 0.25,
                is_form=kind == "session" and chance.random() < 0.1,
                is_product_view=kind == "session" and chance.random() < 0.2,
                is_answered_outreach=kind == "activity" and chance.random() < 0.5,
            )
        )
        if kind == "session" and chance.random() < 0.2:
            later = _instant(chance, history, day + timedelta(days=1))
            flags = {chance.choice(("is_intent", "is_form", "is_product_view")): True}
            history.touches.append(Touch("", customer_id, later, "signal", touch_id, **flags))
        day += timedelta(days=chance.choice(EDGES))

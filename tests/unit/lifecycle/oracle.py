"""The stage rules of docs/numbers.md, read literally and applied day by day.

Written from the contract, not from the models: no thresholds solved for days, no spans, no
window functions. Slow, plain, and therefore the judge.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from functools import cache
from itertools import pairwise

from tests.unit.lifecycle.histories import History, Offer, Touch

GAP_SHRINKAGE = 3
GAP_DEFAULT_DAYS = 60
GAP_MIN_DAYS = 14
DAY = timedelta(days=1)


@dataclass(frozen=True)
class State:
    """A profile's state at one evaluation."""

    stage: str
    recency_days: int | None = None
    expected_gap_days: Fraction | None = None


@dataclass(frozen=True)
class Change:
    """The first evaluation at which a stage held."""

    changed_on: date
    facts_before: date
    from_stage: str | None
    to_stage: str


@dataclass(frozen=True)
class Life:
    """One profile through time; `days` has the state at 00:00 of every day it was known."""

    changes: list[Change]
    days: dict[date, State]
    now: State
    has_open_intent: bool


def next_month(day: date) -> date:
    """First day of the month after the one that holds `day`."""
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def median(numbers: list[int] | list[Fraction]) -> Fraction:
    """Median; of an even count the mean of the middle two."""
    ordered = sorted(numbers)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return Fraction(ordered[middle])
    return Fraction(ordered[middle - 1] + ordered[middle]) / 2


class Oracle:
    """Judges one history."""

    def __init__(self, history: History, gap_min_repeat_buyers: int) -> None:
        self.history = history
        self.min_repeat_buyers = gap_min_repeat_buyers
        self.today = history.day(history.as_of)
        self.orders: dict[str, list[tuple[date, date]]] = {}
        for order in history.orders:
            cancelled = history.day(order.cancelled_at) if order.cancelled_at else date.max
            self.orders.setdefault(order.customer_id, []).append((history.day(order.at), cancelled))
        self.population_gap = cache(self._population_gap)

    def _population_gap(self, month_end: date) -> int:
        """The population's gap stored at a month end, from facts before it."""
        medians = []
        for orders in self.orders.values():
            known = order_days(orders, month_end)
            if len(known) >= 2:
                medians.append(own_median(known))
        if len(medians) < self.min_repeat_buyers:
            return max(GAP_MIN_DAYS, GAP_DEFAULT_DAYS)
        weeks = (median(medians) / 7 + Fraction(1, 2)).__floor__()
        return max(GAP_MIN_DAYS, weeks * 7)

    def expected_gap(self, known: list[date], month_of: date) -> Fraction:
        """The expected gap of a customer in the month that holds the day `month_of`."""
        population = self.population_gap(month_of.replace(day=1))
        own_gaps = len(known) - 1
        if own_gaps == 0:
            return Fraction(population)
        weighted = own_gaps * own_median(known) + GAP_SHRINKAGE * population
        return weighted / (own_gaps + GAP_SHRINKAGE)

    def is_churned(self, known: list[date], day: date, month_of: date) -> bool:
        """Rule 1."""
        recency = (day - known[-1]).days
        overdue = recency / self.expected_gap(known, month_of)
        return (overdue >= 4 and recency >= 180) or recency >= 540

    def customer(self, known: list[date], day: date, month_of: date) -> State:
        """Rules 1 to 6."""
        recency = (day - known[-1]).days
        gap = self.expected_gap(known, month_of)

        def state(stage: str) -> State:
            return State(stage, recency, gap)

        if self.is_churned(known, day, month_of):
            return state("churned")
        if recency / gap >= 2 and recency >= 60:
            return state("declining")
        for number in range(1, len(known)):
            order_day = known[number]
            if (day - order_day).days <= 90 and self.is_churned(
                known[:number], order_day, order_day
            ):
                return state("reactivated")
        if len(known) == 1 and recency <= 60:
            return state("new")
        if len(known) >= 4 and (known[-1] - known[0]).days >= 180:
            return state("loyal")
        return state("developing")

    def life(self, customer_id: str, recorded_on: date | None) -> Life | None:
        """Everything about one profile."""
        facts = _Facts(self.history, customer_id, self.orders.get(customer_id, []))
        known_on = facts.known_on(recorded_on)
        days: dict[date, State] = {}
        changes: list[Change] = []

        def note(changed_on: date, facts_before: date, state: State) -> None:
            before = changes[-1].to_stage if changes else None
            if state.stage != before:
                changes.append(Change(changed_on, facts_before, before, state.stage))

        day = known_on + DAY
        while day <= self.today:
            days[day] = self._state(facts, day, day)
            note(day, day, days[day])
            day += DAY
        facts_before = self.today if self.history.as_of_is_midnight() else self.today + DAY
        if facts_before <= known_on:
            return None
        now = self._state(facts, self.today, facts_before)
        note(self.today, facts_before, now)
        return Life(changes, days, now, facts.has_open_intent(self.today, facts_before))

    def _state(self, facts: _Facts, day: date, facts_before: date) -> State:
        known = order_days(facts.orders, facts_before)
        if known:
            return self.customer(known, day, facts_before - DAY)
        return State(facts.prospect(day, facts_before))


def order_days(orders: list[tuple[date, date]], facts_before: date) -> list[date]:
    """Days of the orders (placed, cancelled) that are placed and not cancelled before a day."""
    return sorted({placed for placed, cancelled in orders if placed < facts_before <= cancelled})


def own_median(days: list[date]) -> Fraction:
    """Median of the days between neighbouring order days."""
    return median([(b - a).days for a, b in pairwise(days)])


class _Facts:
    """What is known of one profile, by business day."""

    def __init__(self, history: History, customer_id: str, orders: list[tuple[date, date]]) -> None:
        self.orders = orders
        self.day = history.day
        self.last_day = history.day(history.as_of - timedelta(minutes=1))
        self.touches = [t for t in history.touches if t.customer_id == customer_id]
        self.deals = [o for o in history.deals if o.customer_id == customer_id]
        self.quotes = [o for o in history.quotes if o.customer_id == customer_id]

    def known_on(self, recorded_on: date | None) -> date:
        days = [self.day(t.at) for t in self.touches]
        days += [self.day(o.opened_at) for o in self.deals + self.quotes]
        days += [placed for placed, cancelled in self.orders if placed < cancelled]
        if recorded_on is not None:
            days.append(recorded_on)
        return min(days, default=self.last_day)

    def _is_open(self, offer: Offer, facts_before: date) -> bool:
        closed = offer.closed_at is not None and self.day(offer.closed_at) < facts_before
        return self.day(offer.opened_at) < facts_before and not closed

    def has_open_intent(self, day: date, facts_before: date) -> bool:
        """Rule 7."""
        if any(self._is_open(offer, facts_before) for offer in self.deals + self.quotes):
            return True
        asked = [self.day(q.opened_at) for q in self.quotes]
        asked += [self.day(t.at) for t in self.touches if t.is_intent]
        return any(d < facts_before and (day - d).days <= 30 for d in asked)

    def _considers(self, day: date, facts_before: date) -> bool:
        """Rule 8."""

        def recent(found: date) -> bool:
            return found < facts_before and (day - found).days <= 90

        def tells(touch: Touch) -> bool:
            return (
                touch.is_intent
                or touch.is_form
                or touch.is_product_view
                or touch.is_answered_outreach
            )

        sessions = [t for t in self.touches if t.kind == "session" and recent(self.day(t.at))]
        closed = [self.day(o.closed_at) for o in self.deals + self.quotes if o.closed_at]
        asked = [self.day(q.opened_at) for q in self.quotes]
        return (
            len(sessions) >= 2
            or any(tells(t) and recent(self.day(t.at)) for t in self.touches)
            or any(recent(found) for found in closed + asked)
        )

    def prospect(self, day: date, facts_before: date) -> str:
        """Rules 7 to 11."""
        touched = [self.day(t.at) for t in self.touches]
        touched += [self.day(o.opened_at) for o in self.deals + self.quotes]
        touched = [found for found in touched if found < facts_before]
        if self.has_open_intent(day, facts_before):
            return "intending"
        if self._considers(day, facts_before):
            return "considering"
        if any((day - found).days <= 180 for found in touched):
            return "aware"
        return "lapsed_prospect" if touched else "untouched"

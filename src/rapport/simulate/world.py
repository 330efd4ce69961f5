"""What all customers share: calendar, products and prices, exchange rates, campaigns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from rapport.simulate import vocabulary as words
from rapport.simulate.rates import Model, Rates
from rapport.simulate.text import Floats, Ints

DAY = 86_400
TIMEZONE = "Europe/Berlin"
PRODUCTS = 120
# Share of a day's purchases by local hour, and of a week's by weekday (Monday first).
HOURS = np.array([.3, .2, .1, .1, .1, .2, .6, 1, 1.3, 1.5, 1.6, 1.6, 1.5, 1.3, 1.3, 1.4, 1.5, 1.7,
                  1.9, 2.1, 2.2, 1.9, 1.3, .7])  # fmt: skip
WEEKDAYS = np.array([1.05, 1.0, 0.98, 1.0, 1.02, 0.95, 1.0])
MONTHS = np.array([0.92, 0.9, 0.96, 0.98, 1.0, 0.93, 0.86, 0.88, 0.98, 1.06, 1.32, 1.38])


def opening_hours(seconds: Ints) -> Ints:
    """The same UTC day squeezed into the hours in which stores are open; keeps the order."""
    day = seconds - seconds % DAY
    return day + 7 * 3600 + (seconds % DAY) * 10 // 24


class Calendar:
    """Maps time to operational time, in which purchases are a homogeneous process.

    The intensity is hour of day x weekday x month x growth, by the wall clock of the business
    timezone, so that clock changes move activity in UTC as they do in life. One unit of operational
    time is one average day.
    """

    def __init__(self, start: date, end: date, growth_yearly: float) -> None:
        hours = pd.date_range(start, end + timedelta(days=1), freq="h", tz="UTC", inclusive="left")
        local = hours.tz_convert(TIMEZONE)
        level = HOURS[local.hour] * WEEKDAYS[local.dayofweek] * MONTHS[local.month - 1]
        level = level / HOURS.mean()
        wall = local.tz_localize(None).to_numpy().astype("datetime64[s]").astype(np.int64)
        steps = np.flatnonzero(np.diff(wall) != 3600) + 1
        self._changes = [int(hours[step].timestamp()) for step in steps]
        years = np.arange(len(hours)) / (24 * 365.25)
        self.start = int(hours[0].timestamp())
        self.knots: Floats = np.arange(len(hours) + 1, dtype=np.float64) * 3600
        self.cumulative: Floats = np.concatenate(
            [[0.0], np.cumsum(level * (1 + growth_yearly) ** years) / 24]
        )
        self.total = float(self.cumulative[-1])

    def changes(self) -> list[int]:
        """Epoch seconds of the hours in which the business timezone's clocks changed."""
        return self._changes

    def operational(self, seconds: Ints) -> Floats:
        """Operational time of epoch seconds."""
        return np.interp(seconds - self.start, self.knots, self.cumulative)

    def seconds(self, operational: Floats) -> Ints:
        """Epoch seconds of operational times."""
        elapsed = np.interp(operational, self.cumulative, self.knots)
        return (self.start + elapsed).astype(np.int64)

    def draw(self, rng: np.random.Generator, count: int) -> Ints:
        """`count` instants by the intensity, unsorted."""
        return self.seconds(rng.random(count) * self.total)


@dataclass(frozen=True)
class Campaign:
    """A campaign to customers: some get it, some are held back, and it has a true effect.

    `lift` is the chance of one additional order within 30 days of a treated customer who is alive.
    """

    number: int
    name: str
    channel: str
    begins: int
    lift: float
    discount: float
    incentive_cents: int


class World:
    """Everything fixed by seed and period alone; the same for every chunk of customers."""

    def __init__(self, start: date, end: date, seed: int, rates: Rates, model: Model) -> None:
        self.seed, self.rates, self.model = seed, rates, model
        self.first_day, self.last_day = start, end
        self.days = (end - start).days + 1
        self.start = int(pd.Timestamp(start, tz="UTC").timestamp())
        self.end = self.start + self.days * DAY
        """Exclusive: the midnight after the last day."""
        self.arrivals = Calendar(start, end, model.growth_yearly)
        self.calendar = Calendar(start, end, model.rate_growth_yearly)
        rng = self.rng("world")
        self._products(rng)
        self._exchange(rng)
        self.campaigns = self._campaigns()
        self.web_change = self.start + int(self.days * 0.55) * DAY
        """From here on web events carry the screen's size: a change of schema."""
        self.spend_change = (start + timedelta(days=int(self.days * 0.6))).replace(day=1)
        """From this month on the spend files carry a column more."""

    def rng(self, purpose: str, chunk: int = 0) -> np.random.Generator:
        """A generator of its own for each purpose and chunk, so that no draw moves another."""
        return np.random.default_rng([self.seed, chunk, *purpose.encode()])

    def _products(self, rng: np.random.Generator) -> None:
        share = np.array([c[2] for c in words.CATEGORIES])
        self.category_share = share / share.sum()
        self.product_category = np.sort(
            np.concatenate(
                [
                    np.arange(len(share)),
                    rng.choice(len(share), PRODUCTS - len(share), p=self.category_share),
                ]
            )
        )
        typical = np.array([c[3] for c in words.CATEGORIES])[self.product_category]
        base = np.exp(rng.normal(0, 0.35, PRODUCTS)) * typical
        # Prices rise every January and for a third of the products at some other time.
        changes = [self.start]
        changes += [
            int(pd.Timestamp(year, 1, 1, tz="UTC").timestamp())
            for year in range(self.first_day.year + 1, self.last_day.year + 1)
        ]
        changes += [self.start + int(self.days * f) * DAY for f in (0.35, 0.7)]
        self.price_dates: Ints = np.array(sorted(set(changes)), np.int64)
        steps = np.ones((len(self.price_dates), PRODUCTS))
        for row in range(1, len(self.price_dates)):
            moved = rng.random(PRODUCTS) < 0.6
            steps[row] = np.where(moved, 1 + rng.normal(0.035, 0.02, PRODUCTS), 1.0)
        self.price_cents: Ints = (np.round(base * np.cumprod(steps, axis=0) * 10) * 10 - 1).astype(
            np.int64
        )
        self.price_cents = np.maximum(self.price_cents, 199)
        rate = rng.uniform(0.45, 0.68, PRODUCTS)
        self.cost_cents: Ints = np.round(self.price_cents * rate).astype(np.int64)
        weight = rng.gamma(1.2, 1.0, PRODUCTS)
        self.product_weight: Floats = np.zeros(PRODUCTS)
        for category in range(len(share)):
            inside = self.product_category == category
            self.product_weight[inside] = weight[inside] / weight[inside].sum()

    def _exchange(self, rng: np.random.Generator) -> None:
        """Daily rates as a random walk, from 30 days before the start to the last day, no gaps."""
        self.currencies = ("EUR", "GBP", "USD", "CHF")
        self.rate_start = self.start - 30 * DAY
        days = self.days + 30
        self.rate: Floats = np.ones((days, len(self.currencies)))
        for column, level in enumerate((1.0, 1.16, 0.92, 1.05)):
            if column:
                walk = np.cumsum(rng.normal(0, 0.003, days))
                self.rate[:, column] = np.round(level * np.exp(walk - walk.mean()), 6)

    def rate_on(self, seconds: Ints, currency: Ints) -> Floats:
        """Euro per unit of the currency on the UTC day of each instant."""
        return self.rate[(seconds - self.rate_start) // DAY, currency]

    def price_row(self, seconds: Ints) -> Ints:
        """Row of the price history valid at each instant."""
        found = np.searchsorted(self.price_dates, seconds, side="right") - 1
        return np.maximum(found, 0)

    def draw_products(self, rng: np.random.Generator, category: Ints) -> Ints:
        """One product of each category given, by popularity."""
        cumulative = np.cumsum(self.product_weight)
        target = self._before()[category] + rng.random(len(category))
        found = np.searchsorted(cumulative, target, side="right")
        return np.minimum(found, PRODUCTS - 1)

    def _before(self) -> Floats:
        """Each category's weights sum to one, so its products begin at its own number."""
        return np.arange(len(self.category_share), dtype=np.float64)

    def _campaigns(self) -> tuple[Campaign, ...]:
        """One every 75 days from day 100 on; one in four has no effect at all."""
        plans = (
            ("Thank-you voucher", "email", 0.35, 0.10, 500),
            ("New season preview", "email", 0.10, 0.0, 100),
            ("Printed catalogue", "post", 0.0, 0.0, 250),
            ("Come back soon", "email", 0.16, 0.15, 500),
        )
        found = []
        for number, day in enumerate(range(100, self.days - 5, 75)):
            name, channel, lift, discount, incentive = plans[number % len(plans)]
            begins = self.start + day * DAY + 8 * 3600
            month = pd.Timestamp(begins, unit="s").strftime("%Y-%m")
            found.append(
                Campaign(number, f"{name} {month}", channel, begins, lift, discount, incentive)
            )
        return tuple(found)

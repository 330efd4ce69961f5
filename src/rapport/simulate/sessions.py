"""When people visit the site and what a visit looks like: templates of events, one letter each."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from rapport.simulate.people import PROSPECT, People
from rapport.simulate.purchases import ONLINE, Lives, Orders
from rapport.simulate.text import Ints
from rapport.simulate.world import DAY, World

Add = Callable[[Ints, Ints, Ints], None]
PAGE, VIEW, ADD, CHECKOUT, SEARCH, FORM, SIGN_IN, IDENTIFY, PURCHASE = range(9)
_LETTERS = {"p": PAGE, "v": VIEW, "a": ADD, "c": CHECKOUT, "s": SEARCH, "f": FORM, "l": SIGN_IN,
            "i": IDENTIFY, "o": PURCHASE}  # fmt: skip
GROUPS = {
    "browse": ("p", "pp", "pv", "pvv", "psv", "pvp", "ppvvv", "psvvp"),
    "login": ("plivv", "plip", "pvlipv"),
    "cart": ("pva", "psvva", "pvac", "plivac"),
    "buy": ("pliva" + "co", "pvvalico", "psvvalico", "plivvapvaco"),
    "guest": ("pvacio", "psvvacio"),
    "form": ("pvfi", "ppfi", "psvpfi"),
}
TEMPLATES = [template for group in GROUPS.values() for template in group]
BOT_LENGTHS = (20, 28, 36, 44, 52, 60)
_TEMPLATES = TEMPLATES + ["p" * length for length in BOT_LENGTHS]
FIRST_BOT = len(TEMPLATES)
LENGTH = np.array([len(template) for template in _TEMPLATES])
OFFSET = np.cumsum(LENGTH) - LENGTH
FLAT = np.array([_LETTERS[letter] for template in _TEMPLATES for letter in template])
SIGN_IN_AT = np.array([template.find("l") for template in _TEMPLATES])
SIGN_IN_AT[SIGN_IN_AT < 0] = 99
PURCHASE_AT = np.array([template.find("o") for template in _TEMPLATES])


def _template(rng: np.random.Generator, count: int, group: str) -> Ints:
    first = TEMPLATES.index(GROUPS[group][0])
    return first + rng.integers(0, len(GROUPS[group]), count)


def draw(
    rng: np.random.Generator, world: World, people: People, orders: Orders, lives: Lives
) -> dict[str, Ints]:
    """Person (-1: a stranger), start, template and order (-1: none) of every human session."""
    parts: list[tuple[Ints, Ints, Ints, Ints]] = []

    def add(person: Ints, start: Ints, template: Ints, order: Ints | None = None) -> None:
        parts.append(
            (person, start, template, np.full(len(person), -1) if order is None else order)
        )

    bought = np.flatnonzero((orders.channel == ONLINE) & ~orders.quote)
    buyer = orders.customer[bought]
    guest = rng.random(len(bought)) < 0.15
    template = np.where(
        guest, _template(rng, len(bought), "guest"), _template(rng, len(bought), "buy")
    )
    add(buyer, orders.ordered[bought], template, bought)
    # A look round some days before an order, one in six with a basket left behind.
    looks = rng.poisson(0.6, len(bought))
    looker = np.repeat(buyer, looks)
    when = np.repeat(orders.ordered[bought], looks)
    when = when - (rng.exponential(4.0, len(looker)) * DAY).astype(np.int64) - 1800
    left = rng.random(len(looker)) < 0.16
    add(
        looker,
        when,
        np.where(left, _template(rng, len(left), "cart"), _template(rng, len(left), "browse")),
    )
    _between(rng, world, people, lives, add)
    _leads(rng, people, add)
    strangers = int(world.model.anonymous_devices * people.customers)
    visits = 1 + rng.poisson(0.5, strangers)
    stranger = np.repeat(-2 - np.arange(strangers), visits)
    begin = np.repeat(world.arrivals.draw(rng, strangers), visits)
    later = (rng.exponential(9.0, len(begin)) * DAY).astype(np.int64)
    again = np.concatenate([[False], stranger[1:] == stranger[:-1]])
    cart = rng.random(len(begin)) < 0.05
    template = np.where(
        cart, _template(rng, len(cart), "cart"), _template(rng, len(cart), "browse")
    )
    template[template == TEMPLATES.index("plivac")] = TEMPLATES.index("pva")
    add(stranger, begin + np.where(again, later, 0), template)
    person, start, template, order = (np.concatenate(column) for column in zip(*parts, strict=True))
    inside = (start >= world.start) & (start < world.end)
    columns = {"person": person, "start": start, "template": template, "order": order}
    return {name: values[inside] for name, values in columns.items()}


def _between(
    rng: np.random.Generator, world: World, people: People, lives: Lives, add: Add
) -> None:
    """Visits of customers after their first order; those who left hardly come."""
    model, count = world.model, people.customers
    visitors = np.flatnonzero(~people.store_only[:count])
    first = people.first_at[visitors]
    left = lives.left_at[visitors]
    alive_until = np.where(left >= 0, left + 20 * DAY, world.end)
    for begin, until, monthly in (
        (first, np.minimum(alive_until, world.end), model.visits_monthly_alive),
        (
            np.minimum(alive_until, world.end),
            np.full(len(first), world.end),
            model.visits_monthly_gone,
        ),
    ):
        visits = rng.poisson(np.maximum(until - begin, 0) / (30 * DAY) * monthly)
        person = np.repeat(visitors, visits)
        span = np.repeat(until - begin, visits)
        when = np.repeat(begin, visits) + (rng.random(len(person)) * span).astype(np.int64)
        dice = rng.random(len(person))
        template = np.where(
            dice < 0.3, _template(rng, len(dice), "login"), _template(rng, len(dice), "browse")
        )
        template = np.where(dice > 0.93, _template(rng, len(dice), "cart"), template)
        add(person, when, template)


def _leads(rng: np.random.Generator, people: People, add: Add) -> None:
    """Leads look round, then most send a form; lost ones come back a few times."""
    lead = np.flatnonzero(people.lead_at >= 0)
    at = people.lead_at[lead]
    form = rng.random(len(lead)) < 0.8
    add(lead[form], at[form] - 120, _template(rng, int(form.sum()), "form"))
    for share, before in ((1.0, True), (1.4, False)):
        visits = rng.poisson(share, len(lead))
        person, when = np.repeat(lead, visits), np.repeat(at, visits)
        delay = (rng.exponential(8.0 if before else 25.0, len(person)) * DAY).astype(np.int64)
        when = when - delay - 1800 if before else when + delay + 1800
        lost = people.kind[person] == PROSPECT
        keep = lost | before
        cart = rng.random(len(person)) < 0.12
        template = np.where(
            cart, _template(rng, len(cart), "cart"), _template(rng, len(cart), "browse")
        )
        add(person[keep], when[keep], template[keep])

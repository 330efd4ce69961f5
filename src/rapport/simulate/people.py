"""The people of one chunk: who they truly are, before anything is written down wrongly."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from rapport.simulate import attributes, text
from rapport.simulate import vocabulary as words
from rapport.simulate.text import Bools, Column, Ints
from rapport.simulate.world import DAY, World, opening_hours

CUSTOMER, PROSPECT, ACCOUNT_CONTACT = 0, 1, 2


@dataclass
class People:
    """One row per human being: customers first, then prospects, then further account contacts.

    Times are epoch seconds; -1 means never. A row with `is_account` is the buyer of a company.
    """

    first_number: int
    customers: int
    kind: Ints
    is_account: Bools
    account: Ints  # row of the account's buyer, -1 for private people
    country: Ints
    first: Column
    last: Column
    nick: Column
    email: Column
    other_email: Column
    phone: Column  # national digits after the calling code
    company: Column
    street: Column
    city: Column
    postal: Column
    old_street: Column
    birth_date: Column
    channel: Ints
    favourite: Ints
    store_only: Bools
    in_crm: Bools
    is_import: Bools
    first_at: Ints  # first order of customers
    lead_at: Ints
    answered_at: Ints
    referrer: Ints = field(default_factory=lambda: np.empty(0, np.int64))

    def __len__(self) -> int:
        return len(self.kind)

    def number(self, rows: Ints) -> Ints:
        """Numbers unique in the whole simulation."""
        return self.first_number + rows

    def ids(self) -> Column:
        """`person_id` of every row."""
        return text.join("P", text.number(self.number(np.arange(len(self))), 8))


def make(world: World, chunk: int, customers: int, first_number: int) -> People:
    """The people of a chunk with `customers` customers."""
    rng, model = world.rng("people", chunk), world.model
    prospects = int(round(customers * (model.lost_leads + model.import_share)))
    account = rng.random(customers + prospects) < model.account_share
    account[customers:] |= rng.random(prospects) < 0.12
    extra = np.repeat(
        np.arange(customers + prospects),
        np.where(account, rng.poisson(model.account_contacts, len(account)), 0),
    )
    total = customers + prospects + len(extra)
    kind = np.repeat([CUSTOMER, PROSPECT, ACCOUNT_CONTACT], [customers, prospects, len(extra)])
    belongs = np.where(account, np.arange(len(account)), -1)
    belongs = np.concatenate([belongs, extra])
    shares = np.array([country.share for country in words.COUNTRIES])
    country = rng.choice(len(shares), total, p=shares / shares.sum())
    country[customers + prospects :] = country[extra]
    # Eight in a hundred carry a name from another country than the one they live in.
    origin = np.where(rng.random(total) < 0.08, rng.choice(len(shares), total), country)
    first, last = attributes.pool("first"), attributes.pool("last")
    first_index, last_index = first.draw(rng, origin), last.draw(rng, origin)
    first_ascii = [attributes.spelling(name) for name in first.words]
    last_ascii = [attributes.spelling(name) for name in last.words]
    streets, cities = attributes.pool("streets"), attributes.pool("cities")
    city_index, street_index = cities.draw(rng, country), streets.draw(rng, country)
    house = rng.integers(1, 180, total)
    follows = _households(rng, world, kind, belongs)
    for values in (last_index, country, city_index, house, street_index):
        values[follows[1]] = values[follows[0]]
    postal_plus = rng.integers(0, 90, total)
    postal_plus[follows[1]] = postal_plus[follows[0]]
    company, slug = attributes.companies(rng, belongs, first_number)
    numbers = first_number + np.arange(total)
    email = attributes.emails(
        rng, chunk, country, slug, first_ascii, last_ascii, first_index, last_index
    )
    email_index = np.arange(total)
    email_index[follows[1]] = follows[0]
    email = email.take(pa.array(email_index))
    email = _role_mailboxes(rng, world, email, chunk)
    shown_first = [name.partition(":")[0] for name in first.words]
    shown_last = [name.partition(":")[0] for name in last.words]
    city_parts = [entry.split("|") for entry in cities.words]
    channel_share = np.array([c[2] for c in words.CHANNELS])
    channel = rng.choice(len(channel_share), total, p=channel_share / channel_share.sum())
    store_only = (rng.random(total) < model.store_only_share) & (belongs < 0) & (kind == CUSTOMER)
    in_crm = (kind != CUSTOMER) | (rng.random(total) >= world.rates.erp_without_crm)
    first_at, lead_at, answered_at = _timeline(rng, world, kind, in_crm, store_only)
    is_import = (kind == PROSPECT) & (lead_at < 0)
    born = rng.integers(-14_000, 13_000, total)  # days around 1970: 1931 to 2005
    nick_map: dict[str, str] = {}
    for entry in words.COUNTRIES:
        for pair in entry.nick:
            name, _, short = pair.partition(":")
            nick_map.setdefault(name, short)
    people = People(
        first_number=first_number,
        customers=customers,
        kind=kind,
        is_account=belongs >= 0,
        account=belongs,
        country=country,
        first=text.pick(shown_first, first_index),
        last=text.pick(shown_last, last_index),
        nick=text.pick([nick_map.get(name) for name in shown_first], first_index),
        email=email,
        other_email=attributes.other_emails(rng, numbers, country, first_ascii, first_index),
        phone=attributes.phones(numbers, country),
        company=company,
        street=attributes.street(streets.words, street_index, house, country),
        city=text.pick([part[0] for part in city_parts], city_index),
        postal=attributes.postal([part[1] for part in city_parts], city_index, postal_plus),
        old_street=attributes.street(streets.words, streets.draw(rng, country), house + 7, country),
        birth_date=pa.array(born.astype("datetime64[D]")).cast(pa.string()),
        channel=channel,
        favourite=rng.choice(len(world.category_share), total, p=world.category_share),
        store_only=store_only,
        in_crm=in_crm,
        is_import=is_import,
        first_at=first_at,
        lead_at=lead_at,
        answered_at=answered_at,
    )
    _refer(rng, world, people)
    return people


def _households(
    rng: np.random.Generator, world: World, kind: Ints, account: Ints
) -> tuple[Ints, Ints]:
    """Pairs (who owns the mailbox, who uses it too) among private people."""
    private = np.flatnonzero((account < 0) & (kind != ACCOUNT_CONTACT))
    pairs = int(round(len(kind) * world.rates.household_mailbox / 2))
    chosen = rng.permutation(private)[: 2 * pairs]
    return chosen[: len(chosen) // 2], chosen[len(chosen) // 2 : 2 * (len(chosen) // 2)]


def _role_mailboxes(rng: np.random.Generator, world: World, email: Column, chunk: int) -> Column:
    """Some people give an address such as info@; about a dozen share each."""
    chosen = rng.random(len(email)) < world.rates.role_mailbox
    boxes = max(1, int(chosen.sum()) // 12)
    pool = [
        f"{words.ROLES[i % len(words.ROLES)]}@markthalle-{chunk}-{i}.example" for i in range(boxes)
    ]
    return text.where(chosen, text.pick(pool, rng.integers(0, boxes, len(email))), email)


def _timeline(
    rng: np.random.Generator, world: World, kind: Ints, in_crm: Bools, store_only: Bools
) -> tuple[Ints, Ints, Ints]:
    """First orders, leads and answers to them.

    A lead answered within 72 hours converts twice as often. Customers are drawn first, so the
    shares of fast answers among converted and lost leads follow by Bayes' rule (see `Model`).
    """
    model, total = world.model, len(kind)
    buyer, prospect = kind == CUSTOMER, kind == PROSPECT
    arrival = world.arrivals.draw(rng, total)
    first_at = np.where(buyer, np.where(store_only, opening_hours(arrival), arrival), -1)
    imported = rng.random(total) < model.import_share / (model.lost_leads + model.import_share)
    was_lead = buyer & in_crm & ~store_only
    was_lead &= rng.random(total) < model.lead_customer_share / (0.88 * 0.87)
    is_lead = was_lead | (prospect & ~imported)
    fast_share = np.where(buyer, model.fast_if_converted, model.fast_if_not)
    fast = rng.random(total) < fast_share
    hours = np.where(
        fast,
        np.minimum(rng.lognormal(np.log(11), 1.1, total), 71.5),
        72.5 + rng.exponential(70, total),
    )
    never = ~fast & (rng.random(total) < model.lead_unanswered_share)
    thinking = rng.beta(1.3, 2.2, total) * 21 * DAY + 3600
    wait = np.where(never, thinking, hours * 3600 + thinking).astype(np.int64)
    # Nearly all who buy do so within 30 days; slow answers leave less time to think.
    wait = np.where(fast, np.minimum(wait, 29 * DAY), wait)
    lead_at = np.where(buyer, first_at - wait, world.arrivals.draw(rng, total))
    is_lead &= lead_at >= world.start
    lead_at = np.where(is_lead, lead_at, -1)
    answered = lead_at + (hours * 3600).astype(np.int64)
    answered = np.where(is_lead & ~never & (answered < world.end), answered, -1)
    return first_at, lead_at, answered


def _refer(rng: np.random.Generator, world: World, people: People) -> None:
    """Some customers were sent by an earlier customer, who is known to the CRM."""
    total = len(people)
    people.referrer = np.full(total, -1)
    can = np.flatnonzero((people.kind == CUSTOMER) & people.in_crm & ~people.is_account)
    can = can[np.argsort(people.first_at[can], kind="stable")]
    if not len(can):
        return
    chosen = np.flatnonzero(
        (people.kind == CUSTOMER) & people.in_crm & (rng.random(total) < world.model.referral_share)
    )
    earlier = np.searchsorted(people.first_at[can], people.first_at[chosen])
    chosen, earlier = chosen[earlier > 0], earlier[earlier > 0]
    people.referrer[chosen] = can[(rng.random(len(chosen)) * earlier).astype(np.int64)]
    channels = [channel[0] for channel in words.CHANNELS]
    people.channel[chosen] = channels.index("referral")

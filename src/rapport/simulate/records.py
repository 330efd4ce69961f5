"""What the ERP and the CRM hold of each person: the same people, written down twice and badly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rapport.simulate import dirt, text
from rapport.simulate import vocabulary as words
from rapport.simulate.people import ACCOUNT_CONTACT, CUSTOMER, PROSPECT, People
from rapport.simulate.purchases import Orders
from rapport.simulate.text import Bools, Column, Ints
from rapport.simulate.world import DAY, World


@dataclass
class Counters:
    """Where the running numbers of all systems stand; chunks are made one after the other."""

    person: int = 1
    customer: int = 10_001
    contact: int = 100_001
    order: int = 500_001
    return_: int = 1
    invoice: int = 1
    payment: int = 1
    crm_object: int = 2_000_001
    device: int = 1


@dataclass
class Written:
    """Records of one system: their person, number, and the rows as a table."""

    person: Ints
    number: Ints
    duplicate: Bools
    created: Ints
    table: pa.Table
    truth: pa.Table

    def by_person(self, people: int) -> Ints:
        """Number of each person's first record, -1 for none."""
        found = np.full(people, -1)
        main = ~self.duplicate
        found[self.person[main]] = self.number[main]
        return found


def _mailboxes(rng: np.random.Generator, world: World, people: People) -> tuple[Column, Column]:
    """E-mail as the ERP and as the CRM know it, before typos."""
    rates, count = world.rates, len(people)
    both = people.in_crm & (people.kind == CUSTOMER)
    dice, side = rng.random(count), rng.random(count) < 0.5
    missing = both & (dice < rates.email_missing_one_side)
    other = both & (dice >= rates.email_missing_one_side)
    other &= dice < rates.email_missing_one_side + rates.email_other
    erp = text.where(other, people.other_email, people.email)
    return text.blank(erp, missing & side), text.blank(people.email, missing & ~side)


def _duplicate_mailboxes(
    rng: np.random.Generator, people: People, rows: Ints, email: Column, same: float
) -> Column:
    """A second record holds the other address, the same one or none at all.

    A CRM merges contacts of the same address on its own, so there `same` is 0.
    """
    dice = rng.random(len(rows))
    taken = pa.array(rows)
    address = text.where(dice < same, email.take(taken), people.other_email.take(taken))
    return text.blank(address, dice > 0.75)


def write(
    world: World, chunk: int, people: People, orders: Orders, counters: Counters
) -> tuple[Written, Written, Column]:
    """ERP customers, CRM contacts, and the address each person uses in the shop."""
    rng = world.rng("records", chunk)
    erp_mail, crm_mail = _mailboxes(rng, world, people)
    shop = pc.coalesce(erp_mail, people.email)
    shop = text.where(people.kind == CUSTOMER, shop, people.email)
    erp = _erp(rng, world, people, orders, erp_mail, counters)
    crm = _crm(rng, world, people, crm_mail, counters)
    return erp, crm, shop


def _common(
    rng: np.random.Generator,
    world: World,
    people: People,
    person: Ints,
    duplicate: Bools,
    mailbox: Column,
    moved: Bools,
    same: float = 0.0,
) -> tuple[dict[str, Column], dict[str, Column]]:
    """The attributes both systems hold, with dirt, and the truth about that dirt."""
    rates, taken = world.rates, pa.array(person)
    first, last, wrong, variant = dirt.names(
        rng, people.first.take(taken), people.last.take(taken), people.nick.take(taken),
        rates.name_typo, rates.name_variant,
    )  # fmt: skip
    email = mailbox.take(taken)
    second = np.flatnonzero(duplicate)
    bad_mail = rng.random(len(person)) < rates.email_typo
    if len(second):
        address = _duplicate_mailboxes(rng, people, person[second], mailbox, same)
        full = text.objects(email)
        full[second] = text.objects(address)
        email = pa.array(full, pa.string())
    bad_mail &= np.asarray(pc.is_valid(email))
    clean = email
    email = dirt.letter_case(rng, dirt.typo(rng, email, bad_mail))
    born = text.blank(
        people.birth_date.take(taken), rng.random(len(person)) < rates.birth_date_missing
    )
    values = {
        "first": first,
        "last": last,
        "email": email,
        "phone": dirt.phones(
            rng, people.phone.take(taken), people.country[person], rates.phone_missing
        ),
        "company": people.company.take(taken),
        "street": text.where(moved, people.old_street.take(taken), people.street.take(taken)),
        "city": people.city.take(taken),
        "postal": people.postal.take(taken),
        "born": text.blank(born, people.is_account[person]),
    }
    truth = {
        "person_id": people.ids().take(taken),
        "is_duplicate": pa.array(duplicate),
        "name_typo": pa.array(wrong),
        "name_variant": pa.array(variant),
        "email_typo": pa.array(bad_mail),
        "has_email": pc.is_valid(email),
        "is_other_email": pc.equal(clean, people.other_email.take(taken)).fill_null(False),
        "has_phone": pc.is_valid(values["phone"]),
        "moved": pa.array(moved),
    }
    return values, truth


def _later(rng: np.random.Generator, world: World, since: Ints, mean_days: float) -> Ints:
    """Some moment after `since`, before the end."""
    moment = since + (rng.exponential(mean_days, len(since)) * DAY).astype(np.int64)
    return np.where(moment < world.end, moment, np.maximum(since, world.end - 1 - (moment % 7200)))


def _erp(
    rng: np.random.Generator,
    world: World,
    people: People,
    orders: Orders,
    mailbox: Column,
    counters: Counters,
) -> Written:
    customers = np.arange(people.customers)
    twice = customers[rng.random(len(customers)) < world.rates.erp_duplicate]
    person = np.concatenate([customers, twice])
    duplicate = np.arange(len(person)) >= len(customers)
    number = np.empty(len(person), np.int64)
    order = np.lexsort((duplicate, people.first_at[person]))
    number[order] = counters.customer + np.arange(len(person))
    counters.customer += len(person)
    opened = people.first_at[person] - rng.integers(60, 900, len(person))
    created = np.maximum(opened, world.start)
    created = np.where(duplicate, _later(rng, world, people.first_at[person], 60), created)
    last = created.copy()
    np.maximum.at(last, orders.customer, orders.ordered)
    updated = np.where(duplicate, created, np.maximum(last, created))
    values, truth = _common(
        rng, world, people, person, duplicate, mailbox, np.zeros(len(person), bool), same=0.4
    )
    company = people.is_account[person]
    table = pa.table(
        {
            "customer_no": text.join("C", text.number(number, 7)),
            "name": text.where(
                company, values["company"], text.join(values["first"], " ", values["last"])
            ),
            "first_name": values["first"],
            "last_name": values["last"],
            "company_name": values["company"],
            "is_company": pa.array(company.astype(np.int64)),
            "email": values["email"],
            "phone": values["phone"],
            "street": values["street"],
            "city": values["city"],
            "postal_code": values["postal"],
            "country_code": text.pick([c.code for c in words.COUNTRIES], people.country[person]),
            "birth_date": values["born"],
            "acquisition_channel": text.pick(
                [c[0] for c in words.CHANNELS], people.channel[person]
            ),
            "created_at": text.utc(created),
            "updated_at": text.utc(updated),
        }
    )
    records = {"system": text.pick(["erp"], person * 0), "record_id": table["customer_no"], **truth}
    return Written(person, number, duplicate, created, table, pa.table(records))


def _crm(
    rng: np.random.Generator, world: World, people: People, mailbox: Column, counters: Counters
) -> Written:
    known = np.flatnonzero(people.in_crm)
    twice = known[rng.random(len(known)) < world.rates.crm_duplicate]
    person = np.concatenate([known, twice])
    duplicate = np.arange(len(person)) >= len(known)
    base = _contact_since(rng, world, people)
    created = np.where(duplicate, _later(rng, world, base[person], 90), base[person])
    number = np.empty(len(person), np.int64)
    number[np.lexsort((person, created))] = counters.contact + np.arange(len(person))
    counters.contact += len(person)
    moved = (people.kind == CUSTOMER) & (rng.random(len(people)) < world.rates.moved)
    values, truth = _common(rng, world, people, person, duplicate, mailbox, moved[person])
    main = np.full(len(people), -1)
    main[person[~duplicate]] = number[~duplicate]
    referrer = np.where(people.referrer >= 0, main[people.referrer], -1)[person]
    stage = np.select(
        [people.kind == CUSTOMER, people.is_import, people.kind == PROSPECT], [0, 1, 2], 1
    )[person]
    spelling = np.where(rng.random(len(person)) < 0.15, 1, 0) * len(words.COUNTRIES)
    countries = [c.name for c in words.COUNTRIES] + [c.code for c in words.COUNTRIES]
    lead = people.lead_at[person]
    table = pa.table(
        {
            "id": pa.array(number),
            "email": values["email"],
            "firstname": values["first"],
            "lastname": values["last"],
            "phone": values["phone"],
            "company": values["company"],
            "address": values["street"],
            "city": values["city"],
            "zip": values["postal"],
            "country": text.pick(countries, people.country[person] + spelling),
            "date_of_birth": values["born"],
            "lifecyclestage": text.pick(["customer", "subscriber", "lead"], stage),
            "createdate": text.iso(created),
            "lastmodifieddate": text.iso(_later(rng, world, created, 45)),
            "hubspot_owner_id": text.number(7001 + rng.integers(0, len(words.OWNERS), len(person))),
            "hs_analytics_source": text.pick(
                [c[1] for c in words.CHANNELS], people.channel[person]
            ),
            "referred_by_contact_id": text.blank(text.number(referrer), referrer < 0),
            "hs_email_optout": text.pick(
                ["false", "true"], (rng.random(len(person)) < 0.08).astype(np.int64)
            ),
            "hs_legal_basis": text.blank(
                text.pick(["Freely given consent from contact"], person * 0),
                rng.random(len(person)) >= world.model.email_consent_share,
            ),
            "first_conversion_date": text.iso(lead, (lead < 0) | duplicate),
        }
    )
    records = {
        "system": text.pick(["crm"], person * 0),
        "record_id": table["id"].cast(pa.string()),
        **truth,
    }
    return Written(person, number, duplicate, created, table, pa.table(records))


def _contact_since(rng: np.random.Generator, world: World, people: People) -> Ints:
    """When each person came into the CRM: as a lead, with the first order, or later."""
    count = len(people)
    with_order = people.first_at + rng.integers(60, 5400, count)
    since = np.where(people.lead_at >= 0, people.lead_at, with_order)
    since = np.where(people.is_import, world.arrivals.draw(rng, count), since)
    buyer = since[np.maximum(people.account, 0)]
    since = np.where(people.kind == ACCOUNT_CONTACT, _later(rng, world, buyer, 60), since)
    return np.minimum(since, world.end - 1)

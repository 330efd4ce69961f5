"""CRM objects of one chunk: companies, deals and campaign members here, the rest in service.py."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rapport.simulate import service, text
from rapport.simulate import vocabulary as words
from rapport.simulate.desk import Desk, flag
from rapport.simulate.erp import Sales, currency_of
from rapport.simulate.people import CUSTOMER, People
from rapport.simulate.purchases import Lives, Members, Orders
from rapport.simulate.records import Counters, Written
from rapport.simulate.text import Ints
from rapport.simulate.world import DAY, World


def work(
    world: World,
    chunk: int,
    people: People,
    orders: Orders,
    lives: Lives,
    members: Members,
    crm: Written,
    sales: Sales,
    counters: Counters,
) -> tuple[dict[str, pa.Table], pa.Table, pa.Table]:
    """All CRM objects of the chunk, the associations, and the truth about what was written."""
    rng = world.rng("crm", chunk)
    since = np.full(len(people), -1)
    main = ~crm.duplicate
    since[crm.person[main]] = crm.created[main]
    owner = text.number(7001 + rng.integers(0, len(words.OWNERS), len(people)))
    desk = Desk(
        world,
        people,
        crm.by_person(len(people)),
        since,
        owner,
        counters,
        world.rng("voices", chunk),
    )
    company = _companies(desk)[crm.person]
    desk.tables["contacts"] = [
        crm.table.append_column(
            "associatedcompanyid",
            text.blank(text.number(company), crm.duplicate | (company < 0)),
        )
    ]
    service.answer_leads(rng, desk)
    _deals(rng, desk, orders, sales)
    service.care(rng, desk)
    service.tickets(rng, desk, orders)
    service.nps(rng, desk, lives)
    _members(desk, members)
    tables = {kind: pa.concat_tables(parts) for kind, parts in desk.tables.items()}
    return tables, pa.concat_tables(desk.links), pa.concat_tables(desk.voices)


def _companies(desk: Desk) -> Ints:
    """One company per account known to the CRM, tied to all its contacts.

    Returns:
        the company's id by person, -1 for none.
    """
    people = desk.people
    rows = np.arange(len(people))
    heads = np.flatnonzero((people.account == rows) & (desk.contact >= 0))
    first = desk.counters.crm_object
    moment = text.iso(desk.since[heads])
    names = people.company.take(pa.array(heads))
    plain = text.where(heads % 9 == 0, pc.utf8_upper(names), names)
    desk.add(
        "companies",
        heads,
        {
            "name": plain,
            "domain": pc.list_element(pc.split_pattern(people.email.take(pa.array(heads)), "@"), 1),
            "country": text.pick([c.name for c in words.COUNTRIES], people.country[heads]),
            "createdate": moment,
            "hs_lastmodifieddate": moment,
        },
        linked=False,
    )
    company = np.full(len(people), -1)
    company[heads] = first + np.arange(len(heads))
    belongs = np.where(people.account >= 0, company[np.maximum(people.account, 0)], -1)
    tied = np.flatnonzero((belongs >= 0) & (desk.contact >= 0))
    desk.link("companies", belongs[tied], "contacts", desk.contact[tied])
    return belongs


def _deals(rng: np.random.Generator, desk: Desk, orders: Orders, sales: Sales) -> None:
    """Some leads become a deal: won with the first order, lost, or still open at the end."""
    people, world = desk.people, desk.world
    share = np.where(people.is_account, 0.9, 0.35)
    rows = np.flatnonzero((people.answered_at >= 0) & (rng.random(len(people)) < share))
    begun = people.answered_at[rows]
    buyer = people.kind[rows] == CUSTOMER
    first = people.first_at[rows]
    room = np.where(buyer, np.maximum(first - begun, 0), 4 * DAY)
    created = begun + (rng.uniform(0.05, 0.6, len(rows)) * room).astype(np.int64)
    lost = created + (rng.gamma(2.0, 14.0, len(rows)) * DAY).astype(np.int64) + DAY
    closed = np.where(buyer, first, lost)
    kept = (created < world.end) & (~buyer | (first > created))
    rows, created, closed, buyer = rows[kept], created[kept], closed[kept], buyer[kept]
    open_ = closed >= world.end
    amount = np.round(rng.lognormal(np.log(np.where(people.is_account[rows], 60000, 8500)), 0.6))
    first_order = np.full(len(people), -1)
    first_order[orders.customer[::-1]] = np.arange(len(orders))[::-1]
    amount = np.where(buyer, sales.net_cents[first_order[rows]], amount).astype(np.int64)
    won = buyer & ~open_
    running = ["appointmentscheduled", "qualifiedtobuy", "presentationscheduled", "contractsent"]
    stage = np.where(won, 4, np.where(open_, rng.integers(0, 4, len(rows)), 5))
    touched = created + (rng.random(len(rows)) * (world.end - created)).astype(np.int64)
    who = text.pick([c.code for c in words.COUNTRIES], people.country[rows])
    desk.add(
        "deals",
        rows,
        {
            "dealname": text.join("Enquiry ", who, "-", text.number(people.number(rows))),
            "dealstage": text.pick([*running, "closedwon", "closedlost"], stage),
            "amount": text.money(amount).cast(pa.string()),
            "deal_currency_code": text.pick(world.currencies, currency_of(world, people, rows)),
            "createdate": text.iso(created),
            "closedate": text.iso(closed, open_),
            "hs_is_closed_won": flag(won),
            "hs_is_closed": flag(~open_),
            "hs_lastmodifieddate": text.iso(np.where(open_, touched, closed)),
            "hubspot_owner_id": desk.owners(rows),
        },
    )


def _members(desk: Desk, members: Members) -> None:
    """Campaign members, treated and control."""
    rows = np.flatnonzero(desk.since[members.person] < members.joined)
    person, joined, control = members.person[rows], members.joined[rows], members.control[rows]
    cost = np.array([campaign.incentive_cents for campaign in desk.world.campaigns] or [0])
    cents = np.where(control, 0, cost[members.campaign[rows]])
    moment = text.iso(joined)
    desk.add(
        "campaign_members",
        person,
        {
            "campaign_id": text.number(9001 + members.campaign[rows]),
            "contact_id": text.number(desk.contact[person]),
            "is_control": flag(control),
            "joined_at": moment,
            "incentive_amount": text.money(cents).cast(pa.string()),
            "hs_createdate": moment,
            "hs_lastmodifieddate": moment,
        },
    )

"""What is true: who is who, who is alive, what campaigns did. The pipeline never reads it."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rapport.simulate import text
from rapport.simulate import vocabulary as words
from rapport.simulate.erp import Sales
from rapport.simulate.people import People
from rapport.simulate.purchases import Lives, Members, Orders
from rapport.simulate.records import Written
from rapport.simulate.text import Column
from rapport.simulate.web import Web
from rapport.simulate.world import World


def people_table(people: People, orders: Orders, lives: Lives) -> pa.Table:
    """One row per human being with true attributes and, for customers, true parameters."""
    count = len(people)
    buyer = np.arange(count) < people.customers
    ids = people.ids()

    def of_customers(values: np.ndarray) -> np.ndarray:
        full = np.full(count, values.dtype.type(0))
        full[: people.customers] = values
        return full

    left = of_customers(lives.left_at)
    real = ~orders.quote
    placed = np.bincount(orders.customer[real], minlength=count)
    return pa.table(
        {
            "person_id": ids,
            "kind": text.pick(["customer", "prospect", "account_contact"], people.kind),
            "account_id": text.blank(
                ids.take(pa.array(np.maximum(people.account, 0))), people.account < 0
            ),
            "first_name": people.first,
            "last_name": people.last,
            "email": people.email,
            "country_code": text.pick([c.code for c in words.COUNTRIES], people.country),
            "acquisition_channel": text.pick([c[0] for c in words.CHANNELS], people.channel),
            "referrer_person_id": text.blank(
                ids.take(pa.array(np.maximum(people.referrer, 0))), people.referrer < 0
            ),
            "lead_at": text.utc(people.lead_at, people.lead_at < 0),
            "answered_at": text.utc(people.answered_at, people.answered_at < 0),
            "first_order_at": text.utc(people.first_at, ~buyer),
            "orders": pa.array(placed),
            "is_alive": pa.array(left < 0, mask=~buyer),
            "left_at": text.utc(left, ~buyer | (left < 0)),
            "purchase_rate_daily": pa.array(of_customers(lives.rate_daily), mask=~buyer),
            "leave_chance": pa.array(of_customers(lives.leave_chance), mask=~buyer),
            "favourite_category": text.pick([c[0] for c in words.CATEGORIES], people.favourite),
            "had_trouble": pa.array(of_customers(lives.trouble), mask=~buyer),
        }
    )


def records_table(people: People, erp: Written, crm: Written, web: Web) -> pa.Table:
    """Every record of every system and whose it is; dirt flags for ERP and CRM records."""
    ids = people.ids()
    users = np.flatnonzero(np.asarray(pc.is_valid(web.user_id)))
    seen = np.isin(users, web.session["person"])
    users = users[seen]
    shop = pa.table(
        {
            "system": text.pick(["web_user"], users * 0),
            "record_id": web.user_id.take(pa.array(users)),
            "person_id": ids.take(pa.array(users)),
        }
    )
    device = pa.table(
        {
            "system": text.pick(["device"], web.device_number * 0),
            "record_id": web.anonymous_id.take(pa.array(web.device_number)),
            "person_id": ids.take(pa.array(web.device_person)),
        }
    )
    return pa.concat_tables([erp.truth, crm.truth, shop, device], promote_options="default")


class CampaignEffects:
    """Adds up, over chunks, what each campaign brought beyond what would have happened anyway."""

    def __init__(self, world: World) -> None:
        count = len(world.campaigns)
        self.world = world
        self.treated = np.zeros(count, np.int64)
        self.control = np.zeros(count, np.int64)
        self.orders = np.zeros(count, np.int64)
        self.margin = np.zeros(count)

    def add(self, members: Members, orders: Orders, sales: Sales) -> None:
        """Count one chunk."""
        count = len(self.treated)
        self.treated += np.bincount(members.campaign[~members.control], minlength=count)
        self.control += np.bincount(members.campaign[members.control], minlength=count)
        own = orders.campaign >= 0
        self.orders += np.bincount(orders.campaign[own], minlength=count)
        self.margin += np.bincount(orders.campaign[own], sales.margin[own], minlength=count)

    def table(self) -> pa.Table:
        """One row per campaign; margin in the reporting currency, before returns."""
        campaigns = self.world.campaigns
        return pa.table(
            {
                "campaign_id": [str(9001 + campaign.number) for campaign in campaigns],
                "name": [campaign.name for campaign in campaigns],
                "lift": [campaign.lift for campaign in campaigns],
                "treated": self.treated,
                "control": self.control,
                "additional_orders": self.orders,
                "additional_margin": np.round(self.margin, 2),
                "margin_per_treated": self.margin / np.maximum(self.treated, 1),
            }
        )


def parameters_table(world: World) -> pa.Table:
    """Every rate and parameter the simulation was run with."""
    values = {**asdict(world.rates), **asdict(world.model)}
    names: Column = pa.array(list(values), pa.string())
    return pa.table({"name": names, "value": pa.array([float(value) for value in values.values()])})

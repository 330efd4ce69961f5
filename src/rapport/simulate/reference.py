"""ERP reference tables and the CRM's campaigns and owners: written once, not per chunk."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from rapport.simulate import text
from rapport.simulate import vocabulary as words
from rapport.simulate.billing import product_ids
from rapport.simulate.world import DAY, PRODUCTS, World


def erp_tables(world: World) -> dict[str, pa.Table]:
    """Categories, products, price history, stores and exchange rates."""
    parents = sorted({category[1] for category in words.CATEGORIES})
    names = parents + [category[0] for category in words.CATEGORIES]
    parent = [None] * len(parents) + [
        f"K{parents.index(category[1]) + 1:02}" for category in words.CATEGORIES
    ]
    ids = [f"K{number + 1:02}" for number in range(len(names))]
    begun = text.utc(np.full(len(ids), world.start))
    categories = pa.table(
        {"category_id": ids, "category_name": names, "parent_id": pa.array(parent, pa.string()),
         "updated_at": begun}
    )  # fmt: skip
    all_products = np.arange(PRODUCTS)
    last = world.price_row(np.full(PRODUCTS, world.end - 1))
    category = world.product_category
    product = product_ids(all_products)
    variety = [f"No. {number}" for number in range(1, 1 + PRODUCTS // len(words.PRODUCT_WORDS) + 1)]
    started = np.full(PRODUCTS, world.start)
    products = pa.table(
        {
            "product_id": product,
            "sku": text.join("SKU-", text.number(10_000 + all_products * 17)),
            "product_name": text.join(
                text.pick([entry[0] for entry in words.CATEGORIES], category), " ",
                text.pick(words.PRODUCT_WORDS, all_products % len(words.PRODUCT_WORDS)), " ",
                text.pick(variety, all_products // len(words.PRODUCT_WORDS)),
            ),
            "category_id": text.pick(ids[len(parents) :], category),
            "list_price": text.money(world.price_cents[last, all_products]),
            "unit_cost": text.money(world.cost_cents[last, all_products]),
            "currency": text.pick(["EUR"], all_products * 0),
            "created_at": text.utc(started),
            "updated_at": text.utc(world.price_dates[last]),
        }
    )  # fmt: skip
    return {
        "categories": categories,
        "products": products,
        "product_prices": _prices(world),
        "stores": pa.table(
            {
                "store_id": [store[0] for store in words.STORES],
                "store_name": [store[1] for store in words.STORES],
                "city": [store[2] for store in words.STORES],
                "country_code": [store[3] for store in words.STORES],
                "updated_at": text.utc(np.full(len(words.STORES), world.start)),
            }
        ),
        "exchange_rates": _rates(world),
    }


def _prices(world: World) -> pa.Table:
    """Only prices that differ from the one before, the first always."""
    changed = np.ones(world.price_cents.shape, bool)
    changed[1:] = world.price_cents[1:] != world.price_cents[:-1]
    row, product = np.nonzero(changed)
    since = world.price_dates[row]
    return pa.table(
        {
            "price_id": text.join("PP", text.number(np.arange(len(row)) + 1, 6)),
            "product_id": product_ids(product),
            "valid_from": text.utc(since),
            "list_price": text.money(world.price_cents[row, product]),
            "unit_cost": text.money(world.cost_cents[row, product]),
            "currency": text.pick(["EUR"], row * 0),
            "updated_at": text.utc(since),
        }
    )


def _rates(world: World) -> pa.Table:
    """Every day and currency; one unit in the reporting currency."""
    days, currencies = world.rate.shape
    row, column = (axis.ravel() for axis in np.indices((days, currencies - 1)))
    day = world.rate_start + row * DAY
    return pa.table(
        {
            "rate_date": pa.array((day // DAY).astype("datetime64[D]")).cast(pa.string()),
            "currency": text.pick(world.currencies[1:], column),
            "rate": pa.array(world.rate[row, column + 1]),
            "updated_at": text.utc(day),
        }
    )


def crm_campaigns(world: World) -> pa.Table:
    """The campaign objects; their ids are 9001 and so on."""
    begins = np.array([campaign.begins for campaign in world.campaigns], np.int64)
    days = (begins // DAY).astype("datetime64[D]")
    return pa.table(
        {
            "id": pa.array([9001 + campaign.number for campaign in world.campaigns], pa.int64()),
            "name": pa.array([campaign.name for campaign in world.campaigns], pa.string()),
            "channel": pa.array([campaign.channel for campaign in world.campaigns], pa.string()),
            "start_date": pa.array(days).cast(pa.string()),
            "end_date": pa.array(days + 30).cast(pa.string()),
            "hs_createdate": text.iso(begins),
            "hs_lastmodifieddate": text.iso(begins),
        }
    )


def crm_owners(world: World) -> pa.Table:
    """Sales people; their ids are 7001 and so on."""
    numbers = np.arange(len(words.OWNERS))
    return pa.table(
        {
            "id": pa.array(7001 + numbers),
            "email": text.join("sales", text.number(numbers + 1), "@simulated.example"),
            "firstName": [owner[0] for owner in words.OWNERS],
            "lastName": [owner[1] for owner in words.OWNERS],
            "createdAt": text.iso(np.full(len(numbers), world.start)),
            "updatedAt": text.iso(np.full(len(numbers), world.start)),
        }
    )

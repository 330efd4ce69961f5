"""A real Tryton, read as people leave it: orders, money, deals, changes and deletions."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from rapport import build, ingest, settings, warehouses
from rapport.connectors import sql
from rapport.settings import Settings
from rapport.state import store
from rapport.systems import shipped_entities
from tests.support.postgres import PostgresServer
from tests.support.tryton import Tryton

pytestmark = [pytest.mark.slow, pytest.mark.postgres]

FEEDS = {
    "parties": ["int_tryton_parties_described"],
    "orders": ["int_tryton_orders_described"],
    "order_lines": ["int_tryton_order_lines_priced"],
    "returns": ["int_tryton_returns_credited"],
    "products": ["int_tryton_products_described"],
    "product_costs": ["int_tryton_product_costs_dated"],
    "exchange_rates": ["int_tryton_exchange_rates_converted"],
    "deals": ["int_tryton_deals_described"],
}


@dataclass
class Shop:
    """The company that has this Tryton, its chain and what came out of it."""

    tryton: Tryton
    settings: Settings
    ends: list[datetime] = field(default_factory=list)

    def ingest(self) -> None:
        """Everything since the last time, up to now, gated and loaded."""
        start = self.ends[-1] if self.ends else datetime(2020, 1, 1, tzinfo=UTC)
        end = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=1)
        while datetime.now(UTC) <= end:
            time.sleep(0.05)
        outcome = ingest.interval(self.settings, "erp", start, end)
        assert outcome["held"] == [], outcome["reasons"]
        self.ends.append(end)

    def raw(self, query: str) -> list[dict[str, Any]]:
        """An answer of the raw schema."""
        with warehouses.open(self.settings) as warehouse:
            tables = ingest.raw_tables(self.settings, store.open(self.settings))
            warehouse.refresh_raw(tables)
            return list(warehouse.read(query).to_pylist())

    def no_orders(self) -> list[tuple[str, bool, bool]]:
        """Sales that are no orders: id, whether a quote, whether cancelled."""
        query = "select source_order_id, is_quote, is_cancelled from intermediate.int_orders_placed"
        found = self.raw(f"{query} where not is_order order by source_order_id")
        return [tuple(row.values()) for row in found]  # type: ignore[misc]

    def marts(self, query: str) -> list[dict[str, Any]]:
        """An answer of the published marts."""
        with warehouses.open_marts(self.settings) as marts:
            return marts.query(query)


@pytest.fixture(scope="module")
def shop(postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Tryton as its people filled it, loaded and built."""
    folder = tmp_path_factory.mktemp("tryton")
    tryton = Tryton(postgres_server.create_database("tryton"), folder)
    tryton.people("create")
    shop = Shop(tryton, company(folder, tryton.url))
    shop.ingest()
    assert build.run(shop.settings) is not None
    return shop


def company(folder: Path, url: str) -> Settings:
    """A company folder whose one source is Tryton."""
    (folder / "company" / "sources").mkdir(parents=True)
    entities = sorted(shipped_entities("tryton"))
    described = {
        "name": "Tent and Lamp",
        "slug": "tent_and_lamp",
        "business_timezone": "UTC",
        "reporting_currency": "EUR",
        "history_start": str(date.today() - timedelta(days=90)),
        "sources": {
            "erp": {
                "system": "tryton",
                "kind": "erp",
                "required": True,
                "connection": {"url": "env:TRYTON_URL"},
                "entities": entities,
            }
        },
        "feeds": FEEDS,
    }
    (folder / "company" / "company.yml").write_text(yaml.safe_dump(described))
    (folder / "company" / "dbt_project.yml").write_text(
        'name: company\nversion: "1.0.0"\nconfig-version: 2\n'
    )
    environ = {"RAPPORT_VAR": str(folder / "var"), "TRYTON_URL": url}
    return settings.load(folder / "company", environ)


def test_figures_are_those_worked_out_by_hand(shop: Shop) -> None:
    """Anna: 2 x 90 + 4 x 25 - 25 returned; Bolt: 10 x 20, and 8 x 25 from an opportunity."""
    orders = shop.marts(
        "select count(*) as n, count(distinct customer_id) as customers from marts.fct_orders"
    )
    money = shop.marts(
        "select line_kind, sum(net_amount_reporting) as net, sum(cost_amount_reporting) as cost "
        "from marts.fct_order_lines group by 1 order by 1"
    )
    deals = shop.marts(
        "select is_won, is_open, amount, owner_name from marts.fct_deals order by amount"
    )

    assert orders == [{"n": 3, "customers": 2}]
    assert money == [
        {"line_kind": "return", "net": Decimal("-25"), "cost": Decimal("-10")},
        {"line_kind": "sale", "net": Decimal("680"), "cost": Decimal("340")},
    ]
    assert deals == [
        {"is_won": None, "is_open": True, "amount": Decimal("100"), "owner_name": "Sam Seller"},
        {"is_won": True, "is_open": False, "amount": Decimal("200"), "owner_name": "Sam Seller"},
        {"is_won": False, "is_open": False, "amount": Decimal("900"), "owner_name": "Sam Seller"},
    ]


def test_quotation_and_cancelled_sale_are_no_orders(shop: Shop) -> None:
    assert shop.no_orders() == [("3", False, True), ("4", True, False)]


def test_parties_are_customers_but_the_company_and_its_people_are_not(shop: Shop) -> None:
    found = shop.marts("select email, country_code from marts.dim_customers order by email")

    assert found == [
        {"email": "anna@berger.example", "country_code": "AT"},
        {"email": "office@bolt.example", "country_code": "DE"},
        {"email": "zoe@left.example", "country_code": "FR"},
    ]


def test_check_and_discover_know_tryton(shop: Shop) -> None:
    source = shop.settings.source("erp")
    connection = shop.settings.connection(source)

    faults = [finding for finding in sql.check(connection, source) if not finding.is_ok]
    found = sql.discover(connection)["sale_sale"]

    assert faults == []
    assert (found["key"], found["cursor"]) == (["id"], "write_date")
    assert found["fetch"] == {"table": "sale_sale", "cursor_else": "create_date"}


def test_changes_come_as_versions_and_deletions_as_tombstones(shop: Shop) -> None:
    shop.tryton.people("change")
    shop.ingest()
    states = shop.raw("select state from raw.erp__sales where id = 4 order by _interval_start")
    gone = {
        name: shop.raw(f"select count(*) as n from raw.erp__{name} where _is_deleted")[0]["n"]
        for name in ("parties", "contact_mechanisms", "addresses", "sales")
    }
    assert [row["state"] for row in states] == ["quotation", "cancelled"]
    assert gone == {"parties": 1, "contact_mechanisms": 3, "addresses": 1, "sales": 0}

    assert build.run(shop.settings) is not None
    customers = shop.marts("select email, phone from marts.dim_customers order by email")

    assert [row["email"] for row in customers] == ["anna.berger@new.example", "office@bolt.example"]
    assert customers[1]["phone"] is None
    assert shop.no_orders() == [("3", False, True), ("4", False, True)]

"""What a check says of a database, and what can be found out there without being told."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from rapport.company import Entity, Source
from rapport.connectors import sql
from rapport.connectors.finding import Finding
from tests.integration.sql_sources.conftest import Erp


def found(erp: Erp, **entities: dict[str, Any]) -> list[Finding]:
    described = {name: {"columns": {}, **spec, "name": name} for name, spec in entities.items()}
    source = Source(name="erp", system="sql", kind="erp", entities=described)
    return list(sql.check({"url": erp.url}, source))


def faults(findings: list[Finding]) -> list[tuple[str, str]]:
    return [(finding.subject, finding.place) for finding in findings if not finding.is_ok]


def test_sound_source_is_reported_sound_in_the_promised_order(erp: Erp) -> None:
    erp.execute("create table orders (id int primary key, updated_at timestamp)")

    findings = found(erp, orders={"columns": {"id": "integer"}, "cursor": "updated_at"})

    assert faults(findings) == []
    subjects = [finding.subject for finding in findings if finding.subject != "clock"]
    assert subjects == ["address", "credentials", "permission", "entity"]


def test_column_renamed_at_the_source_is_found_under_either_name(erp: Erp) -> None:
    erp.execute("create table orders (number int primary key)")
    renamed = {"type": "integer", "path": ["id", "number"]}
    assert faults(found(erp, orders={"columns": {"order_no": renamed}})) == []
    gone = {"type": "integer", "path": ["id", "no"]}
    (finding,) = (f for f in found(erp, orders={"columns": {"order_no": gone}}) if not f.is_ok)
    assert finding.says == "orders has no column id or no"


def test_every_missing_thing_is_found_in_one_go(erp: Erp) -> None:
    erp.execute("create table orders (id int primary key, changed timestamp null)")
    erp.execute("insert into orders (id, changed) values (1, null)")

    findings = found(
        erp,
        orders={"columns": {"id": "integer", "amount": "decimal"}, "cursor": "changed"},
        order_lines={},
        refunds={"fetch": {"table": "orders"}, "cursor": "updated"},
    )

    assert faults(findings) == [
        ("entity", "orders"),
        ("field", "orders.amount"),
        ("entity", "order_lines"),
        ("field", "refunds.updated"),
    ]
    assert all(finding.todo for finding in findings if not finding.is_ok)


@pytest.mark.postgres
def test_permission_that_is_lacking_is_told_before_the_entities(postgres: Erp) -> None:
    postgres.execute("create table orders (id int)")
    postgres.execute("create role seller login password 'pass'")
    url = sa.make_url(postgres.url).set(username="seller", password="pass")
    postgres.url = url.render_as_string(hide_password=False)

    findings = found(postgres, orders={})

    assert faults(findings) == [("permission", "orders")]
    assert "grant select on orders to seller" in findings[2].todo


@pytest.mark.postgres
def test_refused_password_and_dead_address_are_told_apart(postgres: Erp) -> None:
    right = sa.make_url(postgres.url)
    postgres.url = right.set(password="geheim").render_as_string(hide_password=False)
    assert faults(found(postgres)) == [("credentials", "")]

    postgres.url = right.set(port=1).render_as_string(hide_password=False)
    assert faults(found(postgres)) == [("address", "")]


@pytest.mark.postgres
def test_cursor_without_index_on_a_large_table_is_a_warning(postgres: Erp) -> None:
    postgres.execute(
        "create table orders as select i as id, now() as updated_at "
        "from generate_series(1, 100001) i"
    )
    postgres.execute("analyze orders")
    findings = found(postgres, orders={"cursor": "updated_at"})
    assert [(f.place, f.is_warning) for f in findings if not f.is_ok] == [("orders", True)]

    postgres.execute("create index on orders (updated_at)")
    assert faults(found(postgres, orders={"cursor": "updated_at"})) == []


def test_clock_that_is_off_is_a_warning(mariadb: Erp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAPPORT_CLOCK", "2024-03-01T00:00:00Z")

    findings = [finding for finding in found(mariadb) if finding.subject == "clock"]

    assert [finding.is_warning for finding in findings] == [True]
    assert "seconds apart" in findings[0].says


def test_tables_are_described_as_far_as_they_can_be(erp: Erp) -> None:
    erp.execute(
        "create table orders (order_no varchar(20) primary key, customer_id int, "
        "total numeric(12,2), exchange_rate numeric(12,6), ordered_at timestamp null, "
        "created_at timestamp null, updated_at timestamp null)"
    )
    erp.execute("create table order_lines (order_no int, line int, primary key (order_no, line))")
    erp.execute("create view open_orders as select order_no, total from orders")

    discovered = sql.discover({"url": erp.url})

    assert set(discovered) == {"orders", "order_lines", "open_orders"}
    assert discovered["orders"] == {
        "key": ["order_no"],
        "cursor": "updated_at",
        "version_by": "updated_at",
        "event_time": "ordered_at",
        "fetch": {"table": "orders", "cursor_else": "created_at"},
        "columns": {
            "order_no": "text",
            "customer_id": "integer",
            "total": "decimal",
            "exchange_rate": "double",
            "ordered_at": "timestamp",
            "created_at": "timestamp",
            "updated_at": "timestamp",
        },
    }
    assert discovered["order_lines"]["key"] == ["order_no", "line"]
    assert "key" not in discovered["open_orders"]
    for name, spec in discovered.items():
        Entity(**{**spec, "name": name})  # it stands in sources/*.yml as it is


@pytest.mark.postgres
def test_names_that_need_quotes_get_plain_ones_and_land(postgres: Erp) -> None:
    postgres.execute('create schema "Sales"')
    postgres.execute(
        'create table "Sales"."Order Head" ("Order No" int primary key, "UpdatedAt" timestamptz)'
    )
    postgres.execute('insert into "Sales"."Order Head" values (7, \'2024-03-01 10:00Z\')')

    discovered = sql.discover({"url": postgres.url})["sales_order_head"]

    assert discovered["key"] == ["order_no"]
    assert discovered["cursor"] == "UpdatedAt"
    assert discovered["columns"]["order_no"] == {"type": "integer", "path": "Order No"}
    assert postgres.land({**discovered, "name": "sales_order_head"}) == [
        {"Order No": "7", "UpdatedAt": "2024-03-01 10:00:00"}
    ]

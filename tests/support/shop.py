"""A shop's purchase days, and builds of the value step on them without a warehouse."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from rapport.state import tables
from rapport.state.store import State
from rapport.value.run import predict
from rapport.warehouses import Warehouse
from tests.conftest import bare_settings

KINDS = pa.schema(
    [
        ("customer_id", pa.string()),
        ("purchase_date", pa.date32()),
        ("category_name", pa.string()),
        ("orders", pa.int64()),
        *(
            (f"{name}_reporting", pa.decimal128(18, 4))
            for name in ("sales", "net_amount", "sales_with_cost", "margin")
        ),
    ]
)
FIRST = date(2024, 1, 1)
END = date(2025, 6, 30)  # the last day of facts


def row(customer_id: str, day: date, sales: float, **given: Any) -> dict[str, Any]:
    """One row of `int_purchase_days`: a purchase at a margin of 40 %, nothing sent back."""
    return {
        "customer_id": customer_id,
        "purchase_date": day,
        "category_name": "Tea",
        "orders": 1,
        "sales_reporting": sales,
        "net_amount_reporting": sales,
        "sales_with_cost_reporting": sales,
        "margin_reporting": 0.4 * sales,
    } | given


def table(rows: list[dict[str, Any]]) -> pa.Table:
    """Rows in the types that the warehouse gives."""
    columns = {name: [one[name] for one in rows] for name in KINDS.names}
    plain = {
        field.name: pa.array([round(value, 4) for value in columns[field.name]], pa.float64()).cast(
            field.type
        )
        if pa.types.is_decimal(field.type)
        else pa.array(columns[field.name], field.type)
        for field in KINDS
    }
    return pa.table(plain, schema=KINDS)


def rows(customers: int = 300, seed: int = 2) -> list[dict[str, Any]]:
    """Customers who buy at a rate of their own, leave at some time, and keep to a price.

    With these numbers all that is predicted beats the naive rule.
    """
    random = np.random.default_rng(seed)
    found = []
    for number in range(customers):
        day = float(random.integers(0, 400) if number % 8 else random.integers(400, 540))
        rate, left = random.gamma(1.2, 1 / 30), random.exponential(random.gamma(2, 200))
        price, names = 40 / random.gamma(5, 0.25), random.permutation(["Tea", "Coffee", "Cups"])
        end = min(day + left, float((END - FIRST).days))
        while True:
            name = str(random.choice(names, p=[0.7, 0.2, 0.1]))
            sales = round(float(price * random.gamma(6, 1 / 6)), 2)
            when = FIRST + timedelta(days=int(day))
            found.append(row(f"c{number:04}", when, sales, category_name=name))
            day += random.exponential(1 / rate) + 1
            if day > end:
                break
    merged = {
        (one["customer_id"], one["purchase_date"], one["category_name"]): one for one in found
    }
    return list(merged.values())


class Shop:
    """A warehouse that holds purchase days, and keeps what the step writes."""

    def __init__(self, folder: Path, facts: pa.Table) -> None:
        self.settings = bare_settings(folder, f"duckdb:///{folder / 'warehouse.duckdb'}")
        self.settings.company.vars["segment_history_months"] = 3  # each is a fit
        engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool)
        tables.metadata.create_all(engine)
        self.state = State(engine)
        self.facts = facts
        self.written: dict[str, pa.Table] = {}

    def read(self, sql: str) -> pa.Table:
        name = sql.split(" from ")[1].split(".")[1]
        return self.facts if name == "int_purchase_days" else self.written[name]

    def write(self, schema: str, table: str, data: pa.Table) -> None:
        assert schema == "value"
        self.written[table] = data

    def patch(self, schema: str, table: str, key: str, gone: pa.Array, data: pa.Table) -> None:
        old = self.written[table]
        kept = old.filter(pc.invert(pc.is_in(old[key], value_set=gone)))
        self.written[table] = pa.concat_tables([kept, data])

    def tables(self, schema: str) -> list[str]:
        return list(self.written)

    def build(self, end: date = END, **options: Any) -> int:
        """A build of what there is up to a day; returns the customers predicted."""
        as_of = datetime.combine(end + timedelta(days=1), datetime.min.time(), UTC)
        return predict(self.settings, self.state, cast(Warehouse, self), as_of, **options)

    def rows(self, table: str, **equal: Any) -> list[dict[str, Any]]:
        """Rows written, those with these values."""
        return [
            one
            for one in self.written[table].to_pylist()
            if all(one[name] == value for name, value in equal.items())
        ]

"""Builds of identity day by day, without a warehouse: for what takes many of them."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import sqlalchemy as sa

from rapport import clock
from rapport.identity import store, workspace
from rapport.identity.linkage import training
from rapport.identity.linkage.model import Model
from rapport.identity.prepare import prepare
from rapport.identity.results import IdentityResult
from rapport.identity.step import Policy, Step
from rapport.state import tables
from rapport.state.store import State
from tests.support.people import RECORD_SCHEMA, record

FIRST_DAY = datetime(2025, 1, 1, tzinfo=UTC)
GIVEN = ["Anna", "Hans", "Maria", "Peter", "Robert", "Eva", "Karl", "Julia", "Otto", "Clara"]
FAMILY = ["Berger", "Holzer", "Novak", "Steiner", "Maier", "Huber", "Wolf", "Fuchs", "Lang"]
CAP = 3  # so that blocks are over-full now and then
POLICY = Policy(max_records_per_key=CAP)


def trained() -> Model:
    """A model of people who stand twice each, now and then with a typo; small blocks."""
    rng = random.Random(7)
    rows = []
    for number in range(300):
        given, family = rng.choice(GIVEN), rng.choice(FAMILY) + rng.choice("aeiou")
        values = {
            "last_name": family,
            "birth_date": date(1950, 1, 1) + timedelta(days=rng.randrange(18_000)),
            "postal_code": str(1000 + rng.randrange(60)),
            "city": "Wien",
            "country_code": "AT",
            "email": f"{given}.{family}{number}@firma.at",
        }
        rows.append(record(f"crm|{number}", first_name=given, **values))
        if rng.random() < 0.5:
            values |= {"email": None, "last_name": family[:3] + family[4:]}
        rows.append(record(f"erp|{number}", first_name=given, **values))
    work = duckdb.connect()
    work.register("rows", prepare(pa.Table.from_pylist(rows, RECORD_SCHEMA), date(2025, 1, 1)))
    work.execute("create table prepared as from rows")
    found = training.train(work, "prepared", CAP)
    assert found.settings
    return replace(found, rules=tuple(replace(rule, cap=CAP) for rule in found.rules))


class Builds:
    """Builds of one company, a day each: a state store in memory and a workspace.

    Args:
        model: saved as the one in use; None to let the first build train.
    """

    def __init__(self, folder: Path, model: Model | None = None, policy: Policy = POLICY) -> None:
        self.state = State(sa.create_engine("sqlite://", poolclass=sa.StaticPool))
        tables.metadata.create_all(self.state.engine)
        if model:
            with self.state.begin() as connection:
                store.save_model(connection, model.model_id, model.to_json(), "", "")
        self.policy = policy
        self.path = folder / "workspace.duckdb"
        workspace.discard(self.path)
        self.day = 0
        self.result = IdentityResult()

    @property
    def as_of(self) -> datetime:
        """Of the last build."""
        return FIRST_DAY + timedelta(days=self.day)

    def build(
        self, rows: list[dict[str, Any]], again: bool = False, dry_run: bool = False
    ) -> dict[str, str]:
        """Ids by record key after the next day's build (`again`: the same day's)."""
        self.day += 0 if again else 1
        self.result = IdentityResult()
        with workspace.opened(self.path, scratch=dry_run) as work:
            step = Step(self.state, work, self.policy, self.as_of, self.result, dry_run)
            step.take(pa.Table.from_pylist(rows, RECORD_SCHEMA))
            step.run()
            return dict(work.connection.execute("from customers").fetchall())

    def read(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of a query on the workspace."""
        with workspace.opened(self.path) as work:
            return work.connection.execute(sql).fetchall()

    def derived(self) -> dict[str, list[str]]:
        """All that the workspace derives from records, model and registry."""
        with workspace.opened(self.path) as work:
            return {
                name: sorted(map(repr, work.connection.execute(f"from {name}").fetchall()))
                for name in (
                    *("prepared", "block_keys", "scored", "kept", "cuts", "apart", "members"),
                    *("registry_records", "registry_customers", "registry_changes", "customers"),
                )
            }

    def registry(self) -> list[Any]:
        """All that the state store has of ids."""
        with self.state.begin() as connection:
            return [
                sorted(map(repr, connection.execute(sa.select(table)).fetchall()))
                for table in (
                    *(tables.identity_records, tables.identity_customers, tables.identity_changes),
                    *(tables.identity_people, tables.identity_revision),
                )
            ]

    def minted(self) -> list[tuple[str, str]]:
        """Every id with the record that it was minted from."""
        table = tables.identity_customers
        with self.state.begin() as connection:
            rows = connection.execute(sa.select(table.c.customer_id, table.c.minted_from))
            return [tuple(row) for row in rows]

    def changes(self) -> list[tuple[str, str, str]]:
        """Kind, record and reason of the last day's history."""
        table = tables.identity_changes
        with self.state.begin() as connection:
            rows = connection.execute(
                sa.select(table.c.change_kind, table.c.record_key, table.c.reason)
                .where(table.c.as_of == clock.iso(self.as_of))
                .order_by(table.c.change_no)
            )
            return [tuple(row) for row in rows]


def people(ids: dict[str, str]) -> set[frozenset[str]]:
    """Clusters as sets of record keys."""
    return {frozenset(k for k, v in ids.items() if v == i) for i in set(ids.values())}

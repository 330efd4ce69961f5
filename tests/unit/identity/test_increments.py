"""Whatever arrives in whatever order: the same customers as from nothing, and no id for another."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

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
BIRTHS = [date(1980, 1, 12), date(1980, 1, 21), date(1955, 11, 23)]
CAP = 3  # so that blocks are over-full now and then
POLICY = Policy(max_records_per_key=CAP)


@pytest.fixture(scope="module")
def model() -> Model:
    """A model of people who stand twice each, once with a typo; small blocks."""
    rng = random.Random(7)
    rows = []
    for number in range(300):
        given, family = rng.choice(GIVEN), rng.choice(FAMILY) + rng.choice("aeiou")
        born = date(1950, 1, 1) + timedelta(days=rng.randrange(18_000))
        values = {
            "last_name": family,
            "birth_date": born,
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
    assert found.is_probabilistic
    return replace(found, rules=tuple(replace(rule, cap=CAP) for rule in found.rules))


class Builds:
    """Builds of one company, a day each: a state store in memory and a workspace."""

    def __init__(self, model: Model, folder: Path) -> None:
        self.state = State(sa.create_engine("sqlite://"))
        tables.metadata.create_all(self.state.engine)
        with self.state.begin() as connection:
            store.save_model(connection, model.model_id, model.to_json(), "", "")
        self.path = folder / "workspace.duckdb"
        workspace.discard(self.path)
        self.day = 0
        self.result = IdentityResult()

    def build(self, rows: list[dict[str, Any]], again: bool = False) -> dict[str, str]:
        """Ids by record key after the next day's build (`again`: the same day's)."""
        self.day += 0 if again else 1
        self.result = IdentityResult()
        as_of = FIRST_DAY + timedelta(days=self.day)
        with workspace.opened(self.path) as work:
            step = Step(self.state, work, POLICY, as_of, self.result, dry_run=False)
            step.take(pa.Table.from_pylist(rows, RECORD_SCHEMA))
            step.run()
            return dict(work.connection.execute("from customers").fetchall())

    def derived(self) -> dict[str, list[Any]]:
        """All that the workspace derives from records and model."""
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

    def changes(self) -> list[tuple[str, str, str]]:
        """Kind, record and reason of the last day's history."""
        table = tables.identity_changes
        moment = clock.iso(FIRST_DAY + timedelta(days=self.day))
        with self.state.begin() as connection:
            rows = connection.execute(
                sa.select(table.c.change_kind, table.c.record_key, table.c.reason)
                .where(table.c.as_of == moment)
                .order_by(table.c.change_no)
            )
            return [tuple(row) for row in rows]


@pytest.fixture
def builds(model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Builds:
    """Builds whose model fits for ever, small as the company is."""
    monkeypatch.setattr(Model, "drift", lambda *_: [])
    return Builds(model, tmp_path)


def people(ids: dict[str, str]) -> set[frozenset[str]]:
    """Clusters as sets of record keys."""
    return {frozenset(k for k, v in ids.items() if v == i) for i in set(ids.values())}


KEYS = [f"{system}|{number}" for system in ("crm", "erp", "web") for number in range(5)]


@st.composite
def _records(draw: Any, key: str) -> dict[str, Any]:
    given, family = draw(st.sampled_from(GIVEN[:3])), draw(st.sampled_from(FAMILY[:2]))
    return record(
        key,
        source_role=key[:3],
        first_name=draw(st.sampled_from([given, given, given[0], None])),
        last_name=draw(st.sampled_from([family, family, family + "i"])),
        email=draw(st.sampled_from([None, None, f"{given}@firma.at", "haus@firma.at"])),
        phone=draw(st.sampled_from([None, None, None, "+436641234501"])),
        birth_date=draw(st.sampled_from([None, *BIRTHS])),
        postal_code=draw(st.sampled_from(["1010", "1020"])),
        city="Wien",
        cross_reference=draw(st.sampled_from([None, None, None, None, *KEYS])),
    )  # fmt: skip


@st.composite
def _stories(draw: Any) -> list[list[dict[str, Any]]]:
    """What the records are day by day: some come, some change, some vanish and come back."""
    days = []
    now: dict[str, dict[str, Any]] = {}
    for _ in range(draw(st.integers(2, 4))):
        for key in draw(st.lists(st.sampled_from(KEYS), unique=True, min_size=1, max_size=8)):
            now[key] = draw(_records(key))
        for key in draw(st.lists(st.sampled_from(KEYS), max_size=3)):
            now.pop(key, None)
        days.append([dict(row) for row in now.values()])
    return days


@settings(
    deadline=None,
    max_examples=10,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking builds would take minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(story=_stories(), rng=st.randoms(use_true_random=False))
def test_increments_end_like_a_build_from_nothing_and_no_id_serves_another(
    builds: Builds, model: Model, tmp_path: Path, story: list[list[dict[str, Any]]], rng: Any
) -> None:
    builds = Builds(model, tmp_path)
    owner: dict[str, str] = {}
    for rows in story:
        rng.shuffle(rows)
        ids = builds.build(rows)
        assert set(ids) == {row["record_key"] for row in rows}
        with builds.state.begin() as connection:
            table = tables.identity_customers
            minted = connection.execute(sa.select(table.c.customer_id, table.c.minted_from)).all()
        for name, first in minted:
            assert owner.setdefault(name, first) == first
    derived, registry = builds.derived(), builds.registry()
    # The same records once more, and once more after the workspace was lost: nothing changes.
    assert builds.build(rows, again=True) == ids
    assert builds.result.work["regrouped"] == 0
    workspace.discard(builds.path)
    assert builds.build(rows, again=True) == ids
    assert builds.result.from_nothing
    assert builds.derived() == derived
    assert builds.registry() == registry
    # All at once, on a registry that knows nobody: other ids, the same customers.
    (tmp_path / "other").mkdir(exist_ok=True)
    assert people(Builds(model, tmp_path / "other").build(rows)) == people(ids)

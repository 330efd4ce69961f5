"""The lifecycle's models against an independent judge, on histories full of edge cases.

Guards against: a threshold off by a day, a rule out of order, a state that a candidate instant
misses, a month end that sees the future, and an as-of within a day.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import psycopg2
import psycopg2.extras
import pytest

from tests.conftest import bare_settings
from tests.unit.lifecycle import compiled, histories
from tests.unit.lifecycle.compiled import Compiled, Database
from tests.unit.lifecycle.histories import History
from tests.unit.lifecycle.oracle import Life, Oracle, next_month

# Few repeat buyers suffice, so that the population's gap moves in a small history.
GAP_MIN_REPEAT_BUYERS = 8
SEEDS = range(int(os.environ.get("RAPPORT_ORACLE_SEEDS", "4")))
BERLIN, NEW_YORK = "Europe/Berlin", "America/New_York"


def at(timezone: str, *parts: int) -> datetime:
    return datetime(*parts, tzinfo=ZoneInfo(timezone)).astimezone(UTC)  # type: ignore[arg-type,misc]


AS_OFS = {
    "midnight at a month end": (BERLIN, at(BERLIN, 2025, 7, 1)),
    "midnight within a month": (BERLIN, at(BERLIN, 2025, 3, 30)),
    "an hour into a month": (BERLIN, at(BERLIN, 2025, 7, 1, 1)),
    "the evening before a month end": (NEW_YORK, at("UTC", 2025, 7, 1)),
    "noon": ("UTC", at("UTC", 2025, 6, 18, 12)),
}


class DuckDb:
    def __init__(self) -> None:
        self.connection = duckdb.connect()
        self.connection.execute(f"attach ':memory:' as {compiled.DATABASE}")
        self.connection.execute(f"use {compiled.DATABASE}")
        self.connection.execute("set TimeZone = 'UTC'")

    def execute(self, sql: str) -> None:
        self.connection.execute(sql)

    def insert(self, table: str, rows: list[tuple[Any, ...]]) -> None:
        if rows:
            marks = ", ".join("?" * len(rows[0]))
            self.connection.executemany(f"insert into {table} values ({marks})", rows)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql).fetchall()


class Postgres:
    def __init__(self, url: str) -> None:
        self.connection = psycopg2.connect(url)
        self.connection.autocommit = True
        self.cursor = self.connection.cursor()
        self.cursor.execute("set timezone = 'UTC'")
        self.cursor.execute("set client_min_messages = warning")

    def execute(self, sql: str) -> None:
        self.cursor.execute(sql)

    def insert(self, table: str, rows: list[tuple[Any, ...]]) -> None:
        psycopg2.extras.execute_values(self.cursor, f"insert into {table} values %s", rows)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        self.cursor.execute(sql)
        return self.cursor.fetchall()


@pytest.fixture(
    scope="module",
    params=[
        pytest.param("duckdb", marks=pytest.mark.xdist_group("stage_oracle_duckdb")),
        pytest.param(
            "postgres",
            marks=[pytest.mark.postgres, pytest.mark.xdist_group("stage_oracle_postgres")],
        ),
    ],
)
def engine(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Compiled, Database]]:
    folder = tmp_path_factory.mktemp(f"lifecycle_{request.param}")
    thresholds = {"gap_min_repeat_buyers": GAP_MIN_REPEAT_BUYERS}
    if request.param == "duckdb":
        url = f"duckdb:///{folder / compiled.DATABASE}.duckdb"
        yield compiled.compile_models(bare_settings(folder, url), thresholds), DuckDb()
        return
    url = request.getfixturevalue("postgres_url")
    database = Postgres(url)
    yield compiled.compile_models(bare_settings(folder, url), thresholds), database
    database.connection.close()


@pytest.fixture(params=[f"{name} #{seed}" for name in AS_OFS for seed in SEEDS])
def judged(
    request: pytest.FixtureRequest, engine: tuple[Compiled, Database]
) -> tuple[History, Database, dict[str, Life]]:
    """A history, the models built on it, and the oracle's verdict on every profile."""
    name, seed = request.param.rsplit(" #", 1)
    history, lives = judge(name, int(seed))
    models, database = engine
    models.run(database, history)
    return history, database, lives


@cache
def judge(as_of_name: str, seed: int) -> tuple[History, dict[str, Life]]:
    timezone, as_of = AS_OFS[as_of_name]
    history = histories.make(seed + 4 * len(as_of_name), timezone, as_of)
    oracle = Oracle(history, GAP_MIN_REPEAT_BUYERS)
    lives = {}
    for customer_id, _, seen in history.profiles:
        life = oracle.life(customer_id, None if seen is None else history.day(seen))
        if life is not None:
            lives[customer_id] = life
    return history, lives


def stay_at(life: Life, facts_before: date) -> tuple[date, str | None]:
    """stage_since and previous_stage at a boundary."""
    change = [c for c in life.changes if c.facts_before <= facts_before][-1]
    return change.changed_on, change.from_stage


def test_models_agree_with_the_oracle(
    judged: tuple[History, Database, dict[str, Life]],
) -> None:
    history, database, lives = judged
    _changes_agree(database, lives)
    _months_agree(history, database, lives)
    _current_states_agree(history, database, lives)
    _mix_agrees(history, database, lives)


def _changes_agree(database: Database, lives: dict[str, Life]) -> None:
    found = database.rows(
        "select customer_id, changed_on, facts_before, from_stage, to_stage"
        " from candidate.fct_stage_changes"
    )
    expected = [
        (customer, change.changed_on, change.facts_before, change.from_stage, change.to_stage)
        for customer, life in lives.items()
        for change in life.changes
    ]
    assert sorted(found, key=str) == sorted(expected, key=str)


def _months_agree(history: History, database: Database, lives: dict[str, Life]) -> None:
    kinds = {customer: kind for customer, kind, _ in history.profiles}
    found = database.rows(
        "select customer_id, month_end, stage, stage_since, previous_stage, recency_days"
        " from candidate.fct_customer_months"
    )
    expected = []
    for customer, life in lives.items():
        for day, state in life.days.items():
            if day.day != 1 or day <= histories.HISTORY_START:
                continue
            if kinds[customer] == "device" and state.stage == "lapsed_prospect":
                continue
            expected.append((customer, day, state.stage, *stay_at(life, day), state.recency_days))
    assert sorted(found, key=str) == sorted(expected, key=str)


def _current_states_agree(history: History, database: Database, lives: dict[str, Life]) -> None:
    rows = database.rows(
        "select customer_id, stage, stage_since, previous_stage, recency_days, has_open_intent,"
        " expected_gap_days, overdue from intermediate.int_customer_stages_current"
    )
    found = {row[0]: row[1:6] for row in rows}
    last = date.max
    assert found == {
        customer: (
            life.now.stage, *stay_at(life, last), life.now.recency_days, life.has_open_intent
        )
        for customer, life in lives.items()
    }  # fmt: skip
    for customer, *_, gap, overdue in rows:
        expected = lives[customer].now
        if expected.expected_gap_days is None:
            assert gap is None and overdue is None
        else:
            assert gap == pytest.approx(float(expected.expected_gap_days), rel=1e-9)
            assert overdue == pytest.approx(
                float(expected.recency_days / expected.expected_gap_days), rel=1e-9, abs=1e-12
            )


def _mix_agrees(history: History, database: Database, lives: dict[str, Life]) -> None:
    """Lapsed devices are out of the months, but counted in the mix."""
    kinds = {customer: kind for customer, kind, _ in history.profiles}
    expected = Counter(
        (day, kinds[customer], state.stage)
        for customer, life in lives.items()
        for day, state in life.days.items()
        if day.day == 1 and day > histories.HISTORY_START
    )
    found = database.rows(
        "select month_end, profile_kind, stage, profiles from candidate.rpt_stage_mix"
        " where profiles <> 0"
    )
    assert {row[:3]: row[3] for row in found} == dict(expected)


@pytest.mark.parametrize("seed", range(2))
def test_a_month_end_is_the_same_in_every_later_build(
    engine: tuple[Compiled, Database], seed: int
) -> None:
    models, database = engine
    later = histories.make(seed + 1000, BERLIN, at(BERLIN, 2025, 9, 12, 8))
    # Money is as known now: it is compared where no order was cancelled.
    cancelled = {order.customer_id for order in later.orders if order.cancelled_at}
    assert cancelled
    kept = " and ".join(f"customer_id <> '{customer}'" for customer in sorted(cancelled))
    money = ", ".join(
        f"case when {kept} then {column} end"
        for column in (
            "net_revenue_month_reporting", "net_revenue_to_date_reporting", "orders_month"
        )
    )  # fmt: skip
    query = (
        "select customer_id, month_end, stage, stage_reason, stage_since, previous_stage,"
        f" recency_days, expected_gap_days, order_days_to_date, {money}"
        " from candidate.fct_customer_months where month_end <= '{}' order by 1, 2"
    )
    models.run(database, later)
    rows_later = {
        as_of: database.rows(query.format(as_of))
        for as_of in (date(2024, 2, 1), date(2024, 11, 1), date(2025, 7, 1))
    }
    for as_of, expected in rows_later.items():
        for hour in (0, 9):
            instant = at(BERLIN, as_of.year, as_of.month, as_of.day, hour)
            models.run(database, later.until(instant))
            known = {row[0] for row in later.until(instant).profiles}
            found = database.rows(query.format(as_of))
            assert found == [row for row in expected if row[0] in known]
            assert all(row[1] <= next_month(as_of) for row in found)


def test_histories_reach_every_stage() -> None:
    """The random histories are worth nothing if they miss a rule."""
    seen = Counter[str]()
    for name in AS_OFS:
        for seed in SEEDS:
            lives = judge(name, seed)[1]
            seen.update(change.to_stage for life in lives.values() for change in life.changes)
    assert len(seen) == 11 and min(seen.values()) >= 10, seen

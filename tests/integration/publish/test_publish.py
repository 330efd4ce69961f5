"""Readers see whole publications, whatever happens to the process that publishes."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psycopg2
import pyarrow as pa
import pytest

from rapport import locks, publish, warehouses
from rapport.errors import RapportError
from rapport.settings import REPO, Settings
from rapport.state import store
from tests.integration.publish.company import (
    as_of,
    markers,
    publish_marker,
    write_candidate,
)


@pytest.fixture
def state(engine_settings: Settings) -> Any:
    opened = store.open(engine_settings)
    yield opened
    opened.close()


def _child(settings: Settings, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "tests.integration.publish.company"),
            *(str(settings.var_dir), settings.warehouse_url, *arguments),
        ],
        cwd=REPO,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def _seen(settings: Settings) -> set[int]:
    with warehouses.open_marts(settings) as reader:
        return markers(reader)


def _rows(settings: Settings, table: str) -> list[dict[str, Any]]:
    with warehouses.open_marts(settings) as reader:
        return sorted(reader.query(f"select * from marts.{table}"), key=repr)


def test_published_rows_are_the_candidates(engine_settings: Settings) -> None:
    for marker in (1, 2, 3):
        assert publish_marker(engine_settings, marker) == marker
        with warehouses.open(engine_settings) as warehouse:
            for table in ("dim_customers", "fct_orders", "rpt_stage_mix"):
                candidate = warehouse.read(f"select * from candidate.{table}").to_pylist()
                assert sorted(candidate, key=repr) == _rows(engine_settings, table)
        with warehouses.open_marts(engine_settings) as reader:
            assert reader.publication["publication_id"] == marker


def test_a_new_as_of_alone_is_a_publication(engine_settings: Settings, state: Any) -> None:
    publish_marker(engine_settings, 1)
    with warehouses.open(engine_settings) as warehouse:
        row = warehouse.read("select * from candidate.ops_publication")
        moved = row.set_column(2, "as_of", pa.array([as_of(2).replace(tzinfo=None)]))
        warehouse.write("candidate", "ops_publication", moved)
    assert publish.publish(engine_settings, state, "b1", as_of(2)) == 2


def test_an_older_as_of_is_refused(engine_settings: Settings) -> None:
    publish_marker(engine_settings, 5)
    with pytest.raises(RapportError) as raised:
        publish_marker(engine_settings, 4)
    assert raised.value.code == "as-of-older"
    assert _seen(engine_settings) == {5}


def test_the_candidate_of_another_build_is_refused(engine_settings: Settings, state: Any) -> None:
    publish_marker(engine_settings, 1)
    write_candidate(engine_settings, 2)
    with pytest.raises(RapportError) as raised:
        publish.publish(engine_settings, state, "b1", as_of(1))
    assert raised.value.code == "candidate-mismatch"
    assert _seen(engine_settings) == {1}


def test_a_build_whose_gate_fails_changes_nothing(engine_settings: Settings, state: Any) -> None:
    publish_marker(engine_settings, 1)
    write_candidate(engine_settings, 2)  # and the gate raises: publish is never called
    assert _seen(engine_settings) == {1}
    assert [row["status"] for row in publish.list_publications(engine_settings, state)] == [
        "published"
    ]


def test_columns_and_tables_may_come_go_and_change_type(
    engine_settings: Settings, state: Any
) -> None:
    publish_marker(engine_settings, 1)
    write_candidate(engine_settings, 2)
    changed = pa.table({"customer_id": ["c1"], "city": ["Graz"], "marker": ["two"]})
    with warehouses.open(engine_settings) as warehouse:
        warehouse.write("candidate", "dim_customers", changed)
        warehouse.write("candidate", "dim_new", pa.table({"new_id": ["n"]}))
        warehouse.execute("drop table candidate.rpt_stage_mix")
    publish.publish(engine_settings, state, "b2", as_of(2))
    assert _rows(engine_settings, "dim_customers") == changed.to_pylist()
    with warehouses.open_marts(engine_settings) as reader:
        assert reader.tables() == ["dim_customers", "dim_new", "fct_orders", "ops_publication"]


def test_roll_back_and_forward_again(engine_settings: Settings, state: Any) -> None:
    for marker in (1, 2, 3):
        publish_marker(engine_settings, marker)
    assert publish.rollback(engine_settings, state) == 2
    assert _seen(engine_settings) == {2}
    assert publish.rollback(engine_settings, state) == 1
    assert publish.rollback(engine_settings, state, to=3) == 3
    assert _seen(engine_settings) == {3}
    ledger = publish.list_publications(engine_settings, state)
    assert [(r["publication_id"], r["status"], r["is_current"]) for r in ledger] == [
        (3, "published", True),
        (2, "withdrawn", False),
        (1, "published", False),
    ]
    publish.rollback(engine_settings, state, to=1)
    assert publish_marker(engine_settings, 2) == 4  # no id is used twice
    with pytest.raises(RapportError) as raised:
        publish.rollback(engine_settings, state, to=77)
    assert raised.value.code == "publication-unknown"


def test_the_last_n_are_kept(engine_settings: Settings, state: Any) -> None:
    few = engine_settings.model_copy(update={"publications_keep": 2})
    for marker in range(1, 5):
        publish_marker(few, marker)
    kept = [r["publication_id"] for r in publish.list_publications(few, state) if r["is_kept"]]
    assert kept == [4, 3]


def test_two_at_once_one_is_refused(engine_settings: Settings, state: Any) -> None:
    publish_marker(engine_settings, 1)
    with locks.held(state, publish.LOCK), pytest.raises(RapportError) as raised:
        publish_marker(engine_settings, 2)
    assert raised.value.code == "build-running"
    assert str(raised.value).count("since") == 1
    assert _seen(engine_settings) == {1}
    publish_marker(engine_settings, 2)


@pytest.mark.parametrize("stage", ["filled", "kept", "stroke"])
def test_a_killed_publication_is_whole_or_absent(
    engine_settings: Settings, state: Any, stage: str
) -> None:
    publish_marker(engine_settings, 1)
    child = _child(engine_settings, "publish", "2", stage)
    assert child.wait(60) == -signal.SIGKILL
    assert _seen(engine_settings) == ({2} if stage == "stroke" else {1})
    number = publish_marker(engine_settings, 3)  # a re-run heals, and needs no hand
    assert _seen(engine_settings) == {3}
    ledger = {r["publication_id"]: r for r in publish.list_publications(engine_settings, state)}
    assert number == 3
    assert ledger[2]["status"] == ("published" if stage == "stroke" else "withdrawn")
    assert ledger[2]["is_kept"] == (stage == "stroke")
    left = [path.name for path in engine_settings.var_dir.rglob("*.partial*")]
    assert left == []


def test_killed_at_any_moment_readers_see_old_or_new(engine_settings: Settings) -> None:
    publish_marker(engine_settings, 1)
    seen = {1}
    for number, delay in enumerate((0.05, 0.2, 0.4, 0.8), start=2):
        child = _child(engine_settings, "publish", str(number), "never")
        assert child.stdout is not None
        child.stdout.readline()  # "ready": all is imported
        time.sleep(delay)
        child.kill()
        child.wait()
        child.communicate()
        now = _seen(engine_settings)
        assert len(now) == 1
        assert now <= seen | {number}
        seen = now
    publish_marker(engine_settings, 99)
    assert _seen(engine_settings) == {99}


def test_a_polling_reader_sees_only_whole_publications(
    engine_settings: Settings, tmp_path: Path
) -> None:
    publish_marker(engine_settings, 1)
    stop = tmp_path / "stop"
    reader = _child(engine_settings, "read", str(stop))
    assert reader.stdout is not None
    assert reader.stdout.readline() == b"ready\n"
    for marker in range(2, 9):
        publish_marker(engine_settings, marker, rows=2000)
        time.sleep(0.05)
    stop.touch()
    output, errors = reader.communicate(timeout=60)
    report = json.loads(output)
    assert report["torn"] == [], errors.decode()
    assert report["errors"] == []
    assert report["polls"] > 5
    assert len(report["seen"]) > 2


def test_an_open_reader_keeps_its_publication(engine_settings: Settings) -> None:
    publish_marker(engine_settings, 1)
    with warehouses.open_marts(engine_settings) as reader:
        assert markers(reader) == {1}
        publish_marker(engine_settings, 2)
        publish_marker(engine_settings, 3)
        assert markers(reader) == {1}
        assert reader.query("select count(*) as n from marts.fct_orders")[0]["n"] == 201
    assert _seen(engine_settings) == {3}


@pytest.mark.postgres
def test_bi_views_and_grants_outlive_publications(postgres_url: str, tmp_path: Path) -> None:
    from tests.conftest import bare_settings

    settings = bare_settings(tmp_path, postgres_url)
    publish_marker(settings, 1)
    connection = psycopg2.connect(postgres_url)
    connection.autocommit = True
    cursor = connection.cursor()
    cursor.execute("drop role if exists bi")
    cursor.execute("create role bi")
    cursor.execute("grant select on marts.dim_customers to bi")
    cursor.execute("create view public.bi as select customer_id, marker from marts.dim_customers")
    publish_marker(settings, 2)
    write_candidate(settings, 3)
    with warehouses.open(settings) as warehouse:  # a column that the view needs goes
        gone = pa.table({"customer_id": ["c1"], "city": ["Graz"]})
        warehouse.write("candidate", "dim_customers", gone)
    state = store.open(settings)
    publish.publish(settings, state, "b3", as_of(3))
    state.close()
    cursor.execute("select customer_id, marker from public.bi")
    assert cursor.fetchall() == [("c1", None)]
    cursor.execute("select has_table_privilege('bi', 'marts.dim_customers', 'select')")
    assert cursor.fetchone() == (True,)
    connection.close()


@pytest.mark.postgres
def test_a_table_that_somebody_else_made_among_the_marts_is_left_alone(
    postgres_url: str, tmp_path: Path
) -> None:
    """Each publication dropped an analyst's table of targets, whoever owned it."""
    from tests.conftest import bare_settings

    settings = bare_settings(tmp_path, postgres_url)
    publish_marker(settings, 11)
    user = psycopg2.connect(postgres_url)
    user.autocommit = True
    cursor = user.cursor()
    cursor.execute("create table marts.targets as select 'AT' as country, 1 as amount")
    publish_marker(settings, 12)
    state = store.open(settings)
    publish.rollback(settings, state)
    state.close()
    publish_marker(settings, 13)
    cursor.execute("select country, amount from marts.targets")
    assert cursor.fetchall() == [("AT", 1)]
    user.close()

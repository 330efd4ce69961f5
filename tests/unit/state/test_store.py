"""The state store: what no rebuild can give back must survive upgrades, restores and crashes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from sqlalchemy import Connection, insert, select, update

from rapport import ops
from rapport.company import Source
from rapport.errors import RapportError
from rapport.landing.zone import Interval
from rapport.settings import Settings
from rapport.state import bulk, deliveries, store, tables
from tests.conftest import bare_settings

DAY_ONE = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    found = bare_settings(tmp_path, f"duckdb:///{tmp_path / 'warehouse.duckdb'}")
    if request.param == "postgres":
        url = request.getfixturevalue("postgres_server").create_database()
        found = found.model_copy(update={"state_url": url})
    return found


def test_a_store_that_cannot_be_made_is_no_fault_of_rapport(tmp_path: Path) -> None:
    found = bare_settings(tmp_path, "duckdb:///unused")
    with pytest.raises(RapportError) as caught:
        store.open(found.model_copy(update={"state_url": f"sqlite:///{tmp_path}"}))
    assert caught.value.code == "path-unusable" and str(tmp_path) in caught.value.where


def test_a_server_that_does_not_answer_is_no_fault_of_rapport(tmp_path: Path) -> None:
    found = bare_settings(tmp_path, "duckdb:///unused")
    with pytest.raises(RapportError) as caught:
        store.open(found.model_copy(update={"state_url": "postgresql://u:hush@127.0.0.1:1/x"}))
    assert caught.value.code == "warehouse-unreachable" and "RAPPORT_STATE" in caught.value.todo
    assert "hush" not in str(caught.value)


def day(number: int, version: str = "v1", entity: str = "orders") -> tuple[Interval, dict]:
    start = DAY_ONE + timedelta(days=number)
    interval = Interval("erp", entity, start, start + timedelta(days=1))
    return interval, {"version": version, "rows": 10, "bytes": 100}


def outcome(version: str, accepted: int = 8) -> dict:
    return {
        "version": version, "received": 10, "accepted": accepted, "quarantined": 1,
        "superseded": 0, "duplicates": 1, "reason": None, "rules": {"x": 1}, "checks": [],
        "accepted_files": [f"{version}.parquet"], "status": "gated", "carried": {},
    }  # fmt: skip


def row(settings: Settings, interval: Interval, version: str) -> dict:
    with store.open(settings).begin() as connection:
        found = deliveries.find(connection, interval, version)
    assert found is not None
    return found


def test_a_newer_delivery_takes_over_only_when_it_is_loaded(settings: Settings) -> None:
    interval, first = day(0)
    _, second = day(0, "v2")
    state = store.open(settings)
    with state.begin() as connection:
        deliveries.landed(connection, interval, first)
        deliveries.gated(connection, interval, outcome("v1"))
        deliveries.loaded(connection, interval, outcome("v1"))
        deliveries.landed(connection, interval, second)
        deliveries.gated(connection, interval, outcome("v2") | {"status": "held"})
        assert deliveries.loaded_files(connection) == {("erp", "orders"): ["v1.parquet"]}
        deliveries.loaded(connection, interval, outcome("v2"))
        assert deliveries.loaded_files(connection) == {("erp", "orders"): ["v2.parquet"]}
    old = row(settings, interval, "v1")
    assert (old["status"], old["loaded"], old["superseded"]) == ("superseded", 0, 8)


def test_a_loaded_delivery_that_a_stricter_rule_holds_stays_loaded(settings: Settings) -> None:
    interval, first = day(0)
    with store.open(settings).begin() as connection:
        deliveries.landed(connection, interval, first)
        deliveries.gated(connection, interval, outcome("v1"))
        deliveries.loaded(connection, interval, outcome("v1"))
        held = {"status": "held", "accepted_files": [], "accepted": 0, "quarantined": 9}
        deliveries.gated(connection, interval, outcome("v1") | held | {"reason": "too strict"})
        assert deliveries.loaded_files(connection) == {("erp", "orders"): ["v1.parquet"]}
    found = row(settings, interval, "v1")
    assert (found["status"], found["loaded"], found["reason"]) == ("loaded", 8, "too strict")


def test_content_that_comes_back_counts_again(settings: Settings) -> None:
    interval, first = day(0)
    with store.open(settings).begin() as connection:
        for version in ("v1", "v2", "v1"):
            deliveries.landed(connection, interval, first | {"version": version})
            deliveries.gated(connection, interval, outcome(version))
            deliveries.loaded(connection, interval, outcome(version))
        assert deliveries.loaded_files(connection) == {("erp", "orders"): ["v1.parquet"]}


def test_the_contiguous_end_stops_at_the_first_gap(settings: Settings) -> None:
    with store.open(settings).begin() as connection:
        assert deliveries.contiguous_end(connection, "erp") is None
        for number in (0, 1, 3):
            start = DAY_ONE + timedelta(days=number)
            deliveries.record_gated(
                connection, "erp", start, start + timedelta(days=1), {"orders": "v1"}, []
            )
        assert deliveries.contiguous_end(connection, "erp") == DAY_ONE + timedelta(days=2)


def test_a_day_fetched_long_before_the_others_does_not_make_them_late_unsaid(
    settings: Settings,
) -> None:
    erp = Source(name="erp", system="files", kind="erp", entities={})
    company = settings.company.model_copy(update={"sources": {"erp": erp}})
    settings = settings.model_copy(update={"company": company})
    days = [DAY_ONE + timedelta(days=number) for number in (0, 30, 31)]
    with store.open(settings).begin() as connection:
        for start in days:
            end = start + timedelta(days=1)
            deliveries.record_gated(connection, "erp", start, end, {"orders": "v1"}, [])
        (told,) = ops.sources(settings, connection, DAY_ONE + timedelta(days=32))
    assert (told["last_interval_end"], told["gap_until"]) == (
        "2026-01-02T00:00:00Z",
        "2026-01-31T00:00:00Z",
    )


def test_a_reloaded_interval_changes_the_fingerprint_only_when_its_content_changed(
    settings: Settings,
) -> None:
    end = DAY_ONE + timedelta(days=1)
    with store.open(settings).begin() as connection:
        deliveries.record_gated(connection, "erp", DAY_ONE, end, {"orders": "v1"}, [])
        before = deliveries.fingerprint(connection, end)
        deliveries.record_gated(connection, "erp", DAY_ONE, end, {"orders": "v1"}, [])
        assert deliveries.fingerprint(connection, end) == before
        deliveries.record_gated(connection, "erp", DAY_ONE, end, {"orders": "v2"}, [])
        assert deliveries.fingerprint(connection, end) != before


def test_a_restored_backup_is_the_store_as_it_was(settings: Settings, tmp_path: Path) -> None:
    state = store.open(settings)
    interval, manifest = day(0)
    with state.begin() as connection:
        deliveries.landed(connection, interval, manifest)
        deliveries.gated(connection, interval, outcome("v1"))
        connection.execute(
            insert(tables.publications).values(
                publication_id=1, build_id="b", as_of="2026-01-02T00:00:00Z", status="published"
            )
        )
    target = store.backup(settings, tmp_path / "state.tar.gz")
    before = row(settings, interval, "v1")
    with state.begin() as connection:
        connection.execute(update(tables.deliveries).values(status="lost"))
        connection.execute(tables.publications.delete())
    assert store.restore(settings, target)["publications"] == 1
    assert row(settings, interval, "v1") == before


def test_a_backup_that_cannot_be_written_leaves_no_half_of_it(
    settings: Settings, tmp_path: Path
) -> None:
    """It holds personal data, and lay beside the folder that was meant."""
    (tmp_path / "backups").mkdir()
    with pytest.raises(OSError) as caught:
        store.backup(settings, tmp_path / "backups")
    assert caught.value.filename == str(tmp_path / "backups")
    assert not [path for path in tmp_path.iterdir() if path.name.endswith(".partial")]


def test_a_damaged_backup_changes_nothing(settings: Settings, tmp_path: Path) -> None:
    interval, manifest = day(0)
    with store.open(settings).begin() as connection:
        deliveries.landed(connection, interval, manifest)
    target = store.backup(settings, tmp_path / "state.tar.gz")
    target.write_bytes(target.read_bytes()[:-40])
    with pytest.raises(RapportError, match="cannot be read"):
        store.restore(settings, target)
    assert row(settings, interval, "v1")["status"] == "landed"


def test_a_store_of_a_later_version_is_refused(settings: Settings) -> None:
    with store.open(settings).begin() as connection:
        connection.execute(update(tables.schema_version).values(version=99))
    store._open.cache_clear()
    with pytest.raises(RapportError, match="schema version 99"):
        store.open(settings)


def _as_in_version_two(connection: Connection) -> None:
    """Take off what versions 3 and 4 added; what version 5 did stays, as if it had been added."""
    for table in (
        *(tables.identity_people, tables.identity_revision),
        *(tables.identity_models, tables.identity_decisions),
        *(tables.value_tier_moves, tables.value_builds),
    ):
        table.drop(connection)
    connection.exec_driver_sql("alter table identity_records drop column generation")
    connection.execute(update(tables.schema_version).values(version=2))


def test_mails_sent_before_version_five_are_still_known_as_sent(settings: Settings) -> None:
    ledger = tables.mail_ledger
    added = (*("kind", "edition", "answer", "attempts", "claimed_by", "told_at", "first_at"),)
    at = "2026-01-02T07:00:00Z"
    with store.open(settings).begin() as connection:
        for name in added:
            connection.exec_driver_sql(f"alter table mail_ledger drop column {name}")
        tables.report_holds.drop(connection)
        for message, report, status in (
            ("<1@x>", "executive", "sent"),
            ("<2@x>", "executive", "failed"),
            ("alert-3", "alert", "sent"),
        ):
            row = {"message_id": message, "report": report, "status": status}
            row |= {"period": "2025-12", "recipient": "ada@x.example", "updated_at": at}
            connection.execute(insert(ledger).values(**row))
        connection.execute(update(tables.schema_version).values(version=4))
    store._open.cache_clear()
    state = store.open(settings)
    with state.begin() as connection:
        found = connection.execute(select(ledger).order_by(ledger.c.message_id)).mappings().all()
        assert connection.execute(select(tables.report_holds)).all() == []
    facts = [(row["kind"], row["status"], row["attempts"], row["first_at"]) for row in found]
    assert facts == [
        ("report", "sent", 1, at),
        ("report", "failed", 0, at),
        ("alert", "sent", 1, at),
    ]
    assert store.version(state) == tables.VERSION


def test_a_store_of_version_two_keeps_its_customers_and_learns_to_tell_people_apart(
    settings: Settings,
) -> None:
    with store.open(settings).begin() as connection:
        _as_in_version_two(connection)
        connection.exec_driver_sql(
            "insert into identity_records (record_key, customer_id, since_as_of) "
            "values ('crm|1', 'c1', '2025-01-01T00:00:00Z')"
        )
    store._open.cache_clear()
    state = store.open(settings)
    assert store.version(state) == tables.VERSION
    with state.begin() as connection:
        (found,) = bulk.read(connection, tables.identity_records).to_pylist()
        assert bulk.read(connection, tables.identity_decisions).num_rows == 0
        assert bulk.read(connection, tables.identity_models).num_rows == 0
        assert bulk.read(connection, tables.value_tier_moves).num_rows == 0
    assert found == {
        "record_key": "crm|1",
        "customer_id": "c1",
        "since_as_of": "2025-01-01T00:00:00Z",
        "generation": 0,
    }


def test_rows_in_bulk_replace_those_of_the_same_key_and_roll_back_with_the_rest(
    settings: Settings,
) -> None:
    def customers(**ids: str) -> pa.Table:
        rows = [
            {"customer_id": name, "status": status, "alias_of": None, "minted_from": "a \"|'\n,ü"}
            | {"since_as_of": ""}
            for name, status in ids.items()
        ]
        return pa.Table.from_pylist(rows, pa.schema([(c, pa.string()) for c in rows[0]]))

    table = tables.identity_customers
    state = store.open(settings)
    with state.begin() as connection:
        bulk.append(connection, table, customers(a="active", b="active"))
        bulk.replace(connection, table, customers(b="alias", c="active"))
    with state.begin() as connection:
        bulk.replace(connection, table, customers(a="alias"))
        connection.rollback()
    with state.begin() as connection:
        found = bulk.read(connection, table)
    expected = customers(a="active", b="alias", c="active").to_pylist()
    assert sorted(found.to_pylist(), key=lambda row: row["customer_id"]) == expected


def test_a_store_of_version_one_gets_the_table_of_mends_and_keeps_the_rest(
    settings: Settings,
) -> None:
    interval, manifest = day(0)
    with store.open(settings).begin() as connection:
        deliveries.landed(connection, interval, manifest)
        tables.mends.drop(connection)
        _as_in_version_two(connection)
        connection.execute(update(tables.schema_version).values(version=1))
    store._open.cache_clear()
    state = store.open(settings)
    with state.begin() as connection:
        assert connection.execute(select(tables.mends)).all() == []
    assert store.version(state) == tables.VERSION
    assert row(settings, interval, "v1")["status"] == "landed"


def test_rows_that_stay_with_a_newer_delivery_still_count_as_loaded(settings: Settings) -> None:
    interval, first = day(0)
    with store.open(settings).begin() as connection:
        for version in ("v1", "v2"):
            deliveries.landed(connection, interval, first | {"version": version})
            deliveries.gated(connection, interval, outcome(version))
            stays = {"v1": 3} if version == "v2" else {}
            deliveries.loaded(connection, interval, outcome(version) | {"carried": stays})
    old = row(settings, interval, "v1")
    assert (old["status"], old["loaded"], old["superseded"]) == ("superseded", 3, 5)


def test_a_failed_step_is_recorded_as_failed(settings: Settings) -> None:
    state = store.open(settings)
    with pytest.raises(ZeroDivisionError), state.run("extract", source="erp"):
        _ = 1 / 0
    with state.begin() as connection:
        status, detail = connection.execute(
            select(tables.runs.c.status, tables.runs.c.detail)
        ).one()
    assert status == "failed"
    assert "ZeroDivisionError" in detail

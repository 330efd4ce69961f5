"""A PostgreSQL database restored from an older backup gets what was loaded since, and no more."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg2
import pytest

from rapport import ingest, warehouses
from rapport.state import store
from tests.integration.intervals.conftest import Erp
from tests.support.postgres import PostgresServer

pytestmark = pytest.mark.postgres


def _shop(server: PostgresServer, folder: Path) -> Erp:
    """An order of each of two days, of which the first is loaded."""
    erp = Erp(folder, server.create_database())
    erp.put("o1", "placed", "2024-03-01 10:00:00")
    erp.put("o2", "placed", "2024-03-02 10:00:00")
    erp.ingest(1)
    return erp


def _copy(server: PostgresServer, url: str) -> str:
    """The database as it is at this moment, under another name: a backup, restored."""
    copy = server.create_database()
    name, origin = copy.rsplit("/", 1)[1], url.rsplit("/", 1)[1]
    admin = psycopg2.connect(copy.replace(name, "postgres"))
    admin.autocommit = True
    with admin.cursor() as cursor:
        cursor.execute(f'drop database "{name}"')
        cursor.execute(f'create database "{name}" template "{origin}"')
    admin.close()
    return copy


def _build(erp: Erp) -> tuple[int, list[tuple[Any, ...]]]:
    """What the first step of a build does to the raw tables: how many were mended, the rows."""
    state = store.open(erp.settings)
    with warehouses.open(erp.settings) as warehouse:
        warehouse.refresh_raw(ingest.raw_tables(erp.settings, state))
        mended = ingest.make_whole(erp.settings, state, warehouse)
    return mended, erp.rows()


def test_what_was_loaded_since_the_backup_comes_back(
    postgres_server: PostgresServer, tmp_path: Path
) -> None:
    """The state store says that it is loaded, so no ingest would ever have brought it again."""
    erp = _shop(postgres_server, tmp_path)
    erp.ingest(2)
    assert _build(erp)[0] == 0
    assert erp.warehouse is not None
    backup = _copy(postgres_server, erp.warehouse)
    erp.put("o2", "paid", "2024-03-02 11:00:00")
    erp.put("o3", "placed", "2024-03-03 10:00:00")
    erp.ingest(2)
    erp.ingest(3)
    assert _build(erp)[0] == 0
    whole = erp.rows("order_no, status, _interval_start, _load_id")
    erp.warehouse = backup
    erp.describe()
    assert len(erp.rows()) == 2

    assert _build(erp)[0] == 2

    assert erp.rows("order_no, status, _interval_start, _load_id") == whole
    assert _build(erp)[0] == 0


def test_what_an_older_state_store_does_not_know_is_taken_out(
    postgres_server: PostgresServer, tmp_path: Path
) -> None:
    """Rows of a day that counts as not loaded would be used by the build before its gate."""
    erp = _shop(postgres_server, tmp_path)
    assert _build(erp)[0] == 0
    store.backup(erp.settings, tmp_path / "state.tar.gz")
    erp.ingest(2)
    store.restore(erp.settings, tmp_path / "state.tar.gz")

    assert _build(erp) == (1, [("o1", "placed")])

    erp.ingest(2)
    assert _build(erp) == (0, [("o1", "placed"), ("o2", "placed")])

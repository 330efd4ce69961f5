"""Candidates whose every table carries one marker, and processes that publish and read them."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import psycopg2
import pyarrow as pa

from rapport import publish, warehouses
from rapport.errors import RapportError
from rapport.settings import Settings
from rapport.state import store
from rapport.warehouses.duckdb_publish import DuckDBPublisher
from rapport.warehouses.postgres_publish import PostgresPublisher

TABLES = ("dim_customers", "fct_orders", "rpt_stage_mix")
FIRST_DAY = datetime(2025, 1, 1, tzinfo=UTC)


def as_of(day: int) -> datetime:
    """As-of of the n-th publication."""
    return FIRST_DAY + timedelta(days=day)


def write_candidate(settings: Settings, marker: int, rows: int = 200) -> str:
    """Build a candidate: some rows change with the marker, some stay; returns the build id."""
    ids = [f"c{i:06}" for i in range(rows)]
    tables = {
        # every row changes / a few rows change, come and go / no key in the first column
        "dim_customers": pa.table({"customer_id": ids, "marker": [marker] * rows}),
        "fct_orders": pa.table(
            {
                "order_id": [*ids, f"new{marker}"],
                "note": pa.array([None, ""] * (rows // 2) + ["x"]),
                "marker": [0] * rows + [marker],
            }
        ),
        "rpt_stage_mix": pa.table(
            {
                "month_end": [None, "2025-01", "2025-01", "2025-01"],
                "marker": [marker, marker, marker, marker],
            }
        ),
        "ops_publication": pa.table(
            {
                "publication_id": pa.array([None], pa.int64()),
                "build_id": [f"b{marker}"],
                "as_of": pa.array([as_of(marker).replace(tzinfo=None)], pa.timestamp("us")),
            }
        ),
    }
    with warehouses.open(settings) as warehouse:
        for name, table in tables.items():
            warehouse.write("candidate", name, table)
    return f"b{marker}"


def publish_marker(settings: Settings, marker: int, rows: int = 200) -> int:
    """Build and publish one candidate."""
    build_id = write_candidate(settings, marker, rows)
    state = store.open(settings)
    try:
        return publish.publish(settings, state, build_id, as_of(marker))
    finally:
        state.close()


def markers(reader: warehouses.MartsReader) -> set[int]:
    """Markers that the tables show: one of them when the publication is whole."""
    found = {int(reader.publication["build_id"][1:])}
    for table in TABLES:
        found.add(reader.query(f"select max(marker) as m from marts.{table}")[0]["m"])
    return found


def read_until(settings: Settings, stop: Path) -> dict[str, Any]:
    """Poll the marts as fast as can be; report what was seen."""
    polls, torn, seen, errors = 0, [], set(), []
    while not stop.exists():
        try:
            with warehouses.open_marts(settings) as reader:
                found = markers(reader)
                time.sleep(0.01)
                again = markers(reader)
        except (RapportError, duckdb.Error, psycopg2.Error, LookupError) as error:
            errors.append(repr(error))
            continue
        if not polls:
            print("ready", flush=True)
        polls += 1
        seen |= found
        if len(found) != 1 or again != found:
            torn.append([sorted(found), sorted(again)])
    return {"polls": polls, "torn": torn, "seen": sorted(seen), "errors": errors}


def die_at(stage: str) -> None:
    """Make this process kill itself, -9, at a stage of publishing."""

    def kill(*_: object, **__: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    if stage == "filled":
        DuckDBPublisher._keep = kill  # type: ignore[method-assign]
        PostgresPublisher._keep = kill  # type: ignore[method-assign]
    elif stage == "kept":
        DuckDBPublisher._swap = kill  # type: ignore[method-assign]
        kept = PostgresPublisher._keep

        def keep_and_die(self: PostgresPublisher, *args: Any) -> None:
            kept(self, *args)
            kill()

        PostgresPublisher._keep = keep_and_die  # type: ignore[method-assign]
    elif stage == "stroke":
        publish._mark = kill  # type: ignore[assignment]


def main() -> None:
    """Entry of the child processes: `read STOP` or `publish MARKER STAGE`."""
    from tests.conftest import bare_settings

    folder, url, what, *rest = sys.argv[1:]
    settings = bare_settings(Path(folder), url)
    if what == "read":
        print(json.dumps(read_until(settings, Path(rest[0]))))
    else:
        die_at(rest[1])
        print("ready", flush=True)
        publish_marker(settings, int(rest[0]))


if __name__ == "__main__":
    main()

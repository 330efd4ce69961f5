"""Files to landing (received, with the proof that they are whole) beside DuckDB's bare COPY.

    python -m benchmarks.file_source [--rows 1000000]

Both read the same file in the same run: the floor is `COPY (select * from read_*) TO parquet`. The
project holds itself to half of the floor's speed. The gate's time on top is printed as a fact.
"""

from __future__ import annotations

import argparse
import gzip
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.company import settings_of
from rapport.company import Entity, Source
from rapport.connectors import files
from rapport.gates import raw
from rapport.landing.zone import Interval, Zone
from rapport.settings import Settings

DAY = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC))
COLUMNS = {
    "event_id": "text",
    "event_at": "timestamp",
    "user_id": "text",
    "page_path": "text",
    "amount": "decimal",
    "is_new": "boolean",
    "comment": "text",
}
ROWS = """
    select
        md5(i::varchar) as event_id,
        timestamp '2026-01-01' + to_milliseconds(i % 86400000) as event_at,
        'user-' || (i % 50000) as user_id,
        '/shop/category-' || (i % 40) || '/product-' || (i % 9000) as page_path,
        (i % 100000) / 100 as amount,
        i % 7 = 0 as is_new,
        case when i % 5 = 0 then 'said "yes", and ' || i end as comment
    from range({rows}) as numbers (i)
"""
FLOORS = {"csv": "read_csv('{path}')", "jsonl": "read_json('{path}')"}


def main() -> None:
    """Print rows and bytes a second of both, and their ratio, for each format."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as scratch:
        for name in ("events.csv", "events.csv.gz", "events.jsonl", "events.jsonl.gz"):
            _compare(Path(scratch), name, rows)


def _compare(folder: Path, name: str, rows: int) -> None:
    format = "csv" if ".csv" in name else "jsonl"
    path = folder / "in" / name
    _write(path, format, rows)
    target = folder / "floor.parquet"
    floor = _seconds(
        lambda: duckdb.sql(f"copy (select * from {FLOORS[format].format(path=path)}) to '{target}'")
    )
    settings, interval = _settings(folder, name, format), Interval("bench", "events", *DAY)
    entity = settings.source("bench").entities["events"]
    zone = Zone(settings.landing_url)

    def land() -> None:
        zone.remove(interval.folder)
        with zone.receive(interval) as delivery:
            files.fetch({"path": str(path.parent)}, entity, interval, delivery)

    landed = _seconds(land)
    started = time.perf_counter()
    outcome = raw.run(settings, zone, interval)
    gated = time.perf_counter() - started
    if outcome["accepted"] != rows:
        raise SystemExit(f"{name}: {outcome['accepted']} of {rows} rows accepted")
    print(
        f"{name:16} {rows:>9,} rows {path.stat().st_size / 1e6:7.0f} MB   "
        f"floor {floor:6.2f} s   landing {landed:6.2f} s   ratio {floor / landed:5.2f}   "
        f"gate on top {gated:6.2f} s",
        flush=True,
    )
    path.unlink()


def _seconds(work: Callable[[], Any]) -> float:
    """The better of two runs: the first also pays for a cold disk."""
    times = []
    for _ in range(2):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return min(times)


def _write(path: Path, format: str, rows: int) -> None:
    path.parent.mkdir(exist_ok=True)
    plain = path.with_suffix("") if path.suffix == ".gz" else path
    options = "header" if format == "csv" else "format json"
    duckdb.sql(f"copy ({ROWS.format(rows=rows)}) to '{plain}' ({options})")
    if path != plain:
        with plain.open("rb") as source, gzip.open(path, "wb", compresslevel=1) as target:
            while block := source.read(1 << 20):
                target.write(block)
        plain.unlink()


def _settings(folder: Path, name: str, format: str) -> Settings:
    entity = Entity.model_validate(
        {
            "name": "events",
            "columns": COLUMNS,
            "key": ["event_id"],
            "fetch": {"pattern": name, "format": format},
        }
    )
    source = Source(
        name="bench", system="files", kind="web", entities={"events": entity}, connection={}
    )
    return settings_of(folder, source)


if __name__ == "__main__":
    main()

"""Peak memory of extracting and gating a day of web events, which must not grow with the day.

    python -m benchmarks.web_memory [--rows 20000000] [--folder DIR]

The events are those of the Segment spec in compressed JSON lines, a file a million; the entity, its
gate and its 26 columns are the shipped ones. What is written is deleted at the end.
"""

from __future__ import annotations

import argparse
import multiprocessing
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from benchmarks.company import settings_of
from benchmarks.memory import Peak
from rapport.company import Source
from rapport.connectors import files
from rapport.gates import raw
from rapport.landing.zone import Interval, Zone
from rapport.settings import Settings
from rapport.systems import shipped_entities

DAY = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC))
LIMIT_MEGABYTES = 2_000
FILE_ROWS = 1_000_000
EVENTS = """
    select
        md5(i::varchar) as "messageId",
        case when i % 10 = 0 then 'track' else 'page' end as type,
        case when i % 10 = 0 then 'Product Viewed' end as event,
        'device-' || (i % 900000) as "anonymousId",
        case when i % 4 = 0 then 'user-' || (i % 200000) end as "userId",
        strftime(timestamp '2026-01-01' + to_milliseconds(i % 86000000), '%Y-%m-%dT%H:%M:%SZ')
            as timestamp,
        strftime(timestamp '2026-01-01' + to_milliseconds(i % 86000000 + 900), '%Y-%m-%dT%H:%M:%SZ')
            as "receivedAt",
        {
            'ip': '203.0.113.' || (i % 250),
            'userAgent': 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X)',
            'page': {'path': '/shop/product-' || (i % 9000), 'url': 'https://shop.example/'},
            'campaign': {'source': 'news', 'medium': 'email'}
        } as context,
        {'product_id': 'sku-' || (i % 9000)} as properties
"""


def main() -> None:
    """Print rows, seconds and the peak, and fail above two gigabytes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=20_000_000)
    parser.add_argument("--folder", type=Path, default=None)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as scratch:
        folder = Path(scratch)
        # In a process of its own: the memory of the generator is not to be counted.
        writer = multiprocessing.get_context("spawn").Process(
            target=write, args=(folder / "in" / "2026-01-01", arguments.rows)
        )
        writer.start()
        writer.join()
        peak = _measure(folder, arguments.rows)
    if peak > LIMIT_MEGABYTES:
        raise SystemExit(f"{peak:,.0f} MB is more than {LIMIT_MEGABYTES:,} MB")


def write(folder: Path, rows: int) -> None:
    """Write the events, a file for each FILE_ROWS."""
    folder.mkdir(parents=True)
    for first in range(0, rows, FILE_ROWS):
        last = min(first + FILE_ROWS, rows)
        duckdb.sql(
            f"copy ({EVENTS} from range({first}, {last}) as numbers (i)) "
            f"to '{folder / f'{first:012}.jsonl.gz'}' (format json, compression gzip)"
        )


def _measure(folder: Path, rows: int) -> float:
    settings, interval = _settings(folder), Interval("web", "events", *DAY)
    entity = settings.source("web").entities["events"]
    zone = Zone(settings.landing_url)
    with Peak() as extracting:
        started = time.perf_counter()
        with zone.receive(interval) as delivery:
            files.fetch({"path": str(folder / "in")}, entity, interval, delivery)
        extracted = time.perf_counter() - started
    print(f"{rows:,} rows   extract {extracted:.0f} s, {extracting.megabytes:,.0f} MB", flush=True)
    with Peak() as gating:
        started = time.perf_counter()
        outcome = raw.run(settings, zone, interval)
        gated = time.perf_counter() - started
    if outcome["accepted"] != rows:
        raise SystemExit(f"{outcome['accepted']:,} of {rows:,} rows accepted: {outcome['reason']}")
    print(f"{rows:,} rows   gate {gated:.0f} s, {gating.megabytes:,.0f} MB")
    return max(extracting.megabytes, gating.megabytes)


def _settings(folder: Path) -> Settings:
    shipped = shipped_entities("segment")["events"]
    fetch = {"pattern": "{date}/*.jsonl.gz", "format": "jsonl"}
    entity = shipped.model_copy(update={"fetch": fetch})
    source = Source(name="web", system="segment", kind="web", entities={"events": entity})
    return settings_of(folder, source)


if __name__ == "__main__":
    main()

"""`python -m benchmarks.load_warehouse`: accepted rows into the warehouse, against bare COPY.

PostgreSQL: `load_interval` of a Parquet file against COPY of the same rows from a CSV file that
lies ready, in the same run. DuckDB: raw is a view over the file, whatever its rows.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import psycopg2

from rapport.warehouses.base import RawTable
from rapport.warehouses.duckdb import DuckDBWarehouse
from rapport.warehouses.postgres import SQL_TYPES, PostgresWarehouse
from tests.support.postgres import PostgresServer

TARGET = 0.5
DAY = datetime(2024, 1, 1, tzinfo=UTC)
COLUMNS = {
    "order_no": "text",
    "customer_name": "text",
    "channel": "integer",
    "status": "text",
    "net_amount": "decimal",
    "tax_amount": "decimal",
    "weight": "double",
    "is_gift": "boolean",
    "ordered_on": "date",
    "updated_at": "timestamp",
}
ROWS = """
    select 'SO-' || lpad(i::varchar, 9, '0') as order_no,
        'Customer ' || (i % 50000) || ' of the "shop"' as customer_name,
        case when i % 10 > 0 then i % 7 end as channel,
        case i % 3 when 0 then 'open' when 1 then '' else 'shipped' end as status,
        (i % 10007) * 1.37::decimal(18,4) as net_amount,
        (i % 977) * 0.19::decimal(18,4) as tax_amount,
        i * 0.001::double as weight,
        i % 3 = 0 as is_gift,
        date '2020-01-01' + (i % 1500)::integer as ordered_on,
        timestamp '2020-01-01' + to_seconds(i * 97) as updated_at,
        'erp' as _source, timestamp '2024-01-01' as _interval_start,
        timestamp '2024-01-02' as _interval_end, timestamp '2024-01-02 01:00' as _loaded_at,
        'a1b2' as _load_id, i as _row_number, false as _is_deleted
    from range({rows}) numbers(i)
"""


def timed(run: Callable[[], object], repeats: int) -> float:
    """Seconds of the best run."""
    best = float("inf")
    for _ in range(repeats):
        began = time.perf_counter()
        run()
        best = min(best, time.perf_counter() - began)
    return best


def postgresql(parquet: Path, csv: Path, rows: int, repeats: int) -> float:
    """Print the table; returns the ratio of bare COPY to loading."""
    raw = RawTable("erp__orders", COLUMNS)
    columns = ", ".join(f"{name} {SQL_TYPES[kind]}" for name, kind in raw.all_columns.items())
    with PostgresServer() as server:
        connection = psycopg2.connect(server.url())

        def bare() -> None:
            with connection, connection.cursor() as cursor, csv.open("rb") as file:
                cursor.execute("drop table if exists bare")
                cursor.execute(f"create table bare ({columns})")
                cursor.execute("create index on bare (_interval_start, _interval_end)")
                cursor.copy_expert("copy bare from stdin (format csv)", file, size=1 << 20)

        def load() -> None:
            with PostgresWarehouse(server.url()) as warehouse:
                warehouse.execute("drop table if exists raw.erp__orders")
                end = DAY + timedelta(days=1)
                assert (
                    warehouse.load_interval(raw, "shop", DAY, end, [str(parquet)], "a1b2") == rows
                )

        with PostgresWarehouse(server.url()) as warehouse:
            warehouse.execute("create schema raw")
        floor, ours = timed(bare, repeats), timed(load, repeats)
        connection.close()
    for name, seconds in (("floor: bare COPY of CSV", floor), ("rapport: load_interval", ours)):
        print(f"  {name:32}{seconds:>8.2f} s{rows / seconds:>14,.0f} rows/s")
    print(f"  {'ratio':32}{floor / ours:>8.2f}")
    return floor / ours


def duckdb_views(folder: Path, sizes: list[int]) -> None:
    """Print seconds until raw shows files of these sizes."""
    for rows in sizes:
        parquet = folder / f"{rows}.parquet"
        duckdb.execute(f"copy ({ROWS.format(rows=rows)}) to '{parquet}' (format parquet)")
        raw = RawTable("erp__orders", COLUMNS, (str(parquet),))
        with DuckDBWarehouse(folder / f"{rows}.duckdb") as warehouse:
            seconds = timed(lambda: warehouse.refresh_raw([raw]), 3)  # noqa: B023
        print(f"  {rows:>12,} rows shown in {1000 * seconds:>8.1f} ms")


def main() -> int:
    """Print the tables; the exit code is 1 when PostgreSQL misses the target."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        parquet, csv = folder / "orders.parquet", folder / "orders.csv"
        query = ROWS.format(rows=options.rows)
        duckdb.execute(f"copy ({query}) to '{parquet}' (format parquet, compression zstd)")
        # Empty text is quoted: bare, COPY takes it for null.
        duckdb.execute(f"copy ({query}) to '{csv}' (header false, force_quote (status))")
        print(f"PostgreSQL, {options.rows:,} rows x {len(COLUMNS) + 7} columns")
        ratio = postgresql(parquet, csv, options.rows, options.repeats)
        print("DuckDB")
        duckdb_views(folder, [1_000, options.rows])
    if ratio < TARGET:
        print(f"below {TARGET} of bare COPY", file=sys.stderr)
    return ratio < TARGET


if __name__ == "__main__":
    sys.exit(main())

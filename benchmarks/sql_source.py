"""`python -m benchmarks.sql_source`: a table of a database to the landing zone, against floors.

The floors read the same query of the same server in the same run: ConnectorX to Arrow, ADBC to
Arrow and to Parquet (PostgreSQL), ConnectorX (SQLite, MariaDB). A ratio above 1 means that landing
is faster than the floor. Beside them stand the bare drivers, for comparison; bare ADBC is no floor
for SQLite, where it stops at columns of several types and rounds numbers in those of text.
"""

from __future__ import annotations

import argparse
import os
import resource
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import adbc_driver_postgresql.dbapi as adbc
import adbc_driver_sqlite.dbapi as adbc_sqlite
import connectorx
import psycopg2
import pyarrow.parquet as pq
import sqlalchemy as sa

from rapport.company import Entity
from rapport.connectors import sql
from rapport.landing.zone import Interval, Zone
from tests.support.mariadb import MariaDBServer, MariaDBUnavailable
from tests.support.postgres import PostgresServer

TARGET = 0.5
ENTITY = Entity(name="orders", key=["order_no"], columns={})
DAY = datetime(2024, 1, 1, tzinfo=UTC)
PLACE = Interval("erp", "orders", DAY, DAY + timedelta(days=1))
QUERY = "select * from orders order by order_no"
COLUMNS = (
    "order_no varchar(20) primary key, customer_id int, customer_name varchar(60), channel int, "
    "status varchar(20), net_amount numeric(18,4), tax_amount numeric(18,4), weight double "
    "precision, is_gift int, ordered_on date, created_at timestamp null, updated_at timestamp null"
)
# One row of each number from 1, in the words that all three engines know.
ROWS = {
    "postgresql": "select 'SO-' || lpad(i::text, 9, '0'), i % 50000, 'Customer ' || i % 50000 || "
    "' of the shop', i % 7, (array['open','shipped','cancelled','returned'])[1 + i % 4], "
    "round((i % 10007) * 1.37, 2), round((i % 977) * 0.19, 4), i * 0.001, i % 2, "
    "date '2020-01-01' + i % 1500, timestamp '2020-01-01' + i * interval '97 seconds', "
    "timestamp '2020-01-01' + i * interval '98.123456 seconds' from generate_series(1, {n}) i",
    "mariadb": "select concat('SO-', lpad(seq, 9, '0')), seq % 50000, concat('Customer ', "
    "seq % 50000, ' of the shop'), seq % 7, elt(1 + seq % 4, 'open', 'shipped', 'cancelled', "
    "'returned'), round((seq % 10007) * 1.37, 2), round((seq % 977) * 0.19, 4), seq * 0.001, "
    "seq % 2, date '2020-01-01' + interval seq % 1500 day, timestamp '2020-01-01 00:00:00' + "
    "interval 97 * seq second, timestamp '2020-01-01 00:00:00' + interval 98 * seq second "
    "from seq_1_to_{n}",
    "sqlite": "with recursive n(i) as (select 1 union all select i + 1 from n where i < {n}) "
    "select printf('SO-%09d', i), i % 50000, 'Customer ' || (i % 50000) || ' of the shop', i % 7, "
    "'shipped', round((i % 10007) * 1.37, 2), round((i % 977) * 0.19, 4), i * 0.001, i % 2, "
    "date('2020-01-01', (i % 1500) || ' days'), datetime('2020-01-01', (i * 97) || ' seconds'), "
    "datetime('2020-01-01', (i * 98) || ' seconds') from n",
}


def land(url: str, folder: Path) -> int:
    """The connector's own way, hashing and manifest included; returns the rows."""
    with Zone(f"file://{folder}").receive(PLACE) as delivery:
        sql.fetch({"url": url}, ENTITY, PLACE, delivery)
    return delivery.rows


def adbc_arrow(url: str, driver: Any = adbc) -> int:
    """Batches of the same query, thrown away."""
    with driver.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(QUERY)
        return sum(len(batch) for batch in cursor.fetch_record_batch())


def adbc_parquet(url: str, path: Path) -> int:
    """Batches of the same query into a Parquet file with pyarrow's defaults."""
    with adbc.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(QUERY)
        reader = cursor.fetch_record_batch()
        with pq.ParquetWriter(path, reader.schema) as writer:
            return sum(_write(writer, batch) for batch in reader)


def _write(writer: pq.ParquetWriter, batch: Any) -> int:
    writer.write_batch(batch)
    return len(batch)


def connectorx_arrow(url: str) -> int:
    """ConnectorX, one partition, the whole result in memory."""
    return int(connectorx.read_sql(url, QUERY, return_type="arrow").num_rows)


def driver_rows(url: str) -> int:
    """The bare Python driver, its rows thrown away."""
    with sa.create_engine(url).connect().execution_options(stream_results=True) as connection:
        found = connection.execute(sa.text(QUERY))
        return sum(len(rows) for rows in iter(lambda: found.fetchmany(50_000), []))


def measured(rows: int, runs: dict[str, Callable[[], int]], repeats: int) -> bool:
    """Print one engine's table, the best of the repeats; True when the target is met."""
    best: dict[str, float] = {}
    for _ in range(repeats):
        for name, run in runs.items():
            began = time.perf_counter()
            assert run() == rows, name
            best[name] = min(best.get(name, 1e9), time.perf_counter() - began)
    ours = best["rapport: landed"]
    for name, seconds in best.items():
        ratio = "" if name == "rapport: landed" else f"{seconds / ours:>10.2f}"
        print(f"  {name:32}{seconds:>8.2f} s{rows / seconds:>14,.0f} rows/s{ratio}")
    fastest = min(seconds for name, seconds in best.items() if "floor" in name)
    return fastest / ours >= TARGET


def postgresql(rows: int, folder: Path, repeats: int) -> bool:
    """Measure on a PostgreSQL of this run's own."""
    with PostgresServer() as server:
        url = server.url()
        connection = psycopg2.connect(url)
        with connection, connection.cursor() as cursor:
            cursor.execute(f"create table orders ({COLUMNS})")
            cursor.execute(f"insert into orders {ROWS['postgresql'].format(n=rows)}")
        connection.close()
        runs = {
            "rapport: landed": lambda: land(url, folder),
            "floor: ADBC to Arrow": lambda: adbc_arrow(url),
            "floor: ADBC to Parquet": lambda: adbc_parquet(url, folder / "floor.parquet"),
            "floor: ConnectorX to Arrow": lambda: connectorx_arrow(url),
        }
        return measured(rows, runs, repeats)


def mariadb(rows: int, folder: Path, repeats: int) -> bool:
    """Measure on a MariaDB of this run's own."""
    with MariaDBServer() as server:
        url = server.create_database()
        name = url.rsplit("/", 1)[1]
        with server.connection(name) as connection, connection.cursor() as cursor:
            cursor.execute(f"create table orders ({COLUMNS})")
            cursor.execute(f"insert into orders {ROWS['mariadb'].format(n=rows)}")
        plain = url.replace("mariadb+pymysql", "mysql")
        runs = {
            "rapport: landed": lambda: land(url, folder),
            "floor: ConnectorX to Arrow": lambda: connectorx_arrow(plain),
            "bare pymysql": lambda: driver_rows(url),
        }
        return measured(rows, runs, repeats)


def sqlite(rows: int, folder: Path, repeats: int) -> bool:
    """Measure on a SQLite file."""
    path = folder / "erp.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute(f"create table orders ({COLUMNS})")
        connection.execute(f"insert into orders {ROWS['sqlite'].format(n=rows)}")
    url = f"sqlite:///{path}"
    runs = {
        "rapport: landed": lambda: land(url, folder),
        "floor: ConnectorX to Arrow": lambda: connectorx_arrow(f"sqlite://{path}"),
        "bare ADBC": lambda: adbc_arrow(f"file:{path}", adbc_sqlite),
        "bare sqlite3": lambda: driver_rows(url),
    }
    return measured(rows, runs, repeats)


def main() -> int:
    """Print the tables; the exit code is 1 when an engine misses the target."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--engines", nargs="*", default=["postgresql", "sqlite", "mariadb"])
    options = parser.parse_args()
    engines = {"postgresql": postgresql, "sqlite": sqlite, "mariadb": mariadb}
    met = {}
    for name in options.engines:
        print(f"{name}, {options.rows:,} rows x 12 columns, {os.cpu_count()} cores; last: ratio")
        with tempfile.TemporaryDirectory() as folder:
            try:
                met[name] = engines[name](options.rows, Path(folder), options.repeats)
            except MariaDBUnavailable as error:
                print(f"  not measured: {error}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    print(f"peak memory, the floors' included: {peak:,.0f} MB")
    missed = [name for name, is_met in met.items() if not is_met]
    if missed:
        print(f"below {TARGET} of a floor: {', '.join(missed)}", file=sys.stderr)
    return bool(missed)


if __name__ == "__main__":
    sys.exit(main())

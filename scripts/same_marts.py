"""`scripts/same_marts.py ONE.duckdb OTHER.duckdb`: do two published files hold the same rows?

Prints each table that differs, with the rows that only one of them has; the exit code is 1 then.
What a run took and when it began is left out. Doubles are compared to nine digits: the last ones
hang on the order in which they are added up.
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

from tests.support.parity import VOLATILE_TABLES

VOLATILE = {
    *("seconds", "started_at", "recorded_at", "bytes", "run_id", "known_at"),
    *("build_id", "publication_id", "rules", "previous_publication_id"),
}
SHOWN = 3


def differences(one: Path, other: Path) -> list[str]:
    """A line a table that differs, with examples of its rows."""
    connection = duckdb.connect()
    for name, path in (("one", one), ("other", other)):
        connection.execute(f"attach '{path}' as {name} (read_only)")
    columns: dict[str, dict[str, dict[str, str]]] = {"one": {}, "other": {}}
    for side, table, column, kind in connection.execute(
        "select database_name, table_name, column_name, data_type from duckdb_columns() "
        "where database_name in ('one', 'other') and not internal order by all"
    ).fetchall():
        columns[side].setdefault(table, {})[column] = kind
    found = [
        f"{table}: on one side only"
        for table in sorted(set(columns["one"]) ^ set(columns["other"]))
    ]
    for table in sorted(set(columns["one"]) & set(columns["other"]) - VOLATILE_TABLES):
        if columns["one"][table] != columns["other"][table]:
            found.append(f"{table}: other columns")
            continue
        selected = ", ".join(
            f"format('{{:.9g}}', \"{name}\")" if kind == "DOUBLE" else f'"{name}"'
            for name, kind in columns["one"][table].items()
            if name not in VOLATILE
        )
        for side, against in (("one", "other"), ("other", "one")):
            rest = (
                f"from (select {selected} from {side}.{table} "
                f"except all select {selected} from {against}.{table})"
            )
            (count,) = connection.execute(f"select count(*) {rest}").fetchone() or (0,)
            if count:
                rows = connection.execute(f"{rest} order by all limit {SHOWN}").fetchall()
                found.append(f"{table}: {count} rows only in {side}, such as {rows}")
    return found


if __name__ == "__main__":
    lines = differences(*map(Path, sys.argv[1:3]))
    print("\n".join(lines) or "the same rows in every table")
    sys.exit(bool(lines))

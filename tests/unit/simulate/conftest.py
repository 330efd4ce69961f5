"""One simulated company for all tests of this folder, and ways to read what its systems hold."""

from __future__ import annotations

import gzip
import json
import sqlite3
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from rapport.simulate.company import SimulationSummary, simulate

FIRST, LAST = date(2025, 1, 15), date(2026, 2, 28)


@dataclass(frozen=True)
class Made:
    """A simulated company and readers of its parts; nothing here uses the simulation's code."""

    folder: Path
    summary: SimulationSummary

    def erp(self, table: str) -> pd.DataFrame:
        return _read(self.folder / "erp" / "erp.sqlite", table)

    def crm(self, table: str) -> pd.DataFrame:
        return _read(self.folder / "crm" / "crm.sqlite", table)

    def truth(self, name: str) -> pd.DataFrame:
        return pd.read_parquet(self.folder / "truth" / f"{name}.parquet")

    @cached_property
    def events(self) -> list[dict[str, Any]]:
        """Every web event, with the day of the file it stood in."""
        found = []
        for path in sorted((self.folder / "web").glob("*.jsonl.gz")):
            lines = gzip.decompress(path.read_bytes()).decode().splitlines()
            day = json.loads(f"[{','.join(lines)}]")
            found += [{**event, "file_day": path.name[:10]} for event in day]
        return found

    @cached_property
    def waits(self) -> pd.DataFrame:
        """Of every delivery of an event: its messageId and the seconds until it arrived."""
        columns = ("messageId", "timestamp", "receivedAt")
        rows = pd.DataFrame([[event[name] for name in columns] for event in self.events])
        rows.columns = pd.Index(columns)
        moments = (pd.to_datetime(rows[name], format="ISO8601") for name in columns[1:])
        happened, arrived = moments
        return rows.assign(seconds=(arrived - happened).dt.total_seconds())

    @cached_property
    def clean(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Orders and their lines without the rows that hold an impossible value."""
        bad = self.truth("impossible_rows")
        orders, lines = self.erp("orders"), self.erp("order_lines")
        key = lines["order_no"] + "|" + lines["line_no"].astype(str)
        return (
            orders[~orders["order_no"].isin(bad[bad["table_name"] == "orders"]["row_key"])],
            lines[~key.isin(bad[bad["table_name"] == "order_lines"]["row_key"])],
        )


def _read(path: Path, table: str) -> pd.DataFrame:
    connection = sqlite3.connect(path)
    try:
        return pd.read_sql(f'select * from "{table}"', connection)
    finally:
        connection.close()


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("company")
    return Made(folder, simulate(1500, FIRST, LAST, 11, folder))

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
            with gzip.open(path, "rt", encoding="utf-8") as lines:
                for line in lines:
                    found.append({**json.loads(line), "file_day": path.name[:10]})
        return found

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
    return Made(folder, simulate(2500, FIRST, LAST, 11, folder))

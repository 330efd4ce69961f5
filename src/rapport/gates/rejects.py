"""Rows that do not pass: kept with file, row, reasons and original content, never in memory."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from rapport.landing.zone import Zone

SCHEMA = pa.schema(
    [
        ("file", pa.string()),
        ("row", pa.int64()),
        ("rules", pa.list_(pa.string())),
        ("original", pa.string()),
    ]
)
_EXAMPLES = 20  # enough to tell what the values of a column look like now


class Rejects:
    """Quarantined rows of one gate run, written to a local file as they come.

    Attributes:
        count: rows.
        rules: rows by rule; a row counts once, under its first rule.
        examples: the first rows of each rule: file, row, original.
    """

    def __init__(self, path: Path) -> None:
        self.path, self.count = path, 0
        self.rules: Counter[str] = Counter()
        self.examples: dict[str, list[dict[str, Any]]] = {}
        self._writer: pq.ParquetWriter | None = None

    def add(self, rows: pa.Table) -> None:
        """Add rows with the columns file, row, rules and original."""
        if len(rows) == 0:
            return
        rows = rows.select(SCHEMA.names).cast(SCHEMA)
        for number, rules in enumerate(rows["rules"].to_pylist()):
            self.rules[rules[0]] += 1
            known = self.examples.setdefault(rules[0], [])
            if len(known) < _EXAMPLES:
                known += rows.slice(number, 1).to_pylist()
        self.count += len(rows)
        if self._writer is None:
            self._writer = pq.ParquetWriter(self.path, SCHEMA)
        self._writer.write_table(rows)

    def close(self) -> None:
        """Finish the local file; without rows there is none."""
        if self._writer is not None:
            self._writer.close()

    def publish(self, zone: Zone, folder: str) -> None:
        """Copy the file into the gate's folder of the landing zone."""
        if self.count:
            with self.path.open("rb") as rows, zone.write(_path(folder)) as target:
                shutil.copyfileobj(rows, target, 1 << 20)


def read(zone: Zone, outcome: dict[str, Any]) -> pa.Table:
    """The quarantined rows of a gate outcome: file, row, rules, original (JSON or the line)."""
    path = _path(outcome["folder"])
    if not zone.exists(path):
        return SCHEMA.empty_table()
    with zone.open(path) as stream:
        return pq.read_table(stream)


def _path(folder: str) -> str:
    return f"{folder}/quarantine/part-00000.parquet"

"""Identity of a simulated company against its truth, from nothing and in ten increments.

    rapport simulate --customers 100000 --out FOLDER
    python -m benchmarks.identity_company FOLDER [INCREMENTS]

Nineteen records in twenty are there at first, the others arrive in the increments. A line a build:
precision and recall of the pairs that its customers imply, how many records of builds before still
have their id, and how many customers of the build before still are one, aliases followed.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from zlib import crc32

import pyarrow as pa

from benchmarks.identity_increments import build, settings_in
from benchmarks.identity_truth import records
from benchmarks.memory import Peak
from rapport.identity import normalise
from rapport.identity.evaluate.metrics import measures

LATEST_BIRTH = date(2100, 1, 1)
LATE_SHARE = 20  # one record in so many is not there at first


def builds(
    table: pa.Table, truth: dict[str, str], increments: int, folder: Path
) -> Iterator[tuple[Any, ...]]:
    """Of each build its result, its quality, ids and customers kept and to be kept, megabytes."""
    keys = table["record_key"].to_pylist()
    drawn = [divmod(crc32(key.encode()), LATE_SHARE) for key in keys]
    comes = [0 if rest else number % increments + 1 for number, rest in drawn]
    settings = settings_in(folder)
    before: dict[str, str] = {}
    for day in range(increments + 1):
        there = table.filter(pa.array([first <= day for first in comes]))
        with Peak() as peak:
            result, ids, _ = build(settings, there, day)
        mine = there["record_key"].to_pylist()
        quality = measures([ids[key] for key in mine], [truth[key] for key in mine])
        kept = [
            ids[key] == old or ids.get(f"alias {old}") == ids[key] for key, old in before.items()
        ]
        customers = set(before.values())
        before = {key: ids[key] for key in mine}
        known = set(before.values())
        live = sum(ids.get(f"alias {old}", old) in known for old in customers)
        counts = (sum(kept), len(kept), live, len(customers))
        yield result, quality, counts, peak.megabytes


def main(folder: str, increments: int = 10) -> None:
    """Print a line a build."""
    table, truth = records(Path(folder))
    place = table.column_names.index("birth_date")
    born = normalise.birth_dates(table["birth_date"], LATEST_BIRTH)
    table = table.set_column(place, "birth_date", born)  # as staging does
    with tempfile.TemporaryDirectory() as name:
        for day, (result, quality, counts, megabytes) in enumerate(
            builds(table, truth, increments, Path(name))
        ):
            print(
                f"{'increment ' + str(day) if day else 'from nothing':14}"
                f"{result.records:>10,} records {result.customers:>9,} customers "
                f"{result.seconds:7.1f} s {megabytes:7,.0f} MB  "
                f"precision {quality['precision']:.5f} recall {quality['recall']:.5f}  "
                f"ids kept {counts[0]:,} of {counts[1]:,}, "
                f"customers kept {counts[2]:,} of {counts[3]:,}  "
                f"{result.changes} {result.from_nothing}",
                flush=True,
            )


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))

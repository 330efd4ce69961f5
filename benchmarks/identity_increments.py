"""Identity from nothing, then in increments: seconds, memory, and whether ids stay.

    python -m benchmarks.identity_increments [RECORDS] [CHANGED] [INCREMENTS]

By default a million records, and ten increments of ten thousand: two fifths new, a tenth gone, the
rest changed. Everything runs as in a build, on DuckDB and SQLite below a temporary folder.
"""

from __future__ import annotations

import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from benchmarks.memory import Peak
from rapport import log, warehouses
from rapport.company import Company
from rapport.identity.results import IdentityResult
from rapport.identity.run import identify
from rapport.mailserver import Smtp
from rapport.settings import REPO, Settings
from rapport.state import store

SYLLABLES = "an ber da el fi gor han is ja ko li mar no os pe ra sa ti ur vi wen".split()
FIRST_DAY = datetime(2025, 1, 1, tzinfo=UTC)
GONE, NEW = 0.1, 0.4
# Of the records some know an older address. Where at first none did, people who move would look
# like drift, and the model would be trained again.
MOVED = 0.05


class Records:
    """Records of people who stand in one system to three, made from nothing but numbers.

    Args:
        records: how many at first.
        seed: of all that is drawn.
    """

    def __init__(self, records: int, seed: int = 1) -> None:
        self.random = np.random.default_rng(seed)
        self.last = 0
        self.rows = self._drawn(records)

    def _drawn(self, count: int) -> dict[str, np.ndarray]:
        """Records of new people; of a few a typo in the name, of many no e-mail or phone."""
        random = self.random
        person = self.last + np.sort(random.integers(0, max(count * 6 // 10, 1), count))
        number = self.last + np.arange(count)
        self.last += count
        return {
            "number": number,
            "person": person,
            "moved": (random.random(count) < MOVED).astype(np.int64),
            "typo": random.random(count) < 0.05,
            "has_email": random.random(count) < 0.7,
            "has_phone": random.random(count) < 0.5,
            "has_birth": random.random(count) < 0.6,
        }

    def change(self, count: int) -> None:
        """Let so many records come, go and change."""
        gone, new = int(count * GONE), int(count * NEW)
        keep = np.ones(len(self.rows["number"]), bool)
        keep[self.random.choice(len(keep), gone, replace=False)] = False
        fresh = self._drawn(new)
        self.rows = {
            name: np.concatenate([values[keep], fresh[name]]) for name, values in self.rows.items()
        }
        some = self.random.choice(len(self.rows["number"]), count - gone - new, replace=False)
        self.rows["moved"][some] += 1

    def table(self) -> pa.Table:
        """The records in the shape of int_identity_records, in an order of no meaning."""
        rows = {name: values[::-1] for name, values in self.rows.items()}
        person, moved = rows["person"], rows["moved"]
        given = _words(_drawn_of(person, 1) % 700, 2)
        family = _words(_drawn_of(person, 2), 4)
        written = np.where(rows["typo"], np.char.add(family, "t"), family)
        system = np.array(["crm", "erp", "web"])[rows["number"] % 3]
        number = rows["number"].astype(str)
        born = np.datetime64("1940-01-01") + (_drawn_of(person, 3) % 22_000).astype(
            "timedelta64[D]"
        )
        place = _drawn_of(person, 5) % 400
        columns: dict[str, Any] = {
            "record_key": np.char.add(np.char.add(system, "|"), number),
            "source_system": system,
            "source_role": system,
            "record_id": number,
            "party_kind": np.full(len(number), "person"),
            "first_name": given,
            "last_name": written,
            "email": _some(
                np.char.add(np.char.add(family, person.astype(str)), "@example.com"),
                rows["has_email"],
            ),
            "phone": _some(
                np.char.add("+4366", (41_000_000 + person % 9_000_000).astype(str)),
                rows["has_phone"],
            ),
            "street": np.char.add(_words(_drawn_of(person + moved * 77, 4), 3), " 7"),
            "city": _words(place, 3),
            "postal_code": (1000 + place * 20).astype(str),
            "country_code": np.full(len(number), "AT"),
            "birth_date": _some(born, rows["has_birth"]),
        }
        return pa.table({name: pa.array(values) for name, values in columns.items()})


def _drawn_of(person: np.ndarray, salt: int) -> np.ndarray:
    """A number of a person, as if drawn: the finaliser of the generator SplitMix64."""
    mixed = person.astype(np.uint64) + np.uint64(salt * 0x9E3779B97F4A7C15 % 2**64)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    return ((mixed ^ (mixed >> np.uint64(31))) >> np.uint64(1)).astype(np.int64)


def _words(numbers: np.ndarray, syllables: int) -> np.ndarray:
    found = np.full(len(numbers), "", dtype="U1")
    for _ in range(syllables):
        numbers, rest = np.divmod(numbers, len(SYLLABLES))
        found = np.char.add(found, np.array(SYLLABLES)[rest])
    return np.char.capitalize(found)


def _some(values: np.ndarray, has: np.ndarray) -> pa.Array:
    return pa.array(values, mask=~has)


def settings_in(folder: Path) -> Settings:
    """A company without sources, everything below one folder."""
    return Settings(
        project_dir=REPO,
        company_dir=folder,
        company=Company(
            name="Benchmark",
            slug="benchmark",
            business_timezone="UTC",
            reporting_currency="EUR",
            history_start=date(2024, 1, 1),
            sources={},
            feeds={},
        ),
        var_dir=folder,
        landing_url=f"file://{folder / 'landing'}",
        state_url=f"sqlite:///{folder / 'state.sqlite'}",
        warehouse_url=f"duckdb:///{folder / 'warehouse.duckdb'}",
        smtp=Smtp(),
        environ={},
    )


def build(
    settings: Settings, records: pa.Table, day: int
) -> tuple[IdentityResult, dict[str, str], float]:
    """One build; its figures, ids by record with aliases, and its CPU seconds."""
    with warehouses.open(settings) as warehouse:
        warehouse.write("intermediate", "int_identity_records", records)
        started = time.process_time()
        with log.quiet():
            result = identify(
                settings, store.open(settings), warehouse, FIRST_DAY + timedelta(days=day)
            )
        spent = time.process_time() - started
        ids = warehouse.read("select record_key, customer_id from identity.record_customers")
        aliases = warehouse.read("select alias_id, customer_id from identity.customer_aliases")
    found = dict(zip(ids["record_key"].to_pylist(), ids["customer_id"].to_pylist(), strict=True))
    used = dict(
        zip(aliases["alias_id"].to_pylist(), aliases["customer_id"].to_pylist(), strict=True)
    )
    return result, {**found, **{f"alias {name}": other for name, other in used.items()}}, spent


def main(records: int = 1_000_000, changed: int = 10_000, increments: int = 10) -> None:
    """Print a line a build."""
    company = Records(records)
    with tempfile.TemporaryDirectory() as name:
        settings = settings_in(Path(name))
        before: dict[str, str] = {}
        for day in range(increments + 1):
            if day:
                company.change(changed)
            table = company.table()
            with Peak() as peak:
                result, ids, cpu = build(settings, table, day)
            stayed = [
                ids[key] == old or ids.get(f"alias {old}") == ids[key]
                for key, old in before.items()
                if key in ids and not key.startswith("alias ")
            ]
            print(
                f"{'increment ' + str(day) if day else 'from nothing':14}"
                f"{result.records:>10,} records {result.customers:>9,} customers "
                f"{result.seconds:7.1f} s wall {cpu:7.1f} s cpu {peak.megabytes:7,.0f} MB  "
                f"ids kept {sum(stayed):,} of {len(stayed):,}  {result.changes} {result.phases} "
                f"{result.work} {result.from_nothing}",
                flush=True,
            )
            before = ids


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))

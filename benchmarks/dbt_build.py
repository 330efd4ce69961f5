"""`python -m benchmarks.dbt_build FOLDER`: dbt's seconds in a first build and the next day's.

A simulated company is ingested up to its last day (once; FOLDER keeps it) and built from nothing,
then its last day is ingested and built. What is measured is dbt: parsing, models and their tests.
Identity, the estimating steps and publishing have targets of their own and are printed beside it.
`--times 4` does the same with a quarter of the history first, and prints what a day's seconds grow
by when the history does.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

from rapport import build, ingest, transform
from rapport.settings import Settings
from rapport.simulate.company import simulate
from tests.support.simulated import Simulated, served

SECONDS_FROM_NOTHING, SECONDS_A_DAY, MOST_BY_HISTORY = 90.0, 15.0, 1.3
DAY = timedelta(days=1)
SLOWEST = 10
SEED = 1


class Measured:
    """One build: wall seconds by step, and what dbt did.

    Attributes:
        steps: wall seconds of each step of the build.
        dbt, cpu: wall seconds of dbt, parsing included, and CPU seconds of this process meanwhile.
        parse, parse_cpu: the same of parsing alone.
        nodes: as `transform.run` returns them.
    """

    def __init__(self) -> None:
        self.steps: dict[str, float] = {}
        self.dbt = self.parse = self.cpu = self.parse_cpu = 0.0
        self.nodes: list[dict[str, Any]] = []

    def run(self, settings: Settings) -> None:
        """Build and publish, as `rapport build` does."""
        transform.forget_parsed()  # a build is a process of its own
        with self._spent():
            transform.parse(settings)
        self.parse, self.parse_cpu = self.dbt, self.cpu
        ticket = build.decide(settings, force=True, waits=False)
        assert ticket is not None
        failed = True
        with mock.patch.object(transform, "run", self._timed(transform.run)):
            try:
                for step in (build.stage, build.identify, build.model, build.gate, build.publish):
                    began = time.perf_counter()
                    step(settings, ticket)
                    self.steps[step.__name__] = time.perf_counter() - began
                failed = False
            finally:
                build.release(settings, ticket, failed)

    def lines(self, name: str) -> list[str]:
        """The table of this build."""
        kinds = Counter(node["kind"] for node in self.nodes)
        spent: Counter[str] = Counter()
        for node in self.nodes:
            spent[node["kind"]] += node["seconds"]
        load = os.getloadavg()[0]
        beside = sum(self.steps.values()) - (self.dbt - self.parse)
        parsing = f"{self.parse:.1f} s ({self.parse_cpu:.1f} s)"
        lines = [
            f"{name}: dbt {self.dbt:.1f} s (CPU {self.cpu:.1f} s), of which parsing {parsing}; "
            f"beside dbt {beside:.1f} s; load {load:.1f}",
            "  nodes  " + ", ".join(f"{n} {kind} {spent[kind]:.1f} s" for kind, n in kinds.items()),
            "  steps  " + ", ".join(f"{step} {s:.1f} s" for step, s in self.steps.items()),
        ]
        slowest = sorted(self.nodes, key=lambda node: (-node["seconds"], node["model"]))[:SLOWEST]
        return lines + [f"  {node['seconds']:7.2f} s  {node['model']}" for node in slowest]

    @contextmanager
    def _spent(self) -> Iterator[None]:
        wall, cpu = time.perf_counter(), time.process_time()
        yield
        self.dbt += time.perf_counter() - wall
        self.cpu += time.process_time() - cpu

    def _timed(self, run: Any) -> Any:
        def timed(*args: Any, **kwargs: Any) -> list[dict[str, Any]]:
            with self._spent():
                nodes: list[dict[str, Any]] = run(*args, **kwargs)
            self.nodes += nodes
            return nodes

        return timed


def measure(company: Simulated, folder: Path, end: date) -> tuple[Measured, Measured]:
    """Build what lies before the day that ends at `end` from nothing, then that day.

    Args:
        company: its systems, being served.
        folder: keeps the company as ingested before that day; its copy `run` is built.
    """
    kept, var = folder / "ingested", folder / "run"
    until = company.start + (end - company.start.date())
    if not kept.exists():
        shutil.rmtree(folder / "partial", ignore_errors=True)
        company.ingest(company.settings(folder / "partial"), company.start, until - DAY)
        (folder / "partial").rename(kept)
    shutil.rmtree(var, ignore_errors=True)
    shutil.copytree(kept, var)
    settings = company.settings(var)
    nothing, day = Measured(), Measured()
    nothing.run(settings)
    print("\n".join(nothing.lines(f"{end - DAY}, from nothing")), flush=True)
    for source in settings.company.sources:
        ingest.interval(settings, source, until - DAY, until)
    day.run(settings)
    print("\n".join(day.lines(f"{end}, one more day")), flush=True)
    return nothing, day


def main() -> int:
    """Print the tables; the exit code is 1 when a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--months", type=int, default=18)
    parser.add_argument("--company", type=Path, help="one that `rapport simulate` has made")
    parser.add_argument("--times", type=int, default=0, help="4: also a quarter of the history")
    options = parser.parse_args()
    made = options.company or options.folder / "company"
    if not (made / "simulation.json").exists():
        last = date(2026, 6, 30)
        first = date(2025, 1, 1) if options.months == 18 else last - 30.44 * options.months * DAY
        simulate(options.customers, first, last, SEED, made)
    facts = json.loads((made / "simulation.json").read_text())
    first, last = (date.fromisoformat(facts[name]) for name in ("first_day", "last_day"))
    missed = []
    with served(made, first, last) as company:
        short = None
        if options.times:
            end = first + (last + DAY - first) // options.times
            _, short = measure(company, options.folder / "short", end)
        nothing, day = measure(company, options.folder / "whole", last + DAY)
    figures = [
        ("s from nothing", nothing.dbt, SECONDS_FROM_NOTHING),
        ("s for one more day", day.dbt, SECONDS_A_DAY),
    ]
    if short:
        times = f"times a day's seconds at {options.times} times the history"
        figures.append((times, day.dbt / short.dbt, MOST_BY_HISTORY))
    for what, found, most in figures:
        print(f"{found:8.2f} {what} (at most {most:g})")
        missed += [what] if found > most else []
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())

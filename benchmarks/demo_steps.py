"""`python -m benchmarks.demo_steps`: where the time of the last `make demo` went.

`--run` runs the demo first (remove var/ before to measure a first run).
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

from benchmarks.memory import Peak
from rapport import settings
from rapport.demo import harness


def table(measured: dict[str, Any]) -> list[str]:
    """Lines of the table: the demo's own steps, then Airflow's tasks by DAG and task."""
    lines = [f"{'step':44}{'times':>6}{'median s':>10}{'max s':>8}{'sum s':>8}", "-" * 76]
    for name, seconds in measured["steps"]:
        lines.append(f"{name:44}{1:>6}{seconds:>10.1f}{seconds:>8.1f}{seconds:>8.1f}")
    spent: dict[tuple[str, str], list[float]] = defaultdict(list)
    for task in measured["tasks"]:
        spent[task["dag"], task["task"]].append(task["seconds"])
    for (dag, task), seconds in spent.items():
        middle, most, total = statistics.median(seconds), max(seconds), sum(seconds)
        lines.append(
            f"{dag + '.' + task:44}{len(seconds):>6}{middle:>10.1f}{most:>8.1f}{total:>8.1f}"
        )
    return lines


def main() -> int:
    """Print the table; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", action="store_true", help="run the demo first")
    parser.add_argument("--customers", type=int, default=2000)
    options = parser.parse_args()
    memory = ""
    if options.run:
        with Peak() as peak:
            harness.run_demo(options.customers)
        memory = f"\npeak memory of all processes together: {peak.megabytes:,.0f} MB"
    path: Path = settings.load().var_dir / "demo" / "steps.json"
    if not path.exists():
        print("No demo was run here yet. Run `make demo`, or add --run.", file=sys.stderr)
        return 1
    print("\n".join(table(json.loads(path.read_text()))) + memory)
    return 0


if __name__ == "__main__":
    sys.exit(main())

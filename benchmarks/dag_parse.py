"""`python -m benchmarks.dag_parse`: seconds to read each DAG file, with Airflow itself imported."""

from __future__ import annotations

import importlib
import os
import sys
import tempfile
import time

from rapport.settings import REPO

LIMIT_SECONDS = 1.0


def main() -> int:
    """Print the table; the exit code is 1 when a file is over the limit."""
    with tempfile.TemporaryDirectory() as home:
        os.environ["AIRFLOW_HOME"] = home
        importlib.import_module("airflow.sdk")
        sys.path.insert(0, str(REPO / "dags"))
        slow = []
        for path in sorted((REPO / "dags").glob("*.py")):
            began = time.perf_counter()
            importlib.import_module(path.stem)
            seconds = time.perf_counter() - began
            slow += [path.name] if seconds > LIMIT_SECONDS else []
            print(f"{path.name:32}{seconds:8.3f} s")
    if slow:
        print(f"over {LIMIT_SECONDS} s: {', '.join(slow)}", file=sys.stderr)
    return bool(slow)


if __name__ == "__main__":
    sys.exit(main())

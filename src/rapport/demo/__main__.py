"""`python -m rapport.demo run|up|down`, behind `make demo`, `make up` and `make down`."""

from __future__ import annotations

import argparse
import signal
import sys
from typing import Any

from rapport.demo import harness, standing
from rapport.errors import RapportError


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    parser = argparse.ArgumentParser(prog="rapport.demo", description=__doc__)
    parser.add_argument("command", choices=["run", "up", "down"])
    parser.add_argument("--customers", type=int, default=2000)
    parser.add_argument("--months", type=int, default=18)
    parser.add_argument("--port", type=int, help="port of Airflow's page (a free one by default)")
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        if options.command == "run":
            harness.run_demo(options.customers, options.months, options.port)
        elif options.command == "up":
            standing.up(options.customers, options.months, options.port)
        else:
            standing.down()
    except RapportError as error:
        print(f"\nrapport: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nrapport: Stopped; what was started here has ended.", file=sys.stderr)
        return 130
    return 0


def _interrupt(*_: Any) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())

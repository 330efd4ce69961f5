"""A small simulated company whose CRM is served for real, for tests of the whole chain."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import uvicorn

from rapport import ingest, settings
from rapport.settings import REPO, Settings
from rapport.simulate.company import simulate
from rapport.simulate.serve import create_app

TOKEN = "a-token-of-this-test"


class Simulated:
    """The company's systems, up and running.

    Attributes:
        folder: what `rapport simulate` wrote.
        start, end: the span of its facts, UTC; `end` is exclusive.
        url: address of its CRM.
    """

    def __init__(self, folder: Path, start: datetime, end: datetime, url: str) -> None:
        self.folder, self.start, self.end, self.url = folder, start, end, url

    def settings(self, var: Path, **environment: str) -> Settings:
        """Settings of the demo company on these systems, keeping everything in `var`."""
        return settings.load(
            REPO / "companies" / "demo",
            {
                **{k: v for k, v in os.environ.items() if not k.startswith("RAPPORT_")},
                "RAPPORT_VAR": str(var),
                "RAPPORT_DEMO_CRM_URL": self.url,
                "RAPPORT_DEMO_CRM_TOKEN": TOKEN,
                "RAPPORT_DEMO_ERP_URL": f"sqlite:///{self.folder / 'erp' / 'erp.sqlite'}",
                "RAPPORT_DEMO_WEB_DIR": str(self.folder / "web"),
                "RAPPORT_DEMO_SPEND_DIR": str(self.folder / "spend"),
                **environment,
            },
        )

    def ingest(self, found: Settings, start: datetime, end: datetime, *sources: str) -> None:
        """Ingest [start, end) of the named sources, or of all."""
        for source in sources or tuple(found.company.sources):
            ingest.interval(found, source, start, end)


@contextmanager
def simulated(
    folder: Path, customers: int, first: date, last: date, seed: int
) -> Iterator[Simulated]:
    """Make a company and serve its CRM while the block runs."""
    simulate(customers, first, last, seed, folder)
    with served(folder, first, last) as found:
        yield found


@contextmanager
def served(folder: Path, first: date, last: date) -> Iterator[Simulated]:
    """Serve the CRM of a company that was made earlier while the block runs."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = uvicorn.Server(
        uvicorn.Config(
            create_app(folder, TOKEN, rate_limit_per_10s=0),
            host="127.0.0.1",
            port=port,
            log_level="error",
        )
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.02)
    start = datetime.combine(first, datetime.min.time(), UTC)
    end = datetime.combine(last + timedelta(days=1), datetime.min.time(), UTC)
    try:
        yield Simulated(folder, start, end, f"http://127.0.0.1:{port}")
    finally:
        server.should_exit = True
        thread.join(10)

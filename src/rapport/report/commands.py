"""What `rapport report ...` and the DAG call: open the marts and the state store, run a report."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from rapport import log, warehouses
from rapport.errors import RapportError
from rapport.report import issue
from rapport.settings import Settings
from rapport.state import store


def send(
    settings: Settings, name: str = issue.DEFAULT, wait_for_late: bool = False
) -> dict[str, Any]:
    """Send a report to all who have not got it yet.

    Args:
        wait_for_late: send nothing while the data of a source are late; whoever asks for this
            sends later without it, and then the report names the late sources.
    """
    _check(settings, name)
    with _state(settings) as state, warehouses.open_marts(settings) as reader:
        late = reader.query("select source from marts.ops_sources where is_stale order by source")
        if wait_for_late and late:
            names = [row["source"] for row in late]
            log.get(report=name).info("report waits", late=names)
            return {"report": name, "sent": (), "waits_for": names}
        return asdict(issue.send(settings, state, reader, name=name))


def render(settings: Settings, name: str = issue.DEFAULT) -> dict[str, Any]:
    """Render a report into the archive without sending it."""
    _check(settings, name)
    with _state(settings) as state, warehouses.open_marts(settings) as reader:
        place = issue.keep_only(settings, state, reader, name=name)
    return {"report": name, "archive": place, "page": place / "index.html"}


def resend(settings: Settings, name: str, period: str, recipient: str) -> dict[str, Any]:
    """Send an issue once more to one person, with the same Message-ID."""
    _check(settings, name)
    with _state(settings) as state:
        return asdict(issue.resend(settings, state, period, recipient, name))


def _check(settings: Settings, name: str) -> None:
    known = sorted(p.parent.name for p in (settings.project_dir / "reports").glob("*/report.yml"))
    if name not in known:
        raise RapportError(
            "report-unknown",
            f"There is no report called {name!r}",
            "reports/",
            f"use one of: {', '.join(known)}",
        )


@contextmanager
def _state(settings: Settings) -> Iterator[store.State]:
    state = store.open(settings)
    try:
        yield state
    finally:
        state.close()

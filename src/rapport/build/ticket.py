"""Whether to build, as of when, and knowing what: the ticket that goes from step to step."""

from __future__ import annotations

import shutil
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, insert, select

from rapport import clock, locks, log
from rapport.build import past
from rapport.errors import RapportError
from rapport.settings import Settings
from rapport.state import deliveries, store
from rapport.state.store import State
from rapport.state.tables import builds

LOCK = "build"
LEASE_SECONDS = 4 * 3600  # longer than any one step's time-out; every step renews it
MIN_FREE_BYTES = 1 << 30  # a build needs room for the warehouse's and the marts' next version

Ticket = dict[str, Any]


def decide(
    settings: Settings,
    deadline: datetime | None = None,
    as_of: datetime | None = None,
    force: bool = False,
    waits: bool = True,
    known: past.Known | None = None,
    owner: str | None = None,
) -> Ticket | None:
    """Decide whether to build, and as of when; take the build lock if so.

    The as-of is the least end up to which all required sources are gated without a gap; the
    published as-of never moves back, so an older interval loaded again restates it. With a
    `deadline` it is the last midnight UTC before that, and the sources that do not reach it are
    late. With `as_of` the build is a side build: it writes schemas of its own and no publication;
    with `known` too it uses what was known then and nothing else.

    Args:
        owner: who holds the build lock, the same whenever the decision is asked for again: a ticket
            that got lost on its way must not stand against the next one.

    Returns:
        the ticket, or None when nothing has changed since the last publication.

    Raises:
        RapportError: `nothing-to-build` when a required source has no interval at all (with
            `waits`, which is for schedules, that is None), `interval-invalid` when the `as_of` is
            in the future, `build-running`, `disk-full`.
    """
    if as_of is not None and as_of > clock.now():
        raise RapportError(
            "interval-invalid",
            f"{clock.iso(as_of)} is in the future: what happens until then is not known",
            "rapport build --as-of",
            "give an instant that has passed",
        )
    state = store.open(settings)
    with state.begin() as connection:
        ends = {
            name: deliveries.contiguous_end(connection, name)
            for name, source in settings.company.sources.items()
        }
        last = _last_published(connection)
    required = [n for n, s in settings.company.sources.items() if s.required]
    missing = [name for name in required if ends[name] is None]
    if missing:
        if waits:
            log.get().info("no build", waiting_for=missing)
            return None
        raise RapportError(
            "nothing-to-build",
            f"Nothing was ingested yet from {', '.join(missing)}",
            todo=f"ingest an interval first: rapport ingest {missing[0]} --from ... --to ...",
        )
    at = as_of or (_midnight(deadline) if deadline else _current(ends, required, last))
    with state.begin() as connection:
        inputs = deliveries.fingerprint(connection, at) if known is None else f"k{known.loads}"
        build_id = _name(connection, f"b{at:%Y%m%dT%H%M}-{inputs}")
    late = sorted(n for n, end in ends.items() if end is None or end < at)
    suffix = f"__{as_of:%Y%m%d}" if as_of is not None else ""
    if known is not None:
        late, suffix = list(known.late), f"{suffix}_{inputs}"
    ticket: Ticket = {
        "build_id": build_id,
        # A build by hand is one process: when that is killed, its lock is free at once.
        "owner": owner or (build_id if waits else locks.this_process(build_id)),
        "as_of": clock.iso(at),
        "is_side": as_of is not None,
        "suffix": suffix,
        "known": asdict(known) if known is not None else None,
        "late": late,
        "inputs": inputs,
    }
    if as_of is None and not force and last and not _news(last, ticket):
        log.get().info("no build", reason="nothing new since the last publication")
        return None
    _check_disk(settings)
    locks.acquire(state, LOCK, ticket["owner"], LEASE_SECONDS)
    _record(state, ticket)
    return ticket


def _current(
    ends: dict[str, datetime | None], required: list[str], last: dict[str, Any] | None
) -> datetime:
    complete = min(end for name in required if (end := ends[name]) is not None)
    return max(complete, clock.parse(last["as_of"])) if last else complete


def _midnight(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _name(connection: Any, name: str) -> str:
    """The build's id: its as-of and inputs, and which try it is, from the second on."""
    tries = connection.execute(
        select(func.count()).select_from(builds).where(builds.c.build_id.like(f"{name}%"))
    ).scalar_one()
    return f"{name}-{tries + 1}" if tries else name


def _last_published(connection: Any) -> dict[str, Any] | None:
    row = (
        connection.execute(
            select(builds)
            .where(builds.c.status == "published")
            .order_by(builds.c.as_of.desc(), builds.c.finished_at.desc())
        )
        .mappings()
        .first()
    )
    return dict(row) if row else None


def _news(last: dict[str, Any], ticket: Ticket) -> bool:
    """A later as-of, or other content under the same one; never an older as-of."""
    if ticket["as_of"] < last["as_of"]:
        return False
    return bool(ticket["as_of"] > last["as_of"] or ticket["inputs"] != last["inputs"])


def _check_disk(settings: Settings) -> None:
    settings.var_dir.mkdir(parents=True, exist_ok=True)
    used = sum(
        path.stat().st_size
        for path in (settings.warehouse_path, settings.marts_path)
        if settings.engine == "duckdb" and path.exists()
    )
    free, needed = shutil.disk_usage(settings.var_dir).free, MIN_FREE_BYTES + 2 * used
    if free < needed:
        raise RapportError(
            "disk-full",
            f"{free / 1e9:.1f} GB are free, a build needs {needed / 1e9:.1f} GB",
            str(settings.var_dir),
            "free space or lower the retention settings, then run the build again",
        )


def _record(state: State, ticket: Ticket) -> None:
    with state.begin() as connection:
        connection.execute(
            insert(builds).values(
                build_id=ticket["build_id"],
                as_of=ticket["as_of"],
                status="running",
                is_side=int(ticket["is_side"]),
                inputs=ticket["inputs"],
                started_at=clock.iso(clock.now()),
                detail={"late": ticket["late"]},
            )
        )

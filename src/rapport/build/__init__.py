"""The steps of a build: decide, stage, identify, model, gate, publish, release.

`build_customers` runs them as tasks, the command line in one process. A ticket (plain JSON)
carries what was decided from step to step; each step may be run again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from rapport import clock, ingest, locks, ops, transform, warehouses
from rapport import publish as publication
from rapport.build import estimates, past, published
from rapport.build.ticket import LEASE_SECONDS, LOCK, Ticket, decide
from rapport.gates import marts
from rapport.identity.run import identify as link
from rapport.settings import Settings
from rapport.state import store
from rapport.state.store import State
from rapport.state.tables import builds

CANDIDATE = "candidate"
BEFORE_IDENTITY = "+int_identity_records"  # what `stage` builds, for `identify` to read


def stage(settings: Settings, ticket: Ticket) -> None:
    """Bring raw and ops tables up to date and build staging and the identity step's input."""
    with _step(settings, ticket, "stage") as (state, facts):
        known = _known(ticket)
        if known is None:
            with state.begin() as connection:
                known_at = clock.now()
                until = past.note_loads(
                    connection, ticket["build_id"], clock.iso(known_at), ticket["late"]
                )
        else:
            known_at, until = clock.parse(known.at), known.loads
        raw = ingest.raw_tables(settings, state, until)
        with warehouses.open(settings) as warehouse:
            warehouse.refresh_raw(raw, f"raw{ticket['suffix']}" if known else "raw")
            if not known:
                ingest.make_whole(settings, state, warehouse)
            ops.export(
                settings,
                state,
                warehouse,
                ticket["build_id"],
                _as_of(ticket),
                known_at,
                f"ops{ticket['suffix']}",
            )
            published.take(settings, warehouse, ticket["is_side"], ticket["suffix"])
        results = _dbt(settings, ticket, [BEFORE_IDENTITY])
        facts["rows"] = len(results)


def identify(settings: Settings, ticket: Ticket) -> None:
    """Give every source record its customer."""
    with _step(settings, ticket, "identify") as (state, facts):
        with warehouses.open(settings) as warehouse:
            result = link(
                settings,
                state,
                warehouse,
                _as_of(ticket),
                dry_run=bool(ticket["is_side"]),
                suffix=ticket["suffix"],
                past=known.identity if (known := _known(ticket)) else None,
            )
        if not ticket["is_side"]:
            with state.begin() as connection:
                past.note_identity(connection, ticket["build_id"], result.model)
        facts["rows"] = result.records


def model(settings: Settings, ticket: Ticket) -> None:
    """Build and test everything after identity, up to the candidate marts."""
    with _step(settings, ticket, "model") as (state, facts):
        results = _dbt(settings, ticket, [*estimates.INPUTS], exclude=[BEFORE_IDENTITY])
        with warehouses.open(settings) as warehouse:
            for step in estimates.STEPS:
                step.run(
                    settings,
                    state,
                    warehouse,
                    _as_of(ticket),
                    dry_run=bool(ticket["is_side"]),
                    suffix=ticket["suffix"],
                )
        results += _dbt(settings, ticket, ["fqn:*"], exclude=[BEFORE_IDENTITY, *estimates.INPUTS])
        facts["rows"] = len(results)


def gate(settings: Settings, ticket: Ticket) -> list[dict[str, Any]]:
    """Run the marts gate over the candidate.

    Raises:
        RapportError: `marts-gate-failed`; the published marts stay as they are.
    """
    with _step(settings, ticket, "gate_marts") as (state, facts):
        with warehouses.open(settings) as warehouse:
            outcomes = marts.run(settings, warehouse, f"{CANDIDATE}{ticket['suffix']}")
        facts["rows"] = len(outcomes)
        with state.begin() as connection:
            past.note(connection, ticket["build_id"], gate=outcomes)
    return outcomes


def publish(settings: Settings, ticket: Ticket) -> int | None:
    """Make the candidate the published marts at one stroke.

    Returns:
        the publication's number; None for a side build, which is never published.
    """
    if ticket["is_side"]:
        return None
    with _step(settings, ticket, "publish") as (state, facts):
        number = publication.publish(settings, state, ticket["build_id"], _as_of(ticket), CANDIDATE)
        facts["rows"] = number
        _note_end(state, ticket, "published")
    return number


def release(settings: Settings, ticket: Ticket, failed: bool) -> None:
    """Note how the build ended and give the lock back; always the last step."""
    state = store.open(settings)
    _note_end(state, ticket, "failed" if failed else "side" if ticket["is_side"] else "published")
    locks.release(state, LOCK, ticket["owner"])


def _note_end(state: State, ticket: Ticket, status: str) -> None:
    with state.begin() as connection:
        connection.execute(
            update(builds)
            .where(builds.c.build_id == ticket["build_id"])
            .values(status=status, finished_at=clock.iso(clock.now()))
        )


def run(
    settings: Settings,
    as_of: datetime | None = None,
    force: bool = False,
    known_at: datetime | None = None,
    publication_id: int | None = None,
) -> Ticket | None:
    """A whole build in this process.

    Args:
        known_at: with `as_of`: use only what was loaded by then, and identity as it was.
        publication_id: the same for the as-of of this publication and what its build knew, so
            that what was published comes again.

    Returns:
        the ticket with `publication_id`, or None when there was nothing to build.

    Raises:
        RapportError: as `decide`; `publication-unknown`; `past-not-kept`.
    """
    known = None
    if publication_id is not None or known_at is not None:
        with store.open(settings).begin() as connection:
            if publication_id is not None:
                moment, known = past.of_publication(connection, publication_id)
                as_of = clock.parse(moment)
            elif known_at is not None:
                known = past.by(connection, clock.iso(known_at))
    ticket = decide(settings, as_of=as_of, force=force, waits=False, known=known)
    if ticket is None:
        return None
    failed = True
    try:
        stage(settings, ticket)
        identify(settings, ticket)
        model(settings, ticket)
        gate(settings, ticket)
        ticket["publication_id"] = publish(settings, ticket)
        failed = False
    finally:
        release(settings, ticket, failed)
    return ticket


@contextmanager
def _step(settings: Settings, ticket: Ticket, name: str) -> Iterator[tuple[State, dict[str, Any]]]:
    """Open the state store, renew the lock, which a retried step may find expired, and record the
    step with the facts that the block fills in.

    A step that a person clears once its build has ended gives the lock back itself: `release` has
    succeeded and does not run again, unless it is cleared too.
    """
    state = store.open(settings)
    locks.acquire(state, LOCK, ticket["owner"], LEASE_SECONDS)
    with state.begin() as connection:
        mine = select(builds.c.finished_at).where(builds.c.build_id == ticket["build_id"])
        has_ended = connection.execute(mine).scalar() is not None
    try:
        with state.run(name, build_id=ticket["build_id"]) as facts:
            yield state, facts
    finally:
        if has_ended:
            locks.release(state, LOCK, ticket["owner"])


def _dbt(
    settings: Settings, ticket: Ticket, select: list[str], exclude: list[str] | None = None
) -> list[dict[str, Any]]:
    return transform.run(
        settings,
        select=select,
        as_of=_as_of(ticket),
        exclude=exclude or [],
        extra_vars={
            "build_id": ticket["build_id"],
            # Only where there is one: with other vars dbt parses the whole project anew.
            **({"schema_suffix": ticket["suffix"]} if ticket["suffix"] else {}),
            **({"raw_suffix": ticket["suffix"]} if ticket["known"] else {}),
        },
    )


def _known(ticket: Ticket) -> past.Known | None:
    return past.Known(**ticket["known"]) if ticket["known"] else None


def _as_of(ticket: Ticket) -> datetime:
    return clock.parse(ticket["as_of"])

"""Write, audit, publish: the candidate becomes what readers see, at one stroke, or not at all.

The ledger (`publications` in the state store) says `prepared` before the stroke and `published`
after it. A crash in between is settled by what the marts themselves say: `ops_publication`.
"""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import insert, select, update

from rapport import clock, locks, log, warehouses
from rapport.errors import RapportError
from rapport.settings import Settings
from rapport.state.store import State
from rapport.state.tables import publications
from rapport.warehouses import Publisher

LOCK = "publish"


def publish(
    settings: Settings,
    state: State,
    build_id: str,
    as_of: datetime,
    candidate_schema: str = "candidate",
) -> int:
    """Publish a candidate that has passed its gate.

    Args:
        build_id: the build that made it; the candidate's `ops_publication` must say the same.
        as_of: its exclusive as-of, UTC. A publication whose rows are the same as before but
            whose as-of moved is a publication like any other.
        candidate_schema: where the candidate lies; all its tables are published.

    Returns:
        the publication id.

    Raises:
        RapportError: `as-of-older`, `candidate-missing`, `candidate-mismatch`, `build-running`,
            `warehouse-locked`, `publish-blocked`, `disk-full`; the marts are then as before.
    """
    publisher = warehouses.publisher(settings)
    with locks.held(state, LOCK):
        _reconcile(state, publisher)
        _audit(publisher, build_id, as_of, candidate_schema)
        publication_id = _prepare(state, publisher, build_id, as_of)
        started = time.perf_counter()
        try:
            difference = publisher.publish(candidate_schema, publication_id)
        except BaseException:
            with suppress(Exception):  # what went wrong first is what people must see
                _reconcile(state, publisher)
            raise
        detail = {
            "deleted": difference.deleted,
            "inserted": difference.inserted,
            "seconds": round(time.perf_counter() - started, 3),
        }
        _mark(state, publication_id, "published", detail)
        _prune(publisher, settings.publications_keep, publication_id)
    log.get(build=build_id).info("published", publication_id=publication_id, **detail)
    return publication_id


def rollback(settings: Settings, state: State, to: int | None = None) -> int:
    """Give readers an earlier publication back, at one stroke.

    Args:
        to: id of a kept publication; default the one published before the present one.

    Returns:
        the id that readers see now.

    Raises:
        RapportError: `publication-unknown` when it is not kept (any more).
    """
    publisher = warehouses.publisher(settings)
    with locks.held(state, LOCK):
        _reconcile(state, publisher)
        present = _id(publisher.current())
        kept = publisher.archives()
        if to is None:
            good = {row["publication_id"] for row in _ledger(state) if row["status"] == "published"}
            to = max((i for i in kept if i in good and i < (present or 0)), default=None)
        if to is None or to not in kept:
            raise RapportError(
                "publication-unknown",
                f"Publication {to} is not kept" if to else "There is no earlier publication",
                f"kept: {', '.join(map(str, kept)) or 'none'}",
                "name one of those kept, or build an earlier as-of with `rapport build --as-of`",
            )
        publisher.restore(to)
        _reconcile(state, publisher)
    log.get().info("rolled back", publication_id=to, before=present)
    return to


def list_publications(settings: Settings, state: State) -> list[dict[str, Any]]:
    """The ledger, newest first, with `is_current` and `is_kept`."""
    publisher = warehouses.publisher(settings)
    present, kept = _id(publisher.current()), set(publisher.archives())
    return [
        {
            **row,
            "is_current": row["publication_id"] == present,
            "is_kept": row["publication_id"] in kept,
        }
        for row in reversed(_ledger(state))
    ]


def _audit(publisher: Publisher, build_id: str, as_of: datetime, schema: str) -> None:
    candidate = publisher.candidate(schema)
    if candidate is None:
        raise RapportError(
            "candidate-missing",
            "There is no candidate to publish: it has no row in ops_publication",
            f"schema {schema}",
            "run `rapport build`",
        )
    if candidate["build_id"] != build_id or _moment(candidate["as_of"]) != _moment(as_of):
        raise RapportError(
            "candidate-mismatch",
            f"The candidate is of build {candidate['build_id']} as of {candidate['as_of']}, not "
            f"of build {build_id} as of {clock.iso(as_of)}",
            f"schema {schema}",
            "another build has run meanwhile; run the build again",
        )
    present = publisher.current()
    if present is not None and _moment(present["as_of"]) > _moment(as_of):
        raise RapportError(
            "as-of-older",
            f"Readers have the marts as of {present['as_of']}; an older as-of "
            f"({clock.iso(as_of)}) never replaces them",
            f"publication {present['publication_id']}",
            "use `rapport build --as-of` for a look at the past (it writes a side schema), or "
            "`rapport publications rollback` to withdraw what is published",
        )


def _prepare(state: State, publisher: Publisher, build_id: str, as_of: datetime) -> int:
    known = [row["publication_id"] for row in _ledger(state)] + publisher.archives()
    publication_id = max(known, default=0) + 1
    with state.begin() as connection:
        connection.execute(
            insert(publications).values(
                publication_id=publication_id,
                build_id=build_id,
                as_of=clock.iso(as_of),
                status="prepared",
            )
        )
    return publication_id


def _mark(state: State, publication_id: int, status: str, detail: dict[str, Any]) -> None:
    with state.begin() as connection:
        connection.execute(
            update(publications)
            .where(publications.c.publication_id == publication_id)
            .values(status=status, published_at=clock.iso(clock.now()), detail=detail)
        )


def _reconcile(state: State, publisher: Publisher) -> None:
    """Make the ledger say what readers see; needed after a crash between stroke and ledger.

    What is newer than the present publication, or was prepared and never came, is withdrawn.
    """
    present = publisher.current()
    present_id = _id(present)
    never_came = []
    with state.begin() as connection:
        rows = connection.execute(select(publications)).mappings().all()
        for row in rows:
            number, status = row["publication_id"], row["status"]
            changes: dict[str, Any] = {}
            if number == present_id and status != "published":
                came = row["published_at"] or clock.iso(clock.now())
                changes = {"status": "published", "published_at": came}
            elif status == "prepared" and number != present_id:
                changes = {"status": "withdrawn"}
                never_came.append(number)
            elif status == "published" and number > (present_id or 0):
                changes = {"status": "withdrawn"}
            if changes:
                connection.execute(
                    update(publications)
                    .where(publications.c.publication_id == number)
                    .values(**changes)
                )
        if present and present_id not in {row["publication_id"] for row in rows}:
            # The store was restored from a backup older than the marts.
            connection.execute(
                insert(publications).values(
                    publication_id=present_id,
                    build_id=present["build_id"],
                    as_of=clock.iso(_moment(present["as_of"])),
                    status="published",
                    published_at=clock.iso(clock.now()),
                )
            )
    for number in never_came:
        publisher.drop_archive(number)


def _prune(publisher: Publisher, keep: int, present: int) -> None:
    for publication_id in publisher.archives()[: -max(keep, 1)]:
        if publication_id != present:
            publisher.drop_archive(publication_id)


def _ledger(state: State) -> list[dict[str, Any]]:
    with state.begin() as connection:
        rows = connection.execute(select(publications).order_by(publications.c.publication_id))
        return [dict(row) for row in rows.mappings()]


def _id(row: dict[str, Any] | None) -> int | None:
    return None if row is None else int(row["publication_id"])


def _moment(value: datetime | str) -> datetime:
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).replace(microsecond=0)

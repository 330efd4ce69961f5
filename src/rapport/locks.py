"""Named locks in the state store, so that Airflow and the command line never build together.

A lock is a lease: whoever holds it renews it, and it is free again when the lease runs out. A
lock taken for one process (`this_process`) is also free as soon as that process is gone, so that
a killed build does not keep the next one waiting.
"""

from __future__ import annotations

import os
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from rapport import clock, log
from rapport.errors import RapportError
from rapport.state.store import State
from rapport.state.tables import locks

LEASE_SECONDS = 300
WAIT_STEP_SECONDS = 0.1


def this_process(what: str) -> str:
    """An owner bound to this process: `what`, host, process number and its start."""
    pid = os.getpid()
    return f"{what} [{socket.gethostname()} {pid} {_start_of(pid)}]"


def acquire(state: State, name: str, owner: str, lease_seconds: float = LEASE_SECONDS) -> None:
    """Take the lock, or renew it when `owner` holds it already.

    Args:
        name: what is locked, for instance `build`.
        owner: who takes it: a build id, or `this_process(...)`.
        lease_seconds: after this long without `renew` the lock is free.

    Raises:
        RapportError: `build-running`, naming who holds it and since when.
    """
    now = clock.now()
    with state.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("lock table locks in exclusive mode")
        held = connection.execute(select(locks).where(locks.c.name == name)).mappings().first()
        if held and held["owner"] != owner and _is_valid(held["owner"], held["lease_until"]):
            raise RapportError(
                "build-running",
                f"Another run has held the lock {name!r} since {held['since']}",
                held["owner"],
                "wait for it to end. If it is gone, the lock frees itself at "
                f"{held['lease_until']}",
            )
        since = held["since"] if held and held["owner"] == owner else clock.iso(now)
        connection.execute(delete(locks).where(locks.c.name == name))
        connection.execute(
            insert(locks).values(
                name=name,
                owner=owner,
                since=since,
                lease_until=clock.iso(now + timedelta(seconds=lease_seconds)),
            )
        )


def renew(state: State, name: str, owner: str, lease_seconds: float = LEASE_SECONDS) -> None:
    """Prolong the lease.

    Raises:
        RapportError: `lock-lost` when somebody else took the lock after the lease ran out.
    """
    until = clock.iso(clock.now() + timedelta(seconds=lease_seconds))
    with state.begin() as connection:
        done = connection.execute(
            update(locks)
            .where(locks.c.name == name, locks.c.owner == owner)
            .values(lease_until=until)
        )
    if done.rowcount == 0:
        raise RapportError(
            "lock-lost",
            f"The lock {name!r} ran out and is no longer ours",
            owner,
            "run the step again; if the machine was asleep or overloaded, nothing is wrong",
        )


def release(state: State, name: str, owner: str) -> None:
    """Give the lock back; harmless when it is not ours (any more)."""
    with state.begin() as connection:
        connection.execute(delete(locks).where(locks.c.name == name, locks.c.owner == owner))


def holder(state: State, name: str) -> tuple[str, str] | None:
    """Who holds a lock, and since when (ISO text, UTC); None while it is free."""
    with state.begin() as connection:
        held = connection.execute(select(locks).where(locks.c.name == name)).mappings().first()
    if held and _is_valid(held["owner"], held["lease_until"]):
        return held["owner"], held["since"]
    return None


@contextmanager
def held(
    state: State,
    name: str,
    owner: str | None = None,
    lease_seconds: float = LEASE_SECONDS,
    wait_seconds: float = 0,
) -> Iterator[str]:
    """Hold a lock over a block, renewed in the background; yields the owner.

    Args:
        wait_seconds: how long to wait for another holder to end.

    Raises:
        RapportError: `build-running` when it is taken, still after the wait.
    """
    owner = owner or this_process(f"{name} {uuid.uuid4().hex[:8]}")
    _acquire_within(wait_seconds, state, name, owner, lease_seconds)
    ended = threading.Event()

    def keep() -> None:
        while not ended.wait(lease_seconds / 3):
            try:
                renew(state, name, owner, lease_seconds)
            except (RapportError, SQLAlchemyError) as error:  # the block itself goes on
                log.get(lock=name).warning("lock not renewed", error=str(error))

    keeper = threading.Thread(target=keep, daemon=True, name=f"lock-{name}")
    keeper.start()
    try:
        yield owner
    finally:
        ended.set()
        keeper.join()
        release(state, name, owner)


def _acquire_within(
    seconds: float, state: State, name: str, owner: str, lease_seconds: float
) -> None:
    until = time.monotonic() + seconds
    while True:
        try:
            return acquire(state, name, owner, lease_seconds)
        except RapportError:
            if time.monotonic() >= until:
                raise
        time.sleep(WAIT_STEP_SECONDS)


def _is_valid(owner: str, lease_until: str) -> bool:
    if clock.parse(lease_until) <= clock.now():
        return False
    if not owner.endswith("]"):
        return True
    host, pid, start = owner[owner.rindex("[") + 1 : -1].split(" ")
    return host != socket.gethostname() or _start_of(int(pid)) == start


def _start_of(pid: int) -> str:
    """Something that tells this process from a later one with the same number; "" when gone."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return ""
    except PermissionError:
        pass
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return "running"  # no /proc, as on macOS
    fields = stat[stat.rindex(")") + 2 :].split()
    return "" if fields[0] == "Z" else fields[19]

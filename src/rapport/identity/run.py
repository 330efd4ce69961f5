"""The identity step of a build: records in, customers out, the registry kept."""

from __future__ import annotations

import time
from dataclasses import asdict
from datetime import datetime

import duckdb

from rapport import clock, log
from rapport.identity.results import IdentityResult
from rapport.identity.step import Past
from rapport.settings import Settings
from rapport.state.store import State
from rapport.warehouses import Warehouse

# What DuckDB raises where a file's content is not what it wrote.
_TORN = (
    duckdb.IOException,
    duckdb.InternalException,
    duckdb.FatalException,
    duckdb.SerializationException,
)


def identify(
    settings: Settings,
    state: State,
    warehouse: Warehouse,
    as_of: datetime,
    dry_run: bool = False,
    suffix: str = "",
    past: Past | None = None,
) -> IdentityResult:
    """Link the records of `intermediate.int_identity_records` and write schema `identity`.

    Only what changed since the last run is linked again. Run again with the same records it
    changes nothing. Killed at any moment and run again it gives the same: the registry is written
    in one transaction, the workspace in one that ends after it, and where the two do not belong
    together the workspace reads the registry anew.

    Args:
        as_of: the build's exclusive as-of, UTC; stands in the history.
        dry_run: read registry and model without writing them (side builds at an older as-of).
        suffix: of the schemas read and written (side builds).
        past: give the ids of then (builds as known then); only with `dry_run`.

    Raises:
        RapportError: `identity-duplicate-records` when a record key stands twice.
    """
    from rapport.identity import outputs, step, workspace

    started = time.perf_counter()
    path = settings.var_dir / "identity" / f"{settings.company.slug}.duckdb"
    policy = step.Policy(
        max_records_per_key=int(settings.threshold("identity_max_records_per_key")),
        default_country=settings.threshold("identity_default_country"),
        one_per_source=settings.threshold("identity_one_per_source"),
    )
    result = IdentityResult()
    for is_last in (dry_run, True):
        try:
            with workspace.opened(path, scratch=dry_run) as work:
                one = step.Step(state, work, policy, as_of, result, dry_run, past)
                with result.phase("read"):
                    one.read(warehouse, f"intermediate{suffix}")
                trained = one.run()
                with result.phase("write"):
                    outputs.write(
                        work,
                        warehouse,
                        f"identity{suffix}",
                        trained,
                        clock.iso(as_of),
                        one.written,
                    )
                outputs.count(work, result)
            break
        except _TORN as error:  # what such a file says is worth nothing
            if is_last:
                raise
            log.get().warning("identity workspace is begun anew", error=str(error))
            workspace.discard(path)
            result = IdentityResult()
    result.seconds = round(time.perf_counter() - started, 3)
    log.get(as_of=clock.iso(as_of)).info("identified", **asdict(result))
    return result

"""What keeps a long-running Rapport small and safe: backups, and removal of what has had its day.

Every step may be run at any time, also while an ingest or a build is running.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

from sqlalchemy import delete, select

from rapport import clock, log
from rapport.errors import RapportError
from rapport.landing.zone import Zone
from rapport.settings import Settings
from rapport.state import loads, store, tables

RUNS_KEPT_DAYS = 400  # thirteen months, so that a month can be compared with last year's


def run(settings: Settings) -> dict[str, object]:
    """All of it, for the command line; Airflow runs the steps one by one."""
    return {
        "backup": str(back_up_state(settings)),
        "deliveries_removed": sweep_landing(settings),
        "records_removed": prune_runs(settings),
        "logs_removed": prune_logs(settings, settings.var_dir / "log"),
        "airflow_cleaned": clean_airflow(settings),
    }


def back_up_state(settings: Settings) -> Path:
    """Write a backup of the state store to `<var>/backups` and drop the oldest ones."""
    folder = settings.var_dir / "backups"
    stamp = clock.now().strftime("%Y%m%dT%H%M%SZ")
    path = store.backup(settings, folder / f"state-{stamp}.tar.gz")
    for old in sorted(folder.glob("state-*.tar.gz"))[: -settings.keep_backups]:
        old.unlink()
    return path


def sweep_landing(settings: Settings) -> int:
    """Remove superseded deliveries from the landing zone; loaded ones always stay.

    One that was loaded once stays for `keep_replaced_days`, so that its past can be read.

    Returns:
        the number of deliveries removed.
    """
    zone = Zone(settings.landing_url)
    state = store.open(settings)
    since = clock.iso(clock.now() - timedelta(days=settings.keep_replaced_days))
    with state.begin() as connection:
        rows = connection.execute(
            select(tables.deliveries.c.files).where(tables.deliveries.c.status == "loaded")
        )
        in_use = {path for (files,) in rows for path in files or []}
        loads.forget(connection, since)
        in_use |= loads.kept_files(connection, since)
    state.close()
    before = clock.now() - timedelta(days=1)  # no task runs that long
    removed = 0
    for source in settings.company.sources.values():
        for entity in source.entities:
            for interval in zone.intervals(source.name, entity):
                removed += len(zone.sweep(interval, in_use, before))
    return removed


def prune_runs(settings: Settings) -> int:
    """Remove the records of steps that are older than 400 days; returns how many."""
    limit = clock.iso(clock.now() - timedelta(days=RUNS_KEPT_DAYS))
    state = store.open(settings)
    with state.begin() as connection:
        gone = connection.execute(delete(tables.runs).where(tables.runs.c.started_at < limit))
    state.close()
    return int(gone.rowcount)


def prune_logs(settings: Settings, folder: Path) -> int:
    """Remove log files below `folder` older than `keep_logs_days`; returns how many."""
    limit = time.time() - settings.keep_logs_days * 86400
    removed = 0
    for path, _, names in os.walk(folder, topdown=False):
        for name in names:
            file = Path(path, name)
            if not file.is_symlink() and file.stat().st_mtime < limit:
                file.unlink(missing_ok=True)
                removed += 1
        if path != str(folder) and not os.listdir(path):
            os.rmdir(path)
    return removed


def clean_airflow(settings: Settings) -> bool:
    """Remove Airflow's records of runs older than `keep_metadata_days` (`airflow db clean`).

    Returns:
        False where RAPPORT_AIRFLOW_DATABASE is unset: Airflow keeps its database from tasks.

    Raises:
        RapportError: `airflow-clean` with the command's last words.
    """
    if not settings.airflow_database:
        log.get().info("airflow database not cleaned", reason="RAPPORT_AIRFLOW_DATABASE is unset")
        return False
    limit = clock.now() - timedelta(days=settings.keep_metadata_days)
    command = [str(Path(sys.executable).with_name("airflow")), "db", "clean", "--yes"]
    command += ["--skip-archive", "--clean-before-timestamp", clock.iso(limit)]
    environ = {
        name: value
        for name, value in settings.environ.items()
        if not name.startswith("_AIRFLOW_PROCESS_CONTEXT")
    }
    environ["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] = settings.airflow_database
    answer = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    if answer.returncode != 0:
        raise RapportError(
            "airflow-clean",
            f"airflow db clean ended with {answer.returncode}: {answer.stderr.strip()[-300:]}",
            "",
            "check that RAPPORT_AIRFLOW_DATABASE is Airflow's own database",
        )
    return True

"""`make up` and `make down`: Airflow and the demo's systems kept running, and ended again."""

from __future__ import annotations

import json
from pathlib import Path

from rapport import settings
from rapport.demo import processes
from rapport.demo.harness import Stage
from rapport.demo.progress import Progress
from rapport.errors import RapportError

NOTE = "up.json"


def up(customers: int, months: int, port: int | None) -> None:
    """Start everything, note the processes in `var/up.json`, and leave it running.

    Raises:
        RapportError: `already-up`, or what kept it from starting.
    """
    note = settings.load().var_dir / NOTE
    if _alive(note):
        url = json.loads(note.read_text())["url"]
        raise RapportError(
            "already-up", "Airflow is running here already", url, "use it, or run `make down` first"
        )
    progress = Progress()
    stage = Stage(customers, months, port, progress)
    try:
        stage.start()
        groups = [*stage.airflow.groups, *stage.systems.groups]
        content = {
            "url": stage.airflow.url,
            "groups": [
                {"name": group.name, "pid": group.pid, "command": processes.command_of(group.pid)}
                for group in groups
            ],
        }
        note.write_text(json.dumps(content, indent=1) + "\n")
    except BaseException:
        stage.stop()
        raise
    progress.say("Airflow and the simulated systems are running")
    progress.plain(f"  page       {stage.airflow.url}  (user admin)")
    progress.plain(f"  password   in {stage.airflow.password_file}")
    progress.plain(f"  outbox     {stage.systems.outbox}")
    progress.plain("  The DAGs are paused; switch on what you want to see. End it with: make down")


def down() -> None:
    """End what `up` started; saying so when there is nothing."""
    note = settings.load().var_dir / NOTE
    alive = _alive(note)
    note.unlink(missing_ok=True)
    if not alive:
        print("rapport: nothing started by `make up` is running")
        return
    processes.stop(alive)
    print(f"rapport: ended {len(alive)} processes and all they had started")


def _alive(note: Path) -> list[int]:
    """Process groups in the note that are still what they were when it was written."""
    if not note.exists():
        return []
    groups = json.loads(note.read_text())["groups"]
    return [
        int(group["pid"])
        for group in groups
        if _same(processes.command_of(int(group["pid"])), group["command"])
    ]


def _same(now: str, then: str) -> bool:
    """Airflow changes its processes' titles, so either form counts."""
    return bool(now) and (now == then or "airflow" in now or "rapport" in now)

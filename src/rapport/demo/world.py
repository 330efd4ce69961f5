"""The simulated company of the demo and the systems it is reached through."""

from __future__ import annotations

import json
import secrets
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from croniter import croniter

from rapport import clock
from rapport.company import Company
from rapport.demo import processes
from rapport.errors import RapportError

NOTE = "demo.json"
SEED = 7
READY_SECONDS = 30


@dataclass(frozen=True)
class World:
    """What is simulated, and the two intervals in which Airflow ingests it.

    Attributes:
        first_day, last_day: days of the simulated business, both inclusive.
        history_start, history_end: first interval, the whole past.
        day_end: end of the second interval, which starts where the first ends.
    """

    customers: int
    seed: int
    first_day: str
    last_day: str
    history_start: str
    history_end: str
    day_end: str

    @property
    def history(self) -> tuple[datetime, datetime]:
        """The whole past up to the last day."""
        return clock.parse(self.history_start), clock.parse(self.history_end)

    @property
    def day(self) -> tuple[datetime, datetime]:
        """The last day, an interval as the ingest calendar makes them."""
        return clock.parse(self.history_end), clock.parse(self.day_end)


def plan(company: Company, customers: int, months: int, seed: int = SEED) -> World:
    """A business of `months` months until yesterday, cut where the ingest calendar cuts."""
    now = clock.now()
    schedules = [source.schedule for source in company.sources.values()]
    day_end = min(croniter(schedule, now).get_prev(datetime) for schedule in schedules)
    history_end = croniter(schedules[0], day_end).get_prev(datetime)
    last_day = now.date() - timedelta(days=1)
    years, month = divmod(last_day.year * 12 + last_day.month - 1 - months, 12)
    first_day = date(years, month + 1, 1)
    if first_day < company.history_start:
        raise RapportError(
            "demo-mismatch",
            f"The company's history starts on {company.history_start}, "
            f"the simulation on {first_day}",
            todo="ask for fewer months",
        )
    return World(
        customers,
        seed,
        first_day.isoformat(),
        last_day.isoformat(),
        clock.iso(clock.parse(first_day.isoformat())),
        clock.iso(history_end),
        clock.iso(day_end),
    )


def kept(folder: Path, wanted: World) -> World | None:
    """The world an earlier demo left here, so that a second run finds the same business.

    Raises:
        RapportError: `demo-mismatch` when it is one of another size.
    """
    note = folder / NOTE
    if not note.exists():
        return None
    found = World(**json.loads(note.read_text()))
    if (found.customers, found.seed) != (wanted.customers, wanted.seed):
        raise RapportError(
            "demo-mismatch",
            f"An earlier demo of {found.customers:,} customers stands here, "
            f"{wanted.customers:,} were asked for",
            str(folder),
            "run `make clean` first, or ask for the same number of customers",
        )
    return found


def keep(folder: Path, world: World) -> None:
    """Note what was simulated; written last, so that a half-made world is made again."""
    (folder / NOTE).write_text(json.dumps(asdict(world), indent=1) + "\n")


@dataclass
class Systems:
    """The served CRM and the local mail server."""

    folder: Path
    outbox: Path
    crm_port: int
    smtp_port: int
    token: str
    groups: list[processes.Group]

    def environ(self) -> dict[str, str]:
        """What the demo company's `company.yml` and the settings ask of the environment."""
        return {
            "RAPPORT_DEMO_CRM_URL": f"http://127.0.0.1:{self.crm_port}",
            "RAPPORT_DEMO_CRM_TOKEN": self.token,
            "RAPPORT_DEMO_ERP_URL": f"sqlite:///{self.folder / 'erp' / 'erp.sqlite'}",
            "RAPPORT_DEMO_WEB_DIR": str(self.folder / "web"),
            "RAPPORT_DEMO_SPEND_DIR": str(self.folder / "spend"),
            "RAPPORT_SMTP_URL": f"smtp://127.0.0.1:{self.smtp_port}",
        }


def systems(folder: Path, outbox: Path) -> Systems:
    """Choose ports and a token; `serve` starts the servers."""
    crm_port, smtp_port = processes.free_ports(2)
    return Systems(folder, outbox, crm_port, smtp_port, secrets.token_urlsafe(16), [])


def serve(systems: Systems, environ: Mapping[str, str], logs: Path) -> None:
    """Start the CRM and the mail server and wait until both answer."""
    command = [sys.executable, "-m", "rapport.demo.servers"]
    crm = [*command, "crm", str(systems.folder), str(systems.crm_port)]
    mail = [*command, "mail", str(systems.outbox), str(systems.smtp_port)]
    secret = {**environ, "RAPPORT_DEMO_CRM_TOKEN": systems.token}
    systems.groups = [
        processes.start("The simulated CRM", crm, secret, logs / "crm.log", systems.folder),
        processes.start("The mail server", mail, environ, logs / "mail.log", systems.folder),
    ]
    deadline = time.monotonic() + READY_SECONDS
    for group, port in zip(systems.groups, (systems.crm_port, systems.smtp_port), strict=True):
        while not processes.is_taken(port):
            group.check()
            if time.monotonic() > deadline:
                raise RapportError(
                    "process-ended",
                    f"{group.name} did not answer on port {port} within {READY_SECONDS} s",
                    str(group.log),
                    "read the log, then run the command again",
                )
            time.sleep(0.1)

"""A portal of HubSpot that a test fills: real HTTP, answered by the simulated CRM's server."""

from __future__ import annotations

import json
import socket
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn

from rapport.simulate import schema
from rapport.simulate.serve import create_app

TOKEN = "pat-eu1-of-this-test"
# What every portal has and the simulated company has no use for.
STANDARD = {
    "contacts": "mobilephone state hs_merged_object_ids hs_calculated_merged_vids",
    "companies": "phone address city state zip hubspot_owner_id",
    "deals": "hs_merged_object_ids",
    "tickets": "hs_merged_object_ids hubspot_owner_id",
    "communications": "hs_timestamp hs_communication_channel_type hs_createdate "
    "hs_lastmodifieddate hubspot_owner_id",
    "notes": "hs_timestamp hs_note_body hs_createdate hs_lastmodifieddate hubspot_owner_id",
    "tasks": "hs_timestamp hs_task_subject hs_task_status hs_createdate hs_lastmodifieddate "
    "hubspot_owner_id",
}
Fault = Callable[[int, str], tuple[int, dict[str, Any], dict[str, str]] | None]


class Portal:
    """Objects of a portal, and how its API fails.

    Attributes:
        requests: method and path of every request, in order.
        fault: asked with the number of the request (from 1) and its method and path; an answer
            (status, body, headers) is given instead of the right one.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.requests: list[str] = []
        self.fault: Fault = lambda number, request: None
        (folder / "crm").mkdir(parents=True)
        self.database = sqlite3.connect(folder / "crm" / "crm.sqlite", isolation_level=None)
        for kind in (*schema.CRM, *STANDARD):
            names = [*schema.CRM.get(kind, ()), *STANDARD.get(kind, "").split()]
            self._create(kind, names)
        for table in (
            "associations (from_type text, from_id integer, to_type text, to_id integer)",
            'owners (id integer primary key, email text, "firstName" text, "lastName" text, '
            '"createdAt" text, "updatedAt" text)',
            "archived (kind text, id integer, archived_at text)",
            "property_history (kind text, id integer, property text, value text, timestamp text)",
        ):
            self.database.execute(f"create table {table}")

    def add(self, kind: str, *rows: dict[str, Any]) -> None:
        """Put objects into the portal; a property that it does not have is made."""
        known = {row[1] for row in self.database.execute(f'pragma table_info("{kind}")')}
        if not known:
            self._create(kind, ["hs_createdate", "hs_lastmodifieddate"])
            known = {"id", "hs_createdate", "hs_lastmodifieddate"}
        for name in dict.fromkeys(name for row in rows for name in row):
            if name not in known:
                self.database.execute(f'alter table "{kind}" add column "{name}" text')
        self.database.execute("begin")
        for row in rows:
            names = ", ".join(f'"{name}"' for name in row)
            marks = ", ".join("?" * len(row))
            self.database.execute(
                f'insert into "{kind}" ({names}) values ({marks})', list(row.values())
            )
        self.database.execute("commit")

    def archive(self, kind: str, identity: int, at: str) -> None:
        """Move an object to the recycling bin."""
        self.database.execute("insert into archived values (?, ?, ?)", (kind, identity, at))

    def link(self, kind: str, identity: int, to: str, other: int) -> None:
        """Associate two objects."""
        self.database.execute(
            "insert into associations values (?, ?, ?, ?)", (kind, identity, to, other)
        )

    def history(self, kind: str, identity: int, name: str, *values: tuple[str, str]) -> None:
        """The values (with their times, ISO) that a property had."""
        self.database.executemany(
            "insert into property_history values (?, ?, ?, ?, ?)",
            [(kind, identity, name, value, at) for value, at in values],
        )

    def drop(self, kind: str) -> None:
        """Make it a portal without this object type."""
        self.database.execute(f'drop table "{kind}"')

    def drop_property(self, kind: str, name: str) -> None:
        """Make it a portal without this property."""
        self.database.execute(f'alter table "{kind}" drop column "{name}"')

    @contextmanager
    def served(self, **options: Any) -> Iterator[dict[str, str]]:
        """Serve it while the block runs; gives the connection. Options as of `create_app`."""
        app = create_app(self.folder, TOKEN, **{"rate_limit_per_10s": 0, **options})
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        server = uvicorn.Server(
            uvicorn.Config(self._faulty(app), host="127.0.0.1", port=port, log_level="error")
        )
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        deadline = time.monotonic() + 20
        while not server.started and time.monotonic() < deadline:
            time.sleep(0.02)
        try:
            yield {"base_url": f"http://127.0.0.1:{port}", "token": TOKEN}
        finally:
            server.should_exit = True
            thread.join(10)

    def _create(self, kind: str, names: list[str]) -> None:
        columns = ", ".join(f'"{name}" text' for name in names)
        self.database.execute(
            f'create table if not exists "{kind}" (id integer primary key, {columns})'
        )
        known = {row[1] for row in self.database.execute(f'pragma table_info("{kind}")')}
        for name in names:
            if name not in known:
                self.database.execute(f'alter table "{kind}" add column "{name}" text')

    def _faulty(self, app: Any) -> Any:
        async def answer(scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
                return
            self.requests.append(f"{scope['method']} {scope['path']}")
            fault = self.fault(len(self.requests), self.requests[-1])
            if fault is None:
                await app(scope, receive, send)
                return
            status, body, headers = fault
            pairs = {"content-type": "application/json", **headers}
            await send(
                {
                    "type": "http.response.start",
                    "status": status,
                    "headers": [(k.encode(), v.encode()) for k, v in pairs.items()],
                }
            )
            await send({"type": "http.response.body", "body": json.dumps(body).encode()})

        return answer


def contact(identity: int, at: str, **more: Any) -> dict[str, Any]:
    """A contact last modified at this time."""
    return {
        "id": identity,
        "email": f"c{identity}@example.org",
        "createdate": "2024-01-01T00:00:00.000Z",
        "lastmodifieddate": at,
        **more,
    }


def deal(identity: int, at: str, **more: Any) -> dict[str, Any]:
    """An open deal last modified at this time."""
    return {
        "id": identity,
        "dealname": f"Deal {identity}",
        "dealstage": "qualifiedtobuy",
        "amount": "100",
        "hs_is_closed": "false",
        "createdate": "2024-01-01T00:00:00.000Z",
        "hs_lastmodifieddate": at,
        **more,
    }

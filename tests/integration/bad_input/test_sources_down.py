"""A system that is away, refuses, or answers with something else: a real local server plays it."""

from __future__ import annotations

import json
import socket
import sqlite3
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from rapport import ingest, settings, warehouses
from rapport.connectors import rest
from rapport.connectors.hubspot.fetch import wanted_properties
from rapport.errors import RapportError
from rapport.settings import Settings
from rapport.state import store
from rapport.systems import shipped_entities
from tests.integration.bad_input.conftest import COMPANY, day

CONTACT = {
    "id": "1",
    "properties": {
        "email": "ann@example.org",
        "createdate": "2024-03-01T08:00:00Z",
        "lastmodifieddate": "2024-03-01T09:00:00Z",
    },
}


class Crm(BaseHTTPRequestHandler):
    """Answers every request with what the test put there."""

    answer: tuple[int, str, bytes] = (200, "application/json", b"{}")

    def do_GET(self) -> None:
        """Properties, which are asked for first, and the recycling bin, which is empty."""
        status, kind, body = type(self).answer
        names = wanted_properties(shipped_entities("hubspot")["contacts"])
        found = [{"name": name} for name in names] if "/properties/" in self.path else []
        if status == 200:
            kind, body = "application/json", json.dumps({"results": found}).encode()
        self.say(status, kind, body)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.say(*type(self).answer)

    def say(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """The test's output stays readable."""


@pytest.fixture
def crm_url(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A CRM on a free port of this machine; retries are cut short."""
    monkeypatch.setattr(rest, "MAX_ATTEMPTS", 2)
    monkeypatch.setattr(rest, "BACKOFF_FACTOR", 0.01)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Crm)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def company(folder: Path, source: dict[str, Any], own: dict[str, Any] | None = None) -> Settings:
    """Settings of a company with this one source, called crm."""
    target = folder / "company"
    (target / "sources").mkdir(parents=True)
    (target / "company.yml").write_text(
        yaml.safe_dump({**COMPANY, "sources": {"crm": {"kind": "crm", "required": True, **source}}})
    )
    if own:
        (target / "sources" / "crm.yml").write_text(yaml.safe_dump({"entities": own}))
    return settings.load(target, {"RAPPORT_VAR": str(folder / "var"), "TOKEN": "secret"})


def hubspot_company(folder: Path, url: str) -> Settings:
    connection = {"base_url": url, "token": "env:TOKEN"}
    source = {"system": "hubspot", "connection": connection, "entities": ["contacts"]}
    return company(folder, source)


def contacts(found: Settings) -> list[str]:
    state = store.open(found)
    with warehouses.open(found) as warehouse:
        warehouse.refresh_raw(ingest.raw_tables(found, state))
        return list(warehouse.read("select id from raw.crm__contacts")["id"].to_pylist())


def ingest_day(found: Settings, number: int = 1) -> dict[str, Any]:
    return ingest.interval(found, "crm", day(number), day(number) + timedelta(days=1))


def page(*rows: dict[str, Any]) -> tuple[int, str, bytes]:
    body = json.dumps({"total": len(rows), "results": rows}).encode()
    return 200, "application/json", body


def test_crm_that_is_down_leaves_the_loaded_days_and_catches_up(
    tmp_path: Path, crm_url: str
) -> None:
    found = hubspot_company(tmp_path, crm_url)
    Crm.answer = page(CONTACT)
    ingest_day(found)
    Crm.answer = (503, "text/plain", b"back soon")

    with pytest.raises(RapportError) as caught:
        ingest_day(found, 2)

    assert caught.value.code == "source-down"
    assert "crm.contacts 2024-03-02T00:00:00Z" in caught.value.where
    assert "retried" in caught.value.todo
    assert contacts(found) == ["1"]

    Crm.answer = page({**CONTACT, "id": "2"})
    ingest_day(found, 2)
    assert sorted(contacts(found)) == ["1", "2"]


def test_crm_that_cannot_be_reached_is_told_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rest, "MAX_ATTEMPTS", 2)
    monkeypatch.setattr(rest, "BACKOFF_FACTOR", 0.01)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    with pytest.raises(RapportError) as caught:
        ingest_day(hubspot_company(tmp_path, f"http://127.0.0.1:{port}"))

    assert caught.value.code == "source-down"
    assert "cannot be reached" in caught.value.what
    assert "base URL" in caught.value.todo


def test_html_instead_of_json_is_no_data(tmp_path: Path, crm_url: str) -> None:
    found = hubspot_company(tmp_path, crm_url)
    Crm.answer = (200, "text/html", b"<html><body>Sign in to the proxy</body></html>")

    with pytest.raises(RapportError) as caught:
        ingest_day(found)

    assert caught.value.code == "source-not-data"
    assert "no JSON object but text/html" in caught.value.what
    assert "proxy or log-in page" in caught.value.todo
    assert contacts(found) == []


def test_half_an_answer_is_no_data(tmp_path: Path, crm_url: str) -> None:
    found = hubspot_company(tmp_path, crm_url)
    status, kind, body = page(CONTACT)
    Crm.answer = (status, kind, body[:-9])

    with pytest.raises(RapportError) as caught:
        ingest_day(found)

    assert caught.value.code == "source-not-data"
    assert contacts(found) == []


def test_refused_token_says_what_to_renew_and_does_not_print_it(
    tmp_path: Path, crm_url: str
) -> None:
    found = hubspot_company(tmp_path, crm_url)
    Crm.answer = (401, "application/json", b'{"status": "error"}')

    with pytest.raises(RapportError) as caught:
        ingest_day(found)

    assert caught.value.code == "source-unauthorised"
    assert "token" in caught.value.todo
    assert "secret" not in str(caught.value)


def test_unset_secret_is_named_before_anything_is_asked(tmp_path: Path) -> None:
    source = {"system": "hubspot", "connection": {"base_url": "http://x", "token": "env:NO_SUCH"}}
    found = company(tmp_path, {**source, "entities": ["contacts"]})

    with pytest.raises(RapportError) as caught:
        ingest_day(found)

    assert caught.value.code == "secret-missing"
    assert "NO_SUCH" in caught.value.what


TABLE: dict[str, Any] = {
    "orders": {
        "key": ["order_no"],
        "required": True,
        "columns": {"order_no": "text", "amount": "decimal"},
    }
}


def test_database_that_is_down_is_told_in_a_sentence(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"postgresql+psycopg2://erp:hidden@127.0.0.1:{port}/erp"
    found = company(tmp_path, {"system": "sql", "connection": {"url": url}}, TABLE)

    with pytest.raises(RapportError) as caught:
        ingest_day(found)

    assert caught.value.code == "source-down"
    assert "database cannot be read" in caught.value.what
    assert "hidden" not in str(caught.value)


def test_database_without_the_table_names_those_it_has(tmp_path: Path) -> None:
    path = tmp_path / "erp.sqlite"
    with sqlite3.connect(path) as database:
        database.execute("create table sales_orders (order_no text, amount text)")
    source = {"system": "sql", "connection": {"url": f"sqlite:///{path}"}}
    found = company(tmp_path, source, TABLE)

    with pytest.raises(RapportError) as caught:
        ingest_day(found)

    assert caught.value.code == "table-missing"
    assert "sales_orders" in caught.value.todo

"""Airflow embedded: SQLite metadata, LocalExecutor, one machine; started, asked and stopped.

The three components are started one by one: ready in 16 s with 1.3 GB where `airflow standalone`,
which also keeps a triggerer and a log server, took 24 s and 1.9 GB (2 cores).
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rapport.demo import processes
from rapport.errors import RapportError
from rapport.settings import Settings

COMPONENTS = {
    "api-server": ["api-server"],
    "scheduler": ["scheduler", "--skip-serve-logs"],
    "dag-processor": ["dag-processor"],
}
READY_SECONDS = 180
USER = "admin"
PARALLELISM = 4
# Workers are forked from a server that has imported these once; else each task pays 3 to 7 s.
PRELOAD = (
    "airflow",
    "airflow.executors.local_executor",
    "airflow.sdk.execution_time.task_runner",
    "great_expectations",
    "rapport.ingest",
    "dlt.sources.helpers.requests",
    "dlt.sources.helpers.rest_client.auth",
    "rapport.connectors.hubspot",
    "rapport.connectors.sql",
    "rapport.build",
    "dbt.cli.main",
    "pyarrow.dataset",
    "duckdb",
)


class Airflow:
    """Airflow of one `var` folder.

    Args:
        settings: company and places; all of Airflow's files go to `<var>/airflow`.
        port: port of the page and of the API; None takes a free one.
    """

    def __init__(self, settings: Settings, port: int | None = None) -> None:
        self.settings = settings
        self.home = settings.var_dir / "airflow"
        self.port = port or processes.free_ports(1)[0]
        self.url = f"http://127.0.0.1:{self.port}"
        self.groups: list[processes.Group] = []
        self._token = ""
        self._token_until = 0.0

    @property
    def password_file(self) -> Path:
        """JSON of user and password, readable by the owner only."""
        return self.home / "passwords.json"

    def prepare(self) -> None:
        """Write secrets and password (kept from an earlier start), and migrate the database."""
        self.home.mkdir(parents=True, exist_ok=True)
        if not self.password_file.exists():
            _write_private(self.password_file, json.dumps({USER: secrets.token_urlsafe(12)}))
        key_file = self.home / "secret_key"
        if not key_file.exists():
            _write_private(key_file, secrets.token_urlsafe(48))
        log = self.home / "logs" / "migrate.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as output:
            answer = subprocess.run(
                [_program(), "db", "migrate"],
                env=self.environ(),
                cwd=self.home,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
            )
        if answer.returncode != 0:
            raise RapportError(
                "airflow-not-ready",
                f"Airflow's database could not be prepared: {processes.last_lines(log, 3)}",
                str(log),
                f"move {self.home} away when it comes from another version, then run again",
            )

    def environ(self) -> dict[str, str]:
        """Environment of Airflow's processes: the caller's own, with Airflow's settings on top."""
        home, url = self.home, self.url
        key_file = home / "secret_key"
        key = key_file.read_text() if key_file.exists() else ""
        own = {
            "AIRFLOW_HOME": str(home),
            "AIRFLOW__CORE__DAGS_FOLDER": str(self.settings.project_dir / "dags"),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
            "AIRFLOW__CORE__PARALLELISM": str(PARALLELISM),
            "AIRFLOW__CORE__MAX_ACTIVE_TASKS_PER_DAG": str(PARALLELISM),
            "AIRFLOW__CORE__DEFAULT_TIMEZONE": "utc",
            "AIRFLOW__CORE__TASK_SUCCESS_OVERTIME": "300",  # for failure mails, docs/mail.md
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(self.password_file),
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
            "AIRFLOW__CORE__MP_FORKSERVER_PRELOAD": ",".join(PRELOAD),
            "AIRFLOW__SCHEDULER__MP_START_METHOD": "forkserver",
            "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.3",
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home / 'airflow.db'}",
            "AIRFLOW__API__HOST": "127.0.0.1",
            "AIRFLOW__API__PORT": str(self.port),
            "AIRFLOW__API__WORKERS": "1",
            "AIRFLOW__API__BASE_URL": url,
            "AIRFLOW__API__SECRET_KEY": key,
            "AIRFLOW__API_AUTH__JWT_SECRET": key,
            "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(home / "logs"),
            "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
            "SCARF_NO_ANALYTICS": "true",
            "DO_NOT_TRACK": "1",
            "RAPPORT_COMPANY": str(self.settings.company_dir),
            "RAPPORT_VAR": str(self.settings.var_dir),
            "RAPPORT_AIRFLOW_DATABASE": f"sqlite:///{home / 'airflow.db'}",
            "PYTHONDONTWRITEBYTECODE": "1",
            "no_proxy": _with_localhost(self.settings.environ.get("no_proxy", "")),
            "NO_PROXY": _with_localhost(self.settings.environ.get("NO_PROXY", "")),
        }
        return {**self.settings.environ, **own}

    def start(self) -> None:
        """Start the components; `wait_ready` says when they answer."""
        for name, command in COMPONENTS.items():
            log = self.home / "logs" / f"{name}.log"
            self.groups.append(
                processes.start(
                    f"Airflow's {name}", [_program(), *command], self.environ(), log, self.home
                )
            )

    def wait_ready(self, dag_ids: list[str]) -> None:
        """Wait until API, scheduler and DAG processor are well and the DAGs are known.

        Raises:
            RapportError: `airflow-not-ready`, `process-ended`, or `dag-import` with the DAG
                file's own error.
        """
        deadline = time.monotonic() + READY_SECONDS
        seen: object = "no answer yet"
        while time.monotonic() < deadline:
            for group in self.groups:
                group.check()
            try:
                health = self.get("/api/v2/monitor/health")
                missing = set(dag_ids) - {dag["dag_id"] for dag in self.get("/api/v2/dags")["dags"]}
                seen = f"health {health['scheduler']['status']}, missing DAGs {sorted(missing)}"
                if health["scheduler"]["status"] == "healthy" and not missing:
                    return
                errors = self.get("/api/v2/importErrors")["import_errors"]
                if errors:
                    last = errors[0]["stack_trace"].strip().splitlines()[-1]
                    raise RapportError(
                        "dag-import",
                        f"A DAG file cannot be imported: {last}",
                        errors[0]["filename"],
                        "mend the file or the company folder it reads, then run again",
                    )
            except (OSError, KeyError, ValueError) as error:
                seen = error
            time.sleep(0.3)
        raise RapportError(
            "airflow-not-ready",
            f"Airflow was not ready after {READY_SECONDS} s: {seen}",
            str(self.home / "logs"),
            "read the logs there; a machine with less than 3 GB of free memory is too small",
        )

    def stop(self) -> None:
        """End the components and everything they started."""
        processes.stop([group.pid for group in self.groups])
        self.groups = []

    def get(self, path: str) -> dict[str, Any]:
        """GET of the REST API."""
        return self.call("GET", path)

    def call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """One call of the REST API.

        Raises:
            OSError: nobody answers, or the answer is an HTTP error (its text is in the message).
        """
        headers = {"Authorization": f"Bearer {self._bearer()}"}
        return _request(method, self.url + path, body, headers)

    def _bearer(self) -> str:
        if time.monotonic() > self._token_until:
            user = json.loads(self.password_file.read_text())
            body = {"username": USER, "password": user[USER]}
            self._token = _request("POST", f"{self.url}/auth/token", body, {})["access_token"]
            self._token_until = time.monotonic() + 600
        return self._token


def _request(
    method: str, url: str, body: Mapping[str, Any] | None, headers: Mapping[str, str]
) -> dict[str, Any]:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(
        url, data=data, method=method, headers={"Content-Type": "application/json", **headers}
    )
    # Straight to this machine, whatever proxy the environment names.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=30) as answer:
            return dict(json.loads(answer.read() or b"{}"))
    except urllib.error.HTTPError as error:
        text = error.read().decode(errors="replace")[:500]
        raise OSError(f"{method} {url}: HTTP {error.code} {text}") from None


def _write_private(path: Path, text: str) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(text)


def _program() -> str:
    return str(Path(sys.executable).with_name("airflow"))


def _with_localhost(value: str) -> str:
    return ",".join(part for part in (value, "127.0.0.1", "localhost") if part)

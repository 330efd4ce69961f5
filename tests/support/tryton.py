"""A real Tryton (an ERP with a CRM) in an environment of its own, on a database of the tests.

Its packages are another world than Rapport's and are installed once, under `var/`.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from pathlib import Path

import pytest

from rapport.settings import REPO

SERIES = "8.2"
MODULES = ("sale", "sale_opportunity", "account_invoice")
WORLD = REPO / "tests" / "slow" / "tryton_world.py"


class Tryton:
    """One Tryton database; nothing of it runs between the calls."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self._server, _, self._database = url.rpartition("/")
        self._bin = environment() / "bin"
        self._config = folder / "trytond.conf"
        self._config.write_text(f"[database]\nuri = {self._server}/\n")
        (folder / "password").write_text(secrets.token_hex(8))
        # Tryton reads both when it is imported.
        self._environ = {
            **os.environ,
            "TRYTOND_CONFIG": str(self._config),
            "TRYTONPASSFILE": str(folder / "password"),
        }
        admin = ["-c", str(self._config), "-d", self._database, "--email", "admin@shop.example"]
        self._run("trytond-admin", *admin, "--activate-dependencies", "-u", *MODULES)

    def people(self, verb: str) -> None:
        """Have the people of tryton_world.py `create` or `change` their data."""
        self._run("python", str(WORLD), verb, self._database, str(self._config))

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(self._bin / program), *arguments],
            env=self._environ,
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
        assert done.returncode == 0, done.stderr[-3000:]


def environment() -> Path:
    """The virtual environment with Tryton; made at the first call, skipped where that fails."""
    folder = REPO / "var" / f"tryton-{SERIES}"
    if (folder / "installed").exists():
        return folder
    major, minor = SERIES.split(".")
    wanted = [
        f"{package}>={SERIES},<{major}.{int(minor) + 1}"
        for package in ("trytond", "proteus", *(f"trytond_{module}" for module in MODULES))
    ]
    for command in (
        [sys.executable, "-m", "venv", "--clear", str(folder)],
        [str(folder / "bin" / "pip"), "install", "--quiet", *wanted, "psycopg[binary,pool]"],
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=900)
        if done.returncode:
            pytest.skip(f"Tryton could not be installed: {done.stderr.strip()[-500:]}")
    (folder / "installed").touch()
    return folder

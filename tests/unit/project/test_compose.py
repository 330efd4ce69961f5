"""docker-compose.yml can be read, holds no password, and starts only what is in the image."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from rapport.settings import REPO

COMPOSE: dict[str, Any] = yaml.safe_load((REPO / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
EXAMPLE = (REPO / ".env.example").read_text()
OWN = sorted(name for name, service in SERVICES.items() if service.get("build"))


def test_the_services_of_the_server_form_are_there() -> None:
    """The list of architecture.md."""
    assert set(SERVICES) == {
        "postgres", "init", "api-server", "scheduler", "dag-processor", "triggerer", "mail",
    }  # fmt: skip


def test_no_secret_has_a_value_that_works() -> None:
    """A default password is a published password."""
    text = (REPO / "docker-compose.yml").read_text()
    for name in re.findall(r"\$\{(\w*(?:PASSWORD|SECRET|TOKEN|KEY)\w*)(.*?)\}", text):
        assert name[1].startswith(":?"), name
    for line in EXAMPLE.splitlines():
        if line and not line.startswith("#"):
            assert line.endswith("="), f"{line} has a value"


def test_every_variable_without_default_is_in_the_example() -> None:
    """Whoever copies .env.example must have filled in everything."""
    wanted = set(re.findall(r"\$\{(\w+):\?", (REPO / "docker-compose.yml").read_text()))
    assert wanted == set(re.findall(r"^(\w+)=", EXAMPLE, re.MULTILINE))


def test_images_are_pinned_and_every_service_is_watched() -> None:
    """`latest` changes under one's feet; a service without a check is up when it is not."""
    for name, service in SERVICES.items():
        assert re.search(r":[\d.]+$", service["image"]), name
        assert name == "init" or service["healthcheck"]["test"], name


@pytest.mark.parametrize("name", OWN)
def test_a_services_command_exists(name: str) -> None:
    """The image has the same lock as this environment, so what runs here runs there."""
    command = SERVICES[name]["command"]
    if command[0] == "bash":
        parts = [part.split() for part in command[-1].split("&&")]
    else:
        parts = [command]
    for part in parts:
        if part[0] == "python":
            module = part[part.index("-m") + 1]
            code = f"import importlib.util as u, sys; sys.exit(u.find_spec({module!r}) is None)"
            assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
        else:
            assert Path(sys.executable).with_name(part[0]).exists()


@pytest.mark.slow
@pytest.mark.parametrize("component", ["api-server", "scheduler", "dag-processor", "triggerer"])
def test_airflow_has_the_component(component: str, tmp_path: Path) -> None:
    """Airflow's component names change between versions."""
    program = Path(sys.executable).with_name("airflow")
    answer = subprocess.run(
        [program, component, "--help"],
        env={"AIRFLOW_HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        check=False,
    )
    assert answer.returncode == 0


def test_the_image_copies_what_is_there_and_runs_as_no_root() -> None:
    """A COPY of a folder that was renamed breaks the build that nobody runs here."""
    text = (REPO / "Dockerfile").read_text()
    assert re.search(r"^FROM python:3\.11-slim$", text, re.MULTILINE)
    assert re.search(r"^USER rapport$", text, re.MULTILINE)
    for line in re.findall(r"^COPY (.+)$", text, re.MULTILINE):
        for origin in line.split()[:-1]:
            assert (REPO / origin).exists(), origin


def test_compose_itself_accepts_the_file(tmp_path: Path) -> None:
    """`docker compose config` needs no engine; skipped where the plugin is not installed."""
    docker = shutil.which("docker")
    found = docker and subprocess.run(
        [docker, "compose", "version"], capture_output=True, check=False
    )
    if not found or found.returncode != 0:
        pytest.skip("the docker compose plugin is not installed")
    filled = re.sub(r"^(\w+)=$", r"\1=x", EXAMPLE, flags=re.MULTILINE)
    shutil.copy(REPO / "docker-compose.yml", tmp_path)
    (tmp_path / ".env").write_text(filled)
    command = [str(docker), "compose", "config", "--quiet"]
    answer = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    (tmp_path / ".env").write_text(EXAMPLE)
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode != 0

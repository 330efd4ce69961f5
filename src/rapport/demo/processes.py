"""Start processes in groups of their own and end exactly those groups."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rapport.errors import RapportError

STOP_SECONDS = 15
LINE_LENGTH = 160  # of a log line in a message


def free_ports(count: int) -> list[int]:
    """Different TCP ports of this machine that nobody listens on now."""
    sockets = []
    try:
        for _ in range(count):
            probe = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            probe.bind(("127.0.0.1", 0))
            sockets.append(probe)
        return [probe.getsockname()[1] for probe in sockets]
    finally:
        for probe in sockets:
            probe.close()


def is_taken(port: int) -> bool:
    """Whether something listens on the port."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


@dataclass
class Group:
    """A started process, leader of its own session and process group."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def pid(self) -> int:
        """The group's id, which is the leader's process id."""
        return self.process.pid

    def check(self) -> None:
        """Raise `process-ended` with the last lines of the log when it is no longer running."""
        code = self.process.poll()
        if code is not None:
            raise RapportError(
                "process-ended",
                f"{self.name} ended with exit code {code}: {last_lines(self.log, 3)}",
                str(self.log),
                "read the log, mend the cause, run the command again",
            )


def start(
    name: str, command: Sequence[str], environ: Mapping[str, str], log: Path, folder: Path
) -> Group:
    """Start `command` in a session of its own, its output in `log`."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        process = subprocess.Popen(
            list(command),
            env=dict(environ),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return Group(name, process, log)


def stop(pids: Sequence[int], seconds: float = STOP_SECONDS) -> None:
    """End process groups, kindly first. Groups that are gone already are no error."""
    alive = [pid for pid in pids if _signal(pid, signal.SIGTERM)]
    deadline = time.monotonic() + seconds
    while alive and time.monotonic() < deadline:
        time.sleep(0.1)
        _reap(alive)
        alive = [pid for pid in alive if _signal(pid, 0)]
    for pid in alive:
        _signal(pid, signal.SIGKILL)
    _reap(alive)


def command_of(pid: int) -> str:
    """The command line of a process, empty when there is none; guards against a reused id."""
    answer = subprocess.run(
        ["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return answer.stdout.strip()


def last_lines(path: Path, count: int) -> str:
    """The last non-empty lines of a log on one line, for a message."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    told = [line.strip()[:LINE_LENGTH] for line in lines if line.strip()]
    return " | ".join(told[-count:])


def _signal(pid: int, number: int) -> bool:
    try:
        os.killpg(pid, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _reap(pids: Sequence[int]) -> None:
    """Collect ended children, which would otherwise still count as members of their group."""
    for pid in pids:
        try:
            os.waitpid(pid, os.WNOHANG)
        except ChildProcessError:
            continue

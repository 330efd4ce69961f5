"""A real SMTP server on this machine that writes each message to a file, for the demo and tests."""

from __future__ import annotations

import os
import re
import socket
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class Outbox:
    """Writes messages as `<number>-<recipient>.eml`, whole or not at all, in order of arrival."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    async def handle_DATA(  # noqa: N802, the name is aiosmtpd's
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Take one message; the sender is told so only once it lies on the disk."""
        content = envelope.original_content or b""
        who = re.sub(r"[^\w.@+-]", "_", (envelope.rcpt_tos or ["nobody"])[0])[:80]
        numbers = [int(path.name.split("-")[0]) for path in self.folder.glob("[0-9]*-*.eml")]
        path = self.folder / f"{max(numbers, default=0) + 1:04d}-{who}.eml"
        draft = path.with_suffix(".partial")
        draft.write_bytes(content)
        os.replace(draft, path)
        return "250 Message written"


class Sink:
    """The server; a context manager. `sink.url` is the value for RAPPORT_SMTP_URL.

    Args:
        folder: where the messages go.
        port: 0 finds a free one.
        handler: another aiosmtpd handler, for tests of refusals.
        host: address to listen on; a container needs another than this machine's own.
        options: of aiosmtpd's server, for tests of TLS and AUTH.
    """

    def __init__(
        self,
        folder: Path,
        port: int = 0,
        handler: object | None = None,
        host: str = "127.0.0.1",
        **options: Any,
    ) -> None:
        self.folder = folder
        self.port = port or _free_port()
        self._controller = Controller(
            handler or Outbox(folder), hostname=host, port=self.port, ready_timeout=20, **options
        )

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"smtp://127.0.0.1:{self.port}"

    def messages(self) -> list[Path]:
        """The messages received, in order of arrival."""
        return sorted(self.folder.glob("*.eml"))

    def __enter__(self) -> Sink:
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def run(folder: Path, port: int, host: str = "127.0.0.1") -> None:
    """Serve until interrupted: `python -m rapport.demo.sink FOLDER PORT`."""
    import signal

    with Sink(folder, port, host=host) as sink:
        print(f"mail sink at {sink.url}, messages in {folder}", flush=True)
        signal.sigwait({signal.SIGINT, signal.SIGTERM})


if __name__ == "__main__":
    import sys

    run(Path(sys.argv[1]), int(sys.argv[2]))

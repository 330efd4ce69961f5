"""Tell a person what is going on: one line that changes on a terminal, few lines elsewhere."""

from __future__ import annotations

import sys
import time
from typing import TextIO

QUIET_SECONDS = 10  # how often an unchanged or changing state is repeated where lines stay


class Progress:
    """Lines with the seconds since the start in front."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self.stream = stream or sys.stdout
        self.began = time.monotonic()
        self.steps: list[tuple[str, float]] = []
        self._is_terminal = self.stream.isatty()
        self._open = False
        self._last_text = ""
        self._last_time = 0.0

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.began

    def say(self, text: str = "") -> None:
        """A line that stays."""
        self._close()
        prefix = f"[{self.seconds:4.0f} s] " if text else ""
        print(prefix + text, file=self.stream, flush=True)

    def plain(self, text: str = "") -> None:
        """A line of the summary, with no time in front."""
        self._close()
        print(text, file=self.stream, flush=True)

    def now(self, text: str) -> None:
        """What is being done at this moment."""
        if self._is_terminal:
            print(
                f"\r\033[K[{self.seconds:4.0f} s] {text}"[:160],
                end="",
                file=self.stream,
                flush=True,
            )
            self._open = True
            return
        if text != self._last_text and time.monotonic() - self._last_time > QUIET_SECONDS:
            self._last_text, self._last_time = text, time.monotonic()
            print(f"[{self.seconds:4.0f} s] {text}", file=self.stream, flush=True)

    def done(self, step: str, since: float) -> None:
        """Note how long a step took; `since` is `seconds` at its start."""
        self.steps.append((step, self.seconds - since))

    def _close(self) -> None:
        if self._open:
            print("\r\033[K", end="", file=self.stream, flush=True)
            self._open = False

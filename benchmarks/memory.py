"""Peak memory of this process and all it has started, sampled while a block runs."""

from __future__ import annotations

import contextlib
import threading

import psutil

SAMPLE_SECONDS = 1.0


class Peak:
    """`with Peak() as peak: ...`; afterwards `peak.megabytes`.

    Shared pages are counted once, by proportional set size where the system tells it (Linux).
    """

    def __init__(self) -> None:
        self.megabytes = 0.0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)

    def __enter__(self) -> Peak:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _sample(self) -> None:
        me = psutil.Process()
        while not self._ended.wait(SAMPLE_SECONDS):
            total = sum(_bytes(process) for process in [me, *me.children(recursive=True)])
            self.megabytes = max(self.megabytes, total / 1e6)


def _bytes(process: psutil.Process) -> int:
    with contextlib.suppress(psutil.Error):
        facts = process.memory_full_info()
        return int(getattr(facts, "pss", facts.uss))
    return 0

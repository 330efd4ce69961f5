"""The process environment, for libraries that read their settings from nowhere else."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping

_process = os.environ  # noqa: TID251


@contextlib.contextmanager
def having(values: Mapping[str, str]) -> Iterator[None]:
    """Set these while the block runs, and what they were before it after it."""
    before = {name: _process.get(name) for name in values}
    _process.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                _process.pop(name, None)
            else:
                _process[name] = value

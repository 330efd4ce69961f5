"""Figures of a run of the identity step."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass
class IdentityResult:
    """Figures of one run.

    Attributes:
        from_nothing: why nothing of the last build could be used; empty when it could.
        model: id of the model in use.
        links: links that hold the clusters together, by rule.
        shared_keys: keys that too many records share, by kind.
        changes: history rows by kind.
        unresolved_references: records that refer to a record nobody has.
        overruled_decisions: decisions by hand that newer ones contradict.
        work: records and pairs that were worked on (`changes.Counts`).
        phases: seconds by phase.
    """

    records: int = 0
    customers: int = 0
    from_nothing: str = ""
    model: str = ""
    links: dict[str, int] = field(default_factory=dict)
    shared_keys: dict[str, int] = field(default_factory=dict)
    changes: dict[str, int] = field(default_factory=dict)
    unresolved_references: int = 0
    overruled_decisions: int = 0
    work: dict[str, Any] = field(default_factory=dict)
    phases: dict[str, float] = field(default_factory=dict)
    seconds: float = 0.0

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Add the seconds that a block takes to a phase."""
        started = time.perf_counter()
        yield
        spent = self.phases.get(name, 0.0) + time.perf_counter() - started
        self.phases[name] = round(spent, 3)

"""What publishing asks of an engine: one stroke forward, one stroke back, copies kept."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any

from rapport.errors import RapportError

PUBLICATION = "ops_publication"


@dataclass
class Difference:
    """Rows taken out of and put into the published tables; unchanged tables are not listed."""

    deleted: dict[str, int] = field(default_factory=dict)
    inserted: dict[str, int] = field(default_factory=dict)

    def note(self, table: str, deleted: int, inserted: int) -> None:
        """Add one table's figures."""
        if deleted:
            self.deleted[table] = deleted
        if inserted:
            self.inserted[table] = inserted


class Publisher(ABC):
    """Changes what readers of `marts` see, whole or not at all. Hold lock `publish` around it."""

    @abstractmethod
    def current(self) -> dict[str, Any] | None:
        """The row of `ops_publication` that readers see; None before the first publication."""

    @abstractmethod
    def candidate(self, schema: str) -> dict[str, Any] | None:
        """The row of the candidate's `ops_publication`; None when there is no candidate."""

    @abstractmethod
    def publish(self, schema: str, publication_id: int) -> Difference:
        """Make `marts` equal to the candidate schema and keep a copy under the id."""

    @abstractmethod
    def restore(self, publication_id: int) -> Difference:
        """Make `marts` equal to a kept copy."""

    @abstractmethod
    def archives(self) -> list[int]:
        """Ids of the kept copies, ascending."""

    @abstractmethod
    def drop_archive(self, publication_id: int) -> None:
        """Remove a kept copy."""


def incomplete(table: str, expected: int, found: int) -> RapportError:
    """The error for a table that, against all reason, is not equal after the difference."""
    return RapportError(
        "publish-incomplete",
        f"After applying the difference the table has {found} rows, the candidate {expected}",
        f"marts.{table}",
        "nothing was published; run the build again, and report this with both row counts",
    )

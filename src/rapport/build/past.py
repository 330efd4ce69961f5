"""What a build knew: noted while it runs, and found again for a reading of that past.

What is known at an instant is what was loaded by then, and identity as the last build before it
left it. A publication names both exactly, to the load and to the change of identity.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, select, update

from rapport.errors import RapportError
from rapport.identity import store
from rapport.identity.step import Past
from rapport.state import loads
from rapport.state.tables import builds, publications


@dataclass(frozen=True)
class Known:
    """What a build knows.

    Attributes:
        at: when it read what was loaded, ISO text, UTC.
        loads: number of the last load that counts.
        changes: number of the last change of identity when its own were made.
        model: id of the model of identity in use then; None before the first.
        late: optional sources that did not reach its as-of.
    """

    at: str
    loads: int
    changes: int = 0
    model: str | None = None
    late: tuple[str, ...] = ()

    @property
    def identity(self) -> Past:
        """As the step of identity wants it."""
        return Past(self.changes, self.model, self.at)


def note_loads(connection: Connection, build_id: str, at: str, late: list[str]) -> int:
    """Note what the build is about to read; returns the number of the last load."""
    known = Known(at, loads.last(connection), late=tuple(late))
    note(connection, build_id, known=asdict(known))
    return known.loads


def note_identity(connection: Connection, build_id: str, model: str) -> None:
    """Note how the build left identity."""
    changes = store.last_change(connection)
    note(connection, build_id, known={"changes": changes, "model": model})


def of_publication(connection: Connection, number: int) -> tuple[str, Known]:
    """As-of (ISO text) of a publication, and what its build knew.

    Raises:
        RapportError: `publication-unknown`, `past-not-kept` for one of an older Rapport.
    """
    row = connection.execute(
        select(builds.c.as_of, builds.c.detail)
        .join(publications, publications.c.build_id == builds.c.build_id)
        .where(publications.c.publication_id == number, publications.c.status != "prepared")
    ).first()
    if row is None:
        raise RapportError(
            "publication-unknown",
            f"There was no publication {number}",
            todo="name one that `rapport publications list` shows",
        )
    known = _known(row.detail)
    if known is None:
        raise RapportError(
            "past-not-kept",
            f"Publication {number} was made before Rapport noted what a build knows",
            todo="ask for a later one, or for an instant with `--known-at`",
        )
    return row.as_of, known


def by(connection: Connection, at: str) -> Known:
    """What was known at an instant (ISO text): what was loaded, and identity as last decided.

    Raises:
        RapportError: `past-not-kept` when nothing was loaded by then, as far as is known.
    """
    last = loads.last(connection, at)
    if not last:
        raise RapportError(
            "past-not-kept",
            f"Nothing is known to have been loaded by {at}",
            todo="ask for a later instant",
        )
    rows = connection.execute(select(builds.c.detail).where(builds.c.is_side == 0))
    earlier = [known for (detail,) in rows if (known := _known(detail)) and known.at <= at]
    before = max(earlier, key=lambda known: (known.changes, known.at), default=Known(at, 0))
    return Known(at, last, before.changes, before.model)


def _known(detail: dict[str, Any] | None) -> Known | None:
    found = (detail or {}).get("known")
    return Known(**{**found, "late": tuple(found["late"])}) if found else None


def note(connection: Connection, build_id: str, **facts: Any) -> None:
    """Add facts to the build's record; those that are dictionaries are added to what is there."""
    where = builds.c.build_id == build_id
    detail = dict(connection.execute(select(builds.c.detail).where(where)).scalar_one() or {})
    for name, value in facts.items():
        detail[name] = {**detail.get(name, {}), **value} if isinstance(value, dict) else value
    connection.execute(update(builds).where(where).values(detail=detail))

"""Decisions by hand: two records are one customer, or are not, whatever the model says.

They outrank everything and for ever: they are kept in the state store, survive rebuilds, backups
and restores, and end only when somebody withdraws them. A decision about a record that does not
exist waits for it. One that contradicts others, also through several of them, is refused.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, insert, select, update

from rapport import clock
from rapport.errors import RapportError
from rapport.state.store import State
from rapport.state.tables import identity_decisions

LINK, UNLINK = "link", "unlink"
ACTIVE, WAITING, OVERRULED, WITHDRAWN = "active", "waiting", "overruled", "withdrawn"


@dataclass(frozen=True)
class Decision:
    """One decision.

    Attributes:
        decision_id: number, later ones higher.
        kind: `link` or `unlink`.
        left_key, right_key: the two records, in the order of their bytes.
        decided_by: who decided.
        decided_at: when, ISO text in UTC.
        note: why, in the words of who decided.
        withdrawn_at, withdrawn_by: when and who, if it was withdrawn.
    """

    decision_id: int
    kind: str
    left_key: str
    right_key: str
    decided_by: str
    decided_at: str
    note: str
    withdrawn_at: str | None = None
    withdrawn_by: str | None = None

    def __str__(self) -> str:
        sign = "=" if self.kind == LINK else "≠"
        return (
            f"{self.left_key} {sign} {self.right_key} "
            f"(decision {self.decision_id}, {self.decided_by}, {self.decided_at[:10]})"
        )

    @property
    def words(self) -> str:
        """The reason that stands in the history of ids."""
        verb = "linked" if self.kind == LINK else "kept apart"
        return f"{verb} by hand by {self.decided_by}" + (f": {self.note}" if self.note else "")


def link(state: State, one: str, other: str, by: str, note: str, at: datetime) -> Decision:
    """Decide that two records are one customer; it counts from the next build on.

    Args:
        one, other: record keys; they need not exist yet.
        by: who decides.
        note: why.
        at: now, UTC.

    Returns:
        the decision, or the one that says the same already.

    Raises:
        RapportError: `decision-contradicts` with the chain of decisions that speaks against it,
            `decision-invalid` when both keys are the same or one is empty.
    """
    return _decide(state, LINK, one, other, by, note, at)


def unlink(state: State, one: str, other: str, by: str, note: str, at: datetime) -> Decision:
    """Decide that two records are not one customer; as `link` otherwise."""
    return _decide(state, UNLINK, one, other, by, note, at)


def withdraw(state: State, decision_id: int, by: str, at: datetime) -> Decision:
    """End a decision; from the next build on it is as if it had never been made.

    Raises:
        RapportError: `decision-unknown` when no decision in force has this number.
    """
    table = identity_decisions
    with state.begin() as connection:
        ended = connection.execute(
            update(table)
            .where(table.c.decision_id == decision_id, table.c.withdrawn_at.is_(None))
            .values(withdrawn_at=clock.iso(at), withdrawn_by=by)
        )
        if not ended.rowcount:
            numbers = ", ".join(str(d.decision_id) for d in in_force(connection)) or "none"
            raise RapportError(
                "decision-unknown",
                f"No decision in force has the number {decision_id}",
                todo=f"use one of: {numbers}",
            )
        return next(d for d in _read(connection) if d.decision_id == decision_id)


def listed(
    state: State, known: Callable[[Collection[str]], Collection[str]]
) -> list[tuple[Decision, str]]:
    """All decisions ever made, newest first, each with what it is worth now.

    Args:
        known: which of these record keys exist.

    Returns:
        pairs of decision and `active`, `waiting` (for a record that is not there), `overruled`
        (a newer one contradicts it, as after a restore) or `withdrawn`.
    """
    with state.begin() as connection:
        everything = _read(connection)
    valid, _ = consistent(d for d in everything if d.withdrawn_at is None)
    keys = {key for d in valid for key in (d.left_key, d.right_key)}
    there = set(known(sorted(keys)))

    def worth(decision: Decision) -> str:
        if decision.withdrawn_at is not None:
            return WITHDRAWN
        if decision not in valid:
            return OVERRULED
        return ACTIVE if {decision.left_key, decision.right_key} <= there else WAITING

    return [(decision, worth(decision)) for decision in reversed(everything)]


def in_force(connection: Connection, at: str | None = None) -> list[Decision]:
    """Decisions that were not withdrawn, oldest first.

    Args:
        at: as they were at that instant, ISO text; None for now.
    """
    if at is None:
        return [decision for decision in _read(connection) if decision.withdrawn_at is None]
    return [
        decision
        for decision in _read(connection)
        if decision.decided_at <= at and (decision.withdrawn_at or "9") > at
    ]


def consistent(decisions: Iterable[Decision]) -> tuple[list[Decision], list[list[Decision]]]:
    """Decisions that hold together, newest first, and those that newer ones overrule.

    Returns:
        those that count, and for each that does not, itself followed by the chain against it.
    """
    valid: list[Decision] = []
    overruled = []
    for decision in sorted(decisions, key=lambda d: (d.decided_at, d.decision_id), reverse=True):
        chain = against(decision, valid)
        if chain:
            overruled.append([decision, *chain])
        else:
            valid.append(decision)
    return valid, overruled


def against(decision: Decision, others: Iterable[Decision]) -> list[Decision]:
    """The chain of decisions that contradicts one; empty when nothing does.

    An unlink contradicts when links lead from one record to the other. A link contradicts when
    links lead from its sides to the sides of an unlink.
    """
    others = list(others)
    links = [d for d in others if d.kind == LINK]
    left = _ways(decision.left_key, links)
    if decision.kind == UNLINK:
        return left.get(decision.right_key, [])
    right = _ways(decision.right_key, links)
    for other in (d for d in others if d.kind == UNLINK):
        for here, there in (
            (other.left_key, other.right_key),
            (other.right_key, other.left_key),
        ):
            if here in left and there in right:
                return [*left[here], other, *reversed(right[there])]
    return []


def _ways(start: str, links: list[Decision]) -> dict[str, list[Decision]]:
    """By record that links lead to, the shortest chain of them from `start`."""
    neighbours: dict[str, list[tuple[str, Decision]]] = {}
    for link in links:
        neighbours.setdefault(link.left_key, []).append((link.right_key, link))
        neighbours.setdefault(link.right_key, []).append((link.left_key, link))
    found: dict[str, list[Decision]] = {start: []}
    ahead = deque([start])
    while ahead:
        here = ahead.popleft()
        for key, link in neighbours.get(here, ()):
            if key not in found:
                found[key] = [*found[here], link]
                ahead.append(key)
    return found


def _decide(
    state: State, kind: str, one: str, other: str, by: str, note: str, at: datetime
) -> Decision:
    left, right = sorted((one, other), key=str.encode)
    if left == right or not left:
        raise RapportError(
            "decision-invalid",
            f"A decision is about two records, not {left!r} and {right!r}",
            todo="name two different record keys, such as crm|17 and erp|204",
        )
    with state.begin() as connection:
        known = in_force(connection)
        for decision in known:
            if (decision.kind, decision.left_key, decision.right_key) == (kind, left, right):
                return decision
        last = connection.execute(select(func.max(identity_decisions.c.decision_id))).scalar()
        decision = Decision((last or 0) + 1, kind, left, right, by, clock.iso(at), note)
        valid, _ = consistent(known)
        chain = against(decision, valid)
        if chain:
            raise RapportError(
                "decision-contradicts",
                f"It was decided otherwise: {'; '.join(map(str, chain))}",
                f"{kind} {left} {right}",
                "withdraw one of these decisions first: rapport identity withdraw NUMBER",
            )
        connection.execute(insert(identity_decisions).values(**vars(decision)))
    return decision


def _read(connection: Connection) -> list[Decision]:
    table = identity_decisions
    columns = [table.c[name] for name in Decision.__dataclass_fields__]
    return [Decision(*row) for row in connection.execute(select(*columns).order_by(columns[0]))]

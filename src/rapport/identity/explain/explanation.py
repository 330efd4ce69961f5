"""The answer to "why": what was decided, on what evidence, and what could be decided instead."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rapport.identity import decisions
from rapport.identity.agglomerate import contradict
from rapport.identity.decide import MODEL
from rapport.identity.evidence import CUT, LINKED
from rapport.identity.explain.known import Known, Link, Side, read
from rapport.identity.explain.weigh import Pair, Weighed, weigh
from rapport.settings import Settings
from rapport.state.store import State

# Pairs across two customers that are weighed: 20 records of each say enough.
MOST_ACROSS = 20


@dataclass(frozen=True)
class Explanation:
    """An answer.

    Attributes:
        known: what it stands on.
        pair: the pair that is taken apart; for two customers the heaviest between them, None
            for a single customer.
        across: all pairs weighed between two customers, the heaviest first.
        path: links that lead from one record of the pair to the other, where they are one.
        cuts: links between the two customers that were not followed.
        is_one: whether both are one customer.
        verdict: in one sentence.
        reasons: the sentences behind it.
        one_per_source: systems that hold each customer once.
    """

    known: Known
    pair: Weighed | None
    across: tuple[Weighed, ...]
    path: tuple[Link, ...]
    cuts: tuple[Link, ...]
    is_one: bool
    verdict: str
    reasons: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """All of it as plain values, for JSON."""
        known = self.known
        limits = known.model.threshold
        in_form = {row["record_key"]: row for row in known.prepared.to_pylist()}
        return {
            "verdict": self.verdict,
            "reasons": list(self.reasons),
            "is_one": self.is_one,
            "asked": [asdict(side) for side in known.sides],
            "records": {
                key: {
                    "customer_id": customer,
                    "as_typed": dict(known.typed.get(key, {})),
                    "in_one_form": in_form.get(key, {}),
                }
                for key, customer in known.members.items()
            },
            "pair": asdict(self.pair) if self.pair else None,
            "threshold": {"bits": limits.chosen, "optimises": limits.optimises},
            "path": [asdict(link) for link in self.path],
            "cuts": [asdict(link) for link in self.cuts],
            "links": [asdict(link) for link in known.links],
            "across": [
                {"left_key": w.left_key, "right_key": w.right_key, "weight": w.weight}
                for w in self.across
            ],
            "decisions": [{**vars(one), "worth": worth} for one, worth in known.decided],
            "history": [asdict(change) for change in known.history],
        }


def explain(settings: Settings, state: State, names: Sequence[str]) -> Explanation:
    """Explain one or two records or customers, as the last build left them. Changes nothing.

    Args:
        names: record keys or customer ids; one: why its customer's records belong together.

    Raises:
        RapportError: as `known.read`; `decision-invalid` when both names mean the same record.
    """
    if len(names) > 1 and names[0] == names[-1]:
        names = names[:1]
    known = read(settings, state, names)
    pairs = _pairs(known)
    hand = {
        (decision.left_key, decision.right_key): decision.kind
        for decision, worth in known.decided
        if worth in (decisions.ACTIVE, decisions.WAITING)
    }
    wanted = {key for pair in pairs for key in pair}
    rows = known.prepared.filter(
        [key in wanted for key in known.prepared["record_key"].to_pylist()]
    )
    weighed = weigh(known.model, rows, pairs, known.shared, hand) if pairs else []
    heaviest = sorted(
        weighed, key=lambda w: (w.weight is None, -(w.weight or 0.0), w.left_key, w.right_key)
    )
    pair = heaviest[0] if heaviest else None
    customers = {side.customer_id for side in known.sides}
    is_one = len(customers) == 1
    path = _path(known, pair.left_key, pair.right_key) if is_one and pair else ()
    cuts = tuple(
        sorted(
            (
                link
                for link in known.links
                if link.is_cut
                and {known.members.get(link.left_key), known.members.get(link.right_key)}
                == customers
            ),
            key=lambda link: (-link.weight, link.left_key, link.right_key),
        )
    )
    return Explanation(
        known=known,
        pair=pair,
        across=tuple(heaviest) if len(heaviest) > 1 else (),
        path=path,
        cuts=cuts,
        is_one=is_one,
        verdict=_verdict(known.sides, is_one),
        reasons=(
            *(
                _why_one(known, path)
                if is_one
                else _why_not(known, pair, cuts, settings.threshold("identity_one_per_source"))
            ),
            *_decided_since(known, pair, is_one),
        ),
    )


def _pairs(known: Known) -> list[Pair]:
    """The pair asked for, or those between two customers; none for a single customer."""
    if len(known.sides) == 1:
        return []
    one, other = (_records(known, side) for side in known.sides)
    pairs = {(a, b) if a.encode() < b.encode() else (b, a) for a in one for b in other if a != b}
    return sorted(pairs)


def _records(known: Known, side: Side) -> list[str]:
    if side.record_key:
        return [side.record_key]
    return [k for k, customer in known.members.items() if customer == side.customer_id][
        :MOST_ACROSS
    ]


def _path(known: Known, start: str, end: str) -> tuple[Link, ...]:
    """The shortest way along links that hold; of equals the first by the bytes of its keys."""
    near: dict[str, list[tuple[str, Link]]] = {}
    for link in known.links:
        if not link.is_cut:
            near.setdefault(link.left_key, []).append((link.right_key, link))
            near.setdefault(link.right_key, []).append((link.left_key, link))
    found: dict[str, tuple[Link, ...]] = {start: ()}
    ahead = deque([start])
    while ahead and end not in found:
        here = ahead.popleft()
        for key, link in sorted(near.get(here, ()), key=lambda one: one[0].encode()):
            if key not in found:
                found[key] = (*found[here], link)
                ahead.append(key)
    return found.get(end, ())


def _verdict(sides: Sequence[Side], is_one: bool) -> str:
    one, other = sides[0], sides[-1]
    if len(sides) == 1:
        return f"{one.name} is customer {one.customer_id}"
    if is_one:
        return f"{one.name} and {other.name} are one customer, {one.customer_id}"
    ids = " and ".join(
        side.customer_id for side in sides if side.record_key or side.name != side.customer_id
    )
    return f"{one.name} and {other.name} are two customers{f', {ids}' if ids else ''}"


def _why_one(known: Known, path: Sequence[Link]) -> list[str]:
    if not path:
        return []
    if len(path) == 1:
        return [f"They are linked directly: {link_words(path[0], known)}."]
    return [
        f"They are linked through {len(path) - 1} other record"
        f"{'s' if len(path) > 2 else ''}, step by step as shown below."
    ]


def link_words(link: Link, known: Known) -> str:
    """Why a link holds."""
    if link.rule in LINKED:
        return LINKED[link.rule] + (f" ({link.evidence})" if link.evidence else "")
    if link.rule == MODEL:
        return f"all fields together, {link.weight:+.1f} bits"
    decision = _decision(known, link.left_key, link.right_key)
    return decision.words if decision else "linked by hand"


def _decided_since(known: Known, pair: Weighed | None, is_one: bool) -> list[str]:
    """What a person decided otherwise after the last build."""
    decision = _decision(known, pair.left_key, pair.right_key) if pair else None
    if decision is None or (decision.kind == decisions.LINK) == is_one:
        return []
    return [f"It was decided otherwise since, which counts from the next build on: {decision}."]


def _decision(known: Known, left: str, right: str) -> decisions.Decision | None:
    return next(
        (
            decision
            for decision, worth in known.decided
            if (decision.left_key, decision.right_key) == (left, right)
            and worth in (decisions.ACTIVE, decisions.WAITING)
        ),
        None,
    )


def _why_not(
    known: Known, pair: Weighed | None, cuts: Sequence[Link], one_per_source: Sequence[str]
) -> list[str]:
    """What keeps two customers apart: what was decided first, then what is known."""
    assert pair is not None
    reasons = []
    decision = _decision(known, pair.left_key, pair.right_key)
    if decision and decision.kind == decisions.UNLINK:
        reasons.append(f"A person decided so: {decision.words}.")
    contradictions = _contradictions(known, pair, one_per_source)
    own = [
        link for link in cuts if (link.left_key, link.right_key) == (pair.left_key, pair.right_key)
    ]
    reasons += [
        f"A link between them ({LINKED.get(link.rule, 'all fields together')}) was not followed: "
        f"{CUT.get(link.reason or '', link.reason)}."
        for link in own
        if link.reason != "hand" and not (link.reason == "strong_key" and contradictions)
    ]
    if others := [link for link in cuts if link not in own]:
        first = others[0]
        more = f" and {len(others) - 1} more" if len(others) > 1 else ""
        reasons.append(
            f"Nor was the link of other records of theirs, {first.left_key} – {first.right_key}"
            f"{more}: {CUT.get(first.reason or '', first.reason)}."
        )
    reasons += contradictions
    if pair.apart == "household":
        reasons.append(
            "They share an address, a mailbox or a number, but are called otherwise and have "
            "nothing personal in common: two persons of one household."
        )
    limit = known.model.threshold.chosen
    if pair.weight is None:
        if not pair.rule:
            reasons.append(f"No rule links them, and there is no model: {known.model.reason}.")
    elif pair.weight < limit and not pair.rule:
        reasons.append(
            f"The evidence is too weak: {pair.weight:+.1f} bits, and {limit:.1f} are needed."
        )
    if not pair.is_candidate:
        reasons.append("No blocking rule brings them together, so that no build compared them.")
    return reasons or [
        "Nothing that is known forbids it. Either a block that they share is too large to be "
        "compared, or what was decided since counts from the next build on."
    ]


def _contradictions(known: Known, pair: Weighed, one_per_source: Sequence[str]) -> list[str]:
    rows: Mapping[str, Mapping[str, Any]] = {
        row["record_key"]: row for row in known.prepared.to_pylist()
    }
    left, right = rows[pair.left_key], rows[pair.right_key]
    found = []
    for column in known.model.strong_keys:
        one, other = left[column], right[column]
        if one is not None and other is not None and contradict(str(one), str(other)):
            found.append(
                f"Their {column.replace('_', ' ')}s contradict each other: {one} and {other} are "
                "more than two slips of the keyboard apart."
            )
    if left["source_system"] == right["source_system"] and left["source_system"] in one_per_source:
        found.append(f"{left['source_system']} holds each customer once, and both are of it.")
    return found

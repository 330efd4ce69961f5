"""What the rules found in one delivery, by rule, over all its batches."""

from __future__ import annotations

from typing import Any

from rapport.gates.suites import Check


class Findings:
    """Outcomes of rules as they are kept in the gate's document and in the state store.

    Attributes:
        expectations: configurations of the expectations that were run, by rule.
    """

    def __init__(self) -> None:
        self.expectations: dict[str, dict[str, Any]] = {}
        self._by_rule: dict[str, dict[str, Any]] = {}

    def add(self, check: Check) -> None:
        """Add the outcome of one expectation over one batch."""
        document, known = check.document(), self._by_rule.get(check.rule)
        if known:
            document["unexpected"] += known["unexpected"]
            document["success"] = known["success"] and check.success
        self._by_rule[check.rule] = document
        self.expectations[check.rule] = check.expectation

    def note(self, rule: str, severity: str, ok: bool, count: int, detail: str) -> None:
        """Add the outcome of a rule that is no expectation.

        Args:
            rule: its name; one about the set as a whole begins with `set:`.
            severity: `critical` or `warning`.
            ok: whether the delivery keeps it.
            count: rows, columns or keys that break it.
            detail: what was found, with the figures and the reason of the tolerance.
        """
        self._by_rule[rule] = {
            "rule": rule,
            "severity": severity,
            "success": ok,
            "unexpected": count,
            "detail": detail,
        }

    def documents(self) -> list[dict[str, Any]]:
        """All outcomes, by name of the rule."""
        return [self._by_rule[rule] for rule in sorted(self._by_rule)]

    def broken_set_rule(self) -> dict[str, Any] | None:
        """The first critical rule about the set that the delivery breaks."""
        for document in self.documents():
            is_about_set = document["rule"].startswith(("table", "set:"))
            if is_about_set and document["severity"] == "critical" and not document["success"]:
                return document
        return None

"""Why two records are, or are not, one customer: for the steward who has to decide."""

from __future__ import annotations

from rapport.identity.explain.explanation import Explanation, explain

__all__ = ["Explanation", "explain"]

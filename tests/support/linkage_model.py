"""A linkage model that nobody trained: every comparison, every rule, at once."""

from __future__ import annotations

from rapport.identity.linkage import catalogue
from rapport.identity.linkage.comparisons import COMPARISONS, frequency_columns
from rapport.identity.linkage.model import Model, Threshold
from rapport.identity.linkage.splink_settings import splink_settings

PRIOR = 0.001


def made(frequencies: dict[str, dict[str, float]] | None = None) -> Model:
    """The model.

    Args:
        frequencies: by column the share of `country|value`; all else counts as rare.
    """
    m, u = {}, {}
    for comparison in COMPARISONS:
        levels = len(comparison.levels)
        m[comparison.name] = comparison.first_m()
        # The better two records agree, the rarer that is among strangers.
        shares = [0.5 ** (2 * level) for level in range(levels + 1)]
        u[comparison.name] = [share / sum(shares) for share in shares]
    names = frequency_columns(COMPARISONS)
    return Model(
        settings=splink_settings(COMPARISONS, m, u, PRIOR),
        frequencies={name: (frequencies or {}).get(name, {}) for name in names},
        rare=dict.fromkeys(names, 0.004),
        rules=tuple(rule for rule in catalogue.rules(10) if rule.number in range(1, 9)),
        threshold=Threshold(0.0, 6.6, -2.0, "nothing, it was made"),
        facts={"records": 100, "filled": {}, "levels": {}},
        strong_keys=("birth_date", "national_id", "tax_id"),
    )

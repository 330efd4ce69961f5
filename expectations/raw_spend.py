"""What the costs of advertising platforms must hold before they are loaded."""

from __future__ import annotations

import great_expectations as gx
import great_expectations.expectations as gxe


def costs() -> gx.ExpectationSuite:
    """One row a day and campaign of one platform."""
    return gx.ExpectationSuite(
        name="raw_spend.costs",
        expectations=[
            gxe.ExpectColumnValuesToNotBeNull(
                column="amount",
                severity="critical",
                notes="A campaign that cost nothing says 0; no cost at all is a broken export.",
            ),
            gxe.ExpectColumnValuesToBeBetween(
                column="amount",
                min_value=0,
                severity="critical",
                notes="Platforms credit on other days, never below zero on one.",
            ),
            gxe.ExpectColumnValuesToMatchRegex(
                column="currency",
                regex="^[A-Z]{3}$",
                severity="critical",
                notes="Money without a currency is no money; platforms write the three letters.",
            ),
        ],
    )

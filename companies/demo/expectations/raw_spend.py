"""What the marketing spend must hold before it is loaded."""

from __future__ import annotations

import great_expectations as gx
import great_expectations.expectations as gxe


def daily_costs() -> gx.ExpectationSuite:
    """One row a day, platform, channel and campaign."""
    return gx.ExpectationSuite(
        name="raw_spend.daily_costs",
        expectations=[
            gxe.ExpectColumnValuesToBeBetween(
                column="cost",
                min_value=0,
                severity="critical",
                notes="Platforms credit on other days, never below zero on one.",
            ),
            gxe.ExpectColumnValuesToNotBeNull(
                column="currency",
                severity="critical",
                notes="Money without a currency is no money.",
            ),
        ],
    )

"""What touchpoints must hold before they are loaded."""

from __future__ import annotations

import great_expectations as gx
import great_expectations.expectations as gxe


def touchpoints() -> gx.ExpectationSuite:
    """One row a touchpoint; the key's presence is checked with every entity's key."""
    return gx.ExpectationSuite(
        name="raw_touchpoints.touchpoints",
        expectations=[
            gxe.ExpectColumnValuesToNotBeNull(
                column="touched_at",
                severity="critical",
                notes="A touch without a time has no place in anybody's history.",
            ),
            gxe.ExpectColumnValuesToNotBeNull(
                column="channel",
                severity="critical",
                notes="Stages and KPIs count touches by channel.",
            ),
        ],
    )

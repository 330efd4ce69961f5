"""What web events must hold before they are loaded."""

from __future__ import annotations

from datetime import datetime

import great_expectations as gx
import great_expectations.expectations as gxe


def events() -> gx.ExpectationSuite:
    """Events in the Segment spec."""
    return gx.ExpectationSuite(
        name="raw_segment.events",
        expectations=[
            gxe.ExpectColumnValuesToBeInSet(
                column="type",
                value_set=["page", "track", "identify", "screen", "group", "alias"],
                severity="critical",
                notes="The calls of the Segment spec; anything else comes from another sender.",
            ),
            gxe.ExpectColumnValuesToNotBeNull(
                column="event_at",
                severity="critical",
                notes="Without a time an event belongs to no session.",
            ),
            gxe.ExpectColumnValuesToBeBetween(
                column="event_at",
                min_value=datetime(2000, 1, 1),
                max_value=datetime(2100, 1, 1),
                severity="critical",
                notes="Clocks of devices may be off by days; by decades they are broken.",
            ),
            gxe.ExpectColumnPairValuesAToBeGreaterThanB(
                column_A="received_at",
                column_B="event_at",
                or_equal=True,
                ignore_row_if="either_value_is_missing",
                mostly=0.99,
                severity="warning",
                notes="Few devices run ahead of the server; many at once is a broken collector.",
            ),
        ],
    )

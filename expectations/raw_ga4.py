"""What Google Analytics 4's exported events must hold before they are loaded."""

from __future__ import annotations

import great_expectations as gx
import great_expectations.expectations as gxe

_MICROSECONDS_2000 = 946_684_800_000_000
_MICROSECONDS_2100 = 4_102_444_800_000_000


def events() -> gx.ExpectationSuite:
    """One row an event."""
    return gx.ExpectationSuite(
        name="raw_ga4.events",
        expectations=[
            gxe.ExpectColumnValuesToNotBeNull(
                column="event_name",
                severity="critical",
                notes="GA4 names every event; a row without a name is none.",
            ),
            gxe.ExpectColumnValuesToNotBeNull(
                column="event_timestamp",
                severity="critical",
                notes="An event without a time belongs to no session.",
            ),
            gxe.ExpectColumnValuesToBeBetween(
                column="event_timestamp",
                min_value=_MICROSECONDS_2000,
                max_value=_MICROSECONDS_2100,
                severity="critical",
                notes="Microseconds since 1970; seconds or milliseconds come from another export.",
            ),
            gxe.ExpectColumnValuesToNotBeNull(
                column="user_pseudo_id",
                mostly=0.5,
                severity="warning",
                notes="Visitors who refuse consent have none; more than half is a broken banner.",
            ),
            gxe.ExpectColumnValuesToNotBeNull(
                column="ga_session_id",
                mostly=0.5,
                severity="warning",
                notes="As user_pseudo_id; without it a parameter list was not read.",
            ),
        ],
    )

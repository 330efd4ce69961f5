"""What Snowplow's enriched events must hold before they are loaded."""

from __future__ import annotations

import great_expectations as gx
import great_expectations.expectations as gxe


def events() -> gx.ExpectationSuite:
    """One row an event; the key's presence is checked with every entity's key."""
    return gx.ExpectationSuite(
        name="raw_snowplow.events",
        expectations=[
            gxe.ExpectColumnValuesToNotBeNull(
                column="derived_tstamp",
                severity="critical",
                notes="An event without a time belongs to no session.",
            ),
            gxe.ExpectColumnValuesToNotBeNull(
                column="collector_tstamp",
                severity="critical",
                notes="The collector stamps every event it takes; without it the row is cut off.",
            ),
            gxe.ExpectColumnValuesToNotBeNull(
                column="domain_userid",
                mostly=0.95,
                severity="warning",
                notes="Some browsers refuse the cookie; a rise means that tracking is broken.",
            ),
            gxe.ExpectColumnValuesToNotBeNull(
                column="domain_sessionid",
                mostly=0.95,
                severity="warning",
                notes="Sessions of events without one are cut by the pause between events.",
            ),
        ],
    )


def web_pages() -> gx.ExpectationSuite:
    """One row an event that happened on a page."""
    return gx.ExpectationSuite(
        name="raw_snowplow.web_pages",
        expectations=[
            gxe.ExpectColumnValuesToNotBeNull(
                column="page_view_id",
                mostly=0.95,
                severity="warning",
                notes="Page views without an id are not counted; many mean an old tracker.",
            ),
        ],
    )

"""What the requests of an access log must hold before they are loaded."""

from __future__ import annotations

import great_expectations as gx
import great_expectations.expectations as gxe


def requests() -> gx.ExpectationSuite:
    """One row a request; lines that are no log lines were kept apart when the file was read."""
    return gx.ExpectationSuite(
        name="raw_access_log.requests",
        expectations=[
            gxe.ExpectColumnValuesToBeBetween(
                column="status",
                min_value=100,
                max_value=599,
                severity="critical",
                notes="The codes of HTTP; anything else is a line cut in the wrong place.",
            ),
            gxe.ExpectColumnValuesToNotBeNull(
                column="remote_host",
                severity="critical",
                notes="A request without a sender belongs to no visitor.",
            ),
            gxe.ExpectColumnValuesToNotBeNull(
                column="method",
                mostly=0.9,
                severity="warning",
                notes="Port scanners send what is no HTTP; a tenth is an attack or a bad log.",
            ),
        ],
    )

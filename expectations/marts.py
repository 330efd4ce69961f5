"""What the candidate must hold before it is published; one function a table.

Keys, contracts and row rules are dbt's tests and have been passed by then. Here stand the checks
of the whole: that figures agree with each other and are in a range that a reader would believe.
"""

from __future__ import annotations

import great_expectations as gx
import great_expectations.expectations as gxe


def dim_customers() -> gx.ExpectationSuite:
    """One row a profile."""
    return gx.ExpectationSuite(
        name="marts.dim_customers",
        expectations=[
            gxe.ExpectTableRowCountToBeBetween(
                min_value=1,
                severity="critical",
                notes="A company without one customer is a build without data.",
            ),
            gxe.ExpectColumnValuesToNotBeNull(
                column="stage",
                severity="critical",
                notes="Every profile stands somewhere in the lifecycle.",
            ),
            gxe.ExpectColumnValuesToNotBeNull(
                column="stage_reason",
                severity="critical",
                notes="A stage that cannot be explained is not shown.",
            ),
        ],
    )


def fct_order_lines() -> gx.ExpectationSuite:
    """One row a sold or returned line."""
    return gx.ExpectationSuite(
        name="marts.fct_order_lines",
        expectations=[
            gxe.ExpectColumnValuesToNotBeNull(
                column="net_amount_reporting",
                severity="critical",
                notes="A missing exchange rate must stop the numbers, not shrink them.",
            ),
            gxe.ExpectColumnValuesToNotBeNull(
                column="cost_amount_reporting",
                mostly=0.95,
                severity="warning",
                notes="Margin is too high by what is sold at unknown cost.",
            ),
        ],
    )


def rpt_kpis() -> gx.ExpectationSuite:
    """One row a KPI, period and segment."""
    return gx.ExpectationSuite(
        name="marts.rpt_kpis",
        expectations=[
            gxe.ExpectTableRowCountToBeBetween(
                min_value=1, severity="critical", notes="A report needs figures."
            ),
            gxe.ExpectColumnValuesToBeBetween(
                column="base_count",
                min_value=0,
                severity="critical",
                notes="A count below zero is a broken join.",
            ),
        ],
    )

"""What purchases must hold before they are loaded."""

from __future__ import annotations

import great_expectations as gx
import great_expectations.expectations as gxe


def purchases() -> gx.ExpectationSuite:
    """One row a purchase; CDs given away are purchases of amount 0."""
    return gx.ExpectationSuite(
        name="raw_shop.purchases",
        expectations=[
            gxe.ExpectColumnValuesToNotBeNull(column="customer_id", severity="critical"),
            gxe.ExpectColumnValuesToNotBeNull(column="purchase_date", severity="critical"),
            gxe.ExpectColumnValuesToBeBetween(column="amount", min_value=0, severity="critical"),
        ],
    )

"""What a day's invoice lines must hold before they are loaded."""

from __future__ import annotations

import great_expectations as gx
import great_expectations.expectations as gxe


def invoice_lines() -> gx.ExpectationSuite:
    """One row a line of an invoice or of a credit note."""
    return gx.ExpectationSuite(
        name="raw_shop.invoice_lines",
        expectations=[
            gxe.ExpectColumnValuesToMatchRegex(
                column="invoice_no",
                regex=r"^C?\d{6}$",
                severity="critical",
                notes="A563185 and its like are bad-debt entries of the books, no invoices.",
            ),
            gxe.ExpectColumnValuesToNotBeNull(column="stock_code", severity="critical"),
            gxe.ExpectColumnValuesToNotBeNull(column="quantity", severity="critical"),
            gxe.ExpectColumnValuesToNotBeNull(column="invoice_date", severity="critical"),
            gxe.ExpectColumnValuesToBeBetween(
                column="unit_price",
                min_value=0,
                severity="critical",
                notes="Credits have a negative quantity; a negative price is a bookkeeping entry.",
            ),
            gxe.ExpectColumnValuesToMatchRegex(
                column="customer_id",
                regex=r"^\d{5}\.0$",
                severity="critical",
                notes="Null is a sale to nobody known; any other shape is no customer number.",
            ),
            gxe.ExpectColumnValuesToNotBeNull(
                column="customer_id",
                mostly=0.2,
                severity="warning",
                notes="A quarter have none, on some days half: these count as anonymous revenue. "
                "Were nearly all to lack it, the number would have been lost on the way.",
            ),
        ],
    )

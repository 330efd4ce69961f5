"""What the CRM's export must hold before it is loaded.

Rows that a rule of staging mends pass with a warning: the gate says how many, staging mends them.
A row without a key needs no rule here: that is checked with every entity's key.
"""

from __future__ import annotations

import great_expectations as gx
import great_expectations.expectations as gxe


def customers() -> gx.ExpectationSuite:
    """One row a version of a customer."""
    return gx.ExpectationSuite(
        name="raw_crm.customers",
        expectations=[
            gxe.ExpectColumnValuesToMatchRegex(
                column="cst_key",
                regex=r"^AW000\d{5}$",
                severity="critical",
                notes="The ERP names its customers by this key.",
            ),
            gxe.ExpectColumnValuesToNotBeNull(
                column="cst_lastname",
                severity="warning",
                notes="Records are filled up over days; the last version has all of it.",
            ),
        ],
    )


def products() -> gx.ExpectationSuite:
    """One row a version of a product."""
    return gx.ExpectationSuite(
        name="raw_crm.products",
        expectations=[
            gxe.ExpectColumnValuesToMatchRegex(
                column="prd_key",
                regex=r"^[A-Z]{2}-[A-Z]{2}-.+$",
                severity="critical",
                notes="The first five characters are the category, the rest is the product.",
            ),
            gxe.ExpectColumnValuesToNotBeNull(column="prd_start_dt", severity="critical"),
            gxe.ExpectColumnValuesToNotBeNull(
                column="prd_cost",
                severity="warning",
                notes="Two frames that were never sold have no cost.",
            ),
        ],
    )


def sales() -> gx.ExpectationSuite:
    """One row a line of an order."""
    return gx.ExpectationSuite(
        name="raw_crm.sales",
        expectations=[
            gxe.ExpectColumnValuesToNotBeNull(column="sls_cust_id", severity="critical"),
            gxe.ExpectColumnValuesToMatchRegex(
                column="sls_ship_dt",
                regex=r"^20\d{6}$",
                severity="critical",
                notes="The ship date mends a broken order date, so it has to be one.",
            ),
            gxe.ExpectColumnValuesToMatchRegex(
                column="sls_quantity", regex=r"^[1-9]\d*$", severity="critical"
            ),
            gxe.ExpectColumnValuesToMatchRegex(
                column="sls_order_dt",
                regex=r"^20\d{6}$",
                severity="warning",
                notes="0, 5489 or 32154: taken from the ship date, 7 days before it.",
            ),
            gxe.ExpectColumnValuesToMatchRegex(
                column="sls_price",
                regex=r"^\d+$",
                severity="warning",
                notes="A minus sign is dropped.",
            ),
            gxe.ExpectColumnValuesToNotBeNull(
                column="sls_price", severity="warning", notes="The amount stands as it is."
            ),
            gxe.ExpectColumnValuesToMatchRegex(
                column="sls_sales",
                regex=r"^[1-9]\d*$",
                severity="warning",
                notes="0 or negative: quantity times price takes its place.",
            ),
            gxe.ExpectColumnValuesToNotBeNull(
                column="sls_sales",
                severity="warning",
                notes="Quantity times price takes its place.",
            ),
        ],
    )

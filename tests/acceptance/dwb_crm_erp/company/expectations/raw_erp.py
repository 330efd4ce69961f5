"""What the ERP's export must hold before it is loaded.

Keys come with a prefix (NASAW00011000) or a hyphen (AW-00011000); staging takes them off.
"""

from __future__ import annotations

import great_expectations as gx
import great_expectations.expectations as gxe


def birth_dates() -> gx.ExpectationSuite:
    """One row a customer of CUST_AZ12."""
    return gx.ExpectationSuite(
        name="raw_erp.birth_dates",
        expectations=[
            gxe.ExpectColumnValuesToMatchRegex(
                column="cid",
                regex=r"^(?:NAS)?AW000\d{5}$",
                severity="critical",
                notes="Another spelling would not be found in the CRM.",
            ),
            gxe.ExpectColumnValuesToMatchRegex(
                column="bdate",
                regex=r"^19\d\d-\d\d-\d\d$",
                severity="warning",
                notes="16 people are born between 2038 and 9999; staging drops those dates.",
            ),
        ],
    )


def locations() -> gx.ExpectationSuite:
    """One row a customer of LOC_A101."""
    return gx.ExpectationSuite(
        name="raw_erp.locations",
        expectations=[
            gxe.ExpectColumnValuesToMatchRegex(
                column="cid",
                regex=r"^AW-000\d{5}$",
                severity="critical",
                notes="Another spelling would not be found in the CRM.",
            ),
            gxe.ExpectColumnValuesToMatchRegex(
                column="cntry",
                regex=r"^(?:Australia|Canada|DE|France|Germany|USA?|United (?:Kingdom|States))$",
                severity="warning",
                notes="Blank countries stay unknown; a new one is to be added to staging.",
            ),
        ],
    )


def categories() -> gx.ExpectationSuite:
    """One row a category of PX_CAT_G1V2."""
    return gx.ExpectationSuite(
        name="raw_erp.categories",
        expectations=[
            gxe.ExpectColumnValuesToNotBeNull(column="cat", severity="critical"),
            gxe.ExpectColumnValuesToNotBeNull(column="subcat", severity="critical"),
        ],
    )

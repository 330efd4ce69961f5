"""What Tryton's tables must hold before they are loaded; one function an entity.

The entity's own description already refuses rows without id and values of another type. A
critical rule about a row quarantines that row; a warning is told in the data-quality report.
"""

from __future__ import annotations

from datetime import datetime

import great_expectations as gx
import great_expectations.expectations as gxe

OLDEST, NEWEST = datetime(2000, 1, 1), datetime(2100, 1, 1)
CURRENCY = r"^[A-Z]{3}$"


def parties() -> gx.ExpectationSuite:
    """People and companies."""
    return _suite(
        "parties",
        gxe.ExpectColumnValuesToNotBeNull(
            column="name",
            mostly=0.99,
            severity="warning",
            notes="Tryton lets a party be without name; many at once are a broken import.",
        ),
    )


def contact_mechanisms() -> gx.ExpectationSuite:
    """E-mail addresses and telephone numbers of parties."""
    return _suite("contact_mechanisms", _names("party"))


def addresses() -> gx.ExpectationSuite:
    """Postal addresses of parties."""
    return _suite("addresses", _names("party"))


def countries() -> gx.ExpectationSuite:
    """Countries, by which addresses are told."""
    return _suite("countries")


def employees() -> gx.ExpectationSuite:
    """Employees, who are no customers."""
    return _suite("employees", _names("party"))


def companies() -> gx.ExpectationSuite:
    """The companies that keep their books here."""
    return _suite("companies", _names("party"), _names("currency"))


def currencies() -> gx.ExpectationSuite:
    """Currencies by their ISO codes."""
    return _suite(
        "currencies",
        gxe.ExpectColumnValuesToMatchRegex(
            column="code",
            regex=CURRENCY,
            severity="critical",
            notes="Money in a currency without its code could not be converted.",
        ),
    )


def currency_rates() -> gx.ExpectationSuite:
    """Exchange rates."""
    return _suite(
        "currency_rates",
        _names("currency"),
        gxe.ExpectColumnValuesToBeBetween(
            column="rate",
            min_value=0,
            strict_min=True,
            severity="critical",
            notes="A rate of zero or below would make money of nothing.",
        ),
    )


def product_templates() -> gx.ExpectationSuite:
    """What products are variants of."""
    return _suite("product_templates")


def products() -> gx.ExpectationSuite:
    """Variants, which are sold."""
    return _suite("products", _names("template"))


def product_categories() -> gx.ExpectationSuite:
    """Categories of products."""
    return _suite("product_categories")


def template_categories() -> gx.ExpectationSuite:
    """Which template is in which category."""
    return _suite("template_categories", _names("template"), _names("category"))


def list_prices() -> gx.ExpectationSuite:
    """List prices of templates."""
    return _suite("list_prices", _not_negative("list_price"))


def cost_prices() -> gx.ExpectationSuite:
    """Costs of variants."""
    return _suite("cost_prices", _not_negative("cost_price"))


def sales() -> gx.ExpectationSuite:
    """Sales in every state."""
    return _suite(
        "sales",
        _names("currency"),
        gxe.ExpectColumnValuesToBeInSet(
            column="state",
            value_set=["draft", "quotation", "confirmed", "processing", "done", "cancelled"],
            severity="critical",
            notes="Another state may or may not be an order; a module that adds one needs a rule.",
        ),
    )


def sale_lines() -> gx.ExpectationSuite:
    """Lines of sales."""
    return _suite("sale_lines", _names("sale"))


def invoices() -> gx.ExpectationSuite:
    """Invoices and credit notes."""
    return _suite("invoices", _names("currency"))


def invoice_lines() -> gx.ExpectationSuite:
    """Lines of invoices; Tryton lets one wait without an invoice."""
    return _suite("invoice_lines")


def opportunities() -> gx.ExpectationSuite:
    """Leads and opportunities: their amounts enter the pipeline figures."""
    return _suite("opportunities", _not_negative("amount"))


def _names(column: str) -> gxe.ExpectColumnValuesToNotBeNull:
    return gxe.ExpectColumnValuesToNotBeNull(
        column=column,
        severity="critical",
        notes="Tryton itself demands it; a row without it belongs to nothing.",
    )


def _not_negative(column: str) -> gxe.ExpectColumnValuesToBeBetween:
    return gxe.ExpectColumnValuesToBeBetween(
        column=column,
        min_value=0,
        severity="critical",
        notes="Below zero it would lower the figures that it is added to.",
    )


def _suite(name: str, *rules: gxe.Expectation) -> gx.ExpectationSuite:
    created = gxe.ExpectColumnValuesToBeBetween(
        column="create_date",
        min_value=OLDEST,
        max_value=NEWEST,
        severity="critical",
        notes="Tryton sets it; another value is a damaged row.",
    )
    return gx.ExpectationSuite(name=f"raw_tryton.{name}", expectations=[created, *rules])

"""What Aurora's ERP must hold before it is loaded; one function a table."""

from __future__ import annotations

from datetime import datetime

import great_expectations as gx
import great_expectations.expectations as gxe

OLDEST, NEWEST = datetime(2000, 1, 1), datetime(2100, 1, 1)
CURRENCIES = ["EUR", "CHF", "GBP", "USD"]
NO_RATE = "Aurora's rate table has no other currency, so the amount could not be converted."
NO_TIME = "A time outside this century would enter no period, ever."
NO_OWNER = "Revenue without a customer cannot be told from an anonymous sale here."


def customers() -> gx.ExpectationSuite:
    """Customer master data."""
    return _suite(
        "customers",
        _between("created_at", OLDEST, NEWEST, NO_TIME),
        gxe.ExpectColumnValuesToBeBetween(
            column="birth_date",
            min_value="1900-01-01",
            max_value="2100-01-01",
            mostly=0.99,
            severity="warning",
            notes="An impossible birth date only weakens the matching of this one person.",
        ),
        gxe.ExpectColumnValuesToMatchRegex(
            column="email",
            regex=r"^[^@\s]+@[^@\s]+\.[^@\s]+$",
            mostly=0.95,
            severity="warning",
            notes="Typed at the till; 5 % junk is normal.",
        ),
    )


def categories() -> gx.ExpectationSuite:
    """Product categories."""
    return _suite("categories", _present("category_name", "Reports print this name."))


def products() -> gx.ExpectationSuite:
    """Products."""
    return _suite(
        "products",
        _between("list_price", 0, 1_000_000, "A price below zero turns revenue around."),
        _between("unit_cost", 0, 1_000_000, "A cost below zero makes margin out of nothing."),
    )


def product_prices() -> gx.ExpectationSuite:
    """Prices and costs over time."""
    return _suite(
        "product_prices",
        _between("list_price", 0, 1_000_000, "A price below zero turns revenue around."),
        _between("unit_cost", 0, 1_000_000, "A cost below zero makes margin out of nothing."),
        _between("valid_from", OLDEST, NEWEST, NO_TIME),
    )


def stores() -> gx.ExpectationSuite:
    """Shops."""
    return _suite("stores")


def orders() -> gx.ExpectationSuite:
    """Order headers."""
    return _suite(
        "orders",
        _present("customer_no", NO_OWNER),
        _present("ordered_at", "An order without a date belongs to no period."),
        _between("ordered_at", OLDEST, NEWEST, NO_TIME),
        _between("freight_amount", 0, 100_000, "Nobody is paid to take the parcel."),
        _among(
            "status",
            ["open", "shipped", "delivered", "cancelled"],
            "An unknown state may be no order.",
        ),
        _among("order_type", ["order", "quote"], "A quote is no revenue; it must be told apart."),
        _present("currency", "Money without a currency is no money."),
        _among("currency", CURRENCIES, NO_RATE),
    )


def order_lines() -> gx.ExpectationSuite:
    """Order lines."""
    return _suite(
        "order_lines",
        _above_zero("quantity", "Returns stand in a table of their own; a line sells something."),
        _between("unit_price", 0, 1_000_000, "A price below zero turns revenue around."),
        _between("list_price", 0, 1_000_000, "A price below zero turns revenue around."),
        _between("discount_amount", 0, 1_000_000, "A negative discount is a hidden surcharge."),
        _between("net_amount", 0, 10_000_000, "A line below zero is a return in disguise."),
        _present("product_id", "Without a product there is neither cost nor category."),
    )


def returns() -> gx.ExpectationSuite:
    """Returns and credit notes, amounts above zero."""
    return _suite(
        "returns",
        _above_zero("amount", "A return below zero would raise revenue."),
        _above_zero("quantity", "Nothing was brought back."),
        _present("customer_no", NO_OWNER),
        _between("returned_at", OLDEST, NEWEST, NO_TIME),
        _among("currency", CURRENCIES, NO_RATE),
    )


def invoices() -> gx.ExpectationSuite:
    """Invoices."""
    return _suite(
        "invoices",
        _between("invoiced_at", OLDEST, NEWEST, NO_TIME),
        _between("amount", 0, 10_000_000, "A credit note stands in the returns."),
    )


def payments() -> gx.ExpectationSuite:
    """Payments."""
    return _suite(
        "payments",
        _present("paid_at", "A payment without a date pays nothing yet."),
        _between("paid_at", OLDEST, NEWEST, NO_TIME),
        _between("amount", 0, 10_000_000, "Money paid back stands in the returns."),
    )


def exchange_rates() -> gx.ExpectationSuite:
    """Daily rates: reporting currency for one unit."""
    return _suite(
        "exchange_rates",
        _above_zero("rate", "A rate of zero makes revenue vanish."),
    )


def loyalty_accounts() -> gx.ExpectationSuite:
    """Loyalty accounts."""
    return _suite("loyalty_accounts", _between("points", 0, 10_000_000, "Points are not owed."))


def _suite(name: str, *expectations: gxe.Expectation) -> gx.ExpectationSuite:
    return gx.ExpectationSuite(name=f"raw_erp.{name}", expectations=list(expectations))


def _present(column: str, notes: str) -> gxe.Expectation:
    return gxe.ExpectColumnValuesToNotBeNull(column=column, severity="critical", notes=notes)


def _between(column: str, low: object, high: object, notes: str) -> gxe.Expectation:
    return gxe.ExpectColumnValuesToBeBetween(
        column=column, min_value=low, max_value=high, severity="critical", notes=notes
    )


def _above_zero(column: str, notes: str) -> gxe.Expectation:
    return gxe.ExpectColumnValuesToBeBetween(
        column=column, min_value=0, strict_min=True, severity="critical", notes=notes
    )


def _among(column: str, values: list[str], notes: str) -> gxe.Expectation:
    return gxe.ExpectColumnValuesToBeInSet(
        column=column, value_set=values, severity="critical", notes=notes
    )

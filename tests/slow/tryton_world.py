"""A small company in a real Tryton; runs in Tryton's own environment, not in Rapport's.

`python tryton_world.py create` fills the database that TRYTOND_CONFIG names, `change` changes it
the way people do. The figures of test_tryton.py are worked out from what stands here.
"""

from __future__ import annotations

import sys
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from proteus import Model, Wizard
from proteus import config as proteus_config
from trytond.modules.account.tests.tools import create_chart, create_fiscalyear, get_accounts
from trytond.modules.account_invoice.tests.tools import set_fiscalyear_invoice_sequences
from trytond.modules.company.tests.tools import create_company
from trytond.modules.currency.tests.tools import get_currency

TODAY = date.today()


def days_ago(days: int) -> date:
    """A day before today."""
    return TODAY - timedelta(days=days)


def create() -> None:
    """Parties, products, sales in every state, an invoice, a credit note, and opportunities."""
    create_company(currency=get_currency("EUR"))
    create_chart()
    fiscal_year = set_fiscalyear_invoice_sequences(
        create_fiscalyear(today=(date(TODAY.year, 1, 1), date(TODAY.year, 12, 31)))
    )
    fiscal_year.click("create_period")
    employee()

    anna = party("Anna Berger", "anna@berger.example", "+43 1 5550101", "Vienna", "AT")
    bolt = party("Bolt GmbH", "office@bolt.example", "+49 30 5550102", "Berlin", "DE")
    party("Zoe Left", "zoe@left.example", "+33 1 55501003", "Paris", "FR")
    tent = product("Tent", "Outdoor", "T-1", Decimal("100"), Decimal("60"))
    lamp = product("Lamp", "Light", "L-1", Decimal("25"), Decimal("10"))

    first = sale(anna, 30, [(tent, 2, Decimal("90")), (lamp, 4, Decimal("25"))])
    first.click("quote")
    first.click("confirm")
    (invoice,) = first.invoices
    invoice.invoice_date = days_ago(29)
    invoice.click("post")
    credit = Wizard("account.invoice.credit", [invoice])
    credit.form.with_refund = False
    credit.form.invoice_date = days_ago(20)
    credit.execute("credit")
    (note,) = credit.actions[0]
    (lamps,) = (line for line in note.lines if line.product == lamp)
    for line in [line for line in note.lines if line != lamps]:
        note.lines.remove(line)
    lamps.quantity = -1.0
    note.click("post")

    second = sale(bolt, 10, [(lamp, 10, Decimal("20"))])
    second.click("quote")
    second.click("confirm")
    cancelled = sale(bolt, 9, [(tent, 1, Decimal("100"))])
    cancelled.click("cancel")
    sale(anna, 8, [(tent, 1, Decimal("100"))]).click("quote")

    won = opportunity(bolt, "Lamps for the office", Decimal("200"), 15)
    won.click("opportunity")
    line = won.lines.new()
    line.product, line.quantity = lamp, 8.0
    won.save()
    (offer,) = won.click("convert")
    offer.sale_date = days_ago(5)
    (offer_line,) = offer.lines
    offer_line.unit_price = Decimal("25")
    offer.click("quote")
    offer.click("confirm")
    lost = opportunity(anna, "Camp", Decimal("900"), 12)
    lost.click("opportunity")
    lost.lost_reason = "Too dear"
    lost.click("lost")
    opportunity(anna, "Second tent", Decimal("100"), 3)


def change() -> None:
    """Cancel a sale, correct an e-mail, remove a telephone number and a party."""
    sales, parties = Model.get("sale.sale"), Model.get("party.party")
    (quoted,) = sales.find([("state", "=", "quotation")])
    quoted.click("cancel")
    (anna,) = parties.find([("name", "=", "Anna Berger")])
    (mail,) = (m for m in anna.contact_mechanisms if m.type == "email")
    mail.value = "anna.berger@new.example"
    mail.save()
    (bolt,) = parties.find([("name", "=", "Bolt GmbH")])
    (phone,) = (m for m in bolt.contact_mechanisms if m.type == "phone")
    phone.delete()
    (zoe,) = parties.find([("name", "=", "Zoe Left")])
    for mechanism in list(zoe.contact_mechanisms):
        mechanism.delete()
    zoe.delete()


def employee() -> None:
    """The seller, who opportunities and posted papers must name."""
    users = Model.get("res.user")
    seller = Model.get("party.party")(name="Sam Seller")
    seller.save()
    sam = Model.get("company.employee")(party=seller)
    sam.save()
    config = proteus_config.get_config()
    user = users(config.user)
    user.employees.append(sam)
    user.employee = sam
    user.save()
    config._context = users.get_preferences(True, {})


def party(name: str, email: str, phone: str, city: str, country: str) -> Any:
    """A party with one address and two contact mechanisms."""
    countries = Model.get("country.country")
    found = countries.find([("code", "=", country)])
    land = found[0] if found else countries(name=country, code=country)
    land.save()
    new = Model.get("party.party")(name=name)
    (address,) = new.addresses or [new.addresses.new()]
    address.city, address.country, address.postal_code = city, land, "1010"
    for kind, value in (("email", email), ("phone", phone)):
        mechanism = new.contact_mechanisms.new()
        mechanism.type, mechanism.value = kind, value
    new.save()
    return new


def product(name: str, category: str, code: str, price: Decimal, cost: Decimal) -> Any:
    """A product that can be sold, in a category of its own."""
    categories, units = Model.get("product.category"), Model.get("product.uom")
    accounts = get_accounts()
    accounting = categories(name=f"{name} accounting", accounting=True)
    accounting.account_revenue, accounting.account_expense = (
        accounts["revenue"],
        accounts["expense"],
    )
    accounting.save()
    shown = categories(name=category)
    shown.save()
    template = Model.get("product.template")(name=name, type="service", salable=True)
    template.list_price = price
    (template.default_uom,) = units.find([("name", "=", "Unit")])
    template.account_category = accounting
    template.categories.append(shown)
    (variant,) = template.products
    variant.suffix_code, variant.cost_price = code, cost
    template.save()
    (saved,) = template.products
    return saved


def sale(customer: Any, days: int, lines: list[tuple[Any, float, Decimal]]) -> Any:
    """A sale of some days ago, as a draft."""
    new = Model.get("sale.sale")(party=customer, sale_date=days_ago(days), invoice_method="order")
    new.payment_term, *_ = Model.get("account.invoice.payment_term").find([])
    for sold, quantity, price in lines:
        line = new.lines.new()
        line.product, line.quantity, line.unit_price = sold, float(quantity), price
    new.save()
    return new


def opportunity(customer: Any, description: str, amount: Decimal, days: int) -> Any:
    """A lead of some days ago."""
    new = Model.get("sale.opportunity")(description=description, start_date=days_ago(days))
    new.party, new.amount = customer, amount
    (new.address,) = customer.addresses
    new.payment_term, *_ = Model.get("account.invoice.payment_term").find([])
    (new.employee,) = Model.get("company.employee").find([])
    new.save()
    return new


if __name__ == "__main__":
    proteus_config.set_trytond(sys.argv[2], config_file=sys.argv[3])
    proteus_config.get_config().skip_warning = True
    {"create": create, "change": change}[sys.argv[1]]()

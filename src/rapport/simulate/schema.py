"""Tables of the ERP and properties of the CRM's objects, in one place."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

_CRM = {
    "contacts": "email firstname lastname phone company address city zip country date_of_birth "
    "lifecyclestage createdate lastmodifieddate hubspot_owner_id hs_analytics_source "
    "referred_by_contact_id hs_email_optout hs_legal_basis first_conversion_date "
    "associatedcompanyid",
    "companies": "name domain country createdate hs_lastmodifieddate",
    "deals": "dealname dealstage amount deal_currency_code createdate closedate "
    "hs_is_closed_won hs_is_closed hs_lastmodifieddate hubspot_owner_id",
    "tickets": "subject content hs_ticket_category hs_ticket_priority hs_pipeline_stage "
    "createdate closed_date hs_lastmodifieddate",
    "calls": "hs_timestamp hs_call_direction hs_call_status hs_createdate hs_lastmodifieddate "
    "hubspot_owner_id",
    "emails": "hs_timestamp hs_email_direction hs_email_status hs_createdate "
    "hs_lastmodifieddate hubspot_owner_id",
    "meetings": "hs_timestamp hs_meeting_outcome hs_createdate hs_lastmodifieddate "
    "hubspot_owner_id",
    "feedback_submissions": "hs_survey_type hs_value hs_content hs_submission_timestamp "
    "hs_createdate hs_lastmodifieddate",
    "campaigns": "name channel start_date end_date hs_createdate hs_lastmodifieddate",
    "campaign_members": "campaign_id contact_id is_control joined_at incentive_amount "
    "hs_createdate hs_lastmodifieddate",
}
CRM: dict[str, tuple[str, ...]] = {name: tuple(columns.split()) for name, columns in _CRM.items()}


def modified_property(object_type: str) -> str:
    """HubSpot names it `lastmodifieddate` on contacts and `hs_lastmodifieddate` elsewhere."""
    return "lastmodifieddate" if object_type == "contacts" else "hs_lastmodifieddate"


MOMENT = sa.TIMESTAMP().with_variant(sa.Text(), "sqlite")
DAY = sa.Date().with_variant(sa.Text(), "sqlite")
MONEY = sa.Numeric(14, 2)
_KINDS: dict[str, Any] = {
    "text": sa.Text(),
    "int": sa.BigInteger(),
    "money": MONEY,
    "moment": MOMENT,
    "day": DAY,
    "rate": sa.Numeric(18, 8),
}

_ERP = {
    "customers": "customer_no! name first_name last_name company_name is_company:int email phone "
    "street city postal_code country_code birth_date:day acquisition_channel created_at:moment",
    "categories": "category_id! category_name parent_id",
    "products": "product_id! sku product_name category_id list_price:money unit_cost:money "
    "currency created_at:moment",
    "product_prices": "price_id! product_id valid_from:moment list_price:money unit_cost:money "
    "currency",
    "stores": "store_id! store_name city country_code",
    "orders": "order_no! customer_no store_id channel order_type status ordered_at:moment "
    "promised_at:moment shipped_at:moment delivered_at:moment cancelled_at:moment currency "
    "freight_amount:money tax_amount:money country_code",
    "order_lines": "order_no! line_no:int! product_id quantity:int list_price:money "
    "unit_price:money discount_amount:money net_amount:money",
    "returns": "return_no! order_no line_no:int customer_no product_id returned_at:moment "
    "quantity:int amount:money currency reason",
    "invoices": "invoice_no! order_no customer_no invoiced_at:moment due_at:moment amount:money "
    "currency",
    "payments": "payment_no! invoice_no paid_at:moment amount:money currency",
    "exchange_rates": "rate_date:day! currency! rate:rate",
    "loyalty_accounts": "loyalty_no! customer_no tier points:int joined_at:moment",
}
ERP_KEYS: dict[str, list[str]] = {
    table: [part.split(":")[0].rstrip("!") for part in columns.split() if part.endswith("!")]
    for table, columns in _ERP.items()
}


def erp() -> sa.MetaData:
    """The ERP's tables; no foreign keys, as dirty rows would break them. All have updated_at."""
    metadata = sa.MetaData()
    for name, columns in _ERP.items():
        parts: list[sa.Column[Any]] = []
        for part in (columns + " updated_at:moment").split():
            column, _, kind = part.rstrip("!").partition(":")
            parts.append(
                sa.Column(
                    column,
                    _KINDS[kind or "text"],
                    primary_key=part.endswith("!"),
                    autoincrement=False,
                )
            )
        table = sa.Table(name, metadata, *parts)
        sa.Index(f"{name}_updated_at", table.c.updated_at)
    return metadata

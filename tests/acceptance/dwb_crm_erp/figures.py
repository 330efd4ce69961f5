"""Work the acceptance figures of dwb_crm_erp out of the raw files alone.

Nothing of Rapport is imported here: plain csv, dates and decimals, so that an error in the
pipeline cannot hide in its own check. Run it by hand with the data folder as its argument.
"""

from __future__ import annotations

import csv
import json
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

SHIPPING_DAYS = 7  # every readable order date stands 7 days before its ship date
COUNTRIES = {
    "Australia": "AU",
    "Canada": "CA",
    "DE": "DE",
    "France": "FR",
    "Germany": "DE",
    "US": "US",
    "USA": "US",
    "United Kingdom": "GB",
    "United States": "US",
}
FILES = {
    "crm.customers": "dwb_crm_erp/source_crm/cust_info.csv",
    "crm.products": "dwb_crm_erp/source_crm/prd_info.csv",
    "crm.sales": "dwb_crm_erp/source_crm/sales_details.csv",
    "erp.birth_dates": "dwb_crm_erp/source_erp/CUST_AZ12.csv",
    "erp.locations": "dwb_crm_erp/source_erp/LOC_A101.csv",
    "erp.categories": "dwb_crm_erp/source_erp/PX_CAT_G1V2.csv",
    "web.events": "snowplow_web_apache2/source/snowplow_web_events.csv",
}


def work_out(data: Path, as_of: date) -> dict[str, Any]:
    """All figures as of midnight of `as_of`, web sessions aside.

    Args:
        data: the folder that RAPPORT_ACCEPTANCE_DATA names.
        as_of: first day that does not count.
    """
    files = {name: list(_rows(data / path)) for name, path in FILES.items()}
    mends: Counter[str] = Counter()
    sales = [_mended_sale(row, mends) for row in files["crm.sales"]]
    sales = [sale for sale in sales if sale["ordered_on"] < as_of]
    revenue_by_country: Counter[str] = Counter()
    countries = {
        row["CID"].replace("-", ""): COUNTRIES.get(row["CNTRY"].strip(), "")
        for row in files["erp.locations"]
    }
    for sale in sales:
        revenue_by_country[countries[f"AW000{sale['customer']}"]] += sale["amount"]
    _mends_of_records(files, as_of, mends)
    customers = _customers(files["crm.customers"])
    return {
        "received": {name: len(rows) for name, rows in files.items()},
        "quarantined": {"crm.customers": sum(not row["cst_id"] for row in files["crm.customers"])},
        "superseded": {
            "crm.customers": sum(bool(row["cst_id"]) for row in files["crm.customers"])
            - len(customers),
        },
        "crm_customers": len(customers),
        "named_customers": sum(
            bool(row["cst_firstname"].strip() and row["cst_lastname"].strip())
            for row in customers.values()
        ),
        "customers": len({sale["customer"] for sale in sales}),
        "orders": len({sale["order"] for sale in sales}),
        "order_lines": len(sales),
        "net_revenue": sum((sale["amount"] for sale in sales), Decimal(0)),
        "returns": Decimal(0),
        "products": len({row["prd_key"][6:] for row in files["crm.products"]}),
        "first_order_on": min(sale["ordered_on"] for sale in sales),
        "last_order_on": max(sale["ordered_on"] for sale in sales),
        "revenue_by_year": dict(
            sorted(_sums((sale["ordered_on"].year, sale["amount"]) for sale in sales).items())
        ),
        "revenue_by_country": dict(sorted(revenue_by_country.items())),
        "matches": _matches(files),
        "mends": dict(sorted(mends.items())),
    }


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        yield from csv.DictReader(stream)


def _sums(pairs: Iterator[tuple[int, Decimal]]) -> dict[int, Decimal]:
    sums: dict[int, Decimal] = {}
    for key, value in pairs:
        sums[key] = sums.get(key, Decimal(0)) + value
    return sums


def _day(text: str) -> date:
    return date(int(text[:4]), int(text[4:6]), int(text[6:8]))


def _mended_sale(row: dict[str, str], mends: Counter[str]) -> dict[str, Any]:
    """One sales line: what is sold is quantity times price, the price never negative."""
    shipped_on = _day(row["sls_ship_dt"])
    ordered_on = shipped_on - timedelta(days=SHIPPING_DAYS)
    if len(row["sls_order_dt"]) == 8:
        ordered_on = _day(row["sls_order_dt"])
        assert shipped_on - ordered_on == timedelta(days=SHIPPING_DAYS), row
    else:
        mends["order_date_unreadable"] += 1
    quantity = Decimal(row["sls_quantity"])
    amount = Decimal(row["sls_sales"]) if row["sls_sales"] else None
    price = Decimal(row["sls_price"]) if row["sls_price"] else None
    if price is None:
        mends["price_missing"] += 1
        assert amount is not None and amount > 0, row
    elif price < 0:
        mends["price_negative"] += 1
        price = -price
    if amount is None or amount <= 0:
        mends["sales_missing_or_not_positive"] += 1
    elif price is not None and amount != quantity * price:
        mends["sales_not_quantity_times_price"] += 1
    if price is not None:
        amount = quantity * price
    return {
        "order": row["sls_ord_num"],
        "customer": row["sls_cust_id"],
        "ordered_on": ordered_on,
        "amount": amount,
    }


def _customers(rows: list[dict[str, str]]) -> dict[str, dict[str, str]]:
    """One row a customer id: the one made last, as the CRM fills a record up over days."""
    latest: dict[str, dict[str, str]] = {}
    for row in rows:
        known = latest.get(row["cst_id"])
        if row["cst_id"] and (not known or row["cst_create_date"] > known["cst_create_date"]):
            latest[row["cst_id"]] = row
    return latest


def _mends_of_records(
    files: dict[str, list[dict[str, str]]], as_of: date, mends: Counter[str]
) -> None:
    for row in files["erp.birth_dates"]:
        mends["erp_key_prefix_nas"] += row["CID"].startswith("NAS")
        mends["birth_date_in_future"] += date.fromisoformat(row["BDATE"]) >= as_of
    for row in files["erp.locations"]:
        mends["erp_key_hyphen"] += "-" in row["CID"]
        mends["country_missing"] += not row["CNTRY"].strip()
        mends["country_spelled_otherwise"] += row["CNTRY"].strip() in {"DE", "US", "USA"}
    known = {row["ID"] for row in files["erp.categories"]}
    for row in files["crm.products"]:
        mends["product_category_unknown"] += row["prd_key"][:5].replace("-", "_") not in known
        mends["product_end_before_start"] += bool(
            row["prd_end_dt"] and row["prd_end_dt"] < row["prd_start_dt"]
        )
        mends["product_cost_missing"] += not row["prd_cost"]
    for row in _customers(files["crm.customers"]).values():
        names = (row["cst_firstname"], row["cst_lastname"])
        mends["customer_name_padded"] += any(name != name.strip() for name in names)


def _matches(files: dict[str, list[dict[str, str]]]) -> dict[str, dict[str, Any]]:
    """How many ERP keys are a CRM key: as they stand, and with prefix and hyphen taken off."""
    crm = {row["cst_key"] for row in files["crm.customers"] if row["cst_id"]}
    found = {}
    for name in ("erp.birth_dates", "erp.locations"):
        keys = [row["CID"] for row in files[name]]
        normalised = [key.removeprefix("NAS").replace("-", "") for key in keys]
        raw, after = (sum(key in crm for key in each) for each in (keys, normalised))
        found[name] = {
            "records": len(keys),
            "matched_raw": raw,
            "matched_normalised": after,
            "matched_raw_pct": _pct(raw, len(keys)),
            "matched_normalised_pct": _pct(after, len(keys)),
        }
    return found


def _pct(part: int, whole: int) -> Decimal:
    return (Decimal(100 * part) / whole).quantize(Decimal("0.1"), ROUND_HALF_UP)


if __name__ == "__main__":
    print(json.dumps(work_out(Path(sys.argv[1]), date(2014, 2, 1)), indent=1, default=str))

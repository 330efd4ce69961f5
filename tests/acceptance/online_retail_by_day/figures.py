"""Work the acceptance figures of online_retail_by_day out of the 305 daily files alone.

Nothing of Rapport is imported here: plain csv and decimals, so that an error in the pipeline
cannot hide in its own check. Run it by hand with the data folder as its argument.
"""

from __future__ import annotations

import csv
import json
import re
import sys
from collections import Counter, defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any

INVOICE = re.compile(r"C?\d{6}")
FREIGHT = {"POST", "DOT", "C2"}  # postage, Dotcom postage, carriage
FEES = {"AMAZONFEE", "BANK CHARGES", "CRUK", "S"}  # commissions, bank fees, samples given away


def line_kind(row: dict[str, str]) -> str:
    """What a line is, by the first rule that fits.

    quarantine: no invoice number (bad-debt entries, A563185 ff.); stock: price 0 and no customer,
    a stock correction; freight and fees: no revenue; credit: on a cancellation (C...); else sale.
    """
    if not INVOICE.fullmatch(row["InvoiceNo"]):
        return "quarantine"
    if row["StockCode"] in FREIGHT:
        return "freight"
    if row["StockCode"] in FEES:
        return "fee"
    if Decimal(row["UnitPrice"]) == 0 and not row["CustomerID"]:
        return "stock"
    return "credit" if row["InvoiceNo"].startswith("C") else "sale"


def work_out(folder: Path) -> dict[str, Any]:
    """All figures over every day.

    Args:
        folder: online_retail_by_day inside the folder that RAPPORT_ACCEPTANCE_DATA names.
    """
    days = sorted(folder.glob("*.csv"))
    received: Counter[str] = Counter()
    duplicates: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    amounts: dict[str, Decimal] = defaultdict(Decimal)
    anonymous: dict[str, Decimal] = defaultdict(Decimal)
    by_month: dict[str, Decimal] = defaultdict(Decimal)
    orders: set[str] = set()
    anonymous_orders: set[str] = set()
    buyers: set[str] = set()
    known: set[str] = set()
    credit_notes: set[str] = set()
    without_customer = cancelled = 0
    for path in days:
        seen: set[tuple[str, ...]] = set()
        with path.open(encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream):
                received[path.stem] += 1
                without_customer += not row["CustomerID"]
                cancelled += row["InvoiceNo"].startswith("C")
                if (content := tuple(row.values())) in seen:
                    duplicates[path.stem] += 1
                    continue
                seen.add(content)
                kind = line_kind(row)
                kinds[kind] += 1
                if kind == "quarantine":
                    continue
                if row["CustomerID"]:
                    known.add(row["CustomerID"])
                amount = int(row["Quantity"]) * Decimal(row["UnitPrice"])
                amounts[kind] += amount
                if kind in ("sale", "credit"):
                    by_month[row["InvoiceDate"][:7]] += amount
                    if not row["CustomerID"]:
                        anonymous[kind] += amount
                if kind == "sale":
                    orders.add(row["InvoiceNo"])
                    if row["CustomerID"]:
                        buyers.add(row["CustomerID"])
                    else:
                        anonymous_orders.add(row["InvoiceNo"])
                if kind == "credit":
                    credit_notes.add(row["InvoiceNo"])
    return {
        "days": len(days),
        "received": sum(received.values()),
        "received_by_day": dict(received),
        "exact_duplicates": sum(duplicates.values()),
        "quarantined": kinds["quarantine"],
        "loaded": sum(kinds.values()) - kinds["quarantine"],
        "lines_without_customer": without_customer,
        "cancellation_lines": cancelled,
        "lines": dict(sorted(kinds.items())),
        "amounts": dict(sorted(amounts.items())),
        "customers": len(buyers),
        "known_customers": len(known),
        "orders": len(orders),
        "anonymous_orders": len(anonymous_orders),
        "credit_notes": len(credit_notes),
        "gross_sales": amounts["sale"],
        "returns": -amounts["credit"],
        "net_revenue": amounts["sale"] + amounts["credit"],
        "anonymous_revenue": anonymous["sale"] + anonymous["credit"],
        "net_revenue_by_month": dict(by_month),
    }


if __name__ == "__main__":
    found = work_out(Path(sys.argv[1]) / "online_retail_by_day")
    del found["received_by_day"]
    print(json.dumps(found, indent=1, default=str))

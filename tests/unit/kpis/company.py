"""A company of ten customers and 25 orders, small enough to work its KPIs out by hand.

The fourth quarter of 2025 is the period looked at; the as-of is its end. Money is EUR.
"""

from __future__ import annotations

from typing import Any

from tests.unit.kpis.compiled import Facts

# order, customer, day, country, channel, category, net, list price, cost
ORDERS = [
    ("a1", "anna", "2024-01-02", "DE", "online", "Tents", 100, 100, 60),
    ("a2", "anna", "2024-06-10", "DE", "online", "Tents", 100, 100, 60),
    ("a3", "anna", "2025-02-10", "DE", "online", "Tents", 100, 100, 60),
    ("a4", "anna", "2025-08-11", "DE", "online", "Tents", 100, 100, 60),
    ("a5", "anna", "2025-11-10", "DE", "online", "Stoves", 200, 250, 120),
    ("b1", "bert", "2024-03-01", "DE", "store", "Tents", 300, 300, 200),
    ("b2", "bert", "2025-10-15", "DE", "store", "Tents", 300, 300, 200),
    ("c1", "cora", "2024-05-05", "FR", "online", "Boots", 80, 80, 40),
    ("c2", "cora", "2025-03-05", "FR", "online", "Boots", 120, 120, 60),
    ("c3", "cora", "2025-07-05", "FR", "online", "Boots", 120, 120, 60),
    ("c4", "cora", "2025-09-05", "FR", "online", "Boots", 100, 100, 50),
    ("c5", "cora", "2025-12-06", "FR", "online", "Boots", 60, 80, 30),  # a Saturday
    ("d1", "dora", "2025-10-01", "FR", "store", "Boots", 50, 50, 25),
    ("d2", "dora", "2025-12-24", "FR", "store", "Tents", 150, 150, 90),
    ("e1", "emil", "2025-07-20", "DE", "online", "Stoves", 40, 40, 20),
    ("f1", "fred", "2024-08-08", None, None, "Uncategorised", 500, 500, None),
    ("g1", "gina", "2025-12-31", "DE", "online", "Tents", 400, 500, 240),
    ("h1", "hugo", "2024-02-02", "CN", "online", "Stoves", 90, 90, 45),
    ("i1", "ines", "2025-04-01", "FR", "online", "Tents", 200, 200, 120),
    ("i2", "ines", "2025-05-01", "FR", "online", "Tents", 200, 200, 120),
    ("i3", "ines", "2025-08-01", "FR", "online", "Stoves", 200, 200, 120),
    ("i4", "ines", "2025-10-10", "FR", "online", "Tents", 300, 300, 180),
    ("j1", "jack", "2024-12-24", "DE", "store", "Boots", 30, 30, 15),
    ("j2", "jack", "2025-12-01", "DE", "store", "Boots", 30, 30, 15),
    ("x1", None, "2025-11-15", "DE", "store", "Boots", 70, 70, 35),  # a Saturday
]
# order, customer, day, country, channel, category, value, cost: both Mondays
RETURNS = [
    ("h1", "hugo", "2025-10-20", "CN", "online", "Stoves", 90, 45),
    ("d1", "dora", "2025-11-03", "FR", "store", "Boots", 50, 25),
]
PROMISED = {"a5": ("2025-11-12", False), "i4": ("2025-10-12", True)}
# order, when it arrived, freight
DELIVERED = {"a5": ("2025-11-12 10:00:00", 1), "i4": ("2025-10-15 10:00:00", 2)}
# customer, stage from the first boundary on
STAGES = [
    ("anna", "loyal", "2024-07-01"),
    ("bert", "churned", "2024-09-01"), ("bert", "reactivated", "2025-10-16"),
    ("cora", "loyal", "2025-09-06"),
    ("dora", "new", "2025-10-02"),
    ("emil", "new", "2025-07-21"), ("emil", "declining", "2025-10-10"),
    ("fred", "churned", "2025-02-05"),
    ("gina", "aware", "2025-10-05"), ("gina", "considering", "2025-10-15"),
    ("gina", "new", "2026-01-01"),
    ("hugo", "churned", "2024-08-01"),
    ("ines", "developing", "2025-05-02"),
    ("jack", "declining", "2025-06-01"), ("jack", "churned", "2025-11-15"),
    ("jack", "reactivated", "2025-12-02"),
    ("kurt", "aware", "2025-10-20"),
]  # fmt: skip
CUSTOMER_STAGES = ("new", "developing", "loyal", "reactivated", "declining", "churned")


def facts() -> Facts:
    """Rows of every table that the KPI models read."""
    return {
        **sales(ORDERS, RETURNS),
        "stg_rapport__value_customers": [
            {"customer_id": customer, "value_12_months": value, "value_tier": tier}
            for customer, value, tier in [
                ("anna", 100, "top"), ("bert", 50, "core"), ("cora", 50, "core"),
                ("dora", 150, "top"), ("gina", 50, "core"), ("jack", None, None),
            ]
        ],
        "stg_rapport__value_tier_months": [
            {"customer_id": customer, "month_end": "2025-10-01", "value_tier": tier}
            for customer, tier in [("anna", "top"), ("ines", "top"), ("bert", "tail")]
        ],
        "fct_marketing_spend": [
            {"spend_date": "2025-10-05", "channel": "paid_search", "amount_reporting": 60},
            {"spend_date": "2025-11-05", "channel": "email", "amount_reporting": 20},
        ],
        "fct_campaign_members": [
            {"customer_id": "cora", "joined_date": "2025-12-01", "is_control": False,
             "incentive_amount": 10},
            # No customer yet, and a control: neither is an incentive to stay.
            {"customer_id": "gina", "joined_date": "2025-12-02", "is_control": False,
             "incentive_amount": 10},
            {"customer_id": "ines", "joined_date": "2025-12-02", "is_control": True,
             "incentive_amount": 10},
        ],
        "rpt_strategy_effects": [
            {"campaign_id": campaign, "measured_until_date": day, "is_partial": partial,
             "effect_reporting": effect, "treated_customers": treated}
            for campaign, day, partial, effect, treated in [
                ("1", "2025-10-01", False, 10, 3), ("2", "2025-12-31", False, -4, 1),
                # Not over, without a control group, over before.
                ("3", "2025-12-31", True, 90, 1), ("4", "2025-12-31", False, None, 5),
                ("5", "2025-09-30", False, 90, 1),
            ]
        ],
        "fct_tickets": [{"opened_date": "2025-10-05"}, {"opened_date": "2025-12-31"}],
        "int_parties_identified": [
            {"record_key": key, "person_id": customer, "customer_id": customer,
             "source_role": key[:3], "email": email}
            for key, customer, email in [
                ("erp|anna", "anna", "Anna@x.example"), ("crm|1", "anna", "anna@x.example"),
                ("erp|jack", "jack", "jack@x.example"), ("crm|2", "jack", "j@x.example"),
                ("erp|emil", "emil", None), ("erp|ines", "ines", None),
            ]
        ],
        # Linked more loosely jack and emil are one.
        "stg_rapport__scenario_customers": [
            {"scenario": "looser", "record_key": "erp|jack", "customer_id": "emil"},
        ],
        "dim_customers": [
            {"customer_id": customer, "is_customer": is_customer, "first_order_date": day,
             "completeness_pct": known}
            for customer, is_customer, day, known in [
                ("anna", True, "2024-01-02", 85), ("gina", True, "2025-12-31", 50),
                ("kurt", False, None, 10),
            ]
        ],
        "fct_survey_answers": [
            {"answer_date": "2025-10-10", "survey_kind": kind, "score": score}
            for kind, score in [
                ("csat", 5), ("csat", 4), ("csat", 2), ("nps", 10), ("nps", 9), ("nps", 3),
                ("nps", 7),
            ]
        ],
        "fct_leads": [
            {"lead_date": day, "response_hours": hours, "is_answered_in_72h": in_time,
             "is_old_enough": old, "is_conversion_known": old, "converted_in_30_days": bought}
            for day, hours, in_time, old, bought in [
                ("2025-10-02", 10, True, True, True), ("2025-10-05", 20, True, True, False),
                ("2025-11-01", 100, False, True, True), ("2025-11-20", None, False, True, False),
                ("2025-12-31", None, False, False, False),
            ]
        ],
        "fct_deals": [
            {"deal_id": deal, "created_at": f"{made} 00:00:00", "created_date": made,
             "closed_at": closed and f"{closed} 00:00:00", "is_won": won,
             "is_open": closed is None, "stage_name": "Offer", "amount_reporting": amount}
            for deal, made, closed, won, amount in [
                ("1", "2025-09-01", "2025-10-11", True, 1000),
                ("2", "2025-10-01", "2025-10-21", False, 500),
                ("3", "2025-11-01", None, None, 700), ("4", "2025-12-01", "2025-12-21", True, 300),
                ("5", "2025-06-01", None, None, None),
            ]
        ],
        "fct_referrals": [
            {"referral_id": "1", "referrer_customer_id": "anna", "referred_customer_id": "gina",
             "referred_date": "2025-12-20"},
        ],
        "fct_invoices": [
            {"invoice_id": invoice, "due_date": due, "amount_reporting": amount,
             "open_amount_reporting": still_open, "age": age}
            for invoice, due, amount, still_open, age in [
                ("1", "2025-11-30", 200, 50, "31-60 days"),
                ("2", "2026-01-15", 100, 100, "not due"), ("3", "2025-09-30", 50, 0, "paid"),
            ]
        ],
        "int_invoice_payments": [
            {"invoice_id": "1", "paid_date": "2025-12-15", "paid_reporting": 150},
            {"invoice_id": "3", "paid_date": "2025-10-10", "paid_reporting": 50},
        ],
        "fct_sessions": [
            {"session_date": "2025-10-10", "is_bot": bot, "is_stitched": stitched}
            for bot, stitched in [(False, True), (False, False), (False, False), (True, False)]
        ],
        "fct_touchpoints": [
            {"customer_id": "anna", "touch_date": "2025-12-03", "touchpoint_kind": kind,
             "channel": channel, "is_inbound": inbound}
            for kind, channel, inbound in [
                ("activity", "call", False), ("activity", "call", False),
                ("ticket", "service", True), ("session", "organic", True),
            ]
        ],
        "fct_stage_changes": [
            {"customer_id": customer, "to_stage": stage, "facts_before": boundary}
            for customer, stage, boundary in STAGES
        ],
        "int_lifecycle_profiles": [
            {"customer_id": customer, "profile_kind": "person"}
            for customer in sorted({customer for customer, _, _ in STAGES})
        ],
        "dim_lifecycle_stages": [
            {"stage": stage, "is_customer": stage in CUSTOMER_STAGES}
            for stage in (*CUSTOMER_STAGES, "aware", "considering", "intending")
        ],
    }  # fmt: skip


def sales(orders: list[tuple[Any, ...]], returns: list[tuple[Any, ...]]) -> Facts:
    """Orders of one line each, and what came back of them."""
    first: dict[str, str] = {}
    for number, customer, *_ in sorted(orders, key=lambda order: order[2]):
        first.setdefault(customer, number)
    placed = [
        {
            "order_id": number,
            "customer_id": customer,
            "order_date": day,
            "country_code": country,
            "channel": channel,
            "net_amount_reporting": net,
            "is_first_order": customer is not None and first[customer] == number,
            "promised_at": f"{PROMISED[number][0]} 12:00:00" if number in PROMISED else None,
            "is_late": PROMISED[number][1] if number in PROMISED else None,
        }
        for number, customer, day, country, channel, _, net, _, _ in orders
    ]
    bought = [
        {
            "order_id": number,
            "buyer_key": customer and f"erp|{customer}",
            "customer_id": customer,
            "order_date": day,
            "is_order": True,
            "delivered_at": DELIVERED[number][0] if number in DELIVERED else None,
            "freight_amount": DELIVERED[number][1] if number in DELIVERED else None,
            "currency": "EUR",
        }
        for number, customer, day, *_ in orders
    ]
    lines = [
        _line(number, "sale", customer, day, country, channel, category, net, listed, cost)
        for number, customer, day, country, channel, category, net, listed, cost in orders
    ]
    lines += [
        _line(f"r{number}", "return", customer, day, country, channel, category, -net, 0, -cost)
        for number, customer, day, country, channel, category, net, cost in returns
    ]
    won = [
        {
            "customer_id": order["customer_id"],
            "order_id": order["order_id"],
            "order_date": order["order_date"],
            "attributed_channel": "paid_search" if order["customer_id"] == "dora" else "direct",
        }
        for order in placed
        if order["is_first_order"]
    ]
    return {
        "fct_orders": placed,
        "int_orders_placed": bought,
        "fct_order_lines": lines,
        "fct_acquisitions": won,
    }


def _line(
    number: str, kind: str, customer: str | None, day: str, country: str | None,
    channel: str | None, category: str, net: int, listed: int, cost: int | None,
) -> dict[str, Any]:  # fmt: skip
    return {
        "order_line_id": number,
        "order_id": number.removeprefix("r"),
        "line_kind": kind,
        "customer_id": customer,
        "revenue_date": day,
        "country_code": country,
        "channel": channel,
        "category_name": category,
        "net_amount_reporting": net,
        "list_amount_reporting": listed,
        "discount_amount_reporting": listed - net if kind == "sale" else 0,
        "cost_amount_reporting": cost,
    }

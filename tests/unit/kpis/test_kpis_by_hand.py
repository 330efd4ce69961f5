"""Every KPI of a small company against figures worked out by hand, and of companies with bad facts.

Guards against: a window off by a day, customers counted twice, a segment lost on the way to the
total, a driver that does not add up, and a zero or a crash where nothing is known.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date

import pytest

from tests.conftest import bare_settings
from tests.unit.kpis import compiled
from tests.unit.kpis.company import ORDERS, RETURNS, facts, sales
from tests.unit.kpis.compiled import Compiled, DuckDb, Facts, Postgres

VARS = {
    "ticket_cost": 5,
    "return_cost": 3,
    "delivery_cost": 4,
    "retention_spend": ["email", "St Nicholas' Day"],
}
QUARTER = "period_kind = 'quarter' and period_start = date '2025-10-01'"

# The fourth quarter of 2025: numerator, denominator, base count. The value is their quotient; a
# KPI without a denominator is its numerator.
BY_HAND = {
    # 1,560 sold in nine orders, 90 + 50 came back; list 1,730; cost 935 less 70 of the returns.
    "net_revenue": (1420, None, 9),
    "orders": (9, None, 9),
    "average_order_value": (1420, 9, 9),
    "discount_rate": (170, 1730, 9),
    "return_rate": (140, 1560, 9),
    "gross_margin": (555, None, 11),
    "gross_margin_rate": (555, 1420, 11),
    "weekend_share": (60 + 70, 1420, 9),
    "on_time_delivery_rate": (1, 2, 2),
    "customers": (10, None, 10),
    "new_customers": (2, None, 2),  # dora, gina
    # Since 3 October: anna, bert, cora, dora, gina, ines, jack.
    "active_customers": (7, None, 7),
    # From 3 July to the start: anna, cora, emil, ines; all but emil are still active.
    "retention_rate": (3, 4, 4),
    # In the 365 days before: anna, cora, emil, ines, jack; all but emil came again.
    "repurchase_rate": (4, 5, 5),
    # In 2025: anna 3 days, cora 4, dora 2, ines 4; bert, emil, gina, jack one.
    "repeat_purchase_rate": (4, 8, 8),
    "purchase_frequency": (8, 7, 7),  # without the anonymous order
    "revenue_per_customer": (1420 - 70, 7, 7),
    # anna 240, bert 200, cora 240, dora 60, emil 20, gina 160, hugo 0, ines 360, jack 30
    "historic_lifetime_value": (1310, 10, 10),
    "churn_entry_rate": (1, 5, 5),  # jack, of anna, cora, emil, ines, jack
    "reactivation_rate": (1, 3, 3),  # bert, of bert, fred, hugo
    "false_churn": (1, 3, 3),  # the same three were churned on 5 July
    "cross_sell_rate": (1, 5, 5),  # anna's first stove, of anna, bert, cora, ines, jack
    # anna 200 against 100 and ines 300 against 200 are up, cora 60 against 120 is down.
    "upsell_rate": (1, 3, 3),
    # 400, 300, 300, 200, 150, 60, 30 by seven customers; the top two, rounded up from 1.4.
    "top_customer_share": (700, 1440, 7),
    "customers_for_80": (4, 7, 7),  # 1,200 of 1,440; three make 1,000
    # 6 x 400 + 4 x 300 + 2 x 300 + 0 x 200 - 2 x 150 - 4 x 60 - 6 x 30
    "revenue_gini": (3480, 7 * 1440, 7),
    # 2024: anna 200, bert 300, cora 80, fred 500, hugo 90, jack 30. 2025: anna 400, bert 300,
    # cora 400, fred 0, hugo -90 that counts as 0, jack 30.
    "revenue_retention_net": (1130, 1200, 6),
    "revenue_retention_gross": (200 + 300 + 80 + 30, 1200, 6),
    "referral_rate": (1, 7, 7),
    "acquisition_cost": (80, 2, 2),
    "retention_cost": (20 + 10, 3, 3),
    "strategy_effect": (3 * 10 - 4, 4, 4),
    "cost_to_serve": (2 * 5 + 2 * 3 + 2 * 4 - 3, 7, 7),
    "contribution": (555 - 80 - 21, None, 11),
    "overdue_receivables": (50, None, 2),
    "csat": (2, 3, 3),
    "nps": (1, 4, 4),  # two promoters, one detractor
    "lead_response_rate": (2, 4, 4),
    "lead_conversion_answered": (1, 2, 2),
    "lead_conversion_late": (1, 2, 2),
    "open_pipeline": (700, None, 2),
    "win_rate": (2, 3, 3),
    "match_rate": (2, 10, 10),  # anna, jack
    "match_rate_raw": (1, 10, 10),  # jack has another address in the CRM
    "completeness": (1.35, 2, 2),  # 85 % of anna, half of gina
    "stitch_rate": (1, 3, 3),
    # dora and gina: margins of 60 and 160, predicted 150 and 50; nobody is a month old in all.
    "lifetime_value": (220 + 200, 2, 2),
    "lifetime_value_by_acquisition_cost": (220 + 200, 80, 2),
    "predicted_value_12_months": (200, 2, 2),
}
# Of dora and gina not even the first month is over.
UNKNOWN = {
    "cohort_value_3_months": [None, None, 2, 2],
    "cohort_value_6_months": [None, None, 2, 2],
    "cohort_value_12_months": [None, None, 2, 2],
    "payback_months": [None, None, None, 2],
}
MEDIANS = {"lead_response_hours": (20, 3), "days_to_close": (30, 2)}
SCALE = {"nps": 100}
# Bad facts: orders as (order, customer, day, country, channel, category, net, list, cost).
BAD: dict[str, Facts] = {
    "no orders": {},
    "one customer on one day": sales([ORDERS[0]], []),
    "all returned": sales(
        ORDERS, [(o[0], *o[1:6], o[6], o[8]) for o in ORDERS if o[8] is not None]
    ),
    "credit notes only": {"fct_order_lines": sales([], RETURNS)["fct_order_lines"]},
    "negative margins": sales([(*order[:8], 10 * order[6]) for order in ORDERS], RETURNS),
    "neither costs nor categories": sales(
        [(*order[:5], "Uncategorised", order[6], order[7], None) for order in ORDERS], []
    ),
    "nobody known": sales([(order[0], None, *order[2:]) for order in ORDERS], []),
    "free goods": sales([(*order[:6], 0, 0, 0) for order in ORDERS], []),
}


Engine = tuple[Compiled, DuckDb | Postgres]


@pytest.fixture(
    scope="module", params=["duckdb", pytest.param("postgres", marks=pytest.mark.postgres)]
)
def engine(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    folder = tmp_path_factory.mktemp(f"kpis_{request.param}")
    if request.param == "duckdb":
        url = f"duckdb:///{folder / compiled.DATABASE}.duckdb"
        yield compiled.compile_models(bare_settings(folder, url), VARS), DuckDb()
        return
    url = request.getfixturevalue("postgres_url")
    database = Postgres(url)
    yield compiled.compile_models(bare_settings(folder, url), VARS), database
    database.connection.close()


@pytest.fixture(scope="module")
def built(engine: Engine) -> DuckDb | Postgres:
    models, database = engine
    models.run(database, facts())
    return database


def test_every_kpi_is_what_a_hand_makes_it(built: DuckDb | Postgres) -> None:
    found = {
        kpi: rest
        for kpi, *rest in built.rows(
            "select kpi_id, value, numerator, denominator, base_count from candidate.rpt_kpis"
            f" where segment_kind = 'all' and {QUARTER}"
        )
    }
    assert set(found) == set(BY_HAND) | set(MEDIANS) | set(UNKNOWN)
    for kpi, (numerator, denominator, base) in BY_HAND.items():
        value = SCALE.get(kpi, 1) * numerator / (denominator or 1)
        expected = [pytest.approx(value, rel=1e-9), numerator, denominator, base]
        assert found[kpi] == expected, kpi
    for kpi, (value, base) in MEDIANS.items():
        assert found[kpi] == [pytest.approx(value), None, None, base], kpi
    assert {kpi: found[kpi] for kpi in UNKNOWN} == UNKNOWN


@pytest.mark.parametrize(
    ("kpi", "kind", "expected"),
    [
        ("net_revenue", "country", {"DE": 1000, "FR": 510, "CN": -90}),
        ("net_revenue", "channel", {"online": 870, "store": 550}),
        ("net_revenue", "category", {"Tents": 1150, "Stoves": 110, "Boots": 160}),
        (
            "net_revenue",
            "stage",
            {"loyal": 260, "churned": 210, "developing": 300, "declining": 30, "unknown": 620},
        ),
        # anna 200 and ines 300; bert 300; the others had no tier, and the anonymous 70.
        ("net_revenue", "tier", {"top": 500, "tail": 300, "unknown": 620}),
        ("retention_rate", "tier", {"top": 1, "unknown": 0.5}),
        ("repurchase_rate", "country", {"DE": 2 / 3, "FR": 1}),
        # dora came by a search; gina of her own accord, which costs nothing.
        ("acquisition_cost", "channel", {"paid_search": 60, "direct": None}),
        ("retention_rate", "stage", {"loyal": 1, "new": 0, "developing": 1}),
    ],
)
def test_segments_are_what_a_hand_makes_them(
    built: DuckDb | Postgres, kpi: str, kind: str, expected: dict[str, float]
) -> None:
    found = dict(
        built.rows(
            f"select segment, value from candidate.rpt_kpis where kpi_id = '{kpi}'"
            f" and segment_kind = '{kind}' and {QUARTER} and value <> 0 or kpi_id = '{kpi}'"
            f" and segment_kind = '{kind}' and {QUARTER} and base_count > 0"
        )
    )
    assert found == pytest.approx(expected)


def test_a_segment_with_only_returns_still_counts_in_the_total(built: DuckDb | Postgres) -> None:
    found = {
        segment: tuple(rest)
        for segment, *rest in built.rows(
            "select segment, numerator, denominator, value from candidate.rpt_kpis"
            f" where kpi_id = 'average_order_value' and segment_kind = 'country' and {QUARTER}"
        )
    }
    assert found == {"DE": (1000, 5, 200), "FR": (510, 4, 127.5), "CN": (-90, 0, None)}


def test_sensitivity_is_the_kpi_with_other_customers(built: DuckDb | Postgres) -> None:
    """Looser: jack (orders on 24 December 2024, 1 December) and emil (20 July) are one."""
    found = {
        kpi: values
        for kpi, *values in built.rows(
            "select kpi_id, stricter, decided, looser from candidate.rpt_identity_sensitivity"
            f" where {QUARTER}"
        )
    }
    looser = {
        "customers": 9,
        "new_customers": 2,
        "active_customers": 7,
        "retention_rate": 4 / 4,  # emil is still active
        "repurchase_rate": 4 / 4,  # of one fewer, and all came again
        "repeat_purchase_rate": 5 / 7,  # two who came once make one who came again
        "revenue_per_customer": 1350 / 7,
        "historic_lifetime_value": 1310 / 9,
    }
    decided = {kpi: BY_HAND[kpi][0] / (BY_HAND[kpi][1] or 1) for kpi in looser}
    assert found == {
        kpi: pytest.approx([decided[kpi], decided[kpi], looser[kpi]], rel=1e-9) for kpi in looser
    }
    kinds = built.rows("select distinct period_kind from candidate.rpt_identity_sensitivity")
    assert sorted(kinds) == [("month",), ("quarter",), ("week",)]


def test_the_bridge_leads_from_one_revenue_to_the_next(built: DuckDb | Postgres) -> None:
    found = {
        component: tuple(int(part) for part in rest)
        for component, *rest in built.rows(
            "select component, customers, previous_revenue_reporting, revenue_reporting,"
            f" change_reporting from candidate.rpt_revenue_bridge where {QUARTER}"
        )
    }
    assert found == {
        "new": (2, 0, 550, 550),  # dora 150, gina 400
        "reactivated": (2, 0, 330, 330),  # bert 300, jack 30
        "expanded": (2, 300, 500, 200),  # anna 100 to 200, ines 200 to 300
        "unchanged": (0, 0, 0, 0),
        "contracted": (2, 220, -30, -250),  # cora 220 to 60, and hugo's return
        "lost": (1, 40, 0, -40),  # emil
        "anonymous": (0, 0, 70, 70),
    }


def test_drivers_split_a_rate_into_mix_and_rate(built: DuckDb | Postgres) -> None:
    """Average order value, third quarter 560 / 5 = 112, fourth 1420 / 9.

    By country: DE 140 / 2 and 1000 / 5, FR 420 / 3 and 510 / 4 minus nothing, CN -90 / 0.
    """
    rows = built.rows(
        "select segment, mix_effect, rate_effect, segment_kind, change"
        f" from candidate.rpt_kpi_drivers where kpi_id = 'average_order_value' and {QUARTER}"
    )
    assert sum(row[1] + row[2] for row in rows) == pytest.approx(1420 / 9 - 112)
    by_country = {
        # (w1 - w0) * (mean rate - mean value), mean weight * (r1 - r0)
        "DE": ((5 / 9 - 2 / 5) * (135 - MEAN_VALUE), (5 / 9 + 2 / 5) / 2 * 130),
        "FR": ((4 / 9 - 3 / 5) * (133.75 - MEAN_VALUE), (4 / 9 + 3 / 5) / 2 * -12.5),
        "CN": (-10, 0),  # no order: what it takes away is all mix
    }
    assert {row[3] for row in rows} == {"country"}
    assert {row[0]: (row[1], row[2]) for row in rows} == {
        segment: pytest.approx(effects) for segment, effects in by_country.items()
    }


MEAN_VALUE = (1420 / 9 + 112) / 2


def test_other_tables_are_what_a_hand_makes_them(built: DuckDb | Postgres) -> None:
    pipeline = built.rows("select age, deals, amount_reporting from candidate.rpt_pipeline")
    assert sorted(pipeline) == [("61-90 days", 1, 700), ("over 90 days", 1, 0)]
    owed = built.rows(
        "select age, invoices, open_amount_reporting from candidate.rpt_receivables"
        " where invoices > 0"
    )
    assert sorted(owed) == [("31-60 days", 1, 50), ("not due", 1, 100)]
    # gina and kurt became aware in the quarter; gina considered ten days later, and bought.
    funnel = built.rows(
        "select from_stage, entered, moved, median_days, is_complete from candidate.rpt_funnel"
        f" where {QUARTER} order by step_order"
    )
    assert funnel == [
        ("aware", 2, 1, 10, False),
        ("considering", 1, 1, 78, False),
        ("intending", 0, 0, None, False),
    ]
    # Two calls and a ticket for two loyal customers; the visit to the website is no contact.
    contacts = built.rows(
        "select channel, is_inbound, contacts, profiles, contacts_per_profile"
        " from candidate.rpt_stage_contacts where month = date '2025-12-01' order by channel"
    )
    assert contacts == [("call", False, 2, 2, 1), ("service", True, 1, 2, 0.5)]


def test_cohorts_add_up_margin_by_age(built: DuckDb | Postgres) -> None:
    """ines, first order on 1 April 2025: margins of 80 in April, May and August, 120 in October."""
    months = built.rows(
        "select month_no, margin_to_date_reporting, is_complete from candidate.rpt_cohort_months"
        " where cohort_month = date '2025-04-01' and month_no in (0, 1, 4, 6, 8) order by month_no"
    )
    assert months == [
        (0, 80, True), (1, 160, True), (4, 240, True), (6, 360, True), (8, 360, False),
    ]  # fmt: skip
    cohorts = built.rows(
        "select cohort_month, customers, spend_reporting, acquisition_cost, value_3_months,"
        " value_6_months, value_12_months, payback_months from candidate.rpt_cohorts"
        " where cohort_month in (date '2025-04-01', date '2025-10-01', date '2025-12-01')"
        " order by cohort_month"
    )
    assert cohorts == [
        (date(2025, 4, 1), 1, None, None, 160, 240, None, None),  # no spend on record yet
        (date(2025, 10, 1), 1, 60, 60, None, None, None, None),  # dora has brought 60 after ...
        (date(2025, 12, 1), 1, 0, 0, None, None, None, None),  # ... two months, not yet over
    ]


def test_cohorts_of_a_year_are_those_of_its_months(built: DuckDb | Postgres) -> None:
    """Six customers of 2024; fred's margin is unknown, and there was no spend on record then.

    After 3 months anna 40, hugo 45, bert 100, cora 40, jack 15; after 12 anna 80, cora 100, jack
    30. Margin to date 710, predicted of anna, bert and cora 200.
    """
    found = dict(
        built.rows(
            "select kpi_id, numerator from candidate.rpt_kpis where segment_kind = 'all'"
            " and period_kind = 'year' and period_start = date '2024-01-01' and base_count = 6"
        )
    )
    assert {kpi: found[kpi] for kpi in ("cohort_value_3_months", "cohort_value_12_months")} == {
        "cohort_value_3_months": 240,
        "cohort_value_12_months": 80 + 45 + 100 + 100 + 30,
    }
    assert found["lifetime_value"] == 710 + 200
    assert found["payback_months"] is None
    (spend,) = built.rows(
        "select denominator, value from candidate.rpt_kpis where segment_kind = 'all'"
        " and kpi_id = 'lifetime_value_by_acquisition_cost' and period_kind = 'year'"
        " and period_start = date '2024-01-01'"
    )
    assert spend == (None, None)


@pytest.mark.parametrize("name", BAD)
def test_bad_facts_give_null_with_a_count_never_a_crash(engine: Engine, name: str) -> None:
    models, database = engine
    models.run(database, BAD[name])
    rows = database.rows(
        "select kpi_id, value, numerator, denominator, base_count, unit, segment_kind, period_kind"
        " from candidate.rpt_kpis"
    )
    for kpi, value, numerator, denominator, base, unit, *_ in rows:
        for number in (value, numerator, denominator):
            assert number is None or math.isfinite(number), kpi
        assert base >= 0, kpi
        if denominator == 0 or (numerator is None and unit not in ("days", "hours")):
            assert value is None or (value == 0 and denominator is None), kpi
    unsure = database.rows(
        "select kpi_id from candidate.rpt_kpis where segment_kind = 'all' and value is not null"
        " and base_count = 0 and unit <> 'currency' and unit <> 'count'"
    )
    assert unsure == []
    if name == "no orders":
        assert {row[1] for row in rows if row[0] not in ("net_revenue", "orders")} <= {None, 0}
    if name == "neither costs nor categories":
        unknown = {
            "gross_margin", "gross_margin_rate", "cross_sell_rate", "contribution",
            "historic_lifetime_value",
        }  # fmt: skip
        # Every quarter has sales; a shorter period without any has no margin, which is known.
        whole = [row for row in rows if row[6] == "all" and row[7] in ("quarter", "year")]
        assert {row[1] for row in whole if row[0] in unknown} == {None}


def test_upsell_counts_regulars_who_have_no_level_of_the_year_before(engine: Engine) -> None:
    """Levels of three earlier orders: none of the year before, 0, and 100 each that moved."""
    models, database = engine
    earlier = {
        "long ago": ("2024-01", 100, 500), "free": ("2025-05", 0, 500),
        "up": ("2025-05", 100, 120), "down": ("2025-05", 100, 80), "more": ("2025-05", 100, 300),
    }  # fmt: skip
    orders = [
        (f"{name}{number}", name, day, "DE", "online", "Tents", net, net, 0)
        for name, (month, before, now) in earlier.items()
        for number, (day, net) in enumerate(
            [*((f"{month}-0{number}", before) for number in (1, 2, 3)), ("2025-11-10", now)]
        )
    ]
    models.run(database, sales(orders, []))
    assert database.rows(
        "select numerator, denominator, base_count from candidate.rpt_kpis"
        f" where kpi_id = 'upsell_rate' and segment_kind = 'all' and {QUARTER}"
    ) == [(1, 5, 5)]

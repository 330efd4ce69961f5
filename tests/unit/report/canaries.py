"""Published marts of a company in two countries; whatever is not of Germany sings CANARY."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb

from tests.unit.report import marts

CANARY = "CANARY"
LOUD = 777_777  # the figure of all that a reader of Germany may not see
KPIS = ["net_revenue", "new_customers", "churn_entry_rate", "match_rate"]
# What a row must say so that the reports' queries find it; the rest is filled by type.
GIVEN: dict[str, dict[str, Any]] = {
    "dim_customers": {"profile_kind": "person", "is_anonymous": False, "is_customer": True},
    "fct_leads": {"first_response_at": None, "lead_kind": "form"},
    "fct_deals": {"is_open": True},
    "rpt_stage_mix": {"profile_kind": "person", "stage": "loyal"},
    "rpt_stage_transitions": {"from_stage": "loyal", "to_stage": "declining"},
    "rpt_kpi_drivers": {"kpi_id": "net_revenue", "period_kind": "month"},
    "rpt_forecast": {"measure": "revenue", "horizon_days": 90, "category_name": None},
    "rpt_funnel": {"from_stage": "aware", "to_step": "considering", "period_kind": "month"},
    "rpt_restatements": {"subject": "kpi", "kpi_id": "net_revenue", "period_kind": "month"},
    "rpt_identity_sensitivity": {"kpi_id": "net_revenue", "period_kind": "month"},
    "rpt_revenue_bridge": {"component": "new", "period_kind": "month"},
    "rpt_churn_risk": {"churn_probability_90_days": 0.9},
}
MONTH_START, MONTH_END = date(2026, 10, 1), date(2026, 11, 1)
NEUTRAL = ("dim_calendar", "dim_lifecycle_stages", "rpt_kpi_catalogue", "ops_publication",
           "ops_sources", "ops_gates", "ops_deliveries", "ops_quarantine", "ops_runs",
           "dim_channels", "dim_products", "dim_segments")  # fmt: skip


def fill(path: Path) -> marts.Reader:
    """Rows of Germany and of Austria in every mart; written once and copied after."""
    shutil.copy(_filled(), path)
    return marts.Reader(path)


@lru_cache(maxsize=1)
def _filled() -> Path:
    path = Path(tempfile.mkdtemp(prefix="rapport-canaries-")) / "published.duckdb"
    atexit.register(shutil.rmtree, path.parent, ignore_errors=True)
    marts.fill(path)
    with duckdb.connect(str(path)) as connection:
        for table, columns in marts.tables().items():
            if table in NEUTRAL:
                continue
            connection.execute(f"delete from marts.{table}")
            for row in _rows(table, columns):
                names = ", ".join(f'"{name}"' for name in row)
                marks = ", ".join("?" * len(row))
                connection.execute(
                    f"insert into marts.{table} ({names}) values ({marks})", list(row.values())
                )
        connection.execute("update marts.rpt_kpi_catalogue set unit = 'count'")
    return path


def _rows(table: str, columns: dict[str, str]) -> list[dict[str, Any]]:
    if table == "rpt_kpis":
        return [
            {
                **_row(table, columns, country),
                "kpi_row_id": f"{kpi}{kind}{period}{country}",
                "kpi_id": kpi,
                "segment_kind": kind,
                "segment": "all" if kind == "all" else country,
                "period_kind": period,
                "is_partial": False,
                "value": 41 if (kind, country) == ("country", "DE") else LOUD,
            }
            for kpi in KPIS
            for kind, country in (("all", "XX"), ("country", "DE"), ("country", "AT"))
            for period in ("month", "day", "week")
        ]
    return [
        {**_row(table, columns, country), **GIVEN.get(table, {}), **extra}
        for country in ("DE", "AT")
        for extra in _extras(table, country)
    ]


def _extras(table: str, country: str) -> list[dict[str, Any]]:
    """Customers come in three stages, so that each list of the sales report has one."""
    if table != "dim_customers":
        return [{}]
    return [
        {"stage": stage, "customer_id": f"c-{country}{'' if stage == 'declining' else stage}"}
        for stage in ("declining", "intending", "churned")
    ]


def _row(table: str, columns: dict[str, str], country: str) -> dict[str, Any]:
    is_mine = country == "DE"
    return {name: _value(name, kind, country, is_mine) for name, kind in columns.items()}


def _value(name: str, kind: str, country: str, is_mine: bool) -> Any:
    known: dict[str, Any] = {
        "country_code": country, "customer_id": f"c-{country}", "person_id": f"p-{country}",
        "value_tier": "top", "kpi_id": "net_revenue", "segment_kind": "country",
        "period_start": MONTH_START, "period_end": MONTH_END, "month_end": MONTH_END,
        "cohort_month": date(2026, 3, 1), "month_no": 3, "lead_date": date(2026, 10, 31),
        "stage_since": date(2026, 10, 28), "step_order": 1,
        "lead_at": datetime(2026, 10, 31, 9), "previous_as_of": datetime(2026, 10, 5),
        "record_url": f"https://crm.example/{'' if is_mine else CANARY}{country}",
    }  # fmt: skip
    if name in known:
        return known[name]
    if kind == "text":
        return f"Anna {name}" if is_mine else f"{CANARY} {name}"
    if kind == "boolean":
        return True
    if kind == "date":
        return MONTH_START
    if kind == "timestamp":
        return datetime(2026, 10, 20)
    if kind in ("numeric(9, 6)", "numeric(5, 4)"):
        return 0.5  # a share: the figure of all would not fit
    return 7 if is_mine else LOUD

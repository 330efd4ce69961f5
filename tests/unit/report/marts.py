"""Published marts in a DuckDB file with invented rows, and a reader of them."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb
import yaml

from rapport.report.figures import CUSTOMER_STAGES
from rapport.settings import REPO

MODELS = REPO / "dbt_project" / "models" / "marts"


@lru_cache(maxsize=1)
def tables() -> dict[str, dict[str, str]]:
    """Columns and types of every mart, from the contracts of the dbt models."""
    found = {}
    for file in sorted(MODELS.glob("*/*.yml")):
        if not file.name.startswith("_"):
            for model in yaml.safe_load(file.read_text(encoding="utf-8"))["models"]:
                found[model["name"]] = {c["name"]: c["data_type"] for c in model["columns"]}
    return found


CATALOGUE = [
    # id, name, unit, direction, owner
    ("net_revenue", "Net revenue", "currency", "up", "Finance"),
    ("gross_margin_rate", "Gross margin", "share", "up", "Finance"),
    ("orders", "Orders", "count", "up", "Sales"),
    ("new_customers", "New customers", "count", "up", "Marketing"),
    ("active_customers", "Active customers", "count", "up", "Sales"),
    ("average_order_value", "Average order value", "currency", "up", "Sales"),
    ("purchase_frequency", "Purchase frequency", "ratio", "up", "Sales"),
    ("repeat_purchase_rate", "Repeat purchase rate", "share", "up", "CRM"),
    ("churn_entry_rate", "Churn entry rate", "share", "down", "CRM"),
    ("reactivation_rate", "Reactivation rate", "share", "up", "CRM"),
    ("acquisition_cost", "Acquisition cost", "currency", "down", "Marketing"),
    ("lead_response_rate", "Leads answered in 72 hours", "share", "up", "Sales"),
    ("csat", "Satisfied customers (CSAT)", "share", "up", "Service"),
    ("nps", "Net promoter score", "score", "up", "Service"),
    ("return_rate", "Return rate", "share", "down", "Operations"),
    ("referral_rate", "Referral rate", "share", "up", "Marketing"),
    ("match_rate", "CRM and ERP match rate", "share", "up", "Data"),
]
# October 2026: value, base, previous, last year, target, status
OCTOBER = {
    "net_revenue": (412_300.4, None, 381_420.0, 367_050.0, 400_000, "good"),
    "gross_margin_rate": (0.412, 9_120, 0.418, 0.401, None, "none"),
    "orders": (3_481, None, 3_302, 3_240, None, "none"),
    "new_customers": (214, None, 187, 231, 200, "good"),
    "active_customers": (3_120, None, 3_064, 2_790, None, "none"),
    "average_order_value": (118.44, None, 115.51, 113.29, None, "none"),
    "purchase_frequency": (1.31, None, 1.31, 1.27, None, "none"),
    "repeat_purchase_rate": (0.468, 5_214, 0.464, 0.441, 0.45, "good"),
    "churn_entry_rate": (0.031, 4_870, 0.026, 0.035, 0.025, "bad"),
    "reactivation_rate": (0.019, 1_240, 0.017, None, None, "none"),
    "acquisition_cost": (48.2, None, 55.9, 51.0, 50, "good"),
    "lead_response_rate": (0.64, 322, 0.71, None, 0.75, "bad"),
    "csat": (0.86, 14, 0.78, 0.81, None, "none"),
    "nps": (38.0, 96, 41.5, 33.0, None, "none"),
    "return_rate": (0.052, 3_481, 0.049, 0.055, 0.05, "watch"),
    "referral_rate": (None, 0, None, None, None, "none"),
    "match_rate": (0.742, 5_890, 0.741, 0.702, None, "none"),
}
REVENUE = [  # October 2025 to October 2026
    367_050.0, 452_900.0, 548_210.0, 298_400.0, 287_150.0, 331_900.0, 342_800.0, 360_440.0,
    355_120.0, 318_300.0, 329_770.0, 381_420.0, 412_300.4,
]  # fmt: skip
MIX = {  # stage: profiles at the end of October
    "new": 402, "developing": 1_964, "loyal": 1_311, "reactivated": 58, "declining": 742,
    "churned": 1_413, "intending": 119, "considering": 655, "aware": 1_204,
    "lapsed_prospect": 2_310, "untouched": 88,
}  # fmt: skip
FIRST_SEEN = {"new": 120, "considering": 62, "aware": 38}  # in October
MOVES = [
 ("intending", "new", 61), ("considering", "new", 33),
    ("new", "developing", 172), ("new", "declining", 11), ("developing", "loyal", 96),
    ("developing", "declining", 102), ("loyal", "declining", 72), ("declining", "churned", 153),
    ("churned", "reactivated", 19), ("reactivated", "developing", 12),
    ("considering", "intending", 76),
]  # fmt: skip
FRAMEWORKS = [
    ("aware", "awareness", "acquisition", "acquisition"),
    ("considering", "consideration", "acquisition", "acquisition"),
    ("intending", "intent", "acquisition", "acquisition"),
    ("new", "purchase", "growth", "development"),
    ("developing", "purchase", "growth", "development"),
    ("reactivated", "purchase", "growth", "development"),
    ("loyal", "loyalty", "maturity", "retention"),
    ("declining", "decline", "decline", "retention"),
    ("churned", "decline", "churn", "churn"),
    ("lapsed_prospect", "decline", "acquisition", "acquisition"),
    ("untouched", "none", "acquisition", "acquisition"),
]
AS_OF = datetime(2026, 11, 2, 5, 0)


class Reader:
    """As `rapport.warehouses.MartsReader`, over a DuckDB file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._connection: duckdb.DuckDBPyConnection | None = None

    @property
    def publication(self) -> dict[str, Any]:
        return self.query("select * from marts.ops_publication")[0]

    def query(self, sql: str, params: Sequence[Any] = ()) -> list[dict[str, Any]]:
        if self._connection is None:
            self._connection = duckdb.connect(str(self.path), read_only=True)
        cursor = self._connection.execute(sql, list(params))
        names = [column[0] for column in cursor.description or []]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def month(index: int) -> date:
    """First day of a month; 0 is October 2025."""
    return date(2025 + (9 + index) // 12, (9 + index) % 12 + 1, 1)


def before(stage: str) -> int:
    """Profiles in a stage at the end of September."""
    came = FIRST_SEEN.get(stage, 0) + sum(n for _, to, n in MOVES if to == stage)
    return MIX[stage] - came + sum(n for origin, _, n in MOVES if origin == stage)


def fill(path: Path, company_name: str = "Nordlicht Outdoor", empty: bool = False) -> Reader:
    """Marts as of 2 November 2026, 06:00 in Berlin; `empty` leaves all facts out. They are written
    once and copied after."""
    shutil.copy(_filled(company_name, empty), path)
    return Reader(path)


@lru_cache(maxsize=4)
def _filled(company_name: str, empty: bool) -> Path:
    path = Path(tempfile.mkdtemp(prefix="rapport-marts-")) / "published.duckdb"
    atexit.register(shutil.rmtree, path.parent, ignore_errors=True)
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema marts")
        for table, columns in tables().items():
            listed = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
            connection.execute(f"create table marts.{table} ({listed})")

        def put(table: str, columns: str, rows: Sequence[Sequence[Any]]) -> None:
            if rows:
                marks = ", ".join("?" * len(rows[0]))
                connection.executemany(
                    f"insert into marts.{table} ({columns}) values ({marks})", rows
                )

        put(
            "ops_publication",
            "publication_id, build_id, as_of, business_timezone, reporting_currency, company_name",
            [(7, "b-20261102", AS_OF, "Europe/Berlin", "EUR", company_name)],
        )
        put(
            "rpt_kpi_catalogue",
            "kpi_id, name, name_zh, formula, unit, direction, owner, explanation, explanation_zh,"
            " rests_on, sort_order",
            [
                (
                    kpi,
                    name,
                    f"指标{order}",
                    "see docs",
                    unit,
                    way,
                    owner,
                    f"What {name} means.",
                    f"指标{order}的含义。",
                    "spend" if kpi == "acquisition_cost" else "erp",
                    order,
                )
                for order, (kpi, name, unit, way, owner) in enumerate(CATALOGUE)
            ],
        )
        put(
            "dim_lifecycle_stages",
            "stage, stage_order, stage_name, stage_name_zh, stage_six, stage_six_zh, stage_five,"
            " stage_five_zh, stage_four, stage_four_zh, explanation, explanation_zh,"
            " is_customer",
            [
                (
                    stage,
                    order,
                    stage.capitalize().replace("_", " "),
                    f"阶段{order}",
                    six,
                    "六",
                    five,
                    "五",
                    four,
                    "四",
                    f"What {stage} means, in plain words.",
                    "解释。",
                    stage in CUSTOMER_STAGES,
                )
                for order, (stage, six, five, four) in enumerate(FRAMEWORKS, 1)
            ],
        )
        until = datetime(2026, 11, 2, 0, 0)
        put(
            "ops_sources",
            "source, kind, required, last_interval_end, is_stale, late_hours",
            [
                ("crm", "crm", True, until, False, 0.0),
                ("erp", "erp", True, until, False, 0.0),
                ("web", "web", False, until, False, 0.0),
                ("spend", "spend", False, until, False, 0.0),
            ],
        )
        if not empty:
            put("rpt_kpis", KPI_COLUMNS, _kpis())
            mix = [(date(2026, 11, 1), "person", s, now, before(s)) for s, now in MIX.items()]
            put(
                "rpt_stage_mix", "month_end, profile_kind, stage, profiles, previous_profiles",
                [*mix, (date(2026, 11, 1), "device", "aware", 12_840, 12_410)],
            )  # fmt: skip
            put(
                "rpt_stage_transitions", "month_end, from_stage, to_stage, customers",
                [(date(2026, 11, 1), *move) for move in MOVES],
            )  # fmt: skip
            put(
                "rpt_identity_sensitivity",
                "kpi_id, period_kind, period_start, low, high",
                [
                    ("repeat_purchase_rate", "month", month(12), 0.441, 0.482),
                    ("repeat_purchase_rate", "month", month(11), 0.1, 0.9),
                ],
            )
            put(
                "ops_deliveries",
                "source, entity, received, loaded, quarantined, superseded, duplicates",
                [
                    ("crm", "contacts", 48_211, 48_102, 61, 0, 48),
                    ("erp", "orders", 181_204, 180_390, 806, 0, 8),
                    ("web", "events", 1_204_331, 1_192_310, 12, 0, 12_009),
                    ("spend", "spend", 4_380, 4_380, 0, 0, 0),
                ],
            )
            put(
                "ops_quarantine",
                'source, entity, rule, "rows"',
                [
                    ("erp", "orders", "quantity is positive", 512),
                    ("erp", "orders", "order date is possible", 294),
                    ("crm", "contacts", "e-mail is well formed", 61),
                ],
            )
            put(
                "ops_gates",
                "gate, entity, severity, outcome",
                [("raw_crm", "contacts", "critical", "passed")] * 40
                + [("raw_erp", "orders", "warning", "failed")]
                + [("marts", "dim_customers", "critical", "passed")] * 22,
            )
    return path


KPI_COLUMNS = (
    "kpi_row_id, kpi_id, period_kind, period_start, period_end, is_partial, segment_kind, segment,"
    " value, numerator, denominator, base_count, previous_value, last_year_value, change_pct,"
    " last_year_change_pct, target, status, unit"
)


def _kpis() -> list[tuple[Any, ...]]:
    units = {kpi: unit for kpi, _, unit, _, _ in CATALOGUE}
    rows: list[tuple[Any, ...]] = []

    def add(kpi: str, at: int, partial: bool, value: float | None, *rest: Any) -> None:
        base, previous, last_year, target, status = rest
        rows.append(
            (f"{kpi}|{at}", kpi, "month", month(at), month(at + 1), partial, "all", "all", value,
             None, None, base, previous, last_year, None, None, target, status, units[kpi])
        )  # fmt: skip

    for at, value in enumerate(REVENUE[:-1]):
        add("net_revenue", at, False, value, None, None, None, None, "none")
    for kpi, (value, *rest) in OCTOBER.items():
        add(kpi, 12, False, value, *rest)
    add("net_revenue", 13, True, 21_400.0, None, 20_100.0, None, None, "none")
    return rows

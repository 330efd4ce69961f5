"""Which figures rest on a source whose data end before the period does.

Such a figure is told, and called neither better nor worse: marketing cost that stops in the third
week makes every customer cheap.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

from rapport.report.figures import Figures, Kpi
from rapport.report.queries import utc

# The kind of source beside the ERP, on which all others rest, that a KPI cannot do without.
RESTS_ON = dict.fromkeys(
    ("acquisition_cost", "contribution", "lifetime_value_by_acquisition_cost", "payback_months",
     "retention_cost"),
    "spend",
)  # fmt: skip
RESTS_ON |= dict.fromkeys(
    ("csat", "days_to_close", "lead_conversion_answered", "lead_conversion_late",
     "lead_response_hours", "lead_response_rate", "match_rate", "match_rate_raw", "nps",
     "open_pipeline", "referral_rate", "strategy_effect", "win_rate"),
    "crm",
)  # fmt: skip
RESTS_ON |= {"stitch_rate": "web"}


def is_short(figures: Figures, kpi: Kpi) -> bool:
    """Whether data that the KPI rests on are late and end before the period does."""
    kinds = {"erp", RESTS_ON.get(kpi.id, "erp")}
    zone = ZoneInfo(figures.publication["business_timezone"])
    return any(
        source["kind"] in kinds
        and (
            source["last_interval_end"] is None
            or utc(source["last_interval_end"]).astimezone(zone).date() < figures.period.end
        )
        for source in figures.late_sources
    )

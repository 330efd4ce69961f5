"""What moved the KPIs that changed most: which segments, by their weight or by their own value."""

from __future__ import annotations

from typing import Any

from rapport.report import narrative
from rapport.report.figures import Kpi
from rapport.report.formats import clean
from rapport.report.parts import Drivers
from rapport.report.speaker import DIMENSIONS, Speaker

Row = dict[str, Any]


def drivers(say: Speaker, section: Drivers) -> tuple[dict[str, Any], None] | None:
    """A paragraph a KPI; None when nothing changed by enough to be told."""
    found: dict[str, list[Row]] = {}
    for row in say.figures.queries("drivers"):
        found.setdefault(row["kpi_id"], []).append(row)
    named = [kpi for name in section.kpis if (kpi := say.figures.kpi(name))]
    wanted = named + [kpi for kpi in narrative.notable(say) if kpi not in named]
    told = [_told(say, kpi, found[kpi.id], section) for kpi in wanted if kpi.id in found]
    items = [item for item in told if item][: section.limit]
    return ({"items": items}, None) if items else None


def _told(say: Speaker, kpi: Kpi, rows: list[Row], section: Drivers) -> Row | None:
    """One KPI's change and the segments behind it, the largest first."""
    if kpi.previous is None or kpi.tone(kpi.previous, say.declaration.rules.steady) == "steady":
        return None
    rows = [row for row in rows if row["contribution"]]
    if not rows:
        return None
    kind = rows[0]["segment_kind"]
    facts = {
        "kpi": kpi.name,
        "before": say.value(kpi, kpi.previous),
        "now": say.value(kpi),
        "dimension": say.t(DIMENSIONS[kind]) if kind in DIMENSIONS else kind,
    }
    lead = say.t("{kpi} went from {before} to {now}. By {dimension}:", **facts)
    return {"lead": lead, "lines": [_line(say, kpi, kind, row) for row in rows[: section.segments]]}


def _line(say: Speaker, kpi: Kpi, kind: str, row: Row) -> dict[str, str]:
    """What one segment added or took, and whether by its weight (mix) or its own value (rate)."""
    contribution = float(row["contribution"])
    name = clean(row["segment_name"] or "", 40) or say.segment(kind, row["segment"])
    size = say.sized(kpi, contribution) if kpi.unit in ("share", "score") else say.formats.value(
        kpi.unit, abs(contribution)
    )  # fmt: skip
    # A real minus sign; the sign says the direction, the words after it the reason.
    sign = "+" if contribution > 0 else "\u2212"
    return {"segment": name, "size": f"{sign}{size}", "why": _why(say, kpi, row)}


def _why(say: Speaker, kpi: Kpi, row: Row) -> str:
    before, now = row["previous_segment_value"], row["segment_value"]
    mix, rate = abs(row["mix_effect"] or 0.0), abs(row["rate_effect"] or 0.0)
    if row["previous_segment_share"] is not None and mix > rate:
        shares = [
            say.formats.share(row[k] or 0.0) for k in ("previous_segment_share", "segment_share")
        ]
        return say.t("its weight went from {before} to {now}", before=shares[0], now=shares[1])
    if before is None or now is None:
        return ""
    values = {
        "before": say.formats.value(kpi.unit, before),
        "now": say.formats.value(kpi.unit, now),
    }
    return say.t("from {before} to {now}", **values)

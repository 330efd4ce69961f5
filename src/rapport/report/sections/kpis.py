"""KPIs as cards and as a table."""

from __future__ import annotations

from typing import Any

from rapport.report import periods
from rapport.report.figures import Kpi
from rapport.report.formats import NULL, clean
from rapport.report.parts import KpiTable, Tiles, Trend
from rapport.report.speaker import STATUSES, Speaker

# Amounts from here on push the table off a phone's edge; the CSV has them whole.
WIDE = 1_000_000_000


def tiles(say: Speaker, section: Tiles) -> tuple[dict[str, Any], None] | None:
    """The cards that are declared, filled up from the catalogue where the marts lack one."""
    cards = [_card(say, kpi) for kpi in chosen(say, section)]
    return ({**_compared(say), "cards": cards}, None) if cards else None


def chosen(say: Speaker, section: Tiles) -> list[Kpi]:
    """KPIs of the cards."""
    kpis = say.figures.kpis
    named = [kpi for name in section.kpis for kpi in kpis if kpi.id == name]
    rest = [kpi for kpi in kpis if kpi not in named and kpi.id != say.declaration.match_rate]
    return (named + rest)[: len(section.kpis)]


def table(say: Speaker, section: KpiTable) -> tuple[dict[str, Any], None] | None:
    """The KPIs that are named, or all, in the order of the catalogue."""
    rows = [row(say, kpi) for kpi in shown(say, section)]
    content = {**_compared(say), "rows": rows, "legend": say.t(section.legend or " ").strip()}
    return (content, None) if rows else None


def shown(say: Speaker, section: KpiTable) -> list[Kpi]:
    """KPIs of a table."""
    return [kpi for kpi in say.figures.kpis if not section.kpis or kpi.id in section.kpis]


def kpis_shown(say: Speaker) -> set[str]:
    """Ids of the KPIs in the sections that this edition shows and its readers may be told."""
    found: set[str] = set()
    if not say.figures.has_kpis:
        return found
    for part in say.declaration.sections:
        if say.edition.sections and part.name not in say.edition.sections:
            continue
        if isinstance(part, Tiles):
            found |= {kpi.id for kpi in chosen(say, part)}
        elif isinstance(part, KpiTable):
            found |= {kpi.id for kpi in shown(say, part)}
        elif isinstance(part, Trend):
            found.add(part.kpi)
    return found


def row(say: Speaker, kpi: Kpi) -> dict[str, Any]:
    """One KPI with its changes, target and status, all as text."""
    target = NULL if kpi.target is None else say.value(kpi, kpi.target, compact=True)
    status = kpi.status if kpi.status in STATUSES else "none"
    return {
        "id": kpi.id,
        "name": clean(kpi.name, 60),
        "value": say.value(kpi, compact=abs(kpi.value or 0) >= WIDE),
        "base": say.base(kpi),
        "explanation": clean(kpi.explanation, 300),
        "previous": say.change(kpi, kpi.previous),
        "last_year": say.change(kpi, kpi.last_year),
        "target": target,
        "status": status,
        "status_word": say.t(STATUSES[status]),
        "figure": kpi.value,
        "unit": kpi.unit,
    }


def _card(say: Speaker, kpi: Kpi) -> dict[str, Any]:
    before = say.t("no earlier figure")
    if kpi.previous is not None:
        earlier = say.value(kpi, kpi.previous, compact=True)
        when = say.compared(periods.before(say.figures.period), short=True)
        before = say.t("after {value} {when}", value=earlier, when=when)
    found = row(say, kpi)
    return {**found, "value": say.value(kpi, compact=True), "note": found["base"] or before}


def _compared(say: Speaker) -> dict[str, str]:
    """Names of the periods compared with, and brief ones for narrow places."""
    before = periods.before(say.figures.period)
    is_month = say.figures.period.kind == "month"
    return {
        "previous": say.period(before, short=True),
        "brief": say.formats.month_name(before) if is_month else say.period(before, short=True),
        "last_year": say.period(periods.year_before(say.figures.period), short=True),
        "brief_last_year": say.t("Year before"),
    }

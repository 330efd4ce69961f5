"""Lifecycle stages at the month end: how many customers stand in each, and who moved."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from rapport.report.drawing import charts
from rapport.report.figures import CUSTOMER_STAGES, PROSPECT_STAGES, Stage
from rapport.report.formats import NULL
from rapport.report.parts import Stages
from rapport.report.speaker import Speaker
from rapport.report.words import N_

GROUPS = (
    (N_("Customers"), CUSTOMER_STAGES),
    (N_("Prospects known by name"), PROSPECT_STAGES),
)


def stages(say: Speaker, _: Stages) -> tuple[dict[str, Any], charts.Draw | None] | None:
    """A chart of the customers and a table of all; None before the first month end."""
    figures, t, formats = say.figures, say.t, say.formats
    found = figures.stages
    customers = sum(found[name].now for name in CUSTOMER_STAGES if name in found)
    groups = []
    for title, names in GROUPS:
        shown = [found[name] for name in names if name in found]
        rows = [_row(say, s) for s in shown if s.now or s.before or s.moved_in]
        if rows:
            groups.append({"title": t(title), "rows": rows})
    if not groups:
        return None
    items = [
        t("{stage} {count} ({share})", stage=say.stage(name).lower(),
          count=formats.count(found[name].now), share=formats.share(found[name].now / customers))
        for name in CUSTOMER_STAGES if customers
    ]  # fmt: skip
    month = formats.month(_last_day(say))
    end = figures.month_end
    content = {
        "alt": t("Customers by lifecycle stage at the end of {period}: {list}.",
                 period=month, list=formats.list(items)),
        "total": t.many("{count} customer in all", "{count} customers in all", customers,
                        count=formats.count(customers)),
        "chart_note": t("Bars: end of {period}. The thin mark shows where the stage stood a month"
                        " before.", period=month),
        "groups": groups,
        "devices": t.many(
            "Beside these, {count} anonymous device visited that cannot be told to be a person.",
            "Beside these, {count} anonymous devices visited that cannot be told to be persons.",
            figures.devices, count=formats.count(figures.devices)) if figures.devices else "",
        "month_note": t("Stages are taken at the month end {date}, the last one that the period"
                        " reaches.",
                        date=formats.day(_last_day(say))) if end != figures.period.end else "",
    }  # fmt: skip
    return content, (lambda palette: charts.stages(say, palette)) if customers else None


def _row(say: Speaker, stage: Stage) -> dict[str, str]:
    count = say.formats.count
    change = None if stage.before is None else stage.now - stage.before
    return {
        "stage": say.stage(stage.stage),
        "now": count(stage.now),
        "before": NULL if stage.before is None else count(stage.before),
        "moved_in": count(stage.moved_in),
        "moved_out": count(stage.moved_out),
        "change": NULL if change is None else say.formats.signed(change),
    }


def _last_day(say: Speaker) -> date:
    """Last day before the month-end boundary, which is itself the first day of the next month."""
    return (say.figures.month_end or say.figures.period.end) - timedelta(days=1)

"""One KPI over the last periods, as bars and in words."""

from __future__ import annotations

from typing import Any

from rapport.report import periods
from rapport.report.drawing import charts
from rapport.report.formats import clean
from rapport.report.parts import Trend
from rapport.report.speaker import Speaker
from rapport.report.words import N_many

TITLES = {
    "month": N_many("{kpi}, last month", "{kpi}, last {count} months"),
    "week": N_many("{kpi}, last week", "{kpi}, last {count} weeks"),
    "day": N_many("{kpi}, last day", "{kpi}, last {count} days"),
}


def trend(say: Speaker, section: Trend) -> tuple[dict[str, Any], charts.Draw] | None:
    """Bars, the reported one and that of a year before with their values; None without a value."""
    series = say.figures.series(section.kpi, section.periods)
    kpi = say.figures.kpi(section.kpi)
    points = [(start, value) for start, value in series if value is not None]
    if kpi is None or not points:
        return None
    name = clean(kpi.name, 60)
    names = {start: say.period(start) for start, _ in points}
    high, low = max(points, key=lambda p: p[1]), min(points, key=lambda p: p[1])
    facts = {
        "kpi": name, "first": names[points[0][0]], "last": names[points[-1][0]],
        "value": say.value(kpi, points[-1][1]), "high": say.value(kpi, high[1]),
        "high_when": say.when(high[0]), "low": say.value(kpi, low[1]), "low_when": say.when(low[0]),
        "when": say.when(points[-1][0]),
    }  # fmt: skip
    change = say.changed(kpi)
    alt = [
        say.t("{kpi} by period from {first} to {last}: {value} {when}, {change}.",
              change=change, **facts)
        if change
        else say.t("{kpi} by period from {first} to {last}: {value} {when}.", **facts),
        say.t("Highest: {high} {high_when}; lowest: {low} {low_when}.", **facts),
    ]  # fmt: skip
    titles = TITLES[say.figures.period.kind]
    title = say.t.many(*titles, len(series), kpi=name, count=len(series))
    if points[0][0] == periods.year_before(say.figures.period) and len(points) > 1:
        labelled = say.t("The bar of {period} and that of a year before are labelled.",
                         period=say.period())  # fmt: skip
    else:
        labelled = say.t("{period} is labelled.", period=say.period())
    content = {
        "title": title,
        "note": say.t.join([labelled, clean(kpi.explanation, 300)]),
        "alt": say.t.join(alt),
        "rows": [{"x": names[start], "series": "", "label": say.value(kpi, value), "figure": value}
                 for start, value in points],
    }  # fmt: skip
    return content, lambda palette: charts.trend(say, kpi, series, palette)

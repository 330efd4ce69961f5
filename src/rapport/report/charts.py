"""The report's charts as PNG at twice the size, one set for light and one for dark mail clients.

Text is set in Liberation Sans, which vl-convert carries with it: the same picture on every machine.
"""

from __future__ import annotations

import json
import math

import altair as alt
import vl_convert

from rapport.report import periods, png
from rapport.report.colors import Palette, mix
from rapport.report.figures import CUSTOMER_STAGES
from rapport.report.narrative import Speaker

FONT = "Liberation Sans"
WIDTH = 500  # drawn pixels; the mail shows them as 584 on a desk and about 358 on a phone,
FONT_SIZE = 14  # so that the text is 16 pixels high there and 10 here
SCALE = 2
TREND_HEIGHT = 200
ROW_HEIGHT = 30


def draw(say: Speaker, light: Palette, dark: Palette) -> dict[str, bytes]:
    """PNG by name: `trend-light`, `trend-dark`, `stages-light`, `stages-dark`.

    A chart without data is left out.
    """
    pictures = {}
    for scheme, palette in (("light", light), ("dark", dark)):
        if any(value is not None for _, value in say.figures.trend):
            pictures[f"trend-{scheme}"] = _png(trend(say, palette), palette)
        if any(stage.now for name, stage in say.figures.stages.items() if name in CUSTOMER_STAGES):
            pictures[f"stages-{scheme}"] = _png(stages(say, palette), palette)
    return pictures


def trend(say: Speaker, palette: Palette) -> alt.LayerChart:
    """One bar a period; the reported one and that of a year before stand out with their value."""
    series = say.figures.trend
    kpi = say.figures.kpi(say.declaration.trend)
    unit = kpi.unit if kpi else "count"
    year_before = periods.year_before(say.figures.period)
    rows = []
    for index, (start, value) in enumerate(series):
        is_now, is_year = start == say.figures.period.start, start == year_before
        label = say.formats.value(unit, value, compact=True) if is_now or is_year else ""
        color = palette.primary if is_now else _soft(palette, 0.45) if is_year else palette.soft
        rows.append({"at": index, "value": value, "label": label, "color": color})
    known = [value for _, value in series if value is not None]
    ticks = _ticks(min(known), max(known))
    texts = {repr(tick): say.formats.value(unit, tick, compact=True) for tick in ticks}
    base = alt.Chart(alt.Data(values=rows)).encode(
        x=alt.X(
            "at:O",
            axis=alt.Axis(
                title=None, labelAngle=0, ticks=False, domain=False, labelPadding=8,
                labelExpr=f"{json.dumps(_labels(say))}[datum.value]", labelOverlap=False,
            ),
        ),
        y=alt.Y(
            "value:Q",
            scale=alt.Scale(domain=[ticks[0], ticks[-1]], nice=False),
            axis=alt.Axis(
                title=None, values=ticks, ticks=False, domain=False, labelPadding=14,
                labelExpr=f"{json.dumps(texts)}[toString(datum.value)] || ''",
            ),
        ),
    )  # fmt: skip
    bars = base.mark_bar(cornerRadiusEnd=3, width={"band": 0.68}).encode(
        color=alt.Color("color:N", scale=None)
    )
    words = base.mark_text(dy=-9, fontSize=FONT_SIZE, fontWeight="bold", color=palette.text).encode(
        text="label:N"
    )
    return (bars + words).properties(width=WIDTH, height=TREND_HEIGHT, autosize=_fit())


def stages(say: Speaker, palette: Palette) -> alt.LayerChart:
    """Customers by stage as bars with count and share, and a mark for a month before."""
    found = [say.figures.stages[name] for name in CUSTOMER_STAGES if name in say.figures.stages]
    total = sum(stage.now for stage in found) or 1
    tones = {"declining": palette.watch, "churned": palette.muted}
    rows = [
        {
            "stage": say.t(f"stage.{stage.stage}"),
            "now": stage.now,
            "before": stage.before,
            "label": f"{say.formats.count(stage.now)}  ({say.formats.share(stage.now / total)})",
            "label_at": max(stage.now, stage.before or 0),
            "color": tones.get(stage.stage, palette.primary),
        }
        for stage in found
    ]
    top = max(max(stage.now, stage.before or 0) for stage in found) or 1
    longest = max(len(str(row["label"])) for row in rows)
    scale = alt.Scale(domain=[0, top * WIDTH / (WIDTH - 110 - 8 * longest)], nice=False)
    y = alt.Y(
        "stage:N", sort=None, axis=alt.Axis(title=None, ticks=False, domain=False, labelPadding=10)
    )
    base = alt.Chart(alt.Data(values=rows)).encode(y=y)
    bars = base.mark_bar(cornerRadiusEnd=3, height=18).encode(
        x=alt.X("now:Q", scale=scale, axis=None), color=alt.Color("color:N", scale=None)
    )
    marks = base.mark_tick(thickness=3, size=25, color=palette.text).encode(
        x=alt.X("before:Q", scale=scale, axis=None)
    )
    words = base.mark_text(align="left", dx=9, fontSize=FONT_SIZE, color=palette.text).encode(
        x=alt.X("label_at:Q", scale=scale, axis=None), text="label:N"
    )
    height = ROW_HEIGHT * len(rows)
    return (bars + marks + words).properties(width=WIDTH, height=height, autosize=_fit())


def _labels(say: Speaker) -> list[list[str]]:
    """Axis labels; the first one and the first of each year carry a second line."""
    labels = []
    last_year = None
    for start, _ in say.figures.trend:
        if say.figures.period.kind == "week":
            year, week, _day = start.isocalendar()
            first = str(week)
        else:
            year, first = start.year, say.formats.month_name(start)
        labels.append([first, str(year)] if year != last_year else [first])
        last_year = year
    return labels


def _ticks(low: float, high: float) -> list[float]:
    """Three to five round steps from zero or below to just above the highest value."""
    low, high = min(low, 0.0), max(high, 0.0)
    if high == low:
        high = 1.0
    span = high - low
    power = 10.0 ** math.floor(math.log10(span / 3))
    step = next(power * m for m in (1, 2, 2.5, 5, 10, 20) if span / (power * m) <= 4)
    first, last = math.floor(low / step), math.ceil(high * 1.08 / step)
    return [_plain(step * n) for n in range(first, last + 1)]


def _plain(value: float) -> float:
    return int(value) if value == int(value) else value


def _soft(palette: Palette, share: float) -> str:
    return mix(palette.soft, palette.primary, share)


def _fit() -> alt.AutoSizeParams:
    return alt.AutoSizeParams(type="fit", contains="padding")


def _png(chart: alt.LayerChart, palette: Palette) -> bytes:
    configured = (
        chart.configure(background=palette.card, font=FONT, padding=4)
        .configure_view(stroke=None)
        .configure_axis(
            labelColor=palette.muted, labelFontSize=FONT_SIZE, labelLimit=0, gridColor=palette.line,
            labelFont=FONT,
        )
        .configure_text(font=FONT)
    )  # fmt: skip
    return png.squeeze(vl_convert.vegalite_to_png(configured.to_dict(), scale=SCALE))

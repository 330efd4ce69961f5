"""The report's charts as PNG at twice the size, one set for light and one for dark mail clients.

A chart is a recipe in Vega-Lite, made here from text that is formatted already. Latin text is set
in Liberation Sans, which vl-convert carries with it: the same picture on every machine. Chinese
needs a font of the machine's, see `fonts`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from datetime import date
from functools import lru_cache
from typing import Any

from rapport.report import periods
from rapport.report.drawing import axes, png
from rapport.report.drawing.colors import Palette, mix
from rapport.report.figures import CUSTOMER_STAGES, Kpi
from rapport.report.parts import Chart
from rapport.report.speaker import Speaker

Spec = dict[str, Any]
Draw = Callable[[Palette], Spec]

FONT = "Liberation Sans"
WIDTH = 500  # drawn pixels; the mail shows them as 584 on a desk and about 358 on a phone,
FONT_SIZE = 14  # so that the text is 16 pixels high there and 10 here
SCALE = 2
TREND_HEIGHT = 200
ROW_HEIGHT = 30
AXIS_LABELS = 9  # more of them touch each other at that width


def trend(
    say: Speaker, kpi: Kpi, series: list[tuple[date, float | None]], palette: Palette
) -> Spec:
    """One bar a period; the reported one and that of a year before stand out with their value."""
    year_before = periods.year_before(say.figures.period)
    rows = []
    for index, (start, value) in enumerate(series):
        is_now, is_year = start == say.figures.period.start, start == year_before
        label = say.value(kpi, value, compact=True) if is_now or is_year else ""
        color = palette.primary if is_now else _soft(palette, 0.45) if is_year else palette.soft
        rows.append({"at": index, "value": value, "label": label, "color": color})
    known = [value for _, value in series if value is not None]
    ticks = axes.ticks(min(known), max(known), kpi.unit == "count")
    is_money = kpi.unit == "currency"
    texts = say.formats.axis(ticks) if is_money else [say.value(kpi, tick) for tick in ticks]
    labels = axes.labels(say, [start for start, _ in series])
    bars = {
        "mark": {"type": "bar", "cornerRadiusEnd": 3, "width": {"band": 0.68}},
        "encoding": {"color": _given("color")},
    }
    # At the bar's end: above it, and below it where the value is below zero.
    mark = {"type": "text", "dy": {"expr": "datum.value < 0 ? 11 : -9"}, "fontSize": FONT_SIZE,
            "fontWeight": "bold", "color": palette.text}  # fmt: skip
    words = {"mark": mark, "encoding": {"text": {"field": "label", "type": "nominal"}}}
    # A value wider than its bar reaches over the next one, and is read there by its rim.
    rim = {**words, "mark": {**mark, "stroke": palette.card, "strokeWidth": 5}}
    encoding = {"x": _ordinal(labels), "y": _height("value", ticks, texts)}
    return _whole(rows, encoding, [bars, rim, words], TREND_HEIGHT)


def stages(say: Speaker, palette: Palette) -> Spec:
    """Customers by stage as bars with count and share, and a mark for a month before."""
    found = [say.figures.stages[name] for name in CUSTOMER_STAGES if name in say.figures.stages]
    total = sum(stage.now for stage in found) or 1
    tones = {"declining": palette.watch, "churned": palette.muted}
    rows = [
        {
            "name": say.stage(stage.stage),
            "value": stage.now,
            "before": stage.before,
            "label": f"{say.formats.count(stage.now)}  ({say.formats.share(stage.now / total)})",
            "label_at": max(stage.now, stage.before or 0),
            "color": tones.get(stage.stage, palette.primary),
        }
        for stage in found
    ]
    return _bars(rows, palette)


def drawn(say: Speaker, section: Chart, points: list[dict[str, Any]], palette: Palette) -> Spec:
    """The chart that a section of kind `chart` declares."""
    if section.form == "bar":
        rows = [
            {"name": p["x"], "value": p["figure"], "before": None, "label": p["label"],
             "label_at": max(p["figure"], 0), "color": palette.primary}
            for p in points
        ]  # fmt: skip
        return _bars(rows, palette)
    names = {p["at"]: p["x"] for p in points}
    places = list(names)
    series = list(dict.fromkeys(p["series"] for p in points))
    colors = palette.series(len(series))
    rows = [
        {
            "at": places.index(p["at"]), "value": p["figure"], "low": _float(p["low"]),
            "high": _float(p["high"]), "series": p["series"],
            "color": colors[series.index(p["series"])],
        }
        for p in points
    ]  # fmt: skip
    ticks = _reach(section, rows, len(names))
    texts = _ticks(say, section, ticks)
    encoding = {
        "x": _ordinal([[name] for name in names.values()]),
        "y": _height("value", ticks, texts),
    }
    encoding["color"] = _given("color")
    return _whole(rows, encoding, _layers(section, palette), TREND_HEIGHT, series, colors)


def picture(spec: Spec, palette: Palette, font: str = FONT) -> bytes:
    """The PNG of a recipe; drawn once for the same recipe."""
    config = {
        "background": palette.card,
        "font": font,
        "padding": 4,
        "view": {"stroke": None},
        "axis": {
            "labelColor": palette.muted, "labelFontSize": FONT_SIZE, "labelLimit": 0,
            "gridColor": palette.line, "labelFont": font,
        },
        "legend": {
            "labelColor": palette.text, "labelFontSize": FONT_SIZE, "labelFont": font,
            "title": None, "orient": "top", "symbolType": "square", "labelLimit": 0, "columns": 4,
        },
        "text": {"font": font},
    }  # fmt: skip
    return _png(json.dumps({**spec, "config": config}, sort_keys=True, ensure_ascii=False))


@lru_cache(maxsize=256)
def _png(spec: str) -> bytes:
    import vl_convert

    return png.squeeze(vl_convert.vegalite_to_png(spec, scale=SCALE))


def _bars(rows: list[dict[str, Any]], palette: Palette) -> Spec:
    """Lying bars, each with its label behind it and a thin mark where it stood before."""
    low = min(0, *(row["value"] for row in rows))
    top = max(0, *(max(row["value"], row["before"] or 0) for row in rows))
    longest = max(len(str(row["label"])) for row in rows)
    names = max(_wide(row["name"]) for row in rows)
    room = max(WIDTH - 8 * names - 30 - 8 * longest, WIDTH / 4)
    # Labels begin at the longest bar's end, or at zero: what they need is kept free to its right.
    scale = {"domain": [low, low + (top - low or 1) * WIDTH / room], "nice": False}
    encoding = {
        "y": {"field": "name", "type": "nominal", "sort": None,
              "axis": {"title": None, "ticks": False, "domain": False, "labelPadding": 10}},
    }  # fmt: skip
    bars = {
        "mark": {"type": "bar", "cornerRadiusEnd": 3, "height": 18},
        "encoding": {"x": _along("value", scale), "color": _given("color")},
    }
    marks = {
        "mark": {"type": "tick", "thickness": 3, "size": 25, "color": palette.text},
        "encoding": {"x": _along("before", scale)},
    }
    words = {
        "mark": {"type": "text", "align": "left", "dx": 9, "fontSize": FONT_SIZE,
                 "color": palette.text},
        "encoding": {"x": _along("label_at", scale), "text": {"field": "label", "type": "nominal"}},
    }  # fmt: skip
    layers = (
        [bars, marks, words] if any(row["before"] is not None for row in rows) else [bars, words]
    )
    return _whole(rows, encoding, layers, ROW_HEIGHT * len(rows))


def _layers(section: Chart, palette: Palette) -> list[Spec]:
    if section.form in ("column", "stacked"):
        return [{"mark": {"type": "bar", "cornerRadiusEnd": 0, "width": {"band": 0.68}}}]
    line: Spec = {
        "mark": {"type": "line", "strokeWidth": 2.5, "point": {"size": 36, "filled": True}},
        "encoding": {"detail": {"field": "series", "type": "nominal"}},
    }
    if section.form == "line":
        return [line]
    area = {
        "mark": {"type": "area", "opacity": 1, "color": palette.soft},
        "encoding": {
            "y": {"field": "low", "type": "quantitative"}, "y2": {"field": "high"},
            "color": {"value": palette.soft},
        },
    }  # fmt: skip
    return [area, line]


def _reach(section: Chart, rows: list[dict[str, Any]], places: int) -> list[float]:
    """Ticks from the lowest to the highest that is drawn."""
    is_whole = section.format == "count"
    if section.form == "stacked":
        sums = [sum(max(r["value"], 0) for r in rows if r["at"] == at) for at in range(places)]
        return axes.ticks(min(0.0, *(r["value"] for r in rows)), max(sums), is_whole)
    values = [row[key] for row in rows for key in ("value", "low", "high") if row[key] is not None]
    return axes.ticks(min(values), max(values), is_whole)


def _ticks(say: Speaker, section: Chart, ticks: list[float]) -> list[str]:
    from rapport.report import rules

    if section.format in ("money", "compact"):
        return say.formats.axis(ticks)
    return [rules.written(say.formats, section.format, tick) for tick in ticks]


def _whole(
    rows: list[dict[str, Any]],
    encoding: Spec,
    layers: list[Spec],
    height: int,
    series: list[str] | None = None,
    colors: list[str] | None = None,
) -> Spec:
    if series and any(series) and colors:
        encoding["color"] = {
            "field": "series", "type": "nominal", "sort": None,
            "scale": {"domain": series, "range": colors},
        }  # fmt: skip
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "data": {"values": rows},
        "encoding": encoding,
        "layer": layers,
        "width": WIDTH,
        "height": height,
        "autosize": {"type": "fit", "contains": "padding"},
    }


def _ordinal(labels: list[list[str]]) -> Spec:
    """The axis below; where there are many labels, every second or third is written."""
    step = math.ceil(len(labels) / AXIS_LABELS) if max(map(_widest, labels)) > 4 else 1
    shown = [label if index % step == 0 else [""] for index, label in enumerate(labels)]
    return {
        "field": "at", "type": "ordinal",
        "axis": {
            "title": None, "labelAngle": 0, "ticks": False, "domain": False, "labelPadding": 8,
            "labelExpr": f"{json.dumps(shown, ensure_ascii=False)}[datum.value]",
            "labelOverlap": False,
        },
    }  # fmt: skip


def _height(field: str, ticks: list[float], texts: list[str]) -> Spec:
    """The axis on the left with round steps."""
    named = json.dumps({repr(t): text for t, text in zip(ticks, texts, strict=True)},
                       ensure_ascii=False)  # fmt: skip
    return {
        "field": field, "type": "quantitative",
        "scale": {"domain": [ticks[0], ticks[-1]], "nice": False},
        "axis": {
            "title": None, "values": ticks, "ticks": False, "domain": False, "labelPadding": 14,
            "labelExpr": f"{named}[toString(datum.value)] || ''",
        },
    }  # fmt: skip


def _along(field: str, scale: Spec) -> Spec:
    return {"field": field, "type": "quantitative", "scale": scale, "axis": None}


def _given(field: str) -> Spec:
    return {"field": field, "type": "nominal", "scale": None}


def _wide(text: str) -> int:
    """Width in Latin letters; a Chinese character takes two."""
    return sum(2 if ord(c) > 0x2E80 else 1 for c in text)


def _widest(lines: list[str]) -> int:
    return max(map(_wide, lines))


def _float(value: Any) -> float | None:
    return None if value is None else float(value)


def _soft(palette: Palette, share: float) -> str:
    return mix(palette.soft, palette.primary, share)

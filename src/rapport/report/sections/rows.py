"""Any query's rows: as a table, as a picture, or for a report's own templates."""

from __future__ import annotations

from typing import Any

from rapport.report import rules
from rapport.report.drawing import charts
from rapport.report.formats import NULL, clean
from rapport.report.parts import Chart, Column, Own, Table
from rapport.report.speaker import Speaker

CELL = 120  # characters of a cell; more would stretch the table on a phone
UNDER = 320  # of the small print beneath it; what a campaign brought takes a sentence of up to 300
TONES = frozenset({"better", "worse", "watch", "good", "bad", "none"})


def table(say: Speaker, section: Table) -> tuple[dict[str, Any], None] | None:
    """The first rows, and how many more there are; None where it is empty without a word."""
    rows = say.figures.queries(section.query)
    if not rows and not section.empty:
        return None
    more = len(rows) - section.limit
    head = [{"label": say.t(c.label), "side": c.side} for c in section.columns]
    return {
        "head": head,
        "rows": [
            [_cell(say, column, row) for column in section.columns] for row in rows[: section.limit]
        ],
        "more": say.t.many("and {count} more", "and {count} more", more,
                           count=say.formats.count(more)) if more > 0 else "",
        "empty": say.t(section.empty) if not rows else "",
    }, None  # fmt: skip


def chart(say: Speaker, section: Chart) -> tuple[dict[str, Any], charts.Draw | None] | None:
    """A picture with alt text that says the figure, and its rows for who sees no pictures."""
    rows = [row for row in say.figures.queries(section.query) if row[section.y] is not None]
    if not rows:
        return (
            ({"alt": "", "rows": [], "text": say.t(section.empty)}, None) if section.empty else None
        )
    points = [_point(say, section, row) for row in rows]
    alt = rules.said(say, section.alt, f"sections.{section.name}.alt")
    content = {
        "alt": alt,
        "text": "",
        "rows": [{k: p[k] for k in ("x", "series", "label", "figure")} for p in points],
    }
    return content, lambda palette: charts.drawn(say, section, points, palette)


def own(say: Speaker, section: Own) -> tuple[dict[str, Any], None] | None:
    """Rows as they are, for templates in the report's folder."""
    rows = say.figures.queries(section.query)
    plain = [{name: _plain(value) for name, value in row.items()} for row in rows]
    return ({"rows": plain}, None) if plain else None


def _cell(say: Speaker, column: Column, row: dict[str, Any]) -> dict[str, Any]:
    value = row[column.field]
    text = rules.written(say.formats, column.format, value)
    if column.format == "word":
        text = say.t.data(text)
    under = row[column.under] if column.under else None
    if under is not None:
        under = clean(rules.written(say.formats, column.under_format, under), UNDER)
        if column.under_format == "word":
            under = say.t.data(under)
    link = str(row[column.link] or "") if column.link else ""
    tone = str(row[column.tone] or "none") if column.tone else "none"
    return {
        "text": clean(text, CELL) or NULL,
        "side": column.side,
        "is_number": column.side == "right" and column.format not in ("text", "word"),
        "under": under or "",
        "link": link if link.startswith(("https://", "http://")) else "",
        "tone": tone if tone in TONES else "none",
    }


def _point(say: Speaker, section: Chart, row: dict[str, Any]) -> dict[str, Any]:
    figure = float(row[section.y])
    name = clean(rules.written(say.formats, section.x_format, row[section.x]), 40)
    return {
        "at": str(row[section.x]),
        "x": say.t.data(name) if section.x_format == "word" else name,
        "series": clean(say.t.data(str(row[section.series])), 40) if section.series else "",
        "figure": figure,
        "label": rules.written(say.formats, section.format, figure),
        "low": None if section.low is None else row[section.low],
        "high": None if section.high is None else row[section.high],
    }


def _plain(value: Any) -> Any:
    """A value that JSON knows; templates write it with the formats."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return float(value) if hasattr(value, "as_tuple") else str(value)

"""The kinds of sections: each module makes what a pair of templates prints, and no markup.

A builder takes the speaker and the section's declaration, and gives its content and what draws its
picture in a palette, or None where there is nothing to show.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rapport.report.drawing.colors import Palette
from rapport.report.parts import Section
from rapport.report.sections import drivers, kpis, proof, rows, sentences, stages, trend
from rapport.report.slices import Unsliced
from rapport.report.speaker import DIMENSIONS, Speaker

Draw = Callable[[Palette], dict[str, Any]]
Built = tuple[dict[str, Any], Draw | None]

KINDS: dict[str, Callable[[Speaker, Any], Built | None]] = {
    "summary": sentences.summary,
    "tiles": kpis.tiles,
    "trend": trend.trend,
    "drivers": drivers.drivers,
    "stages": stages.stages,
    "kpi_table": kpis.table,
    "chart": rows.chart,
    "table": rows.table,
    "sentences": sentences.sentences,
    "next": sentences.steps,
    "glossary": sentences.glossary,
    "proof": proof.proof,
    "own": rows.own,
}


@dataclass(frozen=True)
class Shown:
    """A section as it is printed.

    Attributes:
        draw: makes the recipe of its picture for a palette.
    """

    content: dict[str, Any]
    draw: Draw | None = None


def build(say: Speaker) -> list[Shown]:
    """The sections that an edition shows, in the report's order.

    What cannot be cut to the readers' rows is replaced by a line that says so.
    """
    wanted = say.edition.sections
    found = []
    for section in say.declaration.sections:
        if wanted and section.name not in wanted and section.kind != "proof":
            continue
        try:
            built = KINDS[section.kind](say, section)
        except Unsliced as gap:
            built = _withheld(say, section, gap), None
        if built is not None:
            content, draw = built
            head = {
                "id": section.name,
                "kind": section.kind,
                "template": section.layout,
                "picture": False,
            }
            note = say.t(section.note, **say.named) if section.note else ""
            title = say.t(section.title) if section.title else ""
            found.append(Shown({"title": title, "note": note, **head, **content}, draw))
    return found


def _withheld(say: Speaker, section: Section, gap: Unsliced) -> dict[str, Any]:
    name = say.t(DIMENSIONS[gap.dimension]) if gap.dimension in DIMENSIONS else gap.dimension
    text = say.t("Not shown: these figures are not told apart by {dimension}.", dimension=name)
    # Its note is about what is not shown.
    return {"template": "withheld", "text": text, "note": ""}

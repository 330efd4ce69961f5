"""What is said in words: the paragraph at the top, sentences by rule, next steps, and meanings."""

from __future__ import annotations

from typing import Any

from rapport.report import narrative, rules
from rapport.report.formats import clean
from rapport.report.parts import Glossary, Next, Sentences, Summary
from rapport.report.sections import kpis
from rapport.report.slices import Unsliced
from rapport.report.speaker import Speaker
from rapport.report.words import N_

CALM = {
    "good": N_("All targets are met, and no figure got notably worse."),
    "watch": N_("No target is missed by much, and no figure got notably worse."),
    "none": N_("No figure got notably worse."),
    "first": N_("There is no earlier period to compare with yet."),
}


def summary(say: Speaker, _: Summary) -> tuple[dict[str, Any], None] | None:
    """The paragraph by the rules of the narrative; None without a figure to tell of."""
    found = narrative.summary(say)
    return ({"lines": found, "text": say.t.join(found)}, None) if found else None


def sentences(say: Speaker, section: Sentences) -> tuple[dict[str, Any], None] | None:
    """Every sentence that holds; one whose query cannot be cut for the readers is left out."""
    lines, withheld = [], None
    for place, rule in enumerate(section.rules):
        try:
            line = rules.said(say, rule, f"sections.{section.name}.rules.{place}")
        except Unsliced as gap:
            withheld = gap
            continue
        if line:
            lines.append(line)
    if not lines and withheld:
        raise withheld
    if not lines and section.empty:
        lines = [say.t(section.empty)]
    return ({"lines": lines, "text": say.t.join(lines)}, None) if lines else None


def steps(say: Speaker, section: Next) -> tuple[dict[str, Any], None]:
    """Late data, missed targets and setbacks, the report's own rules, stages, and data."""
    found = narrative.next_steps(say)
    for place, rule in enumerate(section.rules):
        key = f"sections.{section.name}.rules.{place}"
        try:
            text = rules.said(say, rule, key)
        except Unsliced:
            continue
        if text:
            title = rules.spoken(say, rule, rule.title, rule.many_title, key)
            found.append({"title": title, "text": text})
    if say.figures.is_whole:
        found += narrative.stage_steps(say)
    found += narrative.data_steps(say)
    if not found:
        found = [
            {
                "title": say.t("Nothing stands out"),
                "text": say.t(CALM[_targets(say)]),
            }
        ]
    return {"steps": found[: section.limit]}, None


def _targets(say: Speaker) -> str:
    """Whether the targets are met as far as known: `good`, `watch` (one is near) or `none`; `first`
    where there is nothing to compare with either."""
    found = {kpi.status for kpi in say.figures.kpis if kpi.value is not None}
    return next(
        (status for status in ("watch", "good") if status in found),
        "none" if narrative.is_compared(say) else "first",
    )


def glossary(say: Speaker, section: Glossary) -> tuple[dict[str, Any], None] | None:
    """The KPIs that the edition shows, and the stages with their names in the frameworks."""
    shown = kpis.kpis_shown(say) if section.kpis else ()
    terms = [
        {"name": clean(kpi.name, 60), "meaning": clean(kpi.explanation, 300)}
        for kpi in say.figures.kpis
        if kpi.explanation and kpi.id in shown
    ]
    stages = [
        {
            "stage": row["stage_name"],
            "meaning": clean(row["explanation"], 200),
            "six": row["stage_six"],
            "five": row["stage_five"],
            "four": row["stage_four"],
        }
        for row in (say.figures.frameworks if section.stages else [])
    ]
    return ({"terms": terms, "stages": stages}, None) if terms or stages else None

"""Figures to what the templates print: text only, all arithmetic done, all words chosen."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

import jsonschema

from rapport.company import Company
from rapport.errors import RapportError
from rapport.report import narrative, periods, quality
from rapport.report.colors import palettes
from rapport.report.declaration import Declaration
from rapport.report.figures import CUSTOMER_STAGES, PROSPECT_STAGES, Kpi
from rapport.report.formats import NULL, clean
from rapport.report.narrative import Speaker

ARROWS = {"up": "▲", "down": "▼", "steady": "■", "none": ""}
SPOKEN = {"week": "trend_week", "month": "trend"}


def build(say: Speaker, company: Company) -> dict[str, Any]:
    """The whole content of one issue, checked against the report's JSON Schema."""
    figures, t = say.figures, say.t
    light, dark = palettes(company.branding)
    summary = narrative.summary(say)
    name = clean(company.name, 80)
    view: dict[str, Any] = {
        "report": say.declaration.name,
        "language": t.locale.language,
        "company": {"name": name, "tagline": clean(company.branding.tagline, 120)},
        "light": asdict(light),
        "dark": asdict(dark),
        "subject": _subject(say, name),
        "preheader": " ".join(summary)[:220] or t("empty.title", period=say.period()),
        "period": _period(say),
        "as_of": t("header.as_of", as_of=say.formats.moment(figures.as_of)),
        "timezone": t("header.timezone", timezone=say.formats.timezone.replace("_", " ")),
        "publication": t("header.publication", id=figures.publication["publication_id"]),
        "publication_id": int(figures.publication["publication_id"]),
        "freshness": quality.freshness(say),
        "is_empty": figures.is_empty,
        "summary": summary,
        "headline": [_card(say, kpi) for kpi in headline(say)],
        "trend": _trend(say),
        "stages": _stages(say),
        "kpis": [_row(say, kpi) for kpi in figures.kpis],
        "next": narrative.next_steps(say),
        "words": _words(say),
        "quality": quality.footnote(say),
    }
    check(say.declaration, view)
    return view


def check(declaration: Declaration, view: dict[str, Any]) -> None:
    """Raise RapportError `report-figures` when the content breaks the report's schema."""
    errors = jsonschema.Draft202012Validator(declaration.schema).iter_errors(view)
    first = next(iter(sorted(errors, key=lambda error: list(map(str, error.path)))), None)
    if first:
        where = "/".join(str(part) for part in first.path)
        raise RapportError(
            "report-figures",
            f"The report's content breaks its schema at {where}: {first.message[:200]}",
            str(declaration.folder / "figures.schema.json"),
            "correct the mart or the view that makes this field",
        )


def headline(say: Speaker) -> list[Kpi]:
    """The six cards: those declared, filled up from the catalogue where the marts lack one."""
    kpis = say.figures.kpis
    chosen = [kpi for name in say.declaration.headline for kpi in kpis if kpi.id == name]
    rest = [kpi for kpi in kpis if kpi not in chosen and kpi.id != say.declaration.match_rate]
    return (chosen + rest)[: len(say.declaration.headline)]


def _subject(say: Speaker, company: str) -> str:
    lead = say.figures.kpi(say.declaration.trend)
    facts = {"company": company, "period": say.period()}
    if say.figures.is_empty or lead is None or lead.value is None:
        subject = say.t("subject.empty", **facts)
    else:
        facts |= {"kpi": lead.name.lower(), "value": say.value(lead, compact=True)}
        change = _change(say, lead, lead.previous)
        if change["size"] == NULL:
            subject = say.t("subject.plain", **facts)
        else:
            words = f"{change['word']} {change['size']}".strip()
            previous = say.period(periods.before(say.figures.period))
            subject = say.t("subject.full", **facts, change=words, previous=previous)
    if say.figures.late_sources:
        subject = say.t("subject.stale", subject=subject)
    return clean(subject, 180)


def _period(say: Speaker) -> dict[str, Any]:
    period = say.figures.period
    label = say.period()
    return {
        "key": period.key,
        "label": say.t("period.partial", period=label) if period.is_partial else label,
        "range": say.formats.days_between(period.start, period.end),
        "is_partial": period.is_partial,
        "note": say.t("period.partial_note") if period.is_partial else "",
        "previous": say.period(periods.before(period), short=True),
        "previous_brief": _brief(say),
        "last_year": say.period(periods.year_before(period), short=True),
    }


def _brief(say: Speaker) -> str:
    """Name of the period before for narrow places: a month without its year."""
    before = periods.before(say.figures.period)
    if say.figures.period.kind == "month":
        return say.formats.month_name(before)
    return say.period(before, short=True)


def _change(say: Speaker, kpi: Kpi, earlier: float | None) -> dict[str, str]:
    """A change as arrow, size and judgement in words; never by colour alone."""
    change, tone = kpi.change(earlier), kpi.tone(earlier, say.declaration.rules.steady)
    way = "none" if change is None else "steady" if tone == "steady" else _way(change)
    return {
        "arrow": ARROWS[way],
        "size": say.size(kpi, earlier),
        "tone": tone,
        "judgement": say.t(f"tone.{tone}"),
        "word": say.t(f"tone.{'none' if way == 'none' else way}"),
    }


def _way(change: float) -> str:
    return "up" if change > 0 else "down"


def _card(say: Speaker, kpi: Kpi) -> dict[str, Any]:
    row = _row(say, kpi)
    before = say.t("card.first")
    if kpi.previous is not None:
        earlier = say.value(kpi, kpi.previous, compact=True)
        period = say.period(periods.before(say.figures.period), short=True)
        before = say.t("card.before", value=earlier, period=period)
    return {**row, "value": say.value(kpi, compact=True), "note": row["base"] or before}


def _row(say: Speaker, kpi: Kpi) -> dict[str, Any]:
    target = NULL if kpi.target is None else say.value(kpi, kpi.target, compact=True)
    return {
        "id": kpi.id,
        "name": clean(kpi.name, 60),
        "value": say.value(kpi),
        "base": say.base(kpi),
        "explanation": clean(kpi.explanation, 300),
        "previous": _change(say, kpi, kpi.previous),
        "last_year": _change(say, kpi, kpi.last_year),
        "target": target,
        "status": kpi.status if kpi.status in ("good", "watch", "bad") else "none",
        "status_word": say.t(f"status.{kpi.status}"),
    }


def _trend(say: Speaker) -> dict[str, Any]:
    kpi = say.figures.kpi(say.declaration.trend)
    points = [(start, value) for start, value in say.figures.trend if value is not None]
    title = say.t(
        f"section.{SPOKEN[say.figures.period.kind]}",
        kpi=clean(kpi.name, 60) if kpi else say.declaration.trend,
        count=len(say.figures.trend),
    )
    empty: dict[str, Any] = {"title": title, "note": "", "alt": say.t("trend.alt_none"), "rows": []}
    if kpi is None or not points:
        return empty
    names = {start: say.period(start) for start, _ in points}
    high, low = max(points, key=lambda p: p[1]), min(points, key=lambda p: p[1])
    change = _change(say, kpi, kpi.previous)
    compare = ""
    if change["size"] != NULL:
        words = f"{change['word']} {change['size']}".strip()
        compare = say.t("trend.alt_compare", change=words, previous=say.previous)
    alt = say.t(
        "trend.alt", kpi=clean(kpi.name, 60), first=names[points[0][0]], last=names[points[-1][0]],
        value=say.value(kpi, points[-1][1]), compare=compare, high=say.value(kpi, high[1]),
        high_period=names[high[0]], low=say.value(kpi, low[1]), low_period=names[low[0]],
    )  # fmt: skip
    has_year = points[0][0] == periods.year_before(say.figures.period) and len(points) > 1
    note = say.t("trend.note" if has_year else "trend.note_short", period=say.period())
    rows = [{"period": names[start], "value": say.value(kpi, value)} for start, value in points]
    return {"title": title, "note": note, "alt": alt, "rows": rows}


def _stages(say: Speaker) -> dict[str, Any]:
    figures, t, formats = say.figures, say.t, say.formats
    customers = sum(figures.stages[s].now for s in CUSTOMER_STAGES if s in figures.stages)
    groups = []
    for title, names in (("customers", CUSTOMER_STAGES), ("prospects", PROSPECT_STAGES)):
        rows = []
        for name in names:
            stage = figures.stages.get(name)
            if stage is None or not (stage.now or stage.before or stage.moved_in):
                continue
            change = None if stage.before is None else stage.now - stage.before
            rows.append(
                {
                    "stage": t(f"stage.{name}"),
                    "now": formats.count(stage.now),
                    "before": NULL if stage.before is None else formats.count(stage.before),
                    "moved_in": formats.count(stage.moved_in),
                    "moved_out": formats.count(stage.moved_out),
                    "change": NULL if change is None else formats.signed(change),
                }
            )
        if rows:
            groups.append({"title": t(f"stages.{title}"), "rows": rows})
    items = [
        t("stages.item", stage=t(f"stage.{name}").lower(), count=formats.count(stage.now),
          share=formats.share(stage.now / customers))
        for name, stage in figures.stages.items()
        if name in CUSTOMER_STAGES and customers
    ]  # fmt: skip
    end = figures.month_end
    return {
        "alt": t("stages.alt", period=_month_name(say), list=formats.list(items)),
        "has_chart": customers > 0,
        "total": t("stages.total", n=customers, count=formats.count(customers)),
        "chart_note": t("stages.chart_note", now=t("stages.chart_now", period=_month_name(say))),
        "groups": groups,
        "devices": t("stages.devices", n=figures.devices, count=formats.count(figures.devices))
        if figures.devices
        else "",
        "month_note": t("stages.month_note", date=formats.day(_last_day(say)))
        if end and end != figures.period.end
        else "",
    }


def _last_day(say: Speaker) -> date:
    """Last day before the month-end boundary, which is itself the first day of the next month."""
    end = say.figures.month_end or say.figures.period.end
    return end - timedelta(days=1)


def _month_name(say: Speaker) -> str:
    return say.formats.month(_last_day(say))


def _words(say: Speaker) -> list[dict[str, str]]:
    """Each stage with its meaning and its names in the three frameworks."""
    return [
        {
            "stage": say.t(f"stage.{row['stage']}"),
            "meaning": say.t(f"meaning.{row['stage']}")
            if say.t.has(f"meaning.{row['stage']}")
            else clean(row["explanation"], 200),
            "six": clean(row["stage_six"], 30),
            "five": clean(row["stage_five"], 30),
            "four": clean(row["stage_four"], 30),
        }
        for row in say.figures.frameworks
        if say.t.has(f"stage.{row['stage']}")
    ]

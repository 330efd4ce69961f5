"""One edition of an issue as what the templates print: text only, all arithmetic done."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from rapport.report import periods, rules
from rapport.report.archive import place_of
from rapport.report.drawing import fonts
from rapport.report.drawing.colors import palettes
from rapport.report.formats import clean
from rapport.report.sections import Shown
from rapport.report.sections.proof import freshness
from rapport.report.slices import Unsliced
from rapport.report.speaker import Speaker

PREHEADER = 220  # characters; mail programs show about 100


def build(
    say: Speaker, shown: list[Shown], url: str = "", logo: dict[str, int] | None = None
) -> dict[str, Any]:
    """The whole content of one edition.

    Args:
        url: address of the archive, empty where it is read from the disk.
        logo: width and height in pixels at which the picture `logo` is shown; None without one.
    """
    figures, t = say.figures, say.t
    light, dark = palettes(say.company.branding)
    name = clean(say.company.name, 80)
    sections = [part.content for part in shown]
    is_blank = not say.declaration.tells and figures.is_empty
    if is_blank:
        sections = [content for content in sections if content["kind"] == "proof"]
    period = _period(say)
    blank = t("No figures yet for {period}", period=period["label"])
    publication = int(figures.publication["publication_id"])
    place = place_of(say.declaration.name, period["key"], publication, say.edition.key)
    return {
        "report": say.declaration.name,
        "title": t(say.declaration.title),
        "language": t.tag,
        "company": {"name": name, "tagline": clean(say.company.branding.tagline, 120)},
        "logo": logo,
        "light": asdict(light),
        "dark": asdict(dark),
        "font": fonts.stack(t.language),
        "subject": _subject(say, name),
        "preheader": _preheader(t.join(_lines(sections)) or blank),
        "period": period,
        "as_of": t("Figures as of {as_of}", as_of=say.formats.moment(figures.as_of)),
        "timezone": t("{timezone} time", timezone=say.formats.timezone.replace("_", " ")),
        "publication": t("Publication {id}", id=publication),
        "publication_id": publication,
        "as_of_utc": figures.as_of.isoformat(),
        "scope": say.scope(),
        "freshness": freshness(say),
        "is_blank": is_blank,
        "blank": blank,
        "is_empty": _is_empty(say),
        "archive": {"place": place, "url": f"{url.rstrip('/')}/{place}" if url else ""},
        "sections": sections,
    }


def _lines(sections: list[dict[str, Any]]) -> list[str]:
    """What stands first in the mail is what the inbox shows."""
    for section in sections:
        if section.get("lines"):
            return list(section["lines"])
    return []


def _preheader(text: str) -> str:
    return clean(text, PREHEADER)


def _is_empty(say: Speaker) -> bool:
    """Whether there is nothing to tell, so that `only_if_results` does not send it."""
    if not say.declaration.tells:
        return say.figures.is_empty
    return not any(say.figures.queries.may(name) for name in say.declaration.tells)


def _subject(say: Speaker, company: str) -> str:
    subject = _headline(say, company)
    if say.figures.late_sources:
        subject = say.t("[late data] {subject}", subject=subject)
    return clean(subject, 180)


def _headline(say: Speaker, company: str) -> str:
    facts = {"company": company, "period": say.period()}
    for place, rule in enumerate(say.declaration.subject):
        try:
            told = rules.said(say, rule, f"subject.{place}")
        except Unsliced:
            continue
        if told:
            return say.t("{company}: {text}", company=company, text=told)
    lead = say.figures.may_kpi(say.declaration.lead)
    if lead is None or lead.value is None:
        if say.declaration.lead and say.figures.has_kpis:
            return say.t("{company}: no figures yet for {period}", **facts)
        title = say.t(say.declaration.title)
        return say.t("{company}: {text}, {period}", text=title, **facts)
    facts |= {"kpi": _lower(lead.name), "value": say.value(lead, compact=True), "when": say.when()}
    change = say.changed(lead)
    if not change:
        return say.t("{company}: {kpi} {value} {when}", **facts)
    return say.t("{company}: {kpi} {value} {when}, {change}", change=change, **facts)


def _lower(name: str) -> str:
    """A name inside a sentence; an abbreviation such as NPS keeps its capitals."""
    return name if name.isupper() else name[:1].lower() + name[1:]


def _period(say: Speaker) -> dict[str, Any]:
    period, t = say.figures.period, say.t
    label = say.period()
    return {
        "key": period.key,
        "kind": period.kind,
        "label": t("{period} (not over yet)", period=label) if period.is_partial else label,
        "range": say.formats.days_between(period.start, period.end),
        "is_partial": period.is_partial,
        "note": t("This period is not over. Its figures run up to the as-of and are compared with"
                  " the same days of the earlier periods.") if period.is_partial else "",
        "previous": say.period(periods.before(period), short=True),
    }  # fmt: skip

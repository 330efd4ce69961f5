"""One edition of an issue: its figures, sections and pictures put together, and kept."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from rapport import log
from rapport.errors import RapportError
from rapport.report import archive, attachments, declaration, sections, view, words
from rapport.report import render as render_module
from rapport.report.drawing import charts, fonts, logo, png
from rapport.report.drawing.colors import palettes
from rapport.report.edition import Edition, plain
from rapport.report.figures import Figures
from rapport.report.formats import Formats, locale
from rapport.report.mailing import ledger
from rapport.report.queries import Queries, Reader
from rapport.report.render import Rendered
from rapport.report.sections import Shown
from rapport.report.speaker import Speaker
from rapport.settings import Settings
from rapport.state.store import State

DEFAULT = "executive"
SHOWN = 584  # pixels that a picture is wide in the mail


def render(
    settings: Settings,
    reader: Reader,
    name: str = DEFAULT,
    period: str | None = None,
    edition: Edition | None = None,
) -> Rendered:
    """One edition of an issue as it would be sent, without archive, ledger or mail.

    The same publication and edition give the same bytes.

    Args:
        reader: the published marts.
        name: the report's folder under `reports/`.
        period: such as `2026-10`, `2026-W45` or `2026-10-05`; default the last complete one.
        edition: the readers' form; default the company's own.
    """
    company = settings.company
    edition = edition or plain(company)
    declared = declaration.of(settings, name)
    t = words.load(declared.folder.parent, declared.folder, locale(edition.locale))
    named = _values(settings, declared)
    queries = Queries(declared, reader, settings.engine, edition.rows, named, t.language)
    currency = queries.publication["reporting_currency"]
    formats = Formats(edition.locale, currency, edition.timezone)
    found = Figures(queries, declared.period, period)
    queries.bind(since=archive.last_issue(settings.archive_dir, name, found.period.key))
    say = Speaker(found, declared, t, formats, company, edition, named)
    shown = sections.build(say)
    pictures = pictures_of(say, shown)
    mark = logo.load(settings.company_dir, company.branding.logo)
    if mark:
        pictures["logo"] = mark
    content = view.build(say, shown, settings.archive_url, logo.size(mark) if mark else None)
    rendered = render_module.render(declared.folder, content, t, formats, pictures, edition)
    return replace(rendered, attachments=attachments.make(say, rendered))


def pictures_of(say: Speaker, shown: list[Shown]) -> dict[str, bytes]:
    """Two pictures for each section that draws one, by the name `<section>-<scheme>`.

    Where a text needs a font that the machine lacks there is none, and the section's figures stand
    in the table or the words beside it; the log says what to install.
    """
    found = {}
    light, dark = palettes(say.company.branding)
    for part in shown:
        if part.draw is None:
            continue
        for scheme, palette in (("light", light), ("dark", dark)):
            spec = part.draw(palette)
            try:
                font = fonts.chinese() if fonts.is_chinese(str(spec)) else charts.FONT
            except RapportError as error:
                log.get(report=say.declaration.name).warning("no picture", reason=str(error))
                break
            name = part.content["id"]
            found[f"{name}-{scheme}"] = charts.picture(spec, palette, font)
            high = png.height(found[f"{name}-{scheme}"], SHOWN)
            part.content.update(picture=True, height=high)
    return found


def _values(settings: Settings, declared: declaration.Declaration) -> dict[str, Any]:
    """What queries and notes may name: the report's parameters and the company's vars."""

    return {**declared.parameters, **{name: settings.threshold(name) for name in declared.vars}}


def keep(settings: Settings, state: State, rendered: Rendered) -> Path:
    """Archive an edition; the copy of one that has been mailed is what was mailed, so it stays."""
    name, key = rendered.report, rendered.view["period"]["key"]
    number = rendered.view["publication_id"]
    place = archive.folder(settings.archive_dir, name, key, number, rendered.edition.key)
    if place.exists() and ledger.issued(state, name, key) == number:
        return place
    return archive.keep(settings.archive_dir, settings.project_dir / "reports", rendered)


def renew(settings: Settings, name: str) -> None:
    """Renew the archive's lists once all editions of an issue are kept."""
    archive.renew(settings.archive_dir, settings.project_dir / "reports", name)

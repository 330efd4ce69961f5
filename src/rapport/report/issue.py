"""One issue of a report: figures, narrative, charts and archive. `sending` mails it."""

from __future__ import annotations

from pathlib import Path

from rapport.company import ReportConfig
from rapport.errors import RapportError
from rapport.report import archive, charts, declaration, edition, ledger, view, wording
from rapport.report import figures as figures_module
from rapport.report import render as templates
from rapport.report.colors import palettes
from rapport.report.edition import Edition
from rapport.report.figures import Figures, Reader
from rapport.report.formats import Formats
from rapport.report.narrative import Speaker
from rapport.report.render import Rendered
from rapport.settings import Settings
from rapport.state.store import State

DEFAULT = "executive"


def render(
    settings: Settings, reader: Reader, name: str, period: str | None, form: Edition
) -> Rendered:
    """One edition of the report, without archive, ledger or mail.

    Args:
        reader: the published marts.
        name: the report's folder under `reports/`.
        period: `2026-10`, `2026-W45` or `2026-10-05`; None for the last complete one before the
            as-of.
    """
    return render_only(settings, reader, period, name)


def render_only(
    settings: Settings, reader: Reader, period: str | None = None, name: str = DEFAULT
) -> Rendered:
    """The report as it would be sent, without archive, ledger or mail.

    Args:
        reader: the published marts.
        period: `2026-10` or `2026-W45`; default the last complete one before the as-of.
        name: the report's folder under `reports/`.
    """
    declared = declaration.load(settings.project_dir, name)
    found = figures_module.read(declared, reader, _config(settings, name).period, period)
    return _render(settings, declared, found)


def keep_only(
    settings: Settings,
    state: State,
    reader: Reader,
    period: str | None = None,
    name: str = DEFAULT,
) -> Path:
    """Render into the archive without sending. A copy that was mailed is left as it was sent."""
    rendered = render_only(settings, reader, period, name)
    return keep(settings, state, rendered, edition.plain(settings.company))


def keep(settings: Settings, state: State, rendered: Rendered, form: Edition) -> Path:
    """Archive an edition; the copy of one that has been mailed is what was mailed, so it stays."""
    name, key = rendered.report, rendered.view["period"]["key"]
    number = rendered.view["publication_id"]
    place = archive.folder(settings.archive_dir, name, key, number)
    if place.exists() and ledger.issued(state, name, key) == number:
        return place
    return archive.keep(settings.archive_dir, settings.project_dir / "reports", rendered)


def kept(
    settings: Settings, name: str, period: str, publication_id: int, edition_key: str
) -> Rendered | None:
    """An edition out of the archive, to send exactly the same to one more person; None when it
    is not there."""
    try:
        return archive.load(settings.archive_dir, name, period, publication_id)
    except RapportError:
        return None


def _render(settings: Settings, declared: declaration.Declaration, found: Figures) -> Rendered:
    company = settings.company
    publication = found.publication
    formats = Formats(
        company.locale, publication["reporting_currency"], publication["business_timezone"]
    )
    t = wording.load(declared.folder, formats.locale)
    say = Speaker(found, declared, t, formats)
    content = view.build(say, company)
    pictures = charts.draw(say, *palettes(company.branding))
    return templates.render(declared.folder, content, t, pictures)


def _config(settings: Settings, name: str) -> ReportConfig:
    return settings.company.reports.get(name) or ReportConfig(recipients=[])

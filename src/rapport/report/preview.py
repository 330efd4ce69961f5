"""Looking at a report without sending it: `rapport report preview`."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from rapport import warehouses
from rapport.errors import RapportError
from rapport.report import archive, declaration, edition, issue, periods
from rapport.settings import Settings


def preview(
    settings: Settings,
    name: str,
    period: str | None = None,
    as_of: date | None = None,
    locale: str | None = None,
    recipient: str | None = None,
) -> dict[str, Any]:
    """Write a report as it would be sent into `<var>/preview`.

    Args:
        period: such as `2026-10`; default the last complete one.
        as_of: a day; the last complete period before it, by the published marts.
        recipient: an address of the report's; its language, part and attachments.
    """
    form = _form(settings, name, recipient)
    form = replace(form, locale=locale) if locale else form
    if as_of and not period:
        period = periods.last_complete(declaration.of(settings, name).period, as_of).key
    with warehouses.open_marts(settings) as reader:
        rendered = issue.render(settings, reader, name, period, form)
    root = settings.var_dir / "preview"
    place = archive.keep(root, settings.project_dir / "reports", rendered)
    archive.renew(root, settings.project_dir / "reports", name)
    return {
        "subject": rendered.subject,
        "page": place / "index.html",
        "text": place / "report.txt",
        "attachments": [place / attached.filename for attached in rendered.attachments],
        "bytes": len(rendered.html.encode()),
        "has_results": not rendered.is_empty,
    }


def _form(settings: Settings, name: str, recipient: str | None) -> edition.Edition:
    if recipient is None:
        return edition.plain(settings.company)
    config = settings.company.reports.get(name)
    for who in config.recipients if config else []:
        if who.address.strip().lower() == recipient.strip().lower():
            return edition.of(settings.company, who)
    raise RapportError(
        "report-recipients", f"{recipient!r} is no recipient of the report {name}",
        str(Path(settings.company_dir) / "company.yml"), f"name one of reports.{name}.recipients",
    )  # fmt: skip

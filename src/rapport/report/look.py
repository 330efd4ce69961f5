"""Looking at a report without sending it: `rapport report preview` and `rapport report lint`."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from typing import Any

import jinja2

from rapport import warehouses
from rapport.errors import RapportError
from rapport.report import (
    archive,
    clients,
    declaration,
    edition,
    issue,
    messages,
    periods,
    rules,
    slices,
)
from rapport.report.colors import palettes
from rapport.report.queries import Reader
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
        declared = declaration.of(settings, name)
        period = periods.last_complete(issue.kind_of(settings, declared), as_of).key
    with warehouses.open_marts(settings) as reader:
        rendered = issue.render(settings, reader, name, period, form)
    root = settings.var_dir / "preview"
    place = archive.keep(root, settings.project_dir / "reports", rendered)
    return {
        "subject": rendered.subject,
        "page": place / "index.html",
        "text": place / "report.txt",
        "attachments": [place / attached.filename for attached in rendered.attachments],
        "bytes": len(rendered.html.encode()),
        "has_results": not rendered.is_empty,
    }


def lint(settings: Settings, names: list[str] | None = None) -> list[str]:
    """What is wrong with reports: declarations, queries, words, and what mail clients break.

    Pages are looked at in every language once something is published.

    Returns:
        one line a fault; none when all is well.
    """
    reports = settings.project_dir / "reports"
    languages = sorted(file.name for file in reports.glob("locale/*"))
    found = [fault for language in languages for fault in messages.gaps(reports, language)]
    whole = []
    for name in names or declaration.reports(settings.project_dir):
        try:
            declared = declaration.load(settings.project_dir, name)
            faults = list(_written(declared))
        except RapportError as error:
            faults = [str(error)]
        found += faults
        whole += [] if faults else [name]
    try:
        with warehouses.open_marts(settings) as reader:
            for name in whole:
                for language in ("en_GB", *languages):
                    found += _rendered(settings, reader, name, language)
    except RapportError as error:
        if error.code not in ("marts-missing", "nothing-published"):
            raise
    return found


def _written(declared: declaration.Declaration) -> list[str]:
    """Faults of queries and expressions, which need no data."""
    found = []
    known = slices.load(declared.folder.parent)
    file = declared.folder / "report.yml"
    for query in sorted(_queries(declared)):
        try:
            path = declared.query_file(query)
            strange = slices.marts(path.read_text(encoding="utf-8"), str(path))
            strange -= known.known | known.uncut
        except RapportError as error:
            found.append(str(error))
            continue
        found += [f"{path}: {mart} is not in reports/slices.yml" for mart in sorted(strange)]
    for key, text in rules.expressions(declared):
        try:
            rules.compiled(text)
        except jinja2.TemplateError as error:
            found.append(f"{file}, {key}: {text!r} is no expression: {error}")
    return found


def _queries(declared: declaration.Declaration) -> set[str]:
    named = {sentence.query for _, sentence in rules.sentences(declared)}
    named |= {str(getattr(section, "query", "")) for section in declared.sections}
    named |= {*declared.tells, *(sheet.query for sheet in declared.csv.values())}
    return named - {""}


def _rendered(settings: Settings, reader: Reader, name: str, language: str) -> list[str]:
    """Faults of a page as mail clients show it."""
    form = replace(edition.plain(settings.company), locale=language)
    try:
        rendered = issue.render(settings, reader, name, edition=form)
    except RapportError as error:
        return [f"{name} in {language}: {error}"]
    dark = asdict(palettes(settings.company.branding)[1])
    return [f"{name} in {language}: {fault}" for fault in clients.faults(rendered.html, dark)]


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

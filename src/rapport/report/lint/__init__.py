"""What is wrong with reports, told before anybody reads them: `rapport report lint`."""

from __future__ import annotations

from dataclasses import asdict, replace

import jinja2

from rapport import warehouses
from rapport.errors import RapportError
from rapport.report import declaration, edition, issue, rules, slices
from rapport.report.drawing.colors import palettes
from rapport.report.lint import clients, messages
from rapport.report.queries import Reader
from rapport.settings import Settings


def faults(settings: Settings, names: list[str] | None = None) -> list[str]:
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
            own = _written(declared)
        except RapportError as error:
            own = [str(error)]
        found += own
        whole += [] if own else [name]
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

"""What comes beside the mail by a reader's choice: the issue as PDF, its figures as CSV."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from rapport import log
from rapport.errors import RapportError
from rapport.report import pdf
from rapport.report.drawing import fonts
from rapport.report.parts import Chart, Section, Table
from rapport.report.render import Attachment, Rendered
from rapport.report.sections.kpis import kpis_shown
from rapport.report.slices import Unsliced
from rapport.report.speaker import Speaker

_CSV = "text/csv; charset=utf-8"  # a text without a charset is ASCII to mail programs
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def make(say: Speaker, rendered: Rendered) -> tuple[Attachment, ...]:
    """The attachments that the edition asks for, named after report, period and content."""
    stem = f"{rendered.report}-{rendered.view['period']['key']}"
    found = []
    if "pdf" in say.edition.attach:
        try:
            if fonts.is_chinese(rendered.text):
                fonts.chinese()
            content = pdf.of(rendered)
            found.append(Attachment(f"{stem}.pdf", "application/pdf", content))
        except RapportError as error:
            if error.code != "font-missing":
                raise
            log.get(report=rendered.report).warning("no PDF", reason=str(error))
    if "csv" in say.edition.attach:
        for name, head, rows in _sheets(say, rendered):
            found.append(Attachment(f"{stem}-{name}.csv", _CSV, sheet(head, rows)))
    return tuple(found)


def sheet(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """A CSV file that spreadsheets open as it is meant: UTF-8 with a mark, no formula in a text."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([cell(name) for name in head])
    writer.writerows([cell(value) for value in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def cell(value: Any) -> str | int | float:
    """A value for a spreadsheet: numbers and dates as such, what looks like a formula quoted.

    A spreadsheet runs what begins with one of `FORMULA`, whatever space is before it; an apostrophe
    says that it is text.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, float) and not math.isfinite(value):
        return ""  # a spreadsheet would take it for a word
    if isinstance(value, int | float):
        return int(value) if value == int(value) else value
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA) or text.lstrip().startswith(FORMULA) else text


def _sheets(say: Speaker, rendered: Rendered) -> Iterator[tuple[str, list[str], list[list[Any]]]]:
    """The KPIs, then each table and chart that the edition shows, then what is declared beside."""
    shown = {part["id"] for part in rendered.view["sections"] if part["template"] != "withheld"}
    ids = kpis_shown(say)
    kpis = [kpi for kpi in say.figures.kpis if kpi.id in ids] if ids else []
    if kpis:
        head = [say.t("Figure"), say.t("Value"), say.t("Unit"), say.t("Period before"),
                say.t("Last year"), say.t("Target"), say.t("Taken over")]  # fmt: skip
        yield (
            "figures",
            head,
            [
                [
                    kpi.name,
                    kpi.value,
                    _unit(say, kpi.unit),
                    kpi.previous,
                    kpi.last_year,
                    kpi.target,
                    kpi.base,
                ]
                for kpi in kpis
            ],
        )
    for section in say.declaration.sections:
        if section.name in shown and isinstance(section, Table | Chart):
            yield section.name, *_of_section(say, section)
    for name, declared in say.declaration.csv.items():
        try:
            rows = say.figures.queries(declared.query)
        except Unsliced:
            continue
        columns = declared.columns or list(rows[0] if rows else ())
        yield name, columns, [[row[column] for column in columns] for row in rows]


def _unit(say: Speaker, unit: str) -> str:
    """The currency by its code: a bare number does not show it, as an amount in the mail does."""
    return say.formats.currency if unit == "currency" else unit


def _of_section(say: Speaker, section: Section) -> tuple[list[str], list[list[Any]]]:
    if isinstance(section, Table):
        pairs = [(say.t(c.label), c.field) for c in section.columns]
        pairs += [(c.under, c.under) for c in section.columns if c.under]
    else:
        assert isinstance(section, Chart)
        fields = (section.x, section.series, section.y, section.low, section.high)
        pairs = [(field, field) for field in fields if field]
    rows = say.figures.queries(section.query)
    return [head for head, _ in pairs], [[row[field] for _, field in pairs] for row in rows]

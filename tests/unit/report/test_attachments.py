"""CSV that runs no formula, and a PDF that is the same each time."""

from __future__ import annotations

import csv
import io
import itertools
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pypdf
import pytest
from fontTools.misc import timeTools

from rapport.report import attachments, issue
from rapport.report.edition import Edition
from tests.unit.report import canaries, marts
from tests.unit.report.conftest import settings_in

try:
    import weasyprint  # noqa: F401
except OSError:  # its libraries are the system's
    pytest.skip("Pango is not installed", allow_module_level=True)

BOTH = Edition("en_GB", "Europe/Berlin", attach=("csv", "pdf"))


@pytest.mark.parametrize(
    "text",
    [
        "=1+1", "+49 30 1", "-2", "@sum", "\t=1", "\r=1", "\n=1", "\n1", " =1", "\u00a0=1",
        "＝1", "\u3000＝1",
    ],
)  # fmt: skip
def test_a_text_is_no_formula(text: str) -> None:
    assert attachments.cell(text) == f"'{text}"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (-2, -2), (3.0, 3), (-0.25, -0.25), (Decimal("-1200.5000"), "-1200.5"), (None, ""),
        (date(2026, 1, 2), "2026-01-02"), (datetime(2026, 1, 2, 3), "2026-01-02 03:00:00"),
        (True, 1), ("Ann", "Ann"), (Decimal("1E+3"), "1000"), (float("nan"), ""),
    ],
)  # fmt: skip
def test_a_number_stays_a_number(value: Any, written: Any) -> None:
    assert attachments.cell(value) == written


def test_tables_come_whole_though_the_mail_shows_the_first_rows(tmp_path: Path) -> None:
    reader = canaries.fill(tmp_path / "published.duckdb")
    with duckdb.connect(str(reader.path)) as connection:
        connection.execute(
            "insert into marts.fct_leads by name select lead_id || i as lead_id,"
            " * exclude (lead_id, i) from marts.fct_leads, range(100) as more (i)"
        )
        connection.execute("update marts.dim_people set full_name = '=cmd|calc'")
    rendered = issue.render(settings_in(tmp_path), reader, "sales", edition=BOTH)
    files = {attached.filename: attached for attached in rendered.attachments}
    assert list(files) == [
        "sales-2026-10-01.pdf", "sales-2026-10-01-leads.csv", "sales-2026-10-01-intending.csv",
        "sales-2026-10-01-declining.csv",
    ]  # fmt: skip
    content = files["sales-2026-10-01-leads.csv"].content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(content)))
    assert rows[0] == ["Lead", "Waits", "Came", "In charge", "lead_kind"]
    assert len(rows) == 1 + 202
    assert rows[1][0] == "'=cmd|calc"
    assert rows[1][2] == "2026-10-31 09:00:00"


def test_no_canary_sings_on_paper(tmp_path: Path) -> None:
    """A PDF is passed on; the rows of others must not be in it."""
    reader = canaries.fill(tmp_path / "published.duckdb")
    german = Edition("en_GB", "Europe/Berlin", rows=(("country", ("DE",)),), attach=("pdf",))
    whole = Edition("en_GB", "Europe/Berlin", attach=("pdf",))
    told = {
        form: "".join(
            page.extract_text()
            for attached in issue.render(
                settings_in(tmp_path), reader, "sales", edition=form
            ).attachments
            for page in pypdf.PdfReader(io.BytesIO(attached.content)).pages
        )
        for form in (german, whole)
    }
    assert canaries.CANARY in told[whole]
    assert canaries.CANARY not in told[german] and "Anna" in told[german]


def test_sheets_in_chinese_are_not_read_as_ascii(tmp_path: Path, full: marts.Reader) -> None:
    rendered = issue.render(settings_in(tmp_path), full, "executive", edition=BOTH)
    kinds = {one.content_type for one in rendered.attachments if one.filename.endswith("csv")}
    assert kinds == {"text/csv; charset=utf-8"}


def test_figures_are_numbers(tmp_path: Path, full: marts.Reader) -> None:
    rendered = issue.render(settings_in(tmp_path), full, "executive", edition=BOTH)
    sheet = next(a for a in rendered.attachments if a.filename.endswith("figures.csv"))
    rows = list(csv.reader(io.StringIO(sheet.content.decode("utf-8-sig"))))
    assert rows[1] == ["Net revenue", "412300.4", "EUR", "381420", "367050", "400000", ""]


def test_the_same_issue_gives_the_same_bytes(tmp_path: Path, full: marts.Reader) -> None:
    first, second = (
        issue.render(settings_in(tmp_path), full, "executive", edition=BOTH) for _ in range(2)
    )
    assert first == second
    pdf = first.attachments[0]
    assert pdf.content.startswith(b"%PDF-") and pdf.content_type == "application/pdf"
    assert b"/CreationDate" not in pdf.content


def test_fonts_cut_without_harfbuzz_bear_no_date(
    tmp_path: Path, full: marts.Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a machine without HarfBuzz-Subset each second would make another file."""
    from weasyprint.pdf import fonts

    monkeypatch.setattr(fonts, "harfbuzz_subset", None)
    seconds = itertools.count(1_800_000_000)
    monkeypatch.setattr(timeTools, "time", SimpleNamespace(time=lambda: next(seconds)))
    first, second = (
        issue.render(settings_in(tmp_path), full, "executive", edition=BOTH) for _ in range(2)
    )
    assert first == second
